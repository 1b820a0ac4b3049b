"""How a case moves: every step of the table, and everything that is refused."""

import uuid
from datetime import timedelta

import pytest

from cases import workflow
from cases.models import Alarm, Case, CaseEvent, Result, Stage
from cases.steps.table import BESIDE, LABELS, NEXT, STEPS
from grids.refusal import Refused
from grids.roles import RIGHTS
from tests import factories
from tests.cases.office import at, bring, report

pytestmark = pytest.mark.django_db


def take(case, step, office, by, when):
    """Any step of the table, with words that nothing could be said against."""
    verbs = {
        "register": lambda: workflow.register(case, by=by, standard=office.standard, at=when),
        "dispatch": lambda: workflow.dispatch(case, by=by, to=office.department, at=when),
        "accept": lambda: workflow.accept(case, by=by, at=when),
        "solve": lambda: workflow.solve(case, by=by, note="好了", at=when),
        "reject": lambda: workflow.reject(case, by=by, reason="重复", at=when),
        "send_back": lambda: workflow.send_back(case, by=by, reason="不归我们管", at=when),
        "feed_back": lambda: workflow.feed_back(case, by=by, note="好了", at=when),
        "verify": lambda: workflow.verify(case, by=by, passed=True, at=when),
        "verify_failed": lambda: workflow.verify(case, by=by, passed=False, note="没修好", at=when),
        "evaluate": lambda: workflow.evaluate(case, by=by, rating=4, at=when),
        "reopen": lambda: workflow.reopen(case, by=by, reason="又坏了", at=when),
        "urge": lambda: workflow.urge(case, by=by, note="请尽快", at=when),
        "issue_slip": lambda: workflow.issue_slip(
            case, by=by, colour="blue", text="请尽快", at=when
        ),
        "pause": lambda: workflow.pause(
            case, by=by, reason="下雨", until=when + timedelta(days=1), at=when
        ),
        "resume": lambda: workflow.resume(case, by=by, at=when),
        "ask_extension": lambda: workflow.ask_extension(
            case, by=by, reason="等配件", number=1, unit="working_days", at=when
        ),
    }
    return verbs[step]()


WHO = {
    "solve": "worker",
    "register": "supervisor",
    "reject": "supervisor",
    "dispatch": "supervisor",
    "accept": "handler",
    "send_back": "handler",
    "feed_back": "handler",
    "verify": "leader",
    "verify_failed": "leader",
    "evaluate": "worker",
    "reopen": "worker",
}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", WHO)
def test_each_step_leads_where_the_table_says_or_is_refused(office, stage, step):
    case = bring(office, stage)
    by = getattr(office, WHO[step])

    if step in NEXT[stage]:
        take(case, step, office, by, at("2026-11-20 11:50"))
        assert Case.objects.get(pk=case.pk).stage == NEXT[stage][step]
    else:
        with pytest.raises(Refused):
            take(case, step, office, by, at("2026-11-20 11:50"))
        assert Case.objects.get(pk=case.pk).stage == stage


@pytest.mark.parametrize("step", WHO)
def test_a_step_is_refused_to_a_person_of_another_district(office, step):
    stage = next(stage for stage in Stage if step in NEXT[stage])
    case = bring(office, stage)
    elsewhere = factories.unit("520602003003001")
    strangers = [
        factories.staff(role, elsewhere) for role in ("grid_worker", "grid_leader", "supervisor")
    ]

    for stranger in strangers:
        assert workflow.steps_for(case, stranger) == []
        with pytest.raises(Refused):
            take(case, step, office, stranger, at("2026-11-20 11:50"))


def test_every_step_has_a_right_that_some_role_holds_and_a_name(office):
    steps = {step for row in NEXT.values() for step in row} | set(BESIDE)

    assert steps | {"answer_slip"} == set(STEPS)
    assert all(any(right in rights for rights in RIGHTS.values()) for right in STEPS.values())
    assert set(STEPS) <= set(LABELS)


def test_each_step_is_one_event_that_says_who_when_from_where_to_where(office):
    case = bring(office, Stage.EVALUATED)

    told = list(case.events.order_by("id").values_list("kind", "from_stage", "to_stage", "by"))

    assert told == [
        ("report", "", "reported", office.worker.pk),
        ("register", "reported", "registered", office.supervisor.pk),
        ("dispatch", "registered", "dispatched", office.supervisor.pk),
        ("accept", "dispatched", "handling", office.handler.pk),
        ("feed_back", "handling", "feedback", office.handler.pk),
        ("verify", "feedback", "closed", office.supervisor.pk),
        ("evaluate", "closed", "evaluated", office.worker.pk),
    ]
    assert case.events.get(kind="dispatch").at == at("2026-11-20 10:05")


def test_numbers_run_by_district_and_month(office):
    numbers = [
        report(office, when).number
        for when in ("2026-11-20 09:00", "2026-11-30 23:59", "2026-12-01 00:00")
    ]

    assert numbers == ["370402-2611-00001", "370402-2611-00002", "370402-2612-00001"]


def test_the_same_report_sent_twice_is_one_case(office):
    key = uuid.uuid4()
    first, second = report(office, client_uuid=key), report(office, client_uuid=key)

    assert first.pk == second.pk
    assert CaseEvent.objects.filter(kind="report").count() == 1
    with pytest.raises(Refused):
        report(office, client_uuid=key, by=office.leader)


def test_a_resident_reports_without_an_account(office):
    case = report(office, by=None, source="resident")

    assert case.reporter is None
    assert case.stage == Stage.REPORTED


def test_a_steward_reports_anywhere_in_the_district_but_not_in_another(office):
    steward = factories.staff("building_steward", office.unit, building=factories.building())

    assert report(office, by=steward).reporter == steward
    with pytest.raises(Refused):
        report(office, by=steward, grid=factories.unit("520602003003001"))


def test_a_worker_solves_on_the_spot_inside_the_grid_only(office):
    inside = report(office)
    outside = report(office, grid=factories.unit("370402001028002"))

    workflow.solve(inside, by=office.worker, note="已清理", at=at("2026-11-20 09:05"))
    with pytest.raises(Refused):
        workflow.solve(outside, by=office.worker, note="已清理", at=at("2026-11-20 09:05"))

    assert (inside.stage, inside.result, inside.closing_light) == (
        Stage.CLOSED,
        Result.FIXED,
        "green",
    )
    assert not Alarm.objects.filter(case=inside).exists()


def test_registering_starts_the_limit_and_writes_its_alarms(office):
    case = bring(office, Stage.REGISTERED)

    assert case.due_at == at("2026-11-20 15:30")
    assert case.limit_warn_at == case.warn_at == at("2026-11-20 14:30")
    assert case.limit_minutes == 240
    alarms = (
        Alarm.objects.filter(case=case).order_by("level").values_list("run", "level", "fires_at")
    )
    assert list(alarms) == [
        (1, 0, at("2026-11-20 14:30")),
        (1, 1, at("2026-11-20 15:30")),
        (1, 2, at("2026-11-20 17:30")),
        (1, 3, at("2026-11-23 10:30")),
        (1, 4, at("2026-11-23 16:00")),
    ]


def test_a_step_with_its_own_limit_turns_the_case_yellow_earlier(office):
    office.standard.step_limits = {"registered": [30, "minutes"]}
    office.standard.save()
    case = bring(office, Stage.REGISTERED)
    assert case.step_due_at == case.warn_at == at("2026-11-20 10:30")
    assert Alarm.objects.get(case=case, level=0).fires_at == at("2026-11-20 10:30")

    workflow.dispatch(case, by=office.supervisor, to=office.department, at=at("2026-11-20 10:05"))

    assert case.step_due_at is None
    assert case.warn_at == at("2026-11-20 14:30")
    assert Alarm.objects.get(case=case, level=0).fires_at == at("2026-11-20 14:30")


def test_a_report_that_nobody_reads_has_an_alarm_too(office):
    case = report(office)
    assert list(Alarm.objects.filter(case=case).values_list("run", "fires_at")) == [
        (0, at("2026-11-20 14:30"))
    ]

    workflow.reject(case, by=office.supervisor, reason="重复", at=at("2026-11-20 10:00"))

    assert not Alarm.objects.filter(case=case).exists()


def test_a_standard_that_is_no_longer_in_force_cannot_be_filed_under(office):
    old = factories.standard(2, valid_to="2026-11-19")
    old.refresh_from_db()
    with pytest.raises(Refused):
        workflow.register(
            report(office),
            by=office.supervisor,
            standard=old,
            at=at("2026-11-20 10:00"),
        )


def test_a_department_that_does_not_serve_the_grid_gets_nothing(office):
    far = factories.department("县城管局", grid=factories.district("520602", "碧江区"))
    case = bring(office, Stage.REGISTERED)

    with pytest.raises(Refused):
        workflow.dispatch(case, by=office.supervisor, to=far, at=at("2026-11-20 10:05"))


def test_sending_back_keeps_the_limit_and_says_why(office):
    case = bring(office, Stage.HANDLING)
    due_at = case.due_at

    workflow.send_back(case, by=office.handler, reason="不归我们管", at=at("2026-11-20 10:30"))

    assert (case.stage, case.department, case.handler, case.due_at) == (
        Stage.REGISTERED,
        None,
        None,
        due_at,
    )
    event = case.events.latest("id")
    assert event.note == "不归我们管"
    assert event.data == {
        "department": office.department.pk,
        "handler": office.handler.pk,
    }


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_return_or_a_rejection_without_a_reason_is_refused(office, reason):
    with pytest.raises(Refused):
        workflow.reject(
            report(office),
            by=office.supervisor,
            reason=reason,
            at=at("2026-11-20 10:00"),
        )
    with pytest.raises(Refused):
        workflow.send_back(
            bring(office, Stage.HANDLING),
            by=office.handler,
            reason=reason,
            at=at("2026-11-20 10:30"),
        )


@pytest.mark.parametrize("handled_as", ["handler", "second_handler"])
def test_whoever_handled_a_case_does_not_verify_it(office, handled_as):
    case = bring(office, Stage.HANDLING)
    person = getattr(office, handled_as)
    workflow.feed_back(case, by=person, note="已补装", at=at("2026-11-20 11:00"))
    factories.posting(person, "supervisor", factories.street())

    assert "verify" not in workflow.steps_for(case, person)
    with pytest.raises(Refused):
        workflow.verify(case, by=person, passed=True, at=at("2026-11-20 11:30"))
    assert "verify" in workflow.steps_for(case, office.leader)


def test_a_case_that_did_not_pass_stays_with_its_department(office):
    case = bring(office, Stage.FEEDBACK)

    workflow.verify(case, by=office.leader, passed=False, note="没修好", at=at("2026-11-20 11:30"))

    assert (case.stage, case.department, case.handler) == (
        Stage.HANDLING,
        office.department,
        office.handler,
    )


def test_the_light_at_closing_is_frozen(office):
    on_time, late = bring(office, Stage.FEEDBACK), bring(office, Stage.FEEDBACK)

    workflow.verify(on_time, by=office.leader, passed=True, at=at("2026-11-20 15:29"))
    workflow.verify(late, by=office.leader, passed=True, at=at("2026-11-20 15:30"))

    assert (on_time.closing_light, late.closing_light) == ("yellow", "red")
    assert not Alarm.objects.filter(case__in=[on_time, late]).exists()


def test_only_the_reporter_rates(office):
    case = bring(office, Stage.CLOSED)

    assert "evaluate" in workflow.steps_for(case, office.worker)
    assert "evaluate" not in workflow.steps_for(case, office.leader)
    with pytest.raises(Refused):
        workflow.evaluate(case, by=office.leader, rating=5, at=at("2026-11-20 12:00"))
    with pytest.raises(Refused):
        workflow.evaluate(case, by=office.worker, rating=6, at=at("2026-11-20 12:00"))


def test_nobody_rates_what_they_solved_themselves(office):
    case = report(office)
    workflow.solve(case, by=office.worker, note="已清理", at=at("2026-11-20 09:05"))

    assert "evaluate" not in workflow.steps_for(case, office.worker)


def test_reopening_starts_a_new_run_with_a_new_limit_and_keeps_the_old_end(office):
    case = bring(office, Stage.EVALUATED)

    workflow.reopen(case, by=office.worker, reason="又坏了", at=at("2026-12-04 11:30"))

    assert (case.stage, case.run, case.result, case.closed_at, case.rating) == (
        Stage.REGISTERED,
        2,
        "",
        None,
        None,
    )
    assert case.due_at == at("2026-12-04 17:00")
    assert set(Alarm.objects.filter(case=case).values_list("run", flat=True)) == {2}
    assert case.events.latest("id").data["closing_light"] == "green"
    assert case.events.latest("id").data["rating"] == 5


def test_after_14_days_a_case_stays_closed(office):
    case = bring(office, Stage.CLOSED)

    assert "reopen" not in workflow.steps_for(case, office.worker, now=at("2026-12-04 11:31"))
    with pytest.raises(Refused):
        workflow.reopen(case, by=office.worker, reason="又坏了", at=at("2026-12-04 11:31"))


def test_steps_for_names_exactly_what_the_person_may_do(office):
    case = bring(office, Stage.DISPATCHED)
    now = at("2026-11-20 10:06")

    assert workflow.steps_for(case, office.handler, now=now) == [
        "accept",
        "send_back",
        "ask_help",
        "ask_extension",
        "remark",
    ]
    assert workflow.steps_for(case, office.supervisor, now=now) == [
        "merge",
        "ask_help",
        "pause",
        "urge",
        "issue_slip",
        "split",
        "link",
        "support",
        "remark",
    ]
    assert workflow.steps_for(case, office.colleague, now=now) == ["support", "remark"]


def test_a_clock_that_was_set_back_does_not_break_the_order(office):
    case = bring(office, Stage.DISPATCHED)

    workflow.accept(case, by=office.handler, at=at("2026-11-20 08:00"))

    assert case.stage_since == at("2026-11-20 10:05")
    assert [event.kind for event in case.events.order_by("at", "id")][-1] == "accept"


def test_a_step_saves_only_what_it_changes(office):
    case = bring(office, Stage.DISPATCHED)
    stale = Case.objects.get(pk=case.pk)
    Case.objects.filter(pk=case.pk).update(title="别人改过的标题")

    workflow.accept(stale, by=office.handler, at=at("2026-11-20 10:10"))

    assert Case.objects.get(pk=case.pk).title == "别人改过的标题"
