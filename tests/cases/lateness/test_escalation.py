"""Lateness climbs by itself, step by step, to people who can act; once each."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import tasks, workflow
from cases.lateness import escalation
from cases.models import Alarm, CaseEvent, Stage, SupervisionSlip
from grids.models import Notification
from tests import factories
from tests.cases.office import at, bring, report

pytestmark = pytest.mark.django_db

# 4 working hours from Friday 10:00
WARN, DUE, HALF = at("2026-11-20 14:30"), at("2026-11-20 15:30"), at("2026-11-20 17:30")
FULL, DOUBLE = at("2026-11-23 10:30"), at("2026-11-23 16:00")


def told(office, kind="case_alarm"):
    """Names of the people told since the last look."""
    names = {
        person.pk: name for name, person in vars(office).items() if hasattr(person, "username")
    }
    found = Notification.objects.filter(kind=kind, read_at=None)
    recipients = [names[key] for key in found.values_list("recipient", flat=True)]
    found.update(read_at=DUE)
    return sorted(recipients)


def test_each_rung_fires_at_its_minute_and_tells_the_next_tier(office):
    bring(office, Stage.HANDLING)
    department = ["coordinator", "handler", "second_handler"]
    grid, community = ["colleague", "worker"], ["clerk", "leader"]
    expected = [
        (WARN, 0, department),
        (DUE, 1, department + grid),
        (HALF, 1, department + grid + community),
        (FULL, 1, [*department, *grid, *community, "supervisor"]),
        (
            DOUBLE,
            1,
            [*department, *grid, *community, "supervisor", "dispatcher", "head"],
        ),
    ]

    for moment, slips, people in expected:
        assert escalation.sweep(moment - timedelta(seconds=1))["fired"] == 0
        done = escalation.sweep(moment)
        assert (done["fired"], done["slips"], done["notices"]) == (
            1,
            slips,
            len(people),
        )
        assert told(office) == sorted(people)


def test_the_slips_are_blue_yellow_orange_red_and_red_demands_an_explanation(office):
    case = bring(office, Stage.HANDLING)
    for moment in (DUE, HALF, FULL, DOUBLE):
        escalation.sweep(moment)

    slips = SupervisionSlip.objects.filter(case=case).order_by("issued_at")

    assert [slip.colour for slip in slips] == ["blue", "yellow", "orange", "red"]
    assert [slip.issued_at for slip in slips] == [DUE, HALF, FULL, DOUBLE]
    assert {slip.department for slip in slips} == {office.department}
    assert "书面" in slips[3].text or "explanation" in slips[3].text


def test_a_second_sweep_does_nothing(office):
    bring(office, Stage.HANDLING)

    first, second = escalation.sweep(DOUBLE), escalation.sweep(DOUBLE)

    assert (first["fired"], first["slips"]) == (5, 4)
    assert (second["fired"], second["slips"], second["notices"]) == (0, 0, 0)


def test_after_downtime_only_the_highest_rung_tells_and_the_others_are_on_record(
    office,
):
    case = bring(office, Stage.HANDLING)

    done = escalation.sweep(DOUBLE + timedelta(days=3))

    assert len(told(office)) == done["notices"] == 10
    assert set(Notification.objects.values_list("key", flat=True)) == {f"alarm:{case.pk}:1:4"}
    events = CaseEvent.objects.filter(case=case, kind="alarm").order_by("id")
    assert [event.data["level"] for event in events] == [0, 1, 2, 3, 4]
    assert [event.data["colour"] for event in events] == [
        "",
        "blue",
        "yellow",
        "orange",
        "red",
    ]
    assert {event.by for event in events} == {None}


def test_a_clock_that_is_set_back_doubles_nothing(office):
    bring(office, Stage.HANDLING)
    escalation.sweep(HALF)
    escalation.sweep(DUE)

    escalation.sweep(HALF)

    assert SupervisionSlip.objects.count() == 2
    assert Alarm.objects.exclude(fired_at=None).count() == 3


def test_a_closed_case_makes_no_noise(office):
    bring(office, Stage.CLOSED)

    assert escalation.sweep(DOUBLE)["fired"] == 0


def test_a_case_that_waits_at_a_desk_tells_those_who_should_move_it(office):
    bring(office, Stage.REGISTERED)

    escalation.sweep(WARN)
    assert told(office) == ["clerk", "leader"]
    escalation.sweep(DUE)
    assert told(office) == ["clerk", "colleague", "leader", "supervisor", "worker"]


def test_a_report_that_nobody_reads_tells_the_community_without_a_slip(office):
    report(office)

    done = escalation.sweep(at("2026-11-20 14:30"))

    assert (done["fired"], done["slips"]) == (1, 0)
    assert told(office) == ["clerk", "leader"]


def test_only_people_of_the_cases_own_place_and_day_are_told(office):
    factories.staff("department_handler", department=factories.department("园林局", line="parks"))
    factories.staff("grid_leader", factories.community("370402001027"))
    factories.staff("supervisor", factories.street("370402002"))
    factories.staff("dispatcher", factories.district("520602", "碧江区"))
    factories.staff("grid_leader", factories.community(), is_active=False)
    gone = factories.staff("grid_leader", factories.community())
    gone.postings.update(until="2026-11-19")
    bring(office, Stage.HANDLING)

    assert escalation.sweep(DOUBLE)["notices"] == 10
    assert len(told(office)) == 10


def test_a_reopened_case_climbs_the_ladder_again(office):
    case = bring(office, Stage.FEEDBACK)
    escalation.sweep(DUE)
    workflow.verify(case, by=office.leader, passed=True, at=at("2026-11-20 16:00"))
    workflow.reopen(case, by=office.worker, reason="又坏了", at=at("2026-11-23 10:00"))

    done = escalation.sweep(at("2026-11-23 15:30"))

    assert (done["fired"], done["slips"]) == (2, 1)
    assert list(SupervisionSlip.objects.order_by("id").values_list("run", "colour")) == [
        (1, "blue"),
        (2, "blue"),
    ]


def test_an_idle_sweep_is_one_look_at_the_index(office):
    bring(office, Stage.HANDLING)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        escalation.sweep(WARN - timedelta(minutes=1))

    assert len(queries) == 1


def test_a_sweep_over_many_cases_takes_as_many_statements_as_over_one(office):
    bring(office, Stage.HANDLING)
    with CaptureQueriesContext(connection) as of_one:
        escalation.sweep(DOUBLE)
    for _ in range(4):
        bring(office, Stage.HANDLING)

    with CaptureQueriesContext(connection) as queries:
        done = escalation.sweep(DOUBLE)

    assert done["fired"] == 20
    assert len(queries) == len(of_one) < 10


def test_an_urgent_case_is_told_as_urgent(office):
    bring(office, Stage.HANDLING, is_urgent=True)
    Notification.objects.all().delete()

    escalation.sweep(DUE)

    assert set(Notification.objects.values_list("is_urgent", flat=True)) == {True}


def test_the_command_prints_one_json_object_and_does_nothing_the_second_time(office, capsys):
    bring(office, Stage.HANDLING)

    results = []
    for _ in range(2):
        call_command("escalate", "--now", "2026-11-20T15:30:00+08:00", "--json")
        results.append(json.loads(capsys.readouterr().out))

    assert [set(result) for result in results] == [
        {"now", "fired", "slips", "notices", "seconds"}
    ] * 2
    assert [(result["fired"], result["slips"], result["notices"]) for result in results] == [
        (2, 1, 5),
        (0, 0, 0),
    ]
    assert results[0]["now"] == "2026-11-20T15:30:00+08:00"


@pytest.mark.parametrize(
    "text", ["2026-11-20T15:30:00", "2026-11-20", "yesterday", "2026-13-40T00:00+08:00"]
)
def test_the_command_refuses_a_moment_without_an_offset(text):
    with pytest.raises(CommandError, match="--now"):
        call_command("escalate", "--now", text)


def test_the_task_of_beat_sweeps_now(office):
    case = bring(office, Stage.HANDLING, day="2026-01-05")

    tasks.escalate()

    assert Alarm.objects.filter(case=case, fired_at=None).count() == 0


def test_beat_calls_the_sweep_and_the_announcements_each_minute():
    from gridmgmt.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    for name in ("cases.tasks.escalate", "cases.tasks.announce"):
        assert scheduled[name] == 60
        assert name in app.tasks
