"""Everything with persons in it passes the export desk: what for, on record, marked."""

import io
import re
import zipfile

import pytest
from django.db import transaction
from django.urls import resolve, reverse

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
# Handed out and not counted, however often it is taken.
UNCOUNTED = {
    "cases:catalogue_excel": "rules, no person",
    "residents:import_blank": "an empty form",
    "residents:import_result": "the sender's own workbook; the upload was counted",
}
NOT_WALKED = {"healthz", "logout", "account_logout"}
KINDS = {"paper": Kind.PRINT, "workbook": Kind.EXPORT}


def handed_out(answer):
    """ "workbook", or "paper" for a sheet that is made to be printed; "" for any other page."""
    if answer.status_code != 200:
        return ""
    if answer.headers.get("Content-Type") == SHEET:
        return "workbook"
    is_paper = not answer.streaming and re.search(rb'class="(paper|watermark)[" ]', answer.content)
    return "paper" if is_paper else ""


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


def walk(client, world, people, ask):
    """{page: what it hands out} of all pages, as these people and `ask(client, address)`."""
    found = {}
    client.raise_request_exception = False
    for person in people:
        enter(client, person)
        for name in sorted(set(ROUTES) - NOT_WALKED):
            with transaction.atomic():
                if kind := handed_out(ask(client, address_of(name, world))):
                    found[name] = kind
                transaction.set_rollback(True)
    client.raise_request_exception = True
    return found


def fetch(client, address):
    return client.get(address)


def send_with_a_purpose(client, address):
    return client.post(address, {"purpose": "报街道核对"})


def counted(name, world, method):
    return getattr(resolve(address_of(name, world)).func, "counted", {}).get(method)


# What for is known: the person asked for it (tests/cases/own_data says what is on record).
OWN_COPY = "cases:own_data_copy"


def test_nothing_leaves_without_the_desk_but_what_holds_nobody(client, world):
    found = set(walk(client, world, readers(world), fetch))

    assert found <= set(WITHOUT_DESK)
    assert found >= set(WITHOUT_DESK) - {"residents:book_print", "residents:export_print"}
    assert {name for name in found if counted(name, world, "GET") != "export"} == set(UNCOUNTED)


def test_the_desk_asks_what_for_and_puts_it_on_record(client, world):
    """Every page that hands something out once it was told what for."""
    leader = make.staff("grid_leader", world.community)
    desk = walk(client, world, [leader], send_with_a_purpose)

    assert {"cases:list_excel", "cases:print", "inspections:card"} <= set(desk)
    assert set(desk.values()) == set(KINDS)
    for name, kind in desk.items():
        assert counted(name, world, "POST") == "export", name
        if name != OWN_COPY:
            asks_and_records(client, world, name, KINDS[kind])


def asks_and_records(client, world, name, kind):
    person = make.staff("grid_leader", world.community)
    enter(client, person)
    address = address_of(name, world)

    asked = client.get(address)
    refused = client.post(address, {"purpose": ""})

    assert (asked.status_code, refused.status_code) == (200, 422), name
    assert not handed_out(asked), name
    assert not handed_out(refused), name
    assert not taken_by(person).exists(), name

    given = send_with_a_purpose(client, address)

    assert handed_out(given), name
    entry = taken_by(person).get()
    assert (entry.kind, entry.purpose) == (kind, "报街道核对"), name
    words = body(given)
    assert "报街道核对" in words, name
    assert str(person) in words, name
    assert "no-store" in given.headers["Cache-Control"], name


def test_whoever_takes_in_a_workbook_is_counted(client, world):
    taking_in = set()
    for person in (world.keeper, _person(world, Role.ADMINISTRATOR)):
        enter(client, person)
        for name in sorted(set(ROUTES) - NOT_WALKED):
            answer = client.get(address_of(name, world))
            if not answer.streaming and re.search(rb'type="file"[^>]*xlsx', answer.content):
                taking_in.add(name)

    assert {"residents:import_new", "cases:catalogue_uploads"} <= taking_in
    assert {name for name in taking_in if counted(name, world, "POST") is None} == set()


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
