"""Why a row was not imported, and what the sender does about it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    text: str
    remedy: str


REASONS = {
    "id_scientific": Reason(
        _("ID number damaged by Excel (scientific notation)"),
        _("Format the column as text in Excel and type the number again."),
    ),
    "id_checksum": Reason(
        _("ID number is wrong (digits or check character)"),
        _("Compare with the document and correct the number."),
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
    "household_elsewhere": Reason(
        _("Household number belongs to a grid outside your area"),
        _("Use another household number, or ask the community."),
    ),
    "person_duplicate_in_file": Reason(
        _("Person appears twice in the file"),
        _("Keep one row per person; the first row counts."),
    ),
    "too_long": Reason(_("A value is too long"), _("Shorten it.")),
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
