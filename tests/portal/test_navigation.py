"""The entries of each role, in their order, where they lead, and which one an address belongs to."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from gridmgmt.home import navigation, pulse
from gridmgmt.running import heartbeats
from tests import factories as make

pytestmark = pytest.mark.django_db

# As the rights of the paper have it, by hand.
ENTRIES = {
    "grid_worker": "today visits report people messages",
    "assistant": "today visits report people messages",
    "building_steward": "today report people messages",
    "grid_leader": "board cases people visits map catalogue imports slips messages",
    "information_officer": "cases people visits map catalogue imports requests messages",
    "supervisor": "board cases people visits map catalogue slips messages",
    "community_staff": "board cases people visits map catalogue imports requests slips messages",
    "dispatcher": "board cases visits map catalogue slips messages",
    "administrator": "board cases people visits map catalogue imports grids staff cadence dictionaries"
    " requests fields slips ladder stand_ins log_in_slips posting_changes guarded retention clock"
    " messages",
    "auditor": "board cases people visits map catalogue requests slips retention audit messages",
    "security_administrator": "map log_in_slips posting_changes guarded retention messages",
    "operator": "system messages",
}
OF_A_DEPARTMENT = {
    "department_coordinator": "board cases catalogue requests slips messages",
    "department_handler": "board cases catalogue slips messages",
    "department_head": "board cases catalogue requests slips messages",
}
LEADS_TO = {
    "today": "inspections:today",
    "visits": "inspections:visits",
    "report": "cases:report",
    "people": "residents:people",
    "messages": "grids:inbox",
    "board": "cases:board",
    "cases": "cases:list",
    "map": "map:map",
    "catalogue": "cases:catalogue",
    "imports": "residents:imports",
    "grids": "admin:grids_grid_changelist",
    "staff": "admin:grids_staff_changelist",
    "cadence": "inspections:cadence",
    "dictionaries": "admin:index",
    "requests": "residents:data_requests",
    "fields": "residents:fields",
    "slips": "cases:slips",
    "ladder": "cases:ladder",
    "stand_ins": "grids:stand_ins",
    "clock": "cases:clock",
    "audit": "grids:audit",
    "log_in_slips": "slips",
    "posting_changes": "grids:posting_changes",
    "guarded": "residents:guarded",
    "retention": "residents:retention",
    "system": "system",
}


def keys(person):
    return " ".join(entry.key for entry in navigation.entries(person))


@pytest.mark.parametrize("role", ENTRIES)
def test_the_entries_of_a_role(role):
    assert keys(make.staff(role, make.district())) == ENTRIES[role]


@pytest.mark.parametrize("role", OF_A_DEPARTMENT)
def test_the_entries_of_a_department(role):
    assert keys(make.staff(role, department=make.department())) == OF_A_DEPARTMENT[role]


def test_who_goes_out_and_reads_a_board_works_in_the_office():
    person = make.staff("grid_worker")
    make.posting(person, "supervisor", make.street())

    assert keys(person).startswith("board cases")
    assert keys(make.staff()) == "messages"


def items(person, path="/nowhere/"):
    request = SimpleNamespace(user=person, path=path)
    return navigation.navigation(request, lambda: 7)


@pytest.mark.parametrize(
    ("role", "searches"),
    [("security_administrator", 403), ("operator", 403), ("auditor", 200), ("grid_worker", 200)],
)
def test_a_search_box_is_there_for_whom_it_finds_something(client, role, searches):
    client.force_login(make.staff(role), "grids.auth.StaffBackend")

    assert client.get("/search/").status_code == searches
    assert ('action="/search/"' in client.get("/inbox/").content.decode()) == (searches == 200)


def test_every_entry_leads_to_its_page_and_the_messages_are_counted():
    everything = make.staff("administrator", make.district())
    for role in ("auditor", "operator", "grid_worker"):
        make.posting(everything, role, make.district())
    worker = make.staff("grid_worker")

    found = [*items(everything), *items(worker)]

    assert {item["key"]: item["url"] for item in found} == {
        key: reverse(name) for key, name in LEADS_TO.items()
    }
    assert {item["key"]: item["count"] for item in found if item["count"] is not None} == {
        "messages": 7
    }
    assert not any(item["active"] for item in found)
    assert all(isinstance(item["label"], str) and item["icon"] for item in found)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        *((f"/{word}/x", "people") for word in (
            "residents", "households", "premises", "tables", "exports", "move-ins", "duplicates",
            "compounds", "buildings", "dwellings", "leases", "support", "benefits", "help",
        )),
        ("/campaigns/1/", "visits"),
        ("/patrols/", "visits"),
        ("/cases/steps/", "catalogue"),
        (reverse("cases:list"), "cases"),
        (reverse("admin:grids_staff_changelist"), "staff"),
        (reverse("admin:index") + "x/", "dictionaries"),
        ("/nowhere/", None),
    ],
)  # fmt: skip
def test_an_address_belongs_to_the_entry_with_the_longest_beginning(path, key):
    person = make.staff("administrator", make.district())

    assert [item["key"] for item in items(person, path) if item["active"]] == ([key] if key else [])


# The sign of life


@pytest.mark.parametrize(
    ("ages", "age", "ago", "is_stale"),
    [
        ({"beat": 0.4, "worker": 0.2}, 0, "just now", False),
        ({"beat": 0.4, "worker": 1}, 1, "1 second ago", False),
        ({"beat": 59.4, "worker": 2}, 59, "59 seconds ago", False),
        ({"beat": 60, "worker": 2}, 60, "1 minute ago", False),
        ({"beat": 2, "worker": 179}, 179, "2 minutes ago", False),
        ({"beat": 2, "worker": 299}, 299, "4 minutes ago", False),
        ({"beat": 2, "worker": 300}, 300, "5 minutes ago", True),
        ({"beat": 2, "worker": 3, "lights": 120}, 3, "3 seconds ago", False),
        ({"beat": 2, "worker": 3, "lights": 121}, 121, "2 minutes ago", False),
        ({"beat": 200, "worker": 3, "lights": 130}, 200, "3 minutes ago", False),
        ({"beat": 2}, None, "", True),
        ({"worker": 2, "lights": 2}, None, "", True),
        ({}, None, "", True),
    ],
)
def test_how_old_the_lights_are(monkeypatch, ages, age, ago, is_stale):
    monkeypatch.setattr(heartbeats, "ages", lambda: ages)

    with translation.override("en"):
        state = pulse.state()

    assert (state["age"], state["ago"], state["is_stale"]) == (age, ago, is_stale)
    if age is None:
        assert state["at"] is None
    else:
        then = timezone.now() - timedelta(seconds=max(ages.values()) if "lights" in ages else age)
        assert abs((state["at"] - then).total_seconds()) < 300
        assert abs((timezone.now() - state["at"]).total_seconds() - age) < 5
