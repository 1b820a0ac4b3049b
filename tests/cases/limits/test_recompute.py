"""An edit of the calendar: previewed, confirmed, and every open case in line with it."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from cases import workflow
from cases.calendar import working_days
from cases.file import ledger
from cases.limits import of_case, of_district, recompute
from cases.models import Alarm, CalendarChange, CalendarDay, CaseEvent, Stage
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, off, open_office, report

pytestmark = pytest.mark.django_db

NOW = at("2026-11-20 12:30")
LIMITS = [(40, "working_hours"), (60, "urgent_hours"), (6, "working_days"), (9, "calendar_days")]  # fmt: skip


def edit(calendar, days, boss, now=NOW):
    calendar.refresh_from_db()
    change = recompute.draw_up(calendar, days, by=boss, at=now)
    recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=now)
    calendar.refresh_from_db()
    change.refresh_from_db()
    return change


def clock_of(case):
    case.refresh_from_db()
    return {name: getattr(case, name) for name in of_case.FIELDS}


def alarms_of(case):
    return dict(case.alarms.filter(run=case.run).values_list("level", "fires_at"))


def test_a_day_off_moves_the_limit_the_yellow_mark_and_the_alarms(calendar, boss):
    case = bring(open_office(factories.standard(2, "working_days")), Stage.HANDLING)
    assert case.due_at == at("2026-11-24 17:30")

    change = edit(calendar, off("2026-11-23"), boss)

    case.refresh_from_db()
    assert case.due_at == at("2026-11-25 17:30")
    assert alarms_of(case)[Alarm.Level.DUE] == case.due_at
    assert alarms_of(case)[Alarm.Level.WARN] == case.warn_at
    assert (change.state, change.cases_moved) == ("done", 1)
    (event,) = case.events.filter(kind="calendar")
    assert (event.by, event.note) == (boss, "2026-11-23 · 停电")
    assert event.data["due_before"].startswith("2026-11-24T09:30")
    assert event.data["due_at"].startswith("2026-11-25T09:30")


def test_a_case_that_the_edit_does_not_touch_has_no_event(calendar, boss):
    office = open_office()
    case = bring(office, Stage.HANDLING)
    urgent = bring(open_office(factories.standard(90, "urgent_hours")), Stage.HANDLING)
    before = clock_of(case), clock_of(urgent)

    change = edit(calendar, off("2026-12-01"), boss)

    assert (clock_of(case), clock_of(urgent)) == before
    assert not CaseEvent.objects.filter(kind="calendar").exists()
    assert change.cases_moved == 0


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("seed", range(3))
def test_pauses_and_extensions_before_an_edit_count_as_if_it_had_always_been_so(
    calendar, boss, limit, seed
):
    office = open_office(factories.standard(*limit))
    office.standard.step_limits = {"handling": [20, "working_hours"]}
    office.standard.save()
    early, late = (bring(office, Stage.HANDLING) for _ in range(2))
    days = [
        *off("2026-11-20", "2026-11-24", "2026-12-02"),
        {"day": "2026-11-22", "hours": [["09:00", "12:00"]], "note": "加班"},
        {"day": "2026-11-25", "hours": [["08:30", "12:00"]], "note": "半天"},
    ]
    steps = _steps(random.Random(seed))

    _take(early, office, steps)
    assert of_district.moves(calendar, of_case.hours_for(early, NOW)) == []
    edit(calendar, days, boss)
    _anew(late, office)
    _take(late, office, steps)

    assert clock_of(early) == clock_of(late)
    assert alarms_of(early) == alarms_of(late)
    found = ledger.of(early, early.due_at)
    assert found.used_minutes == pytest.approx(found.limit_minutes, abs=0.51)


def _steps(chance):
    """Pauses, resumptions and extensions at working moments of 20 to 21 November."""
    now, steps = at("2026-11-20 10:20"), []
    for _ in range(3):
        begun = now + timedelta(minutes=chance.randint(0, 20))
        cap = begun + timedelta(minutes=chance.randint(30, 3000))
        steps.append(("pause", begun, cap))
        now = begun + timedelta(minutes=chance.randint(1, 200))
        if now >= cap or chance.random() < 0.3:
            now = cap
        else:
            steps += [("resume", now, None), ("extend", now, None)]
    return steps


def _take(case, office, steps):
    boss = {"by": office.supervisor}
    for step, moment, cap in steps:
        if step == "pause":
            workflow.pause(case, reason="下雨", until=cap, at=moment, **boss)
        elif step == "resume":
            workflow.resume(case, at=moment, **boss)
        else:
            more = {"number": 5, "unit": "working_hours", "reason": "配件"}
            _extend(case, office, moment, **more)


def _extend(case, office, moment, **more):
    """As the workflow does it once an extension is granted."""
    before = case.due_at
    of_case.extend(case, more["number"], more["unit"])
    case.save(update_fields=["run", *of_case.FIELDS])
    of_case.write_alarms(case)
    data = {"number": more["number"], "unit": more["unit"], "due_before": before.isoformat()}
    CaseEvent.objects.create(
        case=case,
        kind="extend",
        at=moment,
        by=office.supervisor,
        data=data,
        from_stage=case.stage,
        to_stage=case.stage,
    )


def _anew(case, office):
    """The clocks of a case as if the calendar had been like this when it was registered."""
    case.refresh_from_db()
    of_case.start(case, case.registered_at)
    of_case.enter_stage(case, case.stage_since)
    case.save(update_fields=of_case.FIELDS)
    of_case.write_alarms(case)


def test_a_pause_that_runs_during_an_edit_ends_by_the_new_days(calendar, boss):
    office = open_office(factories.standard(3, "working_days"))
    case, other = (bring(office, Stage.HANDLING) for _ in range(2))
    for each in (case, other):
        workflow.pause(
            each,
            by=office.supervisor,
            reason="下雨",
            until=at("2026-11-27 12:00"),
            at=at("2026-11-20 15:00"),
        )
    assert case.due_at == at("2026-12-02 17:30")

    edit(calendar, off("2026-11-24"), boss, now=at("2026-11-23 10:00"))
    workflow.resume(other, by=office.supervisor, at=at("2026-11-25 09:00"))

    case.refresh_from_db()
    # 3 working days after the 20th: 26th; the pause reaches into 4 working days
    assert case.due_at == at("2026-12-02 17:30")
    assert case.pauses.get().due_before == at("2026-11-26 17:30")
    # ended on the 25th it reached into 2: Monday 23rd and Wednesday 25th
    assert other.due_at == at("2026-11-30 17:30")
    found = ledger.of(other, other.due_at)
    assert found.used_minutes == pytest.approx(found.limit_minutes, abs=0.51)


def test_a_limit_that_ends_before_its_pause_by_the_new_days_is_not_moved_by_it(calendar, boss):
    office = open_office(factories.standard(8, "working_hours"))
    case = bring(office, Stage.HANDLING)  # due on Monday 23rd at 10:30
    workflow.pause(
        case,
        by=office.supervisor,
        reason="下雨",
        until=at("2026-11-24 10:00"),
        at=at("2026-11-23 09:00"),
    )

    edit(
        calendar,
        [{"day": "2026-11-21", "hours": [["08:00", "18:00"]], "note": "加班"}],
        boss,
        now=at("2026-11-23 09:30"),
    )

    case.refresh_from_db()
    assert case.due_at == at("2026-11-21 10:00")
    found = ledger.of(case, case.due_at)
    assert found.used_minutes == pytest.approx(found.limit_minutes, abs=0.51)


def test_alarms_that_have_fired_stay(calendar, boss):
    case = bring(open_office(), Stage.HANDLING)
    case.alarms.filter(level=Alarm.Level.WARN).update(fired_at=NOW)
    before = alarms_of(case)

    edit(
        calendar,
        [{"day": "2026-11-20", "hours": [["08:30", "12:00"]], "note": "半天"}],
        boss,
    )

    after = alarms_of(case)
    assert after[Alarm.Level.WARN] == before[Alarm.Level.WARN]
    assert after[Alarm.Level.DUE] == at("2026-11-23 10:30")


def test_later_rungs_move_with_days_after_the_limit_without_an_event(calendar, boss):
    case = bring(open_office(factories.standard(2, "working_days")), Stage.HANDLING)
    before = clock_of(case), alarms_of(case)

    change = edit(calendar, off("2026-11-27"), boss)

    after = alarms_of(case)
    assert clock_of(case) == before[0]
    assert after[Alarm.Level.WARN] == before[1][Alarm.Level.WARN]
    assert after[Alarm.Level.HALF] == before[1][Alarm.Level.HALF]
    assert after[Alarm.Level.DOUBLE] > before[1][Alarm.Level.DOUBLE]
    of_case.write_alarms(case)
    assert alarms_of(case) == after
    assert change.cases_moved == 0
    assert not case.events.filter(kind="calendar").exists()


def test_the_preview_says_what_the_edit_then_does_and_writes_nothing(calendar, boss):
    office = open_office(factories.standard(1, "working_days"))
    cases = [bring(office, Stage.HANDLING) for _ in range(3)]
    change = recompute.draw_up(calendar, off("2026-11-23"), by=boss)
    rows = calendar.days.count(), calendar.spans.count()

    late = at("2026-11-23 18:00")
    effect = recompute.preview(change, late)

    assert (effect.open, effect.moved) == (3, 3)
    assert (effect.turn_red, effect.no_longer_red) == (0, 3)
    assert [(move.before.due_at, move.due_at) for move in effect.moves] == [
        (at("2026-11-23 17:30"), at("2026-11-24 17:30"))
    ] * 3
    assert (calendar.days.count(), calendar.spans.count()) == rows
    assert calendar.days.get(day=date(2026, 11, 23)).hours != []
    assert clock_of(cases[0])["due_at"] == at("2026-11-23 17:30")

    recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=late)
    assert CalendarChange.objects.get().cases_moved == effect.moved


def test_an_edit_that_makes_cases_late_lets_the_next_sweep_fire(calendar, boss):
    case = bring(open_office(factories.standard(8, "working_hours")), Stage.HANDLING)
    change = recompute.draw_up(
        calendar,
        [{"day": "2026-11-21", "hours": [["08:00", "18:00"]], "note": "加班"}],
        by=boss,
    )
    monday = at("2026-11-23 08:00")

    assert recompute.preview(change, monday).turn_red == 1
    recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=monday)

    due = Alarm.objects.get(case=case, level=Alarm.Level.DUE)
    assert due.fires_at < monday
    assert due.fired_at is None


def test_a_published_year_takes_the_place_of_a_provisional_one(calendar, boss):
    office = open_office(factories.standard(30, "working_days"))
    case = bring(office, Stage.HANDLING, day="2026-12-01")
    assert case.due_at == at("2027-01-12 17:30")
    days = [
        {"day": row.day.isoformat(), "hours": row.hours, "note": row.note}
        for row in calendar.days.filter(day__year=2027)
    ]
    days[0] |= {"hours": [], "note": "元旦"}

    edit(calendar, days, boss, now=at("2026-12-01 12:00"))

    case.refresh_from_db()
    assert case.due_at == at("2027-01-13 17:30")
    assert not calendar.days.filter(day__year=2027, is_provisional=True).exists()
    assert not calendar.spans.filter(starts_at__year=2027, is_provisional=True).exists()
    assert calendar.days.filter(day__year=2028, is_provisional=True).exists()


def test_a_report_that_nobody_read_moves_with_its_first_step(calendar, boss):
    case = report(open_office(), "2026-11-20 15:00")
    assert case.step_due_at == at("2026-11-23 10:00")

    edit(calendar, off("2026-11-23"), boss)

    case.refresh_from_db()
    assert case.step_due_at == case.warn_at == at("2026-11-24 10:00")
    assert case.alarms.get().fires_at == case.warn_at
    assert case.events.get(kind="calendar").data["until"].startswith("2026-11-24")


def test_a_closed_case_keeps_what_it_was_closed_with(calendar, boss):
    case = bring(open_office(factories.standard(2, "working_days")), Stage.CLOSED)
    before = clock_of(case)

    edit(calendar, off("2026-11-23"), boss)

    assert clock_of(case) == before
    assert not case.events.filter(kind="calendar").exists()


def test_steps_run_by_the_calendar_of_the_department_and_the_limit_by_the_districts(calendar, boss):
    office = open_office(factories.standard(3, "working_days"))
    office.standard.step_limits = {
        "handling": [4, "working_hours"],
        "registered": [4, "working_hours"],
    }
    office.standard.save()
    own = working_days.give_own(office.department, name="夜市")
    case = bring(office, Stage.HANDLING)
    waiting = bring(office, Stage.REGISTERED)
    assert case.step_due_at == at("2026-11-20 15:40")
    due = case.due_at

    change = edit(
        own,
        [{"day": "2026-11-20", "hours": [["08:30", "11:10"], ["18:00", "24:00"]], "note": "夜市"}],
        boss,
    )

    case.refresh_from_db()
    assert case.step_due_at == at("2026-11-20 21:00")
    assert case.due_at == due
    assert change.cases_moved == 1
    waiting.refresh_from_db()
    assert waiting.step_due_at == at("2026-11-20 15:30")
    later = bring(office, Stage.HANDLING)
    assert later.step_due_at == case.step_due_at


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ([["08:30", "12:00"], ["11:00", "17:30"]], "重叠"),
        ([["12:00", "08:30"]], "早于"),
        ([["12:00", "12:00"]], "早于"),
        ([["08:30", "25:00"]], "25:00"),
        ([["08:30", "12:61"]], "12:61"),
        ([["", "12:00"]], "不是时刻"),
    ],
)
def test_a_bad_interval_is_refused_with_the_day_named(calendar, boss, hours, why):
    days = [*off("2026-11-23"), {"day": "2026-11-24", "hours": hours, "note": ""}]

    with pytest.raises(Refused, match=f"2026-11-24.*{why}"):
        recompute.draw_up(calendar, days, by=boss)

    assert not CalendarChange.objects.exists()


def test_a_day_named_twice_a_day_that_is_none_and_a_far_day_are_refused(calendar, boss):
    for days, why in (
        (off("2026-11-23", "2026-11-23"), "2026-11-23 重复"),
        (off("2026-02-30"), "2026-02-30"),
        (off("2226-02-03"), "2025"),
    ):
        with pytest.raises(Refused, match=why):
            recompute.draw_up(calendar, days, by=boss)


def test_what_the_calendar_says_already_is_no_change(calendar, boss):
    with pytest.raises(Refused, match="已经"):
        recompute.draw_up(calendar, off("2026-11-21", note=""), by=boss)


def test_a_preview_that_is_older_than_the_calendar_is_not_confirmed(calendar, boss):
    first, second = (
        recompute.draw_up(calendar, off(day), by=boss) for day in ("2026-11-23", "2026-11-24")
    )
    seen = recompute.stamp(calendar)
    recompute.confirm(first, by=boss, seen=seen, now=NOW)

    with pytest.raises(Refused, match="期间"):
        recompute.confirm(second, by=boss, seen=seen, now=NOW)
    with pytest.raises(Refused, match="已经"):
        recompute.confirm(first, by=boss, seen=seen, now=NOW)

    assert CalendarDay.objects.filter(hours=[], note="停电").count() == 1


def test_a_large_change_waits_for_the_worker_and_is_made_once(calendar, boss, monkeypatch):
    monkeypatch.setattr(recompute, "AT_ONCE", 0)
    case = bring(open_office(factories.standard(2, "working_days")), Stage.HANDLING)
    change = recompute.draw_up(calendar, off("2026-11-23"), by=boss)

    made = recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=NOW)

    assert made is False
    assert recompute.waiting() == [change.pk]
    for _ in range(2):
        recompute.work(change.pk, NOW)
    change.refresh_from_db()
    assert (change.state, change.cases_moved) == ("done", 1)
    assert recompute.waiting() == []
    assert case.events.filter(kind="calendar").count() == 1


def test_a_worker_that_is_killed_leaves_the_change_waiting_and_nothing_half_done(
    calendar, boss, monkeypatch
):
    monkeypatch.setattr(recompute, "AT_ONCE", 0)
    case = bring(open_office(factories.standard(2, "working_days")), Stage.HANDLING)
    change = recompute.draw_up(calendar, off("2026-11-23"), by=boss)
    recompute.confirm(change, by=boss, seen=recompute.stamp(calendar), now=NOW)
    before = clock_of(case)

    with monkeypatch.context() as patch:
        patch.setattr(of_district, "EVENTS", "SELECT killed")
        with pytest.raises(DatabaseError), transaction.atomic():
            recompute.work(change.pk, NOW)

    assert clock_of(case) == before
    assert calendar.days.get(day=date(2026, 11, 23)).hours != []
    assert recompute.waiting() == [change.pk]
    recompute.work(change.pk, NOW)
    assert clock_of(case)["due_at"] == at("2026-11-25 17:30")


def test_what_was_reported_by_the_old_days_meanwhile_is_caught_up(calendar, boss):
    change = edit(calendar, off("2026-11-23"), boss)
    case = report(open_office(), "2026-11-20 12:29")
    stale = at("2026-11-20 16:29")
    type(case).objects.filter(pk=case.pk).update(step_due_at=stale, warn_at=stale)
    right = case.step_due_at

    recompute.catch_late_comers(NOW + timedelta(minutes=1))
    recompute.catch_late_comers(NOW + timedelta(minutes=2))

    case.refresh_from_db()
    assert case.step_due_at == right
    assert case.events.filter(kind="calendar").count() == 1
    assert change.pk == case.events.get(kind="calendar").data["change"]


def test_an_edit_costs_as_many_statements_for_ten_cases_as_for_one(calendar, boss):
    office, counts = open_office(factories.standard(9, "working_days")), []
    for number, day in ((1, "2026-11-23"), (9, "2026-11-24")):
        for _ in range(number):
            bring(office, Stage.HANDLING)
        with CaptureQueriesContext(connection) as queries:
            assert edit(calendar, off(day), boss).cases_moved
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_many_open_cases_of_the_district_wait_for_the_worker(calendar, boss, monkeypatch):
    monkeypatch.setattr(recompute, "AT_ONCE", 1)
    bring(open_office(), Stage.HANDLING)
    bring(open_office(), Stage.CLOSED)
    there = factories.unit("370403001028001")
    report(open_office(), grid=there, by=factories.staff("grid_worker", there))
    first, second = (
        recompute.draw_up(calendar, off(day), by=boss) for day in ("2026-11-23", "2026-11-24")
    )
    other = factories.staff("administrator", factories.district())

    seen = recompute.stamp(calendar)
    assert recompute.confirm(first, by=other, seen=seen, now=NOW) is True
    report(open_office(), "2026-11-20 12:00")
    calendar.refresh_from_db()
    seen = recompute.stamp(calendar)
    assert recompute.confirm(second, by=other, seen=seen, now=NOW) is False

    states = CalendarChange.objects.order_by("pk").values_list("state", "by", "applied_at")
    assert list(states) == [("done", other.pk, NOW), ("queued", other.pk, None)]
    assert recompute.waiting() == [second.pk]


def test_the_worker_makes_what_was_confirmed_and_nothing_else(calendar, boss):
    days = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26")
    shown, queued, later, dropped = (recompute.draw_up(calendar, off(day), by=boss) for day in days)
    CalendarChange.objects.filter(pk__in=[queued.pk, later.pk]).update(state="queued")
    assert recompute.drop(dropped) is True

    for change in (shown, queued, dropped):
        recompute.work(change.pk, NOW)
    assert [recompute.drop(change) for change in (dropped, queued)] == [False, False]

    states = CalendarChange.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["preview", "done", "queued", "dropped"]
    assert [calendar.days.get(day=day).hours == [] for day in days] == [False, True, False, False]
    assert recompute.waiting() == [later.pk]


@pytest.mark.parametrize(
    ("reported", "minutes", "is_caught"),
    [
        ("2026-11-20 12:26", 1, True),
        ("2026-11-20 12:26", 4.9, True),
        ("2026-11-20 12:26", 5, False),  # long enough ago that everything was caught
        ("2026-11-20 12:26", -1, False),  # a clock that runs ahead: next time
        ("2026-11-20 12:24", 1, False),  # reported long before: moved with all others
    ],
)
def test_how_long_late_comers_are_looked_for(calendar, boss, reported, minutes, is_caught):
    edit(calendar, off("2026-11-23"), boss)
    case = report(open_office(), reported)
    right, stale = case.step_due_at, at("2026-11-20 16:29")
    type(case).objects.filter(pk=case.pk).update(step_due_at=stale, warn_at=stale)

    recompute.catch_late_comers(NOW + timedelta(minutes=minutes))

    case.refresh_from_db()
    assert case.step_due_at == (right if is_caught else stale)


def test_only_days_that_are_otherwise_are_taken_into_a_change(calendar, boss):
    """Of this calendar: what another one says of the same day is not looked at."""
    edit(calendar, off("2026-11-23", "2026-11-24", "2026-11-26"), boss)
    own = working_days.give_own(factories.department(), name="夜市")
    edit(own, off("2026-11-25"), boss)
    edit(own, [{"day": "2026-11-24", "hours": own.hours, "note": ""}], boss)

    for days in (["2026-11-23", "2026-11-24"], ["2026-11-24", "2026-11-23", "2026-11-26"]):
        with pytest.raises(Refused, match="已经"):
            recompute.draw_up(calendar, off(*days), by=boss)
    days = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]
    assert recompute.draw_up(calendar, off(*days), by=boss).days == off("2026-11-25")
    assert recompute.draw_up(own, off(*days), by=boss).days == off("2026-11-24")
    assert recompute.draw_up(calendar, off("2026-11-24", note="停水"), by=boss)
    as_shown = [{"day": "2027-02-03", "hours": calendar.hours, "note": ""}]  # still provisional
    assert recompute.draw_up(calendar, as_shown, by=boss).days == as_shown


def test_a_day_beyond_the_calendar_lays_out_the_years_up_to_it(calendar, boss):
    edit(calendar, off("2030-11-20"), boss)

    assert calendar.last_day == date(2030, 12, 31)
    assert calendar.days.get(day=date(2030, 11, 20)).note == "停电"
    assert calendar.days.filter(day__year=2029).count() == 365
