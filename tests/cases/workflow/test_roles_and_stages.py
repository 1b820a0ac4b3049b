"""Every step x every role x every stage: what the tables allow happens, all else is refused.

What each role may do is written out here once more, by hand: a right that slips into the
table of roles, or a stage into the table of steps, fails a line of this file.
"""

from datetime import timedelta

import pytest
from django.db import transaction

from cases import workflow
from cases.models import Case, CaseCheck, CaseEvent, CaseHelp, Extension, Sample, Stage
from cases.own_data import asking
from cases.workflow.steps import at_stage
from grids.refusal import Refused
from grids.roles import Role
from tests import factories
from tests.cases.office import at, bring, open_office, report

pytestmark = pytest.mark.django_db

NOW = at("2026-11-20 11:50")

STAGES = {
    "ask_check": "reported",
    "answer_check": "reported",
    "solve": "reported",
    "register": "reported",
    "reject": "reported",
    "dispatch": "registered",
    "answer_person": "registered",
    "decide": "registered",
    "accept": "dispatched",
    "assign": "dispatched handling",
    "send_back": "dispatched handling",
    "ask_help": "dispatched handling",
    "finish_help": "registered dispatched handling feedback",
    "feed_back": "handling",
    "verify": "feedback",
    "evaluate": "closed",
    "reopen": "closed evaluated",
    "ask_extension": "dispatched handling",
    "decide_extension": "dispatched handling",
    "pause": "registered dispatched handling feedback",
    "resume": "registered dispatched handling feedback",
    "urge": "registered dispatched handling feedback",
    "issue_slip": "registered dispatched handling feedback",
    "merge": "reported registered dispatched handling",
    "split": "reported registered dispatched handling feedback",
    "link": "reported registered dispatched handling feedback closed evaluated rejected",
    "support": "reported registered dispatched handling feedback",
    "remark": "reported registered dispatched handling feedback closed evaluated rejected",
    "recheck": "closed evaluated",
    "call_back": "closed evaluated",
}

_DESK = "register answer_person reject ask_check answer_check dispatch merge split link ask_help verify reopen recheck remark support urge issue_slip"
_DEPARTMENT = "accept send_back feed_back ask_help finish_help ask_extension remark"

# By somebody posted here who has had nothing to do with the case.
MAY = {
    "grid_worker": "solve answer_check verify evaluate reopen remark support",
    "grid_leader": f"{_DESK} solve evaluate pause resume",
    "assistant": "remark support",
    "information_officer": "remark support",
    "supervisor": f"{_DESK} call_back pause resume decide_extension",
    "building_steward": "support",
    "community_staff": f"{_DESK} solve evaluate call_back",
    "dispatcher": f"{_DESK} call_back pause resume decide_extension decide",
    "department_coordinator": f"{_DEPARTMENT} assign support",
    "department_handler": _DEPARTMENT,
    "department_head": f"{_DEPARTMENT} assign decide_extension support",
    "administrator": "",
    "security_administrator": "",
    "auditor": "",
    "operator": "",
}
BESIDES_THE_TABLE = {"answer_slip", "verify_failed", "reopen_unfiled"}


def posted(role):
    place = {
        "supervisor": factories.street,
        "dispatcher": factories.district,
        "administrator": factories.district,
        "security_administrator": factories.district,
        "auditor": factories.district,
        "operator": factories.district,
        "grid_leader": factories.community,
        "community_staff": factories.community,
    }.get(role, factories.unit)
    if role.startswith("department_"):
        return factories.staff(role, department=factories.department())
    if role == "building_steward":
        return factories.staff(role, factories.unit(), building=factories.building())
    return factories.staff(role, place())


def ready(office, step, stage, sent):
    """A case at the stage where nothing but the table and the right can stand in the way."""
    if step == "evaluate" and stage != Stage.EVALUATED:  # a resident's, whom nobody asks
        case = bring(office, stage, by=None, source="resident")
    else:
        case = bring(office, stage)
    if step == "answer_check":
        CaseCheck.objects.create(case=case, worker=sent, asked_by=office.leader, asked_at=NOW)
    if step == "answer_person":
        kind = factories.category("个人信息说明", "own_data")
        Case.objects.filter(pk=case.pk).update(category=kind)
        case.category = kind
        asking.identify(case, name="王秀兰", resident=None, how="known", note="", by=office.leader)
        case.refresh_from_db()
    if step == "finish_help":
        CaseHelp.objects.create(
            case=case,
            department=office.department,
            task="照明",
            asked_at=NOW,
            asked_by=office.supervisor,
        )
    if step == "decide_extension":
        Extension.objects.create(
            case=case,
            run=1,
            number=2,
            unit="working_hours",
            reason="等配件",
            asked_by=office.handler,
            asked_at=NOW,
        )
    if step in ("recheck", "call_back"):
        Sample.objects.create(case=case, kind=step, drawn_on=NOW.date())
    if step == "resume" and case.due_at and case.is_open:
        workflow.pause(
            case,
            by=office.supervisor,
            reason="下雨",
            until=NOW + timedelta(days=1),
            at=at("2026-11-20 11:35"),
        )
    if step == "decide" and stage == Stage.REGISTERED:
        case.decider = office.dispatcher
        case.save(update_fields=["decider"])
    return case


def take(case, step, office, by, when=NOW):
    """Any step, with words that nothing could be said against."""
    other = factories.department("园林局", line="parks")
    words = {
        "ask_check": {"worker": office.colleague},
        "solve": {"note": "好了"},
        "register": {"standard": office.standard},
        "reject": {"reason": "重复"},
        "dispatch": {"to": office.department},
        "answer_person": {"is_granted": True, "answer": "已答复"},
        "decide": {"to": office.department, "note": "由你单位承办"},
        "assign": {"handler": office.second_handler},
        "send_back": {"reason": "不归我们管"},
        "ask_help": {"department": other, "task": "照明"},
        "feed_back": {"note": "好了"},
        "verify": {"passed": True},
        "verify_failed": {"passed": False, "note": "没修好"},
        "evaluate": {"rating": 4},
        "reopen": {"reason": "又坏了"},
        "ask_extension": {"number": 2, "unit": "working_hours", "reason": "等配件"},
        "pause": {"reason": "下雨", "until": when + timedelta(days=1)},
        "urge": {"note": "请尽快"},
        "issue_slip": {"colour": "blue", "text": "请尽快"},
        "merge": {"note": "同一处"},
        "split": {"category": office.standard.category, "title": "路灯也坏了"},
        "remark": {"text": "已联系", "mentions": [office.leader]},
        "answer_check": {"is_so": True},
        "finish_help": {"answer": "已照明"},
        "decide_extension": {"granted": True},
        "recheck": {"finding": "good"},
        "call_back": {"finding": "good"},
    }.get(step, {})
    target = {
        "answer_check": lambda: case.checks.filter(answered_at=None).first(),
        "finish_help": lambda: case.helps.filter(done_at=None).first(),
        "decide_extension": lambda: case.extensions.filter(state="waiting").first(),
        "recheck": lambda: case.samples.filter(kind="recheck").first(),
        "call_back": lambda: case.samples.filter(kind="call_back").first(),
    }.get(step, lambda: case)()
    if target is None:
        raise Refused("nothing waits")
    if step in ("merge", "link"):
        twin = report(office, "2026-11-20 09:00", by=office.leader, title="另一件")
        words |= {"into" if step == "merge" else "other": twin}
    verb = getattr(workflow, "verify" if step == "verify_failed" else step)
    return verb(target, by=by, at=when, **words)


def test_this_file_knows_every_step_every_stage_and_every_role():
    offered = {step for stage in Stage for step in at_stage(stage)}

    assert offered == set(STAGES)
    assert set(workflow.STEPS) == offered | BESIDES_THE_TABLE
    assert set(MAY) == set(Role.values)


@pytest.mark.parametrize("step", STAGES)
def test_a_step_is_possible_at_its_stages_only(step):
    assert {stage for stage in Stage if step in at_stage(stage)} == set(STAGES[step].split())


@pytest.mark.parametrize("step", STAGES)
def test_each_role_takes_a_step_or_is_refused_and_nothing_else_happens(step):
    office = open_office()
    people = {role: posted(role) for role in MAY}
    people["dispatcher"] = office.dispatcher  # whom a second return names
    for stage in Stage:
        case = ready(office, step, stage, people["grid_worker"])
        for role, person in people.items():
            allowed = stage in STAGES[step].split() and step in MAY[role].split()
            # A department that was called to help is in it whoever has the case.
            if role.startswith("department_") and step not in (
                "support",
                "finish_help",
            ):
                allowed = allowed and case.department_id is not None
            told = CaseEvent.objects.filter(case=case)
            before = told.count()
            offered = step in workflow.steps_for(case, person, now=NOW)
            point = transaction.savepoint()
            try:
                take(case, step, office, person)
                done = True
            except Refused:
                done = False
                case.refresh_from_db()
                assert case.stage == stage
            assert told.count() - before == done  # one event for one step
            transaction.savepoint_rollback(point)
            case.refresh_from_db()

            assert (offered, done) == (allowed, allowed), (stage, role)


@pytest.mark.parametrize("stage", Stage)
def test_nobody_of_another_district_does_anything(stage):
    office = open_office()
    case = bring(office, stage)
    far = factories.unit("520602003003001")
    department = factories.department("县城管局", grid=factories.district("520602"))
    strangers = [
        factories.staff(role, far) for role in ("grid_worker", "grid_leader", "community_staff")
    ]
    strangers += [
        factories.staff("supervisor", factories.district("520602")),
        factories.staff("dispatcher", factories.district("520602")),
        factories.staff("department_head", department=department),
    ]

    for stranger in strangers:
        assert workflow.steps_for(case, stranger, now=NOW) == []


def test_a_department_that_does_not_hold_the_case_does_nothing_with_it():
    office = open_office()
    case = bring(office, Stage.HANDLING)
    other = factories.department("园林局", line="parks")
    head = factories.staff("department_head", department=other)

    assert workflow.steps_for(case, head, now=NOW) == ["support"]


def test_a_department_called_to_help_may_help_and_remark_and_nothing_else():
    office = open_office()
    case = bring(office, Stage.HANDLING)
    other = factories.department("园林局", line="parks")
    helper = factories.staff("department_handler", department=other)
    workflow.ask_help(case, by=office.handler, department=other, task="修剪树枝", at=NOW)

    assert workflow.steps_for(case, helper, now=NOW) == ["finish_help", "remark"]
