"""The map of who has not been visited says the same as the list, and opens it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridmgmt.map import layers
from inspections.cadence import schedules
from inspections.models import Mode, VisitRule
from tests import factories as make
from tests.portal.test_map import square

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def ground():
    cells = []
    for number in (1, 2, 3):
        cell = make.unit(f"37040200102800{number}")
        cell.boundary = square(117.5 + number / 100, 34.8)
        cell.save(update_fields=["boundary"])
        cells.append(cell)
    return cells


@pytest.fixture
def leader(client, ground):
    person = make.staff("grid_leader", make.community())
    client.force_login(person)
    return person


def households(grid, number, *, days=-30, **done):
    """So many households of a grid; their home visits are so many days late."""
    homes = [make.household(grid) for _ in range(number)]
    schedules.plan_all(TODAY)
    for home in homes:
        due = TODAY - timedelta(days=days)
        home.schedules.filter(rule__mode="home").update(next_due_on=due, **done)
    return homes


def cells(client, place, **asked):
    answer = client.get("/map/layer/", {"grid": place.pk, "show": "unseen"} | asked)
    found = [feature["properties"] for feature in answer.json()["features"]]
    return {cell["code"]: cell for cell in found}


def test_a_cell_says_how_many_of_its_households_are_overdue(client, ground, leader):
    households(ground[0], 1, days=9)
    households(ground[0], 1, days=9, last_done_on=TODAY - timedelta(days=400))
    households(ground[0], 1, days=9, attempts=3)
    households(ground[0], 5)

    cell = cells(client, make.community())[ground[0].code]

    assert (cell["all"], cell["households"], cell["percent"]) == (8, 3, 38)
    assert (cell["never"], cell["attempts"]) == (2, 1)


@pytest.mark.parametrize(
    ("late", "on_time", "level"),
    [(0, 3, 0), (1, 10, 1), (1, 9, 2), (2, 5, 2), (3, 7, 3), (2, 0, 3), (0, 0, "")],
)
def test_the_share_decides_the_sign_of_the_cell(client, ground, leader, late, on_time, level):
    households(ground[0], late, days=2)
    households(ground[0], on_time)

    assert cells(client, make.community())[ground[0].code]["level"] == level


def test_a_household_under_two_rules_counts_once(client, ground, leader):
    person = make.resident(make.household(ground[0]))
    record = make.care_record(person)
    VisitRule.objects.create(
        district=make.district(),
        target="category",
        care_category=record.category,
        mode=Mode.HOME,
        every_months=1,
    )
    schedules.ensure_rules(make.district())
    schedules.plan_all(TODAY)
    rows = person.household.schedules.filter(rule__mode="home")
    assert rows.update(next_due_on=TODAY - timedelta(days=2)) == 2

    cell = cells(client, make.community())[ground[0].code]
    listed = client.get("/visits/overdue/", {"grid": ground[0].pk})

    assert (cell["all"], cell["households"]) == (1, 1)
    assert len(listed.context["schedules"]) == 1


@pytest.mark.parametrize("most_units", [80, 1])
def test_every_number_of_the_map_is_the_number_of_rows_that_it_opens(
    client, ground, leader, monkeypatch, most_units
):
    monkeypatch.setattr(layers, "MOST_UNITS", most_units)
    base = ground[0].parent
    base.boundary = square(117.5, 34.8, 0.04)
    base.save(update_fields=["boundary"])
    households(ground[0], 3, days=2)
    households(ground[0], 2, days=8, last_done_on=TODAY - timedelta(days=300))
    households(ground[1], 1, days=5, attempts=4)
    households(ground[1], 4)

    drawn = cells(client, make.community())
    sums = client.get("/visits/overdue/").context

    assert len(drawn) == (3 if most_units > 1 else 1)
    for cell in drawn.values():
        for name, why in (("households", ""), ("never", "never"), ("attempts", "attempts")):
            page = client.get("/visits/overdue/", {"grid": cell["id"], "why": why})
            assert len(page.context["schedules"]) == cell[name], (cell["name"], name)
    for name in ("households", "never", "attempts"):
        assert sum(cell[name] for cell in drawn.values()) == sums[name]


def test_the_table_under_the_map_opens_the_households(client, ground, leader):
    households(ground[0], 2, days=2)

    page = client.get("/map/", {"show": "unseen"}).content.decode()

    assert f'<a href="/visits/overdue/?grid={ground[0].pk}">2</a>' in page
    assert page.count("data-level=") == 4
    assert "逾期三成以上" in page


def test_a_worker_is_told_of_the_own_cell_only(client, ground):
    households(ground[0], 1, days=2)
    households(ground[1], 1, days=2)
    client.force_login(make.staff("grid_worker", ground[0]))

    assert set(cells(client, ground[0])) == {ground[0].code}
    elsewhere = {"grid": ground[1].pk, "show": "unseen"}
    assert client.get("/map/layer/", elsewhere).status_code == 404


@pytest.mark.parametrize(
    ("role", "status", "tabs"), [("supervisor", 200, 1), ("building_steward", 403, 0)]
)
def test_only_who_may_see_visits_sees_who_was_not_visited(client, ground, role, status, tabs):
    client.force_login(make.staff(role, ground[0]))

    assert client.get("/map/?show=unseen").status_code == status
    assert client.get("/map/layer/?show=unseen").status_code == status
    assert client.get("/map/").content.decode().count("?show=unseen") == 0
    assert client.get("/map/").content.decode().count("&amp;show=unseen") == tabs


def test_the_layer_asks_as_often_for_many_households_as_for_few(client, ground, leader):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            cells(client, make.community())
        return len(captured)

    households(ground[0], 1, days=2)
    queries()
    few = queries()
    for grid in ground:
        households(grid, 4, days=2)

    assert queries() == few
