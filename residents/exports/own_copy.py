"""A copy for the person of all that is stored about him or her (查阅复制), by the export desk."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grids.refusal import Refused
from grids.scope import Scope
from grids.workbooks.writing import mark_pages, new_book, write_cells
from residents.custom_fields import custom_fields
from residents.exports import desk
from residents.models import AccessRecord, BenefitRecord, CareRecord, DataRequestLine, SupportPlan
from residents.models.care import reads_all
from residents.models.exports import Elsewhere
from residents.people import look_words, looks, person_file
from residents.people.showing import shown

NEEDED = ("register.export", "register.reveal", "register.read_care", "register.read_birth")


def may(staff, resident):
    """Whether this person reads all of it, so that the copy is whole."""
    scope = Scope.of(staff)
    return reads_all(staff) and all(scope.grants(right, resident) for right in NEEDED)


@transaction.atomic
def write(resident, file, *, by, purpose):
    """Write the workbook to `file`, on record; the Export. Refused for who does not read all."""
    if not may(by, resident):
        raise Refused(_("The copy must be whole: somebody who reads all care categories makes it."))
    parts = [part for part in _parts(resident, by, purpose) if part[-1]]
    said = " · ".join(map(str, desk.mark(by, purpose)))
    with new_book(file) as book:
        for title, heads, rows in parts:
            _sheet(book, title, heads, rows, said)
    return desk.hand_out(
        by=by,
        what=Elsewhere.OWN_DATA,
        title=_("Copy of own data"),
        about=[resident.grid.name],
        heads=[title for title, *_table in parts],
        rows=1,
        purpose=purpose,
        place=resident.grid,
    )


def _sheet(book, title, heads, rows, said):
    sheet = book.add_worksheet(str(title)[:31])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 4, 30)
    sheet.write_string(0, 0, said)
    mark_pages(sheet, said)
    for line, cells in enumerate([heads, *rows] if heads else rows, start=2):
        write_cells(sheet, line, [str(cell) if cell is not None else "" for cell in cells])


def _parts(resident, by, purpose):
    """[(title, heads, rows of cells)]: every table that says something about the person."""
    since, until, outcome, note = _("since"), _("until"), _("Outcome"), _("Note")
    yield _("About the person"), (), _person(resident, by, purpose)
    yield _("Care"), (_("Category"), since, until, _("Source"), note), _care(resident)
    heads = (_("What help"), _("Who helps"), since, until, outcome)
    yield pgettext("support", "Help"), heads, _help(resident)
    heads = (_("Benefit"), since, until, _("yuan per month"), _("Source"))
    yield _("Benefits"), heads, _benefits(resident)
    heads = (_("Day"), _("How"), outcome, note, _("Visitor"))
    yield _("Visits"), heads, _visits(resident)
    given = (_("Department"), _("Purpose"), _("Day"), _("State"))
    yield _("Given to departments"), given, _given(resident)
    looked = (_("Day"), _("Who"), _("What"), _("Purpose"))
    yield _("Who looked"), looked, _looks(resident)


def _care(resident):
    rows = CareRecord.objects.filter(resident=resident).select_related("category")
    return [(one.category, one.since, one.until, one.source, one.note) for one in rows]


def _help(resident):
    rows = SupportPlan.objects.filter(resident=resident).select_related("helper")
    return [
        (one.what, one.helper or one.helper_name, one.since, one.until, one.outcome) for one in rows
    ]


def _benefits(resident):
    rows = BenefitRecord.objects.filter(resident=resident).select_related("benefit")
    return [(one.benefit, one.since, one.until, one.amount, one.source) for one in rows]


def _given(resident):
    rows = DataRequestLine.objects.filter(resident=resident).select_related("request__department")
    asked = [one.request for one in rows]
    return [
        (one.department, one.purpose, one.asked_at.date(), one.get_state_display()) for one in asked
    ]


def _looks(resident):
    rows = looks.with_labels(AccessRecord.objects.filter(resident=resident))
    return [
        (one.at.date(), one.by, look_words.field(one), look_words.purpose(one))
        for one in rows.select_related("by").order_by("-at")
    ]


def _person(resident, by, purpose):
    [one] = shown([resident], by)
    home = resident.household
    number = looks.reveal_id(resident, by=by, purpose=purpose) if resident.id_mask else ""
    looks.note_care_seen([one], by=by)
    rows = [
        (_("Name"), resident.name),
        (_("Sex"), one.sex_name),
        (_("Birth date"), one.birth),
        (_("ID number"), number),
        (_("Phone"), resident.phone),
        (_("Address"), home.dwelling.address),
        (_("Grid"), resident.grid.name),
        (_("Household number"), home.number),
        (_("Head of household"), home.head_name),
        (_("Relation to the head"), one.relation_name),
        *person_file.facts(one),
    ]
    return [row for row in rows if row[1]] + _custom(resident, by, purpose)


def _custom(resident, by, purpose):
    return [
        (
            fact.field.label,
            looks.reveal_fact(resident, fact.field, by=by, purpose=purpose)
            if fact.is_sealed
            else fact.value,
        )
        for fact in custom_fields.shown_facts("resident", resident)
    ]


def _visits(resident):
    """Days and outcomes, where the app above keeps them for a household."""
    visits = getattr(resident.household, "visits", None)
    if visits is None:
        return []
    rows = visits.select_related("visitor").order_by("-happened_on")
    return [
        (one.happened_on, one.get_mode_display(), one.get_outcome_display(), one.note, one.visitor)
        for one in rows
    ]
