"""Random people try random steps: the table holds, no event is lost, time in hands adds up."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from cases import escalation, ledger, lights, workflow
from cases.models import Alarm, Case, Stage
from cases.steps import FINISHED, NEXT
from cases.workflow import Refused
from tests import factories
from tests.cases.office import at, bring, open_office
from tests.cases.test_workflow import take

pytestmark = pytest.mark.django_db
BESIDE = ("urge", "issue_slip", "pause", "resume", "extend")


@pytest.mark.parametrize("unit", ["working_hours", "urgent_hours", "working_days"])
@pytest.mark.parametrize("seed", range(2))
def test_a_random_walk_never_leaves_the_table(seed, unit):
    chance = random.Random(f"{seed} {unit}")
    office = open_office(factories.standard(4, unit))
    people = [person for person in vars(office).values() if hasattr(person, "username")]
    case, now = bring(office, Stage.REGISTERED), at("2026-11-20 10:00")
    events, taken = 2, 0
    for _ in range(120):
        now += timedelta(minutes=chance.choice([1, 7, 40, 300]))
        before, by = case.stage, chance.choice(people)
        may = workflow.steps_for(case, by, now=now)
        step = chance.choice([*NEXT[Stage(before)], *BESIDE])
        try:
            take(case, step, office, by, now)
        except Refused:
            assert step.replace("_failed", "") not in may
            case.refresh_from_db()
            assert case.stage == before
            continue
        events, taken = events + 1, taken + 1
        assert step.replace("_failed", "") in may
        assert case.stage == NEXT[before].get(step, before)
        _holds_together(case, now)
        assert case.events.exclude(kind="alarm").count() == events
        escalation.sweep(now)
    assert taken > 5


def _holds_together(case, now):
    stored = Case.objects.with_light(now).get(pk=case.pk)
    assert stored.light == lights.light(case, now)
    assert (stored.due_at, stored.warn_at) == (case.due_at, case.warn_at)
    unfired = Alarm.objects.filter(case=case, fired_at=None)
    if case.stage in FINISHED:
        assert not unfired.exists()
        return
    assert set(unfired.values_list("run", flat=True)) <= {
        case.run if case.due_at else 0
    }
    if case.due_at:
        lines = ledger.of(case, max(now, case.due_at)).lines
        assert all(
            line.ends_at == following.starts_at for line, following in pairwise(lines)
        )
        due = unfired.filter(level=Alarm.Level.DUE).first()
        assert due is None or due.fires_at == case.due_at
        used = ledger.of(case, case.due_at).used_minutes if now <= case.due_at else None
        assert used is None or used == pytest.approx(case.limit_minutes, abs=0.51)
