"""Steps beside the loop: pauses, extensions and slips; what they do to the limit."""

from datetime import datetime, timedelta

import pytest

from cases import workflow
from cases.models import Alarm, Case, Pause, Stage, SupervisionSlip
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, extend, open_office

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("number", "unit", "until", "resumed", "due_at_cap", "due"),
    [
        # 3 h 30 min were left at 10:30 on Friday
        (
            4,
            "working_hours",
            "2026-11-24 09:00",
            "2026-11-23 09:00",
            "2026-11-24 14:00",
            "2026-11-23 14:00",
        ),
        (
            4,
            "urgent_hours",
            "2026-11-24 09:00",
            "2026-11-20 12:30",
            "2026-11-24 12:30",
            "2026-11-20 16:00",
        ),
        # two working days (Monday, Tuesday), one when resumed on Monday
        (
            2,
            "working_days",
            "2026-11-24 09:00",
            "2026-11-23 09:00",
            "2026-11-26 17:30",
            "2026-11-25 17:30",
        ),
        # four calendar days, then three
        (
            3,
            "calendar_days",
            "2026-11-24 09:00",
            "2026-11-23 09:00",
            "2026-11-27 17:30",
            "2026-11-26 17:30",
        ),
    ],
)
def test_a_pause_moves_the_limit_to_its_cap_and_resuming_pulls_it_back(
    number, unit, until, resumed, due_at_cap, due
):
    office = open_office(factories.standard(number, unit))
    case = bring(office, Stage.HANDLING)

    workflow.pause(
        case,
        by=office.supervisor,
        reason="下雨",
        until=at(until),
        at=at("2026-11-20 10:30"),
    )
    paused = Case.objects.get(pk=case.pk)
    workflow.resume(case, by=office.supervisor, at=at(resumed))

    assert paused.due_at == at(due_at_cap)
    assert case.due_at == at(due)
    assert Alarm.objects.get(case=case, level=1).fires_at == at(due)
    assert Alarm.objects.get(case=case, level=0).fires_at == case.warn_at
    assert Pause.objects.get(case=case).ended_at == at(resumed)


def test_a_pause_that_ran_to_its_cap_needs_no_resuming(office):
    case = bring(office, Stage.HANDLING)
    workflow.pause(
        case,
        by=office.supervisor,
        reason="下雨",
        until=at("2026-11-23 10:30"),
        at=at("2026-11-20 10:30"),
    )
    due_at = case.due_at

    workflow.feed_back(case, by=office.handler, note="已补装", at=at("2026-11-23 11:00"))

    assert case.due_at == due_at
    assert Pause.objects.get(case=case).ended_at == at("2026-11-23 10:30")


def test_a_step_ends_a_pause(office):
    case = bring(office, Stage.HANDLING)
    workflow.pause(
        case,
        by=office.supervisor,
        reason="下雨",
        until=at("2026-11-24 10:30"),
        at=at("2026-11-20 10:30"),
    )

    workflow.feed_back(case, by=office.handler, note="已补装", at=at("2026-11-20 11:00"))

    assert case.due_at == at("2026-11-20 16:00")
    assert Alarm.objects.get(case=case, level=1).fires_at == at("2026-11-20 16:00")


def test_there_is_no_pause_and_no_extension_after_the_limit(office):
    case = bring(office, Stage.HANDLING)
    late = at("2026-11-20 15:30")

    assert "pause" not in workflow.steps_for(case, office.supervisor, now=late)
    assert "ask_extension" not in workflow.steps_for(case, office.handler, now=late)
    with pytest.raises(Refused):
        workflow.pause(
            case,
            by=office.supervisor,
            reason="下雨",
            until=late + timedelta(days=1),
            at=late,
        )
    with pytest.raises(Refused):
        extend(office, case, late)


def test_an_extension_moves_the_limit_and_begins_a_new_run_of_alarms(office):
    case = bring(office, Stage.HANDLING)
    Alarm.objects.filter(case=case, level=0).update(fired_at=at("2026-11-20 14:30"))

    extend(office, case, at("2026-11-20 15:00"))

    assert (case.due_at, case.run, case.limit_minutes) == (
        at("2026-11-23 10:30"),
        2,
        480,
    )
    unfired = Alarm.objects.filter(case=case, fired_at=None)
    assert set(unfired.values_list("run", flat=True)) == {2}
    assert unfired.get(level=1).fires_at == case.due_at
    assert datetime.fromisoformat(case.events.latest("id").data["due_before"]) == at(
        "2026-11-20 15:30"
    )


def test_a_slip_by_hand_is_answered_once_by_its_department(office):
    case = bring(office, Stage.HANDLING)
    slip = workflow.issue_slip(
        case,
        by=office.supervisor,
        colour="red",
        text="请说明",
        at=at("2026-11-20 12:00"),
    )

    with pytest.raises(Refused):
        workflow.answer_slip(slip, by=office.worker, text="配件未到", at=at("2026-11-20 13:00"))
    workflow.answer_slip(slip, by=office.coordinator, text="配件未到", at=at("2026-11-20 13:00"))
    with pytest.raises(Refused):
        workflow.answer_slip(
            slip, by=office.coordinator, text="再说一次", at=at("2026-11-20 13:01")
        )

    slip = SupervisionSlip.objects.get(pk=slip.pk)
    assert (slip.answer, slip.answered_by, slip.department) == (
        "配件未到",
        office.coordinator,
        office.department,
    )
    assert list(
        case.events.filter(kind__in=["issue_slip", "answer_slip"]).values_list("kind", flat=True)
    ) == [
        "issue_slip",
        "answer_slip",
    ]
