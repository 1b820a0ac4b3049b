"""The board counts what a person steers, each case once, at a constant cost."""

from collections import Counter
from itertools import chain

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import lights, workflow
from cases.board import board
from cases.lists import scope_of_board
from cases.models import Case, Stage
from tests import factories
from tests.cases.office import at, bring, report

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 15:00")  # cases of the 20th are yellow, older ones red


def numbers(line):
    return line.red, line.yellow, line.green


def by_hand(staff, now=NOW):
    """The same counts, one case after the other, in Python."""
    cases = Case.objects.visible_to(staff, right="board").open()
    found = Counter(lights.light(case, now) for case in cases)
    return found["red"], found["yellow"], found["green"]


@pytest.fixture
def busy(office):
    """Cases under every light, in two communities, with a department and without."""
    far = factories.unit("370402001027001")
    bring(office, Stage.HANDLING, day="2026-11-18")
    bring(office, Stage.HANDLING)
    bring(office, Stage.REGISTERED)
    bring(office, Stage.CLOSED)
    report(office, "2026-11-20 14:50")
    bring(office, Stage.DISPATCHED, day="2026-11-19", grid=far)
    return office


def test_the_board_agrees_with_counting_one_by_one(busy):
    for person in (
        busy.leader,
        busy.supervisor,
        busy.dispatcher,
        busy.handler,
        busy.head,
    ):
        shown = board.read(person, now=NOW)
        assert numbers(shown.lights) == by_hand(person)
        assert shown.lights.total > 0
        for lines in shown.lines.values():
            assert tuple(map(sum, zip(*map(numbers, lines), strict=True))) == numbers(shown.lights)


def test_the_supervisor_sees_communities_and_the_dispatcher_streets(busy):
    of_street = {
        line.of.code: numbers(line) for line in board.read(busy.supervisor, now=NOW).lines["grid"]
    }
    of_district = {
        line.of.code: numbers(line) for line in board.read(busy.dispatcher, now=NOW).lines["grid"]
    }

    assert of_street == {"370402001028": (1, 2, 1), "370402001027": (1, 0, 0)}
    assert of_district == {"370402001": (2, 2, 1)}


def test_a_chosen_grid_narrows_the_board(busy):
    shown = board.read(busy.dispatcher, now=NOW, place=factories.community("370402001027"))

    assert numbers(shown.lights) == (1, 0, 0)
    assert [line.of.code for line in shown.lines["grid"]] == ["370402001027B01"]


def test_a_hidden_level_is_passed_through(busy):
    factories.base().__class__.objects.filter(code="370402001028B01").update(is_passthrough=True)

    shown = board.read(busy.leader, now=NOW)

    assert [line.of.code for line in shown.lines["grid"]] == ["370402001028001"]


def test_outside_the_scope_the_board_is_empty(busy):
    stranger = factories.staff("dispatcher", factories.district("520602", "碧江区"))

    for place in (None, factories.district(), factories.community()):
        shown = board.read(stranger, now=NOW, place=place)
        assert shown.lights.total == 0
        assert not any(shown.urgent.values())
    assert factories.community() not in scope_of_board.places(stranger)
    assert factories.community() in scope_of_board.places(busy.dispatcher)


def test_somebody_without_the_right_has_no_board(busy):
    assert board.read(busy.worker, now=NOW).lights.total == 0
    assert scope_of_board.own_place(busy.worker) is None


def test_a_person_with_several_postings_counts_no_case_twice(busy):
    person = factories.staff("grid_leader", factories.community())
    factories.posting(person, "supervisor", factories.street())
    factories.posting(person, "department_head", factories.district(), department=busy.department)
    everything = numbers(board.read(busy.dispatcher, now=NOW).lights)

    assert numbers(board.read(person, now=NOW).lights) == by_hand(person) == everything

    factories.posting(person, "dispatcher", factories.district())
    person = type(person).objects.get(pk=person.pk)
    assert numbers(board.read(person, now=NOW).lights) == by_hand(person) == everything


def test_a_department_head_of_a_part_of_the_city_sees_the_rest_through_the_department(
    busy,
):
    person = factories.staff("grid_leader", factories.community("370402001027"))
    factories.posting(person, "department_head", factories.district(), department=busy.department)

    assert numbers(board.read(person, now=NOW).lights) == by_hand(person) == (2, 1, 0)


def test_the_most_urgent_come_first_and_are_limited(busy):
    urgent = board.read(busy.supervisor, now=NOW, limit=1).urgent
    everything = board.read(busy.supervisor, now=NOW).urgent

    assert [case.due_at for case in urgent["red"]] == [at("2026-11-18 15:30")]
    assert [case.due_at for case in everything["red"]] == [
        at("2026-11-18 15:30"),
        at("2026-11-19 15:30"),
    ]
    assert [case.stage for case in everything["green"]] == [Stage.REPORTED]


def test_the_on_time_rate_does_not_hide_what_is_open_and_overdue(office):
    bring(office, Stage.CLOSED)
    late = bring(office, Stage.FEEDBACK)
    workflow.verify(late, by=office.leader, passed=True, at=at("2026-11-20 16:00"))
    bring(office, Stage.REJECTED)
    bring(office, Stage.HANDLING)
    bring(office, Stage.HANDLING)

    shown = board.read(office.supervisor, now=at("2026-11-20 15:30"))
    assert (shown.settled.on_time, shown.settled.total, shown.lights.red) == (1, 1, 2)
    assert shown.on_time_rate == 1 / 3

    later = board.read(office.supervisor, now=at("2026-11-20 17:00"))
    assert later.on_time_rate == 1 / 4


def test_the_board_costs_the_same_with_few_cases_and_with_many(office):
    def cost():
        person = type(office.supervisor).objects.get(pk=office.supervisor.pk)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            for case in chain(*board.read(person, now=NOW).urgent.values()):
                assert all(map(str, (case.title, case.department, case.handler, case.grid)))
        return len(queries)

    grids = [factories.unit(f"37040200102700{number}") for number in range(2, 7)]
    bring(office, Stage.HANDLING)
    few = cost()
    for grid in grids:
        bring(office, Stage.HANDLING, grid=grid)

    assert cost() == few <= 16
