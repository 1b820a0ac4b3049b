"""Edits of the calendar at once, and while somebody works, on real connections."""

import pytest

from cases import workflow
from cases.calendar import working_days
from cases.file import ledger
from cases.limits import recompute
from cases.models import Case, CaseEvent, Stage
from tests import factories
from tests.cases.office import at, bring, off, open_office
from tests.cases.workflow.test_two_connections import at_once

pytestmark = pytest.mark.django_db(transaction=True)

NOW = at("2026-11-20 12:30")


def waiting(calendar, days, boss):
    """A change that somebody confirmed and the worker is to make."""
    change = recompute.draw_up(calendar, days, by=boss)
    type(change).objects.filter(pk=change.pk).update(state="queued")
    return change


def test_two_edits_at_once_are_both_made_and_the_limit_follows_both(calendar, boss):
    case = bring(open_office(factories.standard(3, "working_days")), Stage.HANDLING)
    own = working_days.give_own(factories.department(), name="夜市")
    changes = [
        waiting(calendar, off("2026-11-23"), boss),
        waiting(calendar, off("2026-11-24"), boss),
        waiting(own, off("2026-11-23"), boss),
    ]

    results = at_once(*[lambda key=each.pk: recompute.work(key, NOW) for each in changes])

    assert results == [None] * 3
    case.refresh_from_db()
    assert case.due_at == at("2026-11-27 17:30")
    assert [event.kind for event in case.events.filter(kind="calendar")] == ["calendar"] * 2
    assert recompute.waiting() == []


def test_one_change_taken_by_two_workers_is_made_once(calendar, boss):
    bring(open_office(factories.standard(3, "working_days")), Stage.HANDLING)
    change = waiting(calendar, off("2026-11-23"), boss)

    at_once(*[lambda: recompute.work(change.pk, NOW)] * 3)

    assert CaseEvent.objects.filter(kind="calendar").count() == 1


def test_a_preview_confirmed_twice_at_once_is_made_once(calendar, boss):
    bring(open_office(factories.standard(3, "working_days")), Stage.HANDLING)
    change = recompute.draw_up(calendar, off("2026-11-23"), by=boss)
    seen = recompute.stamp(calendar)

    results = at_once(*[lambda: recompute.confirm(change, by=boss, seen=seen, now=NOW)] * 2)

    assert sorted(str(type(result).__name__) for result in results) == ["Refused", "bool"]
    assert CaseEvent.objects.filter(kind="calendar").count() == 1


def test_a_pause_during_an_edit_is_in_its_limit(calendar, boss):
    office = open_office(factories.standard(3, "working_days"))
    cases = [bring(office, Stage.HANDLING) for _ in range(4)]
    change = waiting(calendar, off("2026-11-24"), boss)

    def pause(case):
        workflow.pause(
            Case.objects.get(pk=case.pk),
            by=office.supervisor,
            reason="下雨",
            until=at("2026-11-23 12:00"),
            at=NOW,
        )

    results = at_once(
        lambda: recompute.work(change.pk, NOW),
        *[lambda case=case: pause(case) for case in cases],
    )

    assert results == [None] * 5
    for case in cases:
        case.refresh_from_db()
        # Monday is paused, Tuesday is off: Wednesday to Friday
        assert case.due_at == at("2026-11-27 17:30")
        found = ledger.of(case, case.due_at)
        assert found.used_minutes == pytest.approx(found.limit_minutes, abs=0.51)
