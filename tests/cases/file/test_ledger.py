"""Why is it red? The minutes add up, in words that can be checked with a watch."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import workflow
from cases.file import ledger
from cases.models import CasePolicy, Stage
from tests import factories
from tests.cases.office import at, bring, extend, open_office, report

pytestmark = pytest.mark.django_db


def told(lines):
    return [(line.kind, line.minutes, [skip.kind for skip in line.skipped]) for line in lines]


def test_the_minutes_in_each_hand_add_up_to_the_limit_when_it_turns_red():
    case = bring(open_office(), Stage.HANDLING)

    found = ledger.of(case, case.due_at)

    assert found.light == "red"
    assert (found.used_minutes, found.limit_minutes) == (240, 240)
    assert told(found) == [
        ("before", 0, []),
        ("step", 5, []),
        ("step", 5, []),
        ("step", 230, ["lunch"]),
    ]
    assert [line.holder for line in found][-1].startswith("城市管理局 · ")


def test_lines_follow_one_another_without_a_gap():
    case = bring(open_office(), Stage.FEEDBACK)

    lines = list(ledger.of(case, at("2026-11-25 09:00")))

    assert lines[0].starts_at == case.reported_at
    assert lines[-1].ends_at == at("2026-11-25 09:00")
    assert all(one.ends_at == other.starts_at for one, other in pairwise(lines))


def test_skipped_stretches_are_named():
    office = open_office()
    case = bring(office, Stage.HANDLING, day="2026-09-30")

    skipped = [skip for line in ledger.of(case, at("2026-10-09 09:00")) for skip in line.skipped]

    assert [(skip.kind, skip.name) for skip in skipped] == [
        ("lunch", ""),
        ("day_off", "国庆节"),
        ("lunch", ""),
        ("night", ""),
    ]
    assert (skipped[1].starts_at, skipped[1].ends_at) == (
        at("2026-09-30 17:30"),
        at("2026-10-08 08:30"),
    )


def test_what_is_skipped_and_what_counts_make_up_the_time_of_the_line():
    office = open_office(factories.standard(30, "working_days"))
    case = bring(office, Stage.HANDLING)

    for line in ledger.of(case, at("2027-01-05 16:00")).lines[1:]:
        skipped = sum((skip.ends_at - skip.starts_at for skip in line.skipped), timedelta())
        assert skipped + timedelta(minutes=line.minutes) == line.ends_at - line.starts_at


@pytest.mark.parametrize("unit", ["urgent_hours", "calendar_days"])
def test_urgent_hours_and_calendar_days_skip_nothing(unit):
    office = open_office(factories.standard(2, unit))
    case = bring(office, Stage.HANDLING)

    found = ledger.of(case, case.due_at)

    assert not any(line.skipped for line in found)
    assert found.used_minutes == found.limit_minutes


@pytest.mark.parametrize(
    "number_unit",
    [
        (4, "working_hours"),
        (30, "urgent_hours"),
        (5, "working_days"),
        (9, "calendar_days"),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_with_pauses_and_extensions_the_total_still_equals_the_limit(number_unit, seed):
    office = open_office(factories.standard(*number_unit))
    CasePolicy.objects.create(district=factories.district(), extensions_at_most=3)
    case = bring(office, Stage.HANDLING)
    chance, now = random.Random(seed), at("2026-11-20 10:20")
    for _ in range(3):
        begun = now + timedelta(minutes=chance.randint(0, 20))
        cap = begun + timedelta(minutes=chance.randint(30, 6000))
        workflow.pause(case, by=office.supervisor, reason="下雨", until=cap, at=begun)
        now = begun + timedelta(minutes=chance.randint(1, 29))
        if chance.random() < 0.7:
            workflow.resume(case, by=office.supervisor, at=now)
            extend(office, case, now, number=3)
        else:
            now = cap

    found = ledger.of(case, case.due_at)

    assert found.used_minutes == pytest.approx(found.limit_minutes, abs=0.51)
    assert any(line.kind == "pause" and line.minutes == 0 for line in found)


def test_the_ledger_of_a_closed_case_ends_with_its_closing():
    case = bring(open_office(), Stage.EVALUATED)

    found = ledger.of(case, at("2026-12-20 09:00"))

    assert found.lines[-1].ends_at == case.closed_at
    assert found.used_minutes == 90
    assert found.light == "green"


def test_after_reopening_the_ledger_is_of_the_new_run():
    office = open_office()
    case = bring(office, Stage.CLOSED)
    workflow.reopen(case, by=office.worker, reason="又坏了", at=at("2026-11-23 10:00"))

    found = ledger.of(case, at("2026-11-23 11:00"))

    assert (found.used_minutes, found.limit_minutes) == (60, 240)
    assert found.lines[0].starts_at == at("2026-11-23 10:00")


def test_a_report_without_a_limit_has_a_reason_and_no_lines():
    case = report(open_office())

    found = ledger.of(case, at("2026-11-20 14:30"))

    assert not found
    assert (found.light, found.lines) == ("yellow", [])
    assert "14:30" in found.reason


def test_the_ledger_costs_the_same_number_of_queries_however_long_the_story():
    office = open_office()
    short = bring(office, Stage.HANDLING)
    long = bring(office, Stage.HANDLING)
    for hour, hand_over, by in (
        (12, workflow.dispatch, office.supervisor),
        (13, workflow.decide, office.dispatcher),
    ):
        workflow.send_back(
            long, by=office.handler, reason="不归我们管", at=at(f"2026-11-20 {hour}:00")
        )
        hand_over(
            long,
            by=by,
            note="由你单位承办",
            to=office.department,
            at=at(f"2026-11-20 {hour}:10"),
        )
        workflow.accept(long, by=office.handler, at=at(f"2026-11-20 {hour}:20"))

    counts = []
    for case in (short, long):
        with CaptureQueriesContext(connection) as queries:
            ledger.of(case, at("2026-11-24 09:00"))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 6
