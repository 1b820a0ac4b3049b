"""Everything with persons in it passes the export desk: what for, on record, marked."""

import io
import re
import zipfile

import pytest
from django.urls import reverse

from grids.audit import Kind
from grids.models import AuditEntry
from grids.roles import Role
from residents.models import Export
from tests import factories as make
from tests.test_access import ROUTES, _person, body, enter, objects, standing_world, world

__all__ = ["standing_world", "world"]

pytestmark = pytest.mark.django_db

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a page hands out without being asked what for, and why nobody is in it, or has been asked.
WITHOUT_DESK = {
    "grids:audit_excel": "the record of the record, for auditors alone",
    "cases:board_excel": "numbers of cases",
    "cases:trends_excel": "numbers of cases",
    "cases:catalogue_excel": "rules, no person",
    "residents:table_excel": "numbers of people",
    "residents:import_blank": "an empty form",
    "residents:import_result": "the sender's own workbook",
    "residents:export_file": "asked when it was made",
    "residents:export_print": "asked when it was made",
    "residents:book_print": "asked when it was made",
}
DESK = {
    "cases:list_excel": Kind.EXPORT,
    "cases:print": Kind.PRINT,
    "inspections:overdue_excel": Kind.EXPORT,
    "residents:benefits_excel": Kind.EXPORT,
    "inspections:card": Kind.PRINT,
    "residents:building_print": Kind.PRINT,
    "residents:household_print": Kind.PRINT,
    "residents:premises_print": Kind.PRINT,
}


def is_handed_out(answer):
    """Whether it is a workbook, or a sheet that is made to be printed."""
    if answer.status_code != 200:
        return False
    if answer.headers.get("Content-Type") == SHEET:
        return True
    return not answer.streaming and bool(
        re.search(rb'class="(paper|watermark)[" ]', answer.content)
    )


def taken_by(person):
    return AuditEntry.objects.filter(kind__in=[Kind.EXPORT, Kind.PRINT], by=person)


def address_of(name, world):
    kwargs = objects(world).get(name)
    if name in {"residents:export_file", "residents:export_print", "residents:book_print"}:
        row = {"file": world.export, "prin": world.paper}.get(name.split("_")[1][:4], world.export)
        kwargs = kwargs | {"pk": world.book.pk if "book" in name else row.pk}
    return reverse(name, kwargs=kwargs)


def readers(world):
    yield world.keeper
    yield _person(world, Role.ADMINISTRATOR)
    yield _person(world, Role.AUDITOR)
    yield _person(world, Role.INFORMATION_OFFICER)
    yield make.staff("grid_leader", world.community)


def test_nothing_leaves_without_the_desk_but_what_holds_nobody(client, world):
    found = set()
    for person in readers(world):
        enter(client, person)
        client.raise_request_exception = False
        found |= {
            name
            for name in sorted(set(ROUTES) - {"healthz", "logout"})
            if is_handed_out(client.get(address_of(name, world)))
        }

    assert found <= set(WITHOUT_DESK)
    assert found >= set(WITHOUT_DESK) - {"residents:book_print", "residents:export_print"}


@pytest.mark.parametrize("name", sorted(DESK))
def test_the_desk_asks_what_for_and_puts_it_on_record(client, world, name):
    person = make.staff("grid_leader", world.community)
    enter(client, person)
    address = reverse(name, kwargs=objects(world).get(name))

    asked = client.get(address)
    refused = client.post(address, {"purpose": ""})

    assert (asked.status_code, refused.status_code) == (200, 422)
    assert not is_handed_out(asked)
    assert not is_handed_out(refused)
    assert not taken_by(person).exists()

    given = client.post(address, {"purpose": "报街道核对"})

    assert is_handed_out(given)
    entry = taken_by(person).get()
    assert (entry.kind, entry.purpose) == (DESK[name], "报街道核对")
    words = body(given)
    assert "报街道核对" in words
    assert str(person) in words
    assert "no-store" in given.headers["Cache-Control"]


def test_a_list_that_was_handed_out_stands_among_the_exports(client, world):
    person = make.staff("grid_leader", world.community)
    enter(client, person)
    client.post(reverse("inspections:overdue_excel"), {"purpose": "报街道核对"})

    export = Export.objects.get(by=person)

    assert (export.subject, export.purpose) == ("unseen", "报街道核对")
    assert "报街道核对" in client.get(reverse("residents:exports")).content.decode()
    page = client.get(reverse("residents:export_detail", args=[export.pk]))
    assert page.status_code == 200
    assert client.get(reverse("residents:export_file", args=[export.pk])).status_code == 404


def test_who_may_not_export_takes_no_list_of_persons(client, world):
    enter(client, make.staff("supervisor", world.community))
    assert client.get(reverse("inspections:overdue")).status_code == 200

    answer = client.post(reverse("inspections:overdue_excel"), {"purpose": "报街道核对"})

    assert answer.status_code == 403
    assert "overdue/excel" not in client.get(reverse("inspections:overdue")).content.decode()


def test_the_mark_stands_on_every_printed_page_of_a_workbook(client, world):
    person = make.staff("grid_leader", world.community)
    enter(client, person)

    answer = client.post(reverse("inspections:overdue_excel"), {"purpose": "报街道核对"})

    content = b"".join(answer.streaming_content)
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    foot = sheet[sheet.index("<oddFooter>") : sheet.index("</oddFooter>")]
    assert str(person) in foot
    assert "报街道核对" in foot
