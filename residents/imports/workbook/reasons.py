"""Why a row was not imported, and what the sender does about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from residents.places import phones


@dataclass(frozen=True)
class Reason:
    text: str | Promise
    remedy: str | Promise


REASONS = {
    "id_scientific": Reason(
        _("ID number damaged by Excel (scientific notation)"),
        _("Format the column as text in Excel and type the number again."),
    ),
    "id_checksum": Reason(
        _("ID number is wrong (digits or check character)"),
        _("Compare with the document and correct the number."),
    ),
    "document_wrong": Reason(
        _("Number does not look like one of this kind of document"),
        _("Compare number and kind with the document; a passport has letters and digits only."),
    ),
    "name_missing": Reason(_("Name is missing"), _("Fill in the name.")),
    "grid_unknown": Reason(
        _("Grid is unknown"),
        _("Write the 15-digit code of the unit grid as on the grid map."),
    ),
    "id_duplicate_in_file": Reason(
        _("ID number appears twice in the file"),
        _("Keep one row per person; the first row counts."),
    ),
    "birth_contradicts_id": Reason(
        _("Birth date or sex contradicts the ID number"),
        _("Check which one is right and correct the other."),
    ),
    "outside_scope": Reason(
        _("Grid is outside your area"), _("Let the staff of that grid import this row.")
    ),
    "id_birth": Reason(
        _("ID number holds a birth date that does not exist"),
        _("Compare with the document."),
    ),
    "id_future": Reason(
        _("ID number holds a birth date in the future"), _("Compare with the document.")
    ),
    "id_missing": Reason(
        _("Neither ID number nor birth date"),
        _("Fill in the ID number; for a newborn, the birth date."),
    ),
    "birth_unreadable": Reason(
        _("Birth date cannot be read"),
        _("Write it as year-month-day, e.g. 1960-12-30."),
    ),
    "birth_incomplete": Reason(
        _("Of the birth only the year or month is given"),
        _("Somebody without an ID number needs the whole date, e.g. 2024-03-05."),
    ),
    "birth_outside": Reason(
        _("Birth date before 1900 or in the future"), _("Correct the birth date.")
    ),
    "hidden_nobody": Reason(
        _("Number is not shown in full, and nobody in this household fits it"),
        _("Write the full number; a masked one only finds who is registered at this door."),
    ),
    "hidden_several": Reason(
        _("Number is not shown in full, and several people fit it"),
        _("Write the full number."),
    ),
    "name_hidden": Reason(
        _("Name is not shown in full, and nobody is known by the number"),
        _("Write the full name."),
    ),
    "household_missing": Reason(
        _("Household cannot be told"),
        _("Fill in the household number, or address and head."),
    ),
    "dwelling_missing": Reason(
        _("Dwelling of a new household is missing"),
        _("Fill in building and room, or the address."),
    ),
    "building_ambiguous": Reason(
        _("Several buildings of this name in the grid"),
        _("Add a column with the compound."),
    ),
    "household_contradicts": Reason(
        _("Grid or dwelling differs from the other rows of the household"),
        _(
            "One household lives in one dwelling: correct the rows, or use another household number."
        ),
    ),
    "household_number_taken": Reason(
        _("Another household of the grid has this household number"),
        _("Compare head and door with the register: correct the number, or leave it empty."),
    ),
    "second_head": Reason(
        _("Another row of the household is its head already"),
        _("One household has one head: correct the relation, or use another household number."),
    ),
    "household_twice": Reason(
        _("Another household of this dwelling has the same head, and none of them a number"),
        _("Give them household numbers, or put their members into one household."),
    ),
    "head_leaves": Reason(
        _("Head of another household whose other members stay there"),
        _("Change the head of that household first, or add its other members to the file."),
    ),
    "says_gone": Reason(
        _("The row says that this person died or moved away, and nobody is registered under it"),
        _("Leave the row out; if the person lives here, clear the state and the dates."),
    ),
    "number_differs": Reason(
        _("A member of the household with this name has another ID number"),
        _("Compare both with the document; correct the wrong one here or in the person's file."),
    ),
    "household_elsewhere": Reason(
        _("Household number belongs to a grid outside your area"),
        _("Use another household number, or ask the community."),
    ),
    "person_duplicate_in_file": Reason(
        _("Person appears twice in the file"),
        _("Keep one row per person; the first row counts."),
    ),
    "house_code_digits": Reason(
        _("House code has a wrong number of digits, or letters in it"),
        _(
            "Compare with the certificate of the dwelling; the district says whether it has 25 or 26 digits."
        ),
    ),
    "house_code_check": Reason(
        _("Check digit of the house code does not fit"),
        _("A digit is wrong or two are swapped: compare with the certificate of the dwelling."),
    ),
    "house_code_contradicts": Reason(
        _("House code differs from another row of the same dwelling"),
        _("One dwelling has one house code: correct the rows."),
    ),
    "too_long": Reason(_("A value is too long"), _("Shorten it.")),
    "not_calculated": Reason(
        _("A formula was never calculated"),
        _("Open the file in Excel or WPS, save it, and upload it again."),
    ),
}
# Of the other registers.
REASONS |= {
    "value_missing": Reason(_("A required value is missing"), _("Fill it in.")),
    "duplicate_in_file": Reason(
        _("The same entry stands in the file twice"),
        _("Keep one row for each; the first row counts."),
    ),
    "entry_elsewhere": Reason(
        _("The register has this entry in a grid outside your area"),
        _("Let the staff of that grid import this row, or move the entry first."),
    ),
    "phone_wrong": Reason(phones.WRONG, phones.REMEDY),
    "mail_wrong": Reason(_("E-mail address cannot be right"), _("Correct it.")),
    "date_unreadable": Reason(
        _("Date cannot be read"), _("Write it as year-month-day, e.g. 2026-03-31.")
    ),
    "number_unreadable": Reason(
        _("Number cannot be read, or is too large"), _("Write digits only.")
    ),
    "number_damaged": Reason(
        _("Number damaged by Excel (scientific notation)"),
        _("Format the column as text in Excel and type the number again."),
    ),
    "period_wrong": Reason(
        _("The last day is before the first"), _("Correct one of the two dates.")
    ),
    "credit_code_wrong": Reason(
        _("Social credit code is wrong (18 characters with a check character)"),
        _("Compare with the licence and correct the code."),
    ),
    "credit_code_scientific": Reason(
        _("Social credit code damaged by Excel (scientific notation)"),
        _("Format the column as text in Excel and type the code again."),
    ),
    "kind_missing": Reason(
        _("Type of new premises is missing or unknown"),
        _("Write one of: institution, state, collective, private, self-employed, other."),
    ),
    "premises_ambiguous": Reason(
        _("Several premises match this row"), _("Add the code of the premises.")
    ),
    "more_than_all": Reason(
        _("More than the head count"),
        _("Compare it with the head count of the same row."),
    ),
    "licence_period": Reason(
        _("Licence ends before it was issued"), _("Correct one of the two dates.")
    ),
    "compound_contradicts": Reason(
        _("A row above says something else of the same compound"),
        _("Make property company, phone and address of the compound the same."),
    ),
    "lease_ended": Reason(
        _("This lease has ended in the register"),
        _("Leave the row out, or enter a new lease from its first day on."),
    ),
    "resident_unknown": Reason(
        _("Nobody with this ID number in your area"),
        _("Import the person first, or let the staff of the person's grid do it."),
    ),
    "resident_ambiguous": Reason(
        _("The ID number is registered in several districts"),
        _("Add a column with the grid."),
    ),
    "name_contradicts": Reason(
        _("The register has another name for this ID number"),
        _("Check which one is right and correct the other."),
    ),
    "category_unknown": Reason(
        _("Care category is unknown"),
        _("Use the words of the dictionary of care categories."),
    ),
    "role_unknown": Reason(
        _("Role is unknown"), _("Use a role of the system, such as grid worker.")
    ),
    "department_unknown": Reason(
        _("No such department for this grid in your area"),
        _("Write the department as in the list of departments."),
    ),
    "department_ambiguous": Reason(
        _("Several departments of this name"),
        _("Add the grid that the department serves."),
    ),
    "building_unknown": Reason(
        _("No such building in the grid"),
        _("Write grid, compound and building as in the register."),
    ),
    "staff_ambiguous": Reason(
        _("Several staff members with this name and phone"), _("Add the user name.")
    ),
    "username_missing": Reason(
        _("Neither a user name nor a mobile number"), _("Fill in one of them.")
    ),
    "username_wrong": Reason(
        _("User name has characters that cannot be used"),
        _("Letters, digits and @ . + - _ only."),
    ),
    "username_taken": Reason(
        _("User name belongs to somebody else"),
        _("Use another one, or give the same name and phone as in the system."),
    ),
    "person_contradicts": Reason(
        _("A row above says something else of the same person"),
        _("Make name, phone and e-mail of the person the same."),
    ),
    "posting_is_own": Reason(
        _("Your own posting"),
        _("Nobody changes their own postings: ask another administrator."),
    ),
    "posting_by_hand": Reason(
        _("Posting of one of the three administrators"),
        _("Ask for it on the page of the person; a second person confirms it."),
    ),
    "posting_overlaps": Reason(
        _("Another posting of the same kind has the same days"),
        _("Correct the dates, or end the other posting first."),
    ),
}
OTHER = Reason(_("Cannot be imported"), _("Check the row."))

STATUSES = {
    "created": _("New"),
    "changed": _("Changed"),
    "unchanged": _("Unchanged"),
    "waiting": _("Waiting for confirmation"),
    "rejected": _("Not imported"),
}


def of(code):
    return REASONS.get(code, OTHER)
