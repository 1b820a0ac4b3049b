"""All open cases of a district at once: which are looked at, what is written, and what stays."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import workflow
from cases.calendar import clock, working_days
from cases.limits import of_district, recompute
from cases.models import (
    Alarm,
    CalendarChange,
    Case,
    CaseStandard,
    LadderPolicy,
    Stage,
    WorkCalendar,
)
from grids.refusal import Refused
from tests import factories
from tests.cases.limits.test_of_case import alarms, columns, fire, pause, said
from tests.cases.office import at, bring, extend, off, open_office, report

pytestmark = pytest.mark.django_db

NOW = at("2026-11-20 12:30")


def edit(calendar, days, boss, now=NOW):
    change = recompute.draw_up(calendar, days, by=boss, at=now)
    recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=now)
    calendar.refresh_from_db()
    change.refresh_from_db()
    return change


def moves(calendar, **more):
    return of_district.moves(calendar, clock.hours_of(calendar), **more)


def elsewhere():
    """Another district: its calendar, and a handled case there."""
    unit = factories.unit("370403001028001")
    calendar = working_days.ensure_calendar(factories.district("370403"), today=date(2026, 11, 22))
    case = workflow.report(
        by=factories.staff("grid_worker", unit),
        grid=unit,
        category=factories.category(),
        title="井盖缺失",
        source="patrol",
        at=at("2026-11-20 09:00"),
    )
    return calendar, case


def test_every_alarm_of_every_case_stands_where_it_should_after_an_edit(calendar, boss):
    office = open_office()
    plain, fired, longer = (bring(office, Stage.HANDLING) for _ in range(3))
    fire(plain, Alarm.Level.WARN)
    extend(office, longer, at("2026-11-20 11:00"), 2)
    fire(fired, Alarm.Level.WARN)
    fire(fired, Alarm.Level.DUE)
    plain.alarms.create(run=0, level=0, fires_at=at("2026-11-20 14:30"))  # nobody's business

    edit(calendar, [{"day": "2026-11-20", "hours": [["08:30", "12:00"]], "note": ""}], boss)

    late = {(1, 2): ("23 14:00", None), (1, 3): ("23 16:00", None), (1, 4): ("24 11:00", None)}
    assert alarms(plain) == {
        (0, 0): ("20 14:30", None),
        (1, 0): ("20 14:30", "20 12:00"),
        (1, 1): ("23 10:30", None),
        **late,
    }
    assert alarms(fired) == {
        (1, 0): ("20 14:30", "20 12:00"),
        (1, 1): ("20 15:30", "20 12:00"),
        **late,
    }
    assert alarms(longer) == {
        (2, 0): ("23 11:00", None),
        (2, 1): ("23 14:00", None),
        (2, 2): ("23 17:00", None),
        (2, 3): ("24 11:00", None),
        (2, 4): ("25 09:30", None),
    }
    assert columns(plain) == columns(fired) == ("23 10:30", "23 09:30", None, "23 09:30", 240)
    assert columns(longer)[0] == "23 14:00"


def test_an_edit_keeps_the_ladder_of_the_category(calendar, boss):
    office = open_office()
    LadderPolicy.objects.create(
        district_id=calendar.district_id, category=office.standard.category, warn_percent=50
    )
    case = bring(office, Stage.HANDLING)
    assert alarms(case)[1, 0] == ("20 12:00", None)

    edit(calendar, [{"day": "2026-11-20", "hours": [["08:30", "11:00"]], "note": ""}], boss)

    assert alarms(case)[1, 0] == ("23 09:30", None)
    assert columns(case)[:2] == ("23 11:30", "23 09:30")


def test_of_pauses_only_the_one_that_runs_gets_another_limit_before_it(calendar, boss):
    office = open_office(factories.standard(2, "working_days"))
    first, second = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    pause(first, office, "2026-11-20 10:20", "2026-11-20 10:30")
    pause(first, office, "2026-11-20 11:00", "2026-11-26 10:30")

    edit(calendar, off("2026-11-23"), boss)

    assert [said(row.due_before) for row in first.pauses.order_by("pk")] == ["24 17:30", "25 17:30"]
    assert columns(first)[0] == "30 17:30"
    assert columns(second)[0] == "25 17:30"
    assert not second.pauses.exists()


def test_a_case_that_began_to_pause_with_its_limit_counts_that_pause(calendar):
    office = open_office()
    case = bring(office, Stage.REGISTERED)
    pause(case, office, "2026-11-20 10:00", "2026-11-20 11:00")

    assert columns(case)[0] == "20 16:30"
    assert moves(calendar) == []


def test_nothing_is_moved_by_the_same_calendar_whatever_the_case_has(calendar):
    office = open_office()
    unread = report(office, standard=office.standard)
    registered = bring(office, Stage.REGISTERED)
    limited = open_office(factories.standard(4, step_limits={"handling": [9, "working_hours"]}))
    handled, late_rule = bring(limited, Stage.HANDLING), bring(office, Stage.HANDLING)
    # rules of steps that were written (or dropped) after the step began do not reach back
    CaseStandard.objects.filter(pk=limited.standard.pk).update(step_limits={})
    CaseStandard.objects.filter(pk=office.standard.pk).update(
        step_limits={"handling": [1, "working_hours"], "registered": [1, "working_hours"]}
    )
    seen = []

    assert moves(calendar, seen=seen) == []
    assert seen == [4]
    assert {unread.due_at, registered.step_due_at, late_rule.step_due_at} == {None}
    assert handled.step_due_at


def test_only_open_cases_of_the_district_and_of_what_is_asked_for_are_looked_at(calendar, boss):
    _other_calendar, foreign = elsewhere()
    office = open_office()
    early, late = report(office, "2026-11-20 15:00"), report(office, "2026-11-20 16:00")
    bring(office, Stage.CLOSED)
    Case.objects.update(step_due_at=at("2026-11-30 09:00"))
    seen = []

    found = moves(calendar, seen=seen, reported_at__gte=at("2026-11-20 15:30"))

    assert ([move.pk for move in found], seen) == ([late.pk], [1])
    assert {move.pk for move in moves(calendar)} == {early.pk, late.pk}
    assert foreign.pk in {move.pk for move in moves(_other_calendar)}


def test_a_departments_calendar_moves_what_the_department_has_in_hands(calendar, boss):
    office = open_office(factories.standard(9, step_limits={
        name: [4, "working_hours"] for name in ("registered", "dispatched", "handling", "feedback")
    }))  # fmt: skip
    own = working_days.give_own(office.department, name="夜市")
    parks = factories.department("园林局", line="parks")
    cases = {stage: bring(office, stage) for stage in (
        Stage.REGISTERED, Stage.DISPATCHED, Stage.HANDLING, Stage.FEEDBACK, Stage.CLOSED
    )}  # fmt: skip
    theirs = bring(office, Stage.REGISTERED)
    workflow.dispatch(theirs, by=office.supervisor, to=parks, at=at("2026-11-20 10:05"))
    edit(own, [{"day": "2026-11-20", "hours": [["08:30", "12:00"]], "note": ""}], boss)

    assert {stage: columns(case)[2] for stage, case in cases.items()} == {
        Stage.REGISTERED: "20 15:30",
        Stage.DISPATCHED: "23 10:35",
        Stage.HANDLING: "23 10:40",
        Stage.FEEDBACK: "20 16:30",
        Stage.CLOSED: None,
    }
    assert columns(theirs)[2] == "20 15:35"
    # and the district's calendar leaves their steps alone, but not the others
    edit(calendar, off("2026-11-20"), boss)
    assert {stage: columns(case)[2] for stage, case in cases.items()} == {
        Stage.REGISTERED: "23 14:00",
        Stage.DISPATCHED: "23 10:35",
        Stage.HANDLING: "23 10:40",
        Stage.FEEDBACK: "23 14:00",
        Stage.CLOSED: None,
    }
    assert columns(theirs)[2] == "23 14:00"


def test_calendars_of_other_districts_and_without_days_do_not_count(calendar, boss):
    office = open_office(factories.standard(2, "working_days"))
    case = bring(office, Stage.HANDLING)
    other, _foreign = elsewhere()
    edit(other, off("2026-11-24"), boss)
    WorkCalendar.objects.create(
        district_id=calendar.district_id, department=factories.department("园林局"), name="未排"
    )
    own = working_days.give_own(office.department, name="夜市")

    edit(own, off("2026-11-30"), boss)
    assert columns(case)[0] == "24 17:30"
    edit(calendar, off("2026-11-23"), boss)
    assert columns(case)[0] == "25 17:30"


def test_a_look_locks_no_case_and_an_edit_locks_them_so_that_alarms_can_fire(calendar, boss):
    bring(open_office(), Stage.HANDLING)
    change = recompute.draw_up(calendar, off("2026-11-20"), by=boss)
    with CaptureQueriesContext(connection) as looked:
        recompute.preview(change, NOW)
    with CaptureQueriesContext(connection) as made:
        recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=NOW)

    def locks(queries, table):
        said = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
        return [sql for sql in said if "FOR NO KEY UPDATE" in sql or "FOR UPDATE" in sql]

    assert locks(looked, "cases_case") == []
    (lock,) = locks(made, "cases_case")
    assert lock.endswith("FOR NO KEY UPDATE")
    # one edit of a district at a time, and none of another district waits for it
    of_all = [sql for sql in locks(made, "cases_workcalendar") if "ORDER BY" in sql]
    assert [f'"district_id" = {calendar.district_id}' in sql for sql in of_all] == [True]


def test_years_that_open_cases_need(calendar):
    office = open_office()
    this = timezone.now().year
    assert of_district.years(calendar.district_id) == {this - 1, this + 2}
    report(office, "2026-11-20 09:00")
    assert of_district.years(calendar.district_id) == {2025, 2028}
    case = bring(office, Stage.HANDLING)
    Case.objects.filter(pk=case.pk).update(due_at=at("2028-03-01 10:00"))
    far = bring(office, Stage.CLOSED)
    Case.objects.filter(pk=far.pk).update(reported_at=at("2020-03-01 10:00"))
    _calendar, foreign = elsewhere()
    Case.objects.filter(pk=foreign.pk).update(due_at=at("2035-03-01 10:00"))

    assert of_district.years(calendar.district_id) == {2025, 2030}


ROW = of_district.Row(
    pk=7,
    stage="handling",
    stage_since=NOW,
    is_urgent=False,
    department_id=1,
    category_id=1,
    standard_id=1,
    registered_at=NOW,
    run=1,
    step_due_at=at("2026-11-20 14:00"),
    limit_warn_at=at("2026-11-20 14:30"),
    warn_at=at("2026-11-20 14:00"),
    due_at=at("2026-11-20 15:30"),
    limit_minutes=240,
)


@pytest.mark.parametrize(
    ("change", "is_other", "is_moved"),
    [
        ({}, False, False),
        ({"alarms": {4: NOW}}, False, False),
        ({"due_before_pause": NOW}, False, False),
        ({"limit_minutes": 241}, True, False),
        ({"limit_warn_at": NOW}, True, False),
        ({"step_due_at": NOW}, True, True),
        ({"warn_at": NOW}, True, True),
        ({"due_at": NOW}, True, True),
    ],
)
def test_what_is_written_and_what_is_told(change, is_other, is_moved):
    move = of_district.Move(ROW, *ROW[9:], {}, None)._replace(**change)

    assert (move.pk, move.is_other, move.is_moved) == (7, is_other, is_moved)


def test_red_from_the_minute_of_the_limit_on():
    move = of_district.Move(ROW, *ROW[9:], {}, None)
    later = move._replace(due_at=at("2026-11-20 16:00"))
    step = move._replace(before=ROW._replace(due_at=None), due_at=None)
    minute = timedelta(minutes=1)

    assert [move.is_red(ROW.due_at - minute), move.is_red(ROW.due_at)] == [False, True]
    assert [later.was_red(ROW.due_at - minute), later.was_red(ROW.due_at)] == [False, True]
    assert [later.is_red(ROW.due_at), later.is_red(later.due_at)] == [False, True]
    assert [step.is_red(NOW), step.was_red(NOW)] == [False, False]
    assert [later.until, step.until] == [at("2026-11-20 16:00"), at("2026-11-20 14:00")]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([("2026-11-23", "")], "2026-11-23"),
        ([("2026-11-23", "停电")], "2026-11-23 · 停电"),
        ([("2026-11-23", ""), ("2026-11-24", "")], "2026-11-23 – 2026-11-24"),
        (
            [("2026-11-23", "停电"), ("2026-11-24", "停水"), ("2026-11-27", "停电")],
            "2026-11-23 – 2026-11-27 · 停电、停水",
        ),
        ([("2026-11-23", "停" * 300)], "2026-11-23 · " + "停" * 187),
    ],
)
def test_a_change_in_a_few_words(days, said):
    change = CalendarChange(days=[{"day": day, "hours": [], "note": note} for day, note in days])

    assert of_district.summary(change) == said


def test_the_preview_shows_the_first_twenty_by_their_limit_and_counts_all(calendar, boss):
    office = open_office()
    read = bring(office, Stage.REGISTERED)
    for minute in range(21):
        report(office, f"2026-11-20 15:{59 - minute}")
    late = bring(office, Stage.REGISTERED)
    Case.objects.filter(pk=late.pk).update(due_at=at("2026-11-19 15:30"))
    change = recompute.draw_up(calendar, off("2026-11-23"), by=boss)
    before = at("2026-11-19 12:00")

    effect = recompute.preview(change, at("2026-11-23 09:00"))

    assert (effect.open, effect.moved, len(effect.moves)) == (23, 22, 20)
    until = [move.until for move in effect.moves]
    assert until == sorted(until)
    assert late.pk == effect.moves[0].pk
    assert read.pk not in {move.pk for move in effect.moves}
    # the one limit that moves was red and is still, so it is neither lost nor won
    assert (effect.turn_red, effect.no_longer_red) == (0, 0)
    assert recompute.preview(change, before).turn_red == 0


def test_a_change_is_drawn_up_from_last_year_to_ten_years_on(calendar, boss, friday_afternoon):
    for day in ("2025-01-06", "2036-12-30"):
        assert recompute.draw_up(calendar, off(day), by=boss, at=NOW).at == NOW
    for days in (["2024-12-30"], ["2037-01-05"], ["2026-11-23", "2037-01-05"]):
        with pytest.raises(Refused, match="2025"):
            recompute.draw_up(calendar, off(*days), by=boss)
