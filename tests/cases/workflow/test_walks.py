"""Random people try random steps on cases that meet: the tables hold, whatever happens.

No case comes to a stage outside the table, no event is lost or doubled, a step is offered to
whom it is possible for and to nobody else, and the time in hands adds up to the time open.
"""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from cases import lights, workflow
from cases.file import ledger
from cases.file.hands import hands
from cases.lateness import escalation
from cases.models import FINISHED, OPEN, Alarm, Case, CasePolicy, Stage
from cases.steps.table import NEXT, OTHER_END
from cases.workflow import quality
from cases.workflow.steps import at_stage, may
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, open_office

pytestmark = pytest.mark.django_db

UNITS = ["working_hours", "urgent_hours", "working_days", "calendar_days"]
STEPS = [*workflow.STEPS, "evaluate_bad"]
# The words of these can be refused to a person who may do the step: the limit has passed
# meanwhile, the other case is finished, the department helps already.
CHOOSY = {"decide_extension", "merge", "link", "ask_help", "finish_help", "verify"}
ENDS = {*OTHER_END, "merge", "reject", "solve"}  # a walk that goes on says more
MOST = 3  # cases at once

TURNS = 5  # in one rule: hypothesis alone takes too few of them

seeds = st.integers(0, 2**32)


class Story:
    """What the walk knows by itself of a case, to be compared with what is stored."""

    def __init__(self, case, now, kinds):
        self.case, self.kinds = case, kinds
        self.opened_at, self.open_before = now, timedelta()

    def note(self, before, now, *kinds):
        self.kinds += kinds
        was_open, is_open = before in OPEN, self.case.stage in OPEN
        if was_open and not is_open:
            self.open_before += now - self.opened_at
        if is_open and not was_open:
            self.opened_at = now

    def time_open(self, now):
        running = now - self.opened_at if self.case.stage in OPEN else timedelta()
        return self.open_before + running


def words_for(step, walk, case, chance):
    """(the row that the verb is called with, its words); None where there is nothing to call."""
    office, later = walk.office, walk.now + timedelta(hours=1 + chance % 400)
    others = [story.case for story in walk.stories if story.case.pk != case.pk]
    if step in ("merge", "link"):
        if not others:
            return None
        name = "into" if step == "merge" else "other"
        return case, {name: others[chance % len(others)]}
    rows = {
        "answer_check": lambda: case.checks.filter(answered_at=None).first(),
        "finish_help": lambda: case.helps.filter(done_at=None).first(),
        "decide_extension": lambda: case.extensions.filter(state="waiting").first(),
        "answer_slip": lambda: case.slips.filter(answered_at=None).first(),
        "recheck": lambda: case.samples.filter(kind="recheck").first(),
        "call_back": lambda: case.samples.filter(kind="call_back").first(),
    }
    row = rows.get(step, lambda: case)()
    department = walk.departments[chance % 2]
    standard = walk.standards[chance % len(walk.standards)]
    is_yes = chance % 3 > 0
    words = {
        "ask_check": {"worker": office.colleague},
        "answer_check": {"is_so": is_yes, "note": "看过"},
        "solve": {"note": "好了"},
        "register": {"standard": standard},
        "reject": {"reason": "重复"},
        "dispatch": {"to": department},
        "answer_person": {"is_granted": is_yes, "answer": "已答复"},
        "decide": {"to": department, "note": "由你单位承办"},
        "assign": {"handler": walk.handler_of(case)},
        "send_back": {"reason": "不归我们管"},
        "ask_help": {"department": department, "task": "配合"},
        "finish_help": {"answer": "好了"},
        "feed_back": {"note": "好了"},
        "verify": {"passed": True},
        "verify_failed": {"passed": False, "note": "没修好"},
        "evaluate": {"rating": 1 + chance % 5},
        "evaluate_bad": {"rating": 1, "is_solved": False, "note": "没修好"},
        "reopen": {"reason": "又坏了"},
        "ask_extension": {"number": 1 + chance % 9, "unit": UNITS[chance % 4], "reason": "配件"},
        "decide_extension": {"granted": is_yes, "note": "知道了"},
        "pause": {"reason": "下雨", "until": min(later, walk.now + timedelta(days=15))},
        "urge": {"note": "请尽快"},
        "issue_slip": {"colour": "blue", "text": "请尽快"},
        "answer_slip": {"text": "配件未到"},
        "split": {"category": standard.category, "title": "另一件事"},
        "remark": {"text": "已联系"},
        "recheck": {"finding": "good" if is_yes else "bad", "note": "看过"},
        "call_back": {"finding": ("good", "bad", "unreached")[chance % 3], "note": "问过"},
    }.get(step, {})
    return row and (row, words)


class Walk(RuleBasedStateMachine):
    office = standards = departments = people = None  # set by the test, once
    taken = 0  # turns, in all walks

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.now, self.stories = at("2026-11-20 09:00"), []

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    def handler_of(self, case):
        at_parks = case.department_id == self.departments[1].pk
        return self.office.parks_head if at_parks else self.office.second_handler

    @initialize(seed=seeds)
    def open_the_office(self, seed):
        self.report(seed)

    @rule(seed=seeds)
    def some_turns(self, seed):
        dice = random.Random(seed)
        for _ in range(TURNS):
            self.turn(dice, dice.randrange(2**16))
            self.it_holds_together()

    def turn(self, dice, chance):
        type(self).taken += 1
        self.now += timedelta(minutes=dice.choice([1, 7, 40, 300, 2000]))
        if dice.random() < 0.3:
            quality.draw_samples((self.now + timedelta(days=1)).date())
            escalation.sweep(self.now)
        if len(self.stories) < MOST and dice.random() < 0.2:
            self.report(chance)
        story = dice.choice(self.stories)
        if dice.random() < 0.75:
            self.try_possible_step(story, dice.randrange(99), chance)
        else:
            self.try_step(story, dice.choice(STEPS), dice.choice(self.people), chance)

    def report(self, chance):
        standard = self.standards[chance % len(self.standards)]
        case = workflow.report(
            by=self.office.worker if chance % 3 else None,
            grid=self.office.unit,
            category=standard.category,
            title="事",
            source="patrol",
            at=self.now,
            is_urgent=chance % 7 == 0,
            standard=standard if chance % 2 else None,
        )
        self.stories.append(Story(case, self.now, ["report"]))

    def try_possible_step(self, story, who, chance):
        """One that the stage knows, by somebody to whom it is offered."""
        onwards = [step for step in NEXT[story.case.stage] if step not in ENDS]
        at_hand = onwards if onwards and chance % 3 else at_stage(story.case.stage)
        for turn in range(len(at_hand)):
            step = at_hand[(chance + turn) % len(at_hand)]
            for person in self.people[who % len(self.people) :] + self.people:
                if may(story.case, step, person, self.now):
                    self.try_step(story, step, person, chance)
                    return

    def try_step(self, story, step, by, chance):
        case, before = story.case, story.case.stage
        found = words_for(step, self, case, chance)
        if found is None:
            return
        name = {"verify_failed": "verify", "evaluate_bad": "evaluate"}.get(step, step)
        name = {"reopen_unfiled": "reopen"}.get(name, name)
        if name == "reopen":
            found = (case, {"reason": "又坏了"})
        offered = may(case, name, by, self.now)
        row, words = found
        try:
            made = getattr(workflow, name)(row, by=by, at=self.now, **words)
        except Refused:
            case.refresh_from_db()
            assert case.stage == before
            assert not offered or name in CHOOSY, (step, before)
            return
        assert offered or name == "answer_slip", (step, before)
        self.told(story, name, step, before, words, made)

    def told(self, story, name, step, before, words, made):
        case = story.case
        case.refresh_from_db()
        kind = "verify_failed" if step == "verify_failed" else name
        kinds, stage = [kind], NEXT[before].get(kind, before)
        is_bad = step == "evaluate_bad" or words.get("finding") == "bad"
        if is_bad and case.stage in OPEN:
            kinds.append("reopen")
            stage = NEXT[stage]["reopen"]
        if kinds[-1] == "reopen" and case.standard_id is None:
            stage = Stage.REPORTED
        assert case.stage == stage
        story.note(before, self.now, *kinds)
        if name == "split":
            self.stories.append(Story(made, self.now, ["report"]))
        if name in ("merge", "link"):
            other = words.get("into") or words["other"]
            twin = next(one for one in self.stories if one.case.pk == other.pk)
            twin.kinds.append("absorb" if name == "merge" else "link")

    @rule()
    def sweep(self):
        escalation.sweep(self.now)

    @rule()
    def draw(self):
        quality.draw_samples((self.now + timedelta(days=1)).date())

    def it_holds_together(self):
        for story in self.stories:
            story.case.refresh_from_db()
            holds_together(story, self.now)


def holds_together(story, now):
    case = story.case
    told = case.events.exclude(kind__in=["alarm", "slip_overdue"]).order_by("id")
    assert list(told.values_list("kind", flat=True)) == story.kinds
    assert all(
        earlier.to_stage == later.from_stage
        for earlier, later in pairwise(case.events.order_by("at", "id"))
    )
    held = hands(case, now)
    assert sum((hand.length for hand in held), timedelta()) == story.time_open(now)
    assert all(one.ends_at <= following.starts_at for one, following in pairwise(held))
    stored = Case.objects.with_light(now).get(pk=case.pk)
    assert stored.light == lights.light(case, now)
    assert bool(case.merged_into_id) <= (case.stage == Stage.REJECTED)
    _alarms_agree(case, now)


def _alarms_agree(case, now):
    unfired = Alarm.objects.filter(case=case, fired_at=None)
    if case.stage in FINISHED:
        assert not unfired.exists()
        return
    runs = set(unfired.values_list("run", flat=True))
    assert runs <= {case.run if case.due_at else 0}
    if case.due_at:
        lines = ledger.of(case, max(now, case.due_at)).lines
        assert all(line.ends_at == following.starts_at for line, following in pairwise(lines))
        due = unfired.filter(level=Alarm.Level.DUE).first()
        assert due is None or due.fires_at == case.due_at
        used = ledger.of(case, case.due_at).used_minutes if now <= case.due_at else None
        assert used is None or used == pytest.approx(case.limit_minutes, abs=0.51)


@pytest.fixture
def walk():
    office = open_office(factories.standard(4, "working_hours", loop="grid"))
    parks = factories.department("园林局", line="parks")
    office.parks_head = factories.staff("department_head", department=parks)
    office.second_dispatcher = factories.staff("dispatcher", factories.district())
    CasePolicy.objects.create(
        district=factories.district(), recheck_percent=100, call_back_percent=100
    )
    bring(office, Stage.HANDLING)  # lays out the calendar, once for all walks

    class OfThisOffice(Walk):
        pass

    OfThisOffice.office = office
    OfThisOffice.standards = [office.standard] + [
        factories.standard(
            3,
            unit,
            of=factories.category(f"事{unit}"),
            loop="grid",
            step_limits={"dispatched": [2, "working_hours"]},
        )
        for unit in UNITS[1:]
    ]
    OfThisOffice.departments = [office.department, parks]
    OfThisOffice.people = [
        person for person in vars(office).values() if hasattr(person, "username")
    ]
    return OfThisOffice


QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],  # a shorter walk takes minutes to find, and says no more
    "database": None,
}


def walk_until(turns, walk, **how):
    while walk.taken < turns:
        run_state_machine_as_test(walk, settings=settings(**QUIET, **how))


def test_a_random_walk_never_leaves_the_table(walk):
    walk_until(200, walk, max_examples=6, stateful_step_count=30, derandomize=True)


@pytest.mark.soak
def test_ten_thousand_random_steps_never_leave_the_table(walk):
    walk_until(10_000, walk, max_examples=50, stateful_step_count=50)
