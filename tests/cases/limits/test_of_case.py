"""The clocks of one case: columns and alarms as they stand in the database, by hand."""

import pytest
from django.utils import timezone

from cases import workflow
from cases.calendar import working_days
from cases.limits import of_case, recompute
from cases.models import Alarm, Case, LadderPolicy, Pause, Stage
from tests import factories
from tests.cases.office import ZONE, at, bring, extend, off, open_office, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar")]


def said(moment):
    return moment and f"{moment.astimezone(ZONE):%d %H:%M}"


def columns(case):
    """(limit, its yellow, step, yellow, minutes), read again: "20 14:00" is a day of November."""
    found = Case.objects.get(pk=case.pk)
    moments = found.due_at, found.limit_warn_at, found.step_due_at, found.warn_at
    return (*map(said, moments), found.limit_minutes)


def alarms(case):
    """{(run, level): (fires, fired)}"""
    rows = case.alarms.order_by("run", "level").values_list("run", "level", "fires_at", "fired_at")
    return {(run, level): (said(fires), said(fired)) for run, level, fires, fired in rows}


def unfired(case):
    return {key: fires for key, (fires, fired) in alarms(case).items() if not fired}


def fire(case, level, when="2026-11-20 12:00"):
    case.alarms.filter(level=level).update(fired_at=at(when))


def pause(case, office, begin, until):
    workflow.pause(case, by=office.supervisor, reason="下雨", until=at(until), at=at(begin))


def with_steps(**steps):
    """An office whose standard is 4 working hours, with these limits of steps in working hours."""
    office = open_office()
    office.standard.step_limits = {name: [n, "working_hours"] for name, n in steps.items()}
    office.standard.save()
    return office


def test_a_report_waits_under_its_first_step_only(office):
    case = report(office, "2026-11-20 09:00")

    assert columns(case) == (None, None, "20 14:30", "20 14:30", None)
    assert alarms(case) == {(0, 0): ("20 14:30", None)}


def test_registration_begins_the_limit_and_its_rungs(office):
    case = bring(office, Stage.REGISTERED)

    assert columns(case) == ("20 15:30", "20 14:30", None, "20 14:30", 240)
    assert unfired(case) == {
        (1, 0): "20 14:30",
        (1, 1): "20 15:30",
        (1, 2): "20 17:30",
        (1, 3): "23 10:30",
        (1, 4): "23 16:00",
    }


def test_yellow_is_the_earlier_one_of_step_and_limit():
    office = with_steps(registered=1, handling=20)

    registered, handling = bring(office, Stage.REGISTERED), bring(office, Stage.HANDLING)

    assert columns(registered) == ("20 15:30", "20 14:30", "20 11:00", "20 11:00", 240)
    assert columns(handling) == ("20 15:30", "20 14:30", "24 16:40", "20 14:30", 240)
    assert unfired(registered)[1, 0] == "20 11:00"
    assert unfired(handling)[1, 0] == "20 14:30"


def test_a_step_moves_the_yellow_rung_of_its_own_case_only():
    office = with_steps(registered=1, dispatched=2)
    case, other, told = (bring(office, Stage.REGISTERED) for _ in range(3))
    fire(told, Alarm.Level.WARN)
    before = alarms(other), alarms(told)

    workflow.dispatch(case, by=office.supervisor, to=office.department, at=at("2026-11-20 10:05"))
    workflow.dispatch(told, by=office.supervisor, to=office.department, at=at("2026-11-20 10:05"))

    assert unfired(case) == unfired(other) | {(1, 0): "20 13:35"}
    assert (alarms(other), alarms(told)) == before


def test_a_pause_moves_every_column_and_rung_and_ends_where_it_was_to_end(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    for each in (case, other):
        pause(each, office, "2026-11-20 11:00", "2026-11-20 14:30")
    assert columns(case) == ("20 17:30", "20 16:30", None, "20 16:30", 240)
    rows = dict(case.alarms.values_list("level", "pk"))

    workflow.feed_back(case, by=office.handler, note="好了", at=at("2026-11-20 16:00"))

    assert columns(case) == ("20 17:30", "20 16:30", None, "20 16:30", 240)
    assert said(case.pauses.get().ended_at) == "20 14:30"  # not when somebody noticed
    assert other.pauses.get().ended_at is None
    assert dict(case.alarms.values_list("level", "pk")) == rows


def test_a_pause_that_ends_early_gives_back_what_it_did_not_use(office):
    case = bring(office, Stage.HANDLING)
    pause(case, office, "2026-11-20 11:00", "2026-11-23 12:00")
    assert columns(case)[:2] == ("23 16:30", "23 15:30")

    workflow.feed_back(case, by=office.handler, note="好了", at=at("2026-11-20 14:30"))

    assert columns(case) == ("20 17:30", "20 16:30", None, "20 16:30", 240)
    assert unfired(case) == {
        (1, 0): "20 16:30",
        (1, 1): "20 17:30",
        (1, 2): "23 10:30",
        (1, 3): "23 14:00",
        (1, 4): "24 09:00",
    }


def test_only_a_pause_that_runs_is_ended_and_only_once(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    now = at("2026-11-20 11:00")
    pause(other, office, "2026-11-20 10:30", "2026-11-20 12:00")

    assert of_case.end_pause(case, now) is False
    assert of_case.end_pause(other, now) is True
    assert of_case.end_pause(other, at("2026-11-20 11:30")) is False
    assert said(Pause.objects.get().ended_at) == "20 11:00"


def test_a_second_pause_counts_with_the_first_one(office):
    case = bring(office, Stage.HANDLING)
    pause(case, office, "2026-11-20 11:00", "2026-11-20 11:30")
    pause(case, office, "2026-11-20 14:00", "2026-11-20 15:00")

    assert columns(case)[:2] == ("20 17:00", "20 16:00")
    assert list(map(said, case.pauses.order_by("pk").values_list("ended_at", flat=True))) == [
        "20 11:30",
        None,
    ]


def test_rungs_that_have_fired_stay_and_others_of_the_run_follow(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    fire(case, Alarm.Level.WARN)
    fire(other, Alarm.Level.DUE)

    pause(case, office, "2026-11-20 15:00", "2026-11-23 09:00")

    assert alarms(case) == {
        (1, 0): ("20 14:30", "20 12:00"),
        (1, 1): ("23 09:30", None),
        (1, 2): ("23 11:30", None),
        (1, 3): ("23 15:00", None),
        (1, 4): ("24 10:00", None),
    }
    assert unfired(other) == {
        (1, 0): "20 14:30",
        (1, 2): "20 17:30",
        (1, 3): "23 10:30",
        (1, 4): "23 16:00",
    }


def test_an_extension_begins_a_run_of_rungs_and_keeps_what_has_fired(office):
    case = bring(office, Stage.HANDLING)
    fire(case, Alarm.Level.WARN)

    extend(office, case, at("2026-11-20 14:45"), 2)

    assert case.run == 2
    assert columns(case) == ("20 17:30", "20 16:00", None, "20 16:00", 360)
    assert alarms(case) == {
        (1, 0): ("20 14:30", "20 12:00"),
        (2, 0): ("20 16:00", None),
        (2, 1): ("20 17:30", None),
        (2, 2): ("23 11:30", None),
        (2, 3): ("23 16:00", None),
        (2, 4): ("24 14:30", None),
    }
    # and a pause after it counts from the extended limit
    pause(case, office, "2026-11-20 16:30", "2026-11-23 08:30")
    assert columns(case)[0] == "23 09:30"


@pytest.mark.parametrize("kind", ["extend", "decide_extension"])
def test_an_extension_of_either_kind_of_event_is_counted(office, kind):
    case = bring(office, Stage.HANDLING)
    extend(office, case, at("2026-11-20 14:45"), 2)
    case.events.filter(kind="decide_extension").update(kind=kind)

    pause(case, office, "2026-11-20 15:00", "2026-11-20 16:00")

    assert columns(case)[0] == "23 09:30"


def test_after_reopening_only_what_came_after_it_counts(office):
    case = bring(office, Stage.HANDLING)
    pause(case, office, "2026-11-20 10:20", "2026-11-20 10:30")
    extend(office, case, at("2026-11-20 10:40"), 8)
    by = {"by": office.supervisor}
    workflow.feed_back(case, by=office.handler, note="好了", at=at("2026-11-20 11:00"))
    workflow.verify(case, passed=True, at=at("2026-11-20 11:30"), **by)
    workflow.reopen(case, reason="又坏了", at=at("2026-11-20 13:30"), **by)
    assert (case.run, columns(case)) == (3, ("20 17:30", "20 16:30", None, "20 16:30", 240))
    assert set(alarms(case)) == {(3, level) for level in range(5)}

    pause(case, office, "2026-11-20 14:00", "2026-11-20 15:00")

    assert columns(case) == ("23 09:30", "20 17:30", None, "20 17:30", 240)


def test_a_finished_case_waits_for_no_rung_but_keeps_those_that_fired(office):
    case, other = bring(office, Stage.FEEDBACK), bring(office, Stage.FEEDBACK)
    fire(case, Alarm.Level.WARN)

    workflow.verify(case, by=office.supervisor, passed=True, at=at("2026-11-20 11:30"))

    assert alarms(case) == {(1, 0): ("20 14:30", "20 12:00")}
    assert len(unfired(other)) == 5


def test_a_step_in_the_departments_hands_runs_by_its_own_calendar(boss):
    office = with_steps(registered=4, dispatched=4, feedback=4)
    own = working_days.give_own(office.department, name="夜市")
    change = recompute.draw_up(own, off("2026-11-20"), by=boss)
    recompute.confirm(change, by=boss, seen=recompute.stamp(own), now=timezone.now())

    steps = {
        stage: columns(bring(office, stage))[2]
        for stage in (Stage.REGISTERED, Stage.DISPATCHED, Stage.FEEDBACK)
    }

    assert steps == {
        Stage.REGISTERED: "20 15:30",
        Stage.DISPATCHED: "23 14:00",
        Stage.FEEDBACK: "20 16:30",
    }


def ladder(**fields):
    fields = {"warn_percent": 75} | fields
    return LadderPolicy.objects.create(**fields)


def test_the_rungs_of_the_category_else_of_the_district_else_the_shipped_ones():
    here, there = factories.district(), factories.district("370403", "薛城区")
    manholes, noise = factories.category(), factories.category("噪声")
    ladder(district=there, warn_percent=10)
    ladder(district=there, category=manholes, warn_percent=11)
    shipped = (75, 100, 150, 200, 300)

    def percents(*categories, of=manholes):
        return tuple(of_case.ladders_of(here.pk, *categories)(of.pk)[each] for each in Alarm.Level)

    assert (percents(manholes.pk), percents()) == (shipped, shipped)
    ladder(district=here, warn_percent=60, half_percent=120, full_percent=130, double_percent=140)
    own = (60, 100, 120, 130, 140)
    assert (percents(manholes.pk), percents(), percents(of=noise)) == (own, own, own)
    ladder(district=here, category=noise, warn_percent=50)
    assert (percents(noise.pk, of=noise), percents(of=noise)) == ((50, *shipped[1:]),) * 2
    assert (percents(manholes.pk), percents()) == (own, own)


def test_a_case_takes_the_ladder_of_its_category(office):
    ladder(district=factories.district(), category=office.standard.category, warn_percent=50)

    assert columns(bring(office, Stage.HANDLING))[1] == "20 12:00"


@pytest.mark.parametrize(
    ("moment", "last"), [("2026-06-01 10:00", 2028), ("2027-06-01 10:00", 2029)]
)
def test_hours_reach_two_years_ahead(office, moment, last):
    case = bring(office, Stage.REGISTERED)

    assert of_case.hours_for(case, at(moment)).last_day.year == last
    assert of_case.step_hours_for(case, at(moment)).last_day.year == last


def test_a_pause_into_the_last_days_of_the_calendar_lays_out_the_years_that_follow(office):
    case = bring(office, Stage.HANDLING)
    begin, until = at("2026-11-20 11:00"), at("2028-12-29 17:00")
    Pause.objects.create(
        case=case,
        reason="停工",
        approved_by=office.supervisor,
        started_at=begin,
        until_at=until,
        due_before=case.due_at,
    )

    of_case.begin_pause(case, begin, until)

    # 3 of 4 hours are left; 1 January 2029 is a Monday of a year that nobody has published
    assert case.due_at == at("2029-01-01 11:00")
