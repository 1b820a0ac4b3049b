"""Whether it is so, and whether it was solved: checks, ratings, samples; and who decides at last."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases import workflow
from cases.models import (
    Alarm,
    Case,
    CaseCheck,
    CasePolicy,
    Extension,
    Sample,
    Stage,
)
from cases.telling import notices
from cases.workflow import quality
from grids.models import StandIn
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, extend, report, told

pytestmark = pytest.mark.django_db

NOON = at("2026-11-20 12:00")


def returned_twice(office, case=None):
    case = case or bring(office, Stage.DISPATCHED)
    workflow.send_back(case, by=office.handler, reason="归园林局", at=NOON)
    workflow.dispatch(case, by=office.supervisor, to=office.department, at=NOON)
    workflow.send_back(case, by=office.handler, reason="还是归园林局", at=NOON)
    return case


def stand_in(away, person, office):
    StandIn.objects.create(
        district=factories.district(),
        staff=away,
        stand_in=person,
        by=office.leader,
        since=timezone.localdate() - timedelta(days=3),
        until=timezone.localdate() + timedelta(days=3),
    )


# checks before filing


def test_a_worker_is_sent_to_look_and_answers(office):
    case = report(office)

    check = workflow.ask_check(
        case, by=office.leader, worker=office.colleague, question="井盖在吗", at=NOON
    )
    workflow.answer_check(check, by=office.colleague, is_so=False, note="井盖在", at=NOON)
    notices.announce(NOON)

    check.refresh_from_db()
    assert (check.is_so, check.note, check.answered_at) == (False, "井盖在", NOON)
    assert told("ask_check") == {office.colleague.pk}
    assert told("answer_check") == {office.leader.pk}
    assert case.stage == Stage.REPORTED


def test_only_who_was_sent_answers_or_whoever_files_cases(office):
    check = workflow.ask_check(report(office), by=office.leader, worker=office.colleague, at=NOON)

    with pytest.raises(Refused):
        workflow.answer_check(check, by=office.worker, is_so=True, at=NOON)
    workflow.answer_check(check, by=office.clerk, is_so=True, note="电话", at=NOON)
    with pytest.raises(Refused):
        workflow.answer_check(check, by=office.colleague, is_so=True, at=NOON)


def test_somebody_of_another_place_is_not_sent(office):
    far = factories.staff("grid_worker", factories.unit("370402001029001"))

    for person in (far, office.handler):
        with pytest.raises(Refused):
            workflow.ask_check(report(office), by=office.leader, worker=person, at=NOON)


def test_filing_ends_a_check_that_nobody_answered(office):
    case = report(office)
    workflow.ask_check(case, by=office.leader, worker=office.colleague, at=NOON)
    with pytest.raises(Refused):
        workflow.ask_check(case, by=office.leader, worker=office.worker, at=NOON)

    workflow.register(case, by=office.supervisor, standard=office.standard, at=NOON)

    check = CaseCheck.objects.get()
    assert (check.answered_at, check.is_so) == (NOON, None)


# sorting on arrival


def test_an_urgent_report_takes_the_street_loop_and_its_worker_stays_with_it(office):
    standard = factories.standard(
        2, "urgent_hours", of=office.standard.category, loop="community", is_urgent=True
    )
    by_flag = report(office, is_urgent=True)
    by_standard = report(office, standard=standard, by=office.leader)
    later = report(office, by=office.leader)
    workflow.register(later, by=office.supervisor, standard=standard, at=NOON)

    for case in (by_flag, by_standard, later):
        assert (case.is_urgent, case.loop) == (True, "street")
        assert case.companion == office.worker
    assert report(office).companion is None


def test_the_companion_hears_of_every_step_and_does_not_verify(office):
    case = bring(office, Stage.FEEDBACK, is_urgent=True, by=office.leader)
    assert case.companion == office.worker

    assert "verify" not in workflow.steps_for(case, office.worker, now=NOON)
    assert "verify" in workflow.steps_for(case, office.colleague, now=NOON)
    for kind in ("report", "dispatch", "feed_back"):
        assert office.worker.pk in told(kind)


def test_only_a_matter_of_the_grid_is_solved_on_the_spot(office):
    street = factories.standard(of=factories.category("占道经营"), loop="street")
    both = factories.standard(of=factories.category("乱贴"), loop="street")
    factories.standard(of=both.category, loop="grid")

    def spot(matter, **fields):
        case = workflow.report(
            by=office.worker,
            grid=office.unit,
            category=matter.category,
            title="事",
            source="patrol",
            at=NOON,
            **fields,
        )
        workflow.solve(case, by=office.worker, note="好了", at=NOON)
        return case

    assert spot(both).loop == "grid"
    for standard, fields in (
        (street, {}),
        (both, {"standard": both}),
        (both, {"is_urgent": True}),
    ):
        with pytest.raises(Refused):
            spot(standard, **fields)


# returns and decisions


def test_a_return_keeps_what_was_entered_and_is_counted(office):
    case = bring(office, Stage.HANDLING)
    due_at = case.due_at
    workflow.send_back(case, by=office.handler, reason="归园林局", at=NOON)

    assert (case.returns, case.decider, case.due_at) == (1, None, due_at)
    assert "dispatch" in workflow.steps_for(case, office.supervisor, now=NOON)


def test_after_the_second_return_a_dispatcher_decides_and_both_reasons_stay(office):
    case = returned_twice(office)
    notices.announce(NOON)

    assert (case.returns, case.decider) == (2, office.dispatcher)
    reasons = case.events.filter(kind="send_back").order_by("id")
    assert [event.note for event in reasons] == ["归园林局", "还是归园林局"]
    assert case.events.latest("id").data["decider"] == office.dispatcher.pk
    assert "dispatch" not in workflow.steps_for(case, office.supervisor, now=NOON)
    with pytest.raises(Refused):
        workflow.dispatch(case, by=office.supervisor, to=office.department, at=NOON)
    with pytest.raises(Refused):
        workflow.decide(case, by=office.supervisor, to=office.department, note="x", at=NOON)
    assert office.dispatcher.pk in told("send_back")


def test_what_was_decided_is_not_sent_back_in_this_run_but_may_be_in_the_next(office):
    case = returned_twice(office)
    workflow.decide(case, by=office.dispatcher, to=office.department, note="三定方案", at=NOON)

    for _ in range(2):
        assert "send_back" not in workflow.steps_for(case, office.handler, now=NOON)
        with pytest.raises(Refused):
            workflow.send_back(case, by=office.handler, reason="还是不管", at=NOON)
        if case.stage == Stage.DISPATCHED:
            workflow.accept(case, by=office.handler, at=NOON)
    workflow.feed_back(case, by=office.handler, note="好了", at=NOON)
    workflow.verify(case, by=office.leader, passed=True, at=NOON)
    workflow.reopen(case, by=office.worker, reason="又坏了", at=NOON)
    assert (case.returns, case.decider) == (0, None)
    workflow.dispatch(case, by=office.supervisor, to=office.department, at=NOON)
    workflow.send_back(case, by=office.handler, reason="归园林局", at=NOON)


def test_the_district_names_who_decides(office):
    chief = factories.staff("supervisor", factories.district())
    CasePolicy.objects.create(district=factories.district(), decider=chief)

    assert returned_twice(office).decider == chief


def test_a_named_decider_who_has_left_does_not_decide(office):
    CasePolicy.objects.create(district=factories.district(), decider=factories.staff())

    assert returned_twice(office).decider == office.dispatcher


def test_a_dispatcher_who_has_had_to_do_with_it_is_not_the_one(office):
    case = bring(office, Stage.REGISTERED)
    workflow.dispatch(case, by=office.dispatcher, to=office.department, at=NOON)
    second = factories.staff("dispatcher", factories.district())

    assert returned_twice(office, case).decider == second


def test_where_there_is_no_dispatcher_a_supervisor_decides_and_nothing_is_stuck(office):
    office.dispatcher.postings.all().delete()
    case = returned_twice(office)

    assert case.decider == office.supervisor
    workflow.decide(case, by=office.supervisor, to=office.department, note="就这样", at=NOON)


def test_while_the_decider_is_away_another_at_the_district_decides(office):
    case = returned_twice(office)
    second = factories.staff("dispatcher", factories.district())
    assert "decide" not in workflow.steps_for(case, second, now=NOON)

    StandIn.objects.create(
        district=factories.district(),
        staff=office.dispatcher,
        stand_in=second,
        since=date(2026, 11, 20),
        until=date(2026, 11, 20),
        by=office.leader,
    )

    assert "decide" in workflow.steps_for(case, second, now=NOON)
    assert "decide" not in workflow.steps_for(case, office.supervisor, now=NOON)


def test_who_stands_in_for_the_decider_decides(office):
    case = returned_twice(office)
    stand_in(office.dispatcher, office.clerk, office)
    office.clerk.__dict__.pop("_scope", None)

    assert "decide" in workflow.steps_for(case, office.clerk)


# a named person


def test_the_coordinator_names_who_handles_it_and_may_name_another(office):
    case = bring(office, Stage.DISPATCHED)

    workflow.assign(case, by=office.coordinator, handler=office.handler, at=NOON)
    assert (case.stage, case.handler) == (Stage.HANDLING, office.handler)
    workflow.assign(case, by=office.head, handler=office.second_handler, at=NOON)
    notices.announce(NOON)

    case.refresh_from_db()
    assert (case.stage, case.handler) == (Stage.HANDLING, office.second_handler)
    assert told("assign") == {office.second_handler.pk}  # who holds it when it is told
    assert [e.kind for e in case.events.order_by("id")][-2:] == ["assign", "assign"]


def test_nobody_of_another_department_is_named(office):
    case = bring(office, Stage.DISPATCHED)
    other = factories.department("园林局", line="parks")

    for person in (
        factories.staff("department_handler", department=other),
        office.worker,
    ):
        with pytest.raises(Refused):
            workflow.assign(case, by=office.coordinator, handler=person, at=NOON)


def test_who_was_once_named_does_not_verify(office):
    case = bring(office, Stage.DISPATCHED)
    factories.posting(office.handler, "supervisor", factories.street())
    workflow.assign(case, by=office.coordinator, handler=office.handler, at=NOON)
    workflow.assign(case, by=office.coordinator, handler=office.second_handler, at=NOON)
    workflow.feed_back(case, by=office.second_handler, note="好了", at=NOON)

    assert "verify" not in workflow.steps_for(case, office.handler, now=NOON)


# extensions and pauses


def test_more_time_is_asked_by_one_and_granted_by_another(office):
    case = bring(office, Stage.HANDLING)
    factories.posting(
        office.handler, "department_head", office.department.grid, department=office.department
    )
    extension = workflow.ask_extension(
        case,
        by=office.handler,
        number=4,
        unit="working_hours",
        reason="等配件",
        at=NOON,
    )
    assert case.due_at == at("2026-11-20 15:30")

    with pytest.raises(Refused):
        workflow.decide_extension(extension, by=office.handler, granted=True, at=NOON)
    workflow.decide_extension(extension, by=office.head, granted=True, at=NOON)
    notices.announce(NOON)

    assert (case.due_at, case.run) == (at("2026-11-23 10:30"), 2)
    assert Extension.objects.get().state == "granted"
    assert office.head.pk in told("ask_extension")
    assert office.handler.pk in told("decide_extension")


def test_a_refused_extension_says_why_and_moves_nothing(office):
    case = bring(office, Stage.HANDLING)
    extension = workflow.ask_extension(
        case,
        by=office.handler,
        number=4,
        unit="working_hours",
        reason="等配件",
        at=NOON,
    )
    with pytest.raises(Refused):
        workflow.decide_extension(extension, by=office.head, granted=False, at=NOON)

    workflow.decide_extension(extension, by=office.head, granted=False, note="配件有库存", at=NOON)

    case.refresh_from_db()
    assert (case.due_at, case.run) == (at("2026-11-20 15:30"), 1)
    with pytest.raises(Refused):
        workflow.decide_extension(extension, by=office.head, granted=True, at=NOON)


def test_after_the_limit_no_extension_is_granted(office):
    case = bring(office, Stage.HANDLING)
    extension = workflow.ask_extension(
        case,
        by=office.handler,
        number=4,
        unit="working_hours",
        reason="等配件",
        at=NOON,
    )

    with pytest.raises(Refused):
        workflow.decide_extension(
            extension, by=office.head, granted=True, at=at("2026-11-20 15:30")
        )
    assert Extension.objects.get().state == "waiting"


def test_the_number_of_extensions_has_a_cap(office):
    case = bring(office, Stage.HANDLING)
    extend(office, case, NOON)
    extend(office, case, NOON)

    assert "ask_extension" not in workflow.steps_for(case, office.handler, now=NOON)
    with pytest.raises(Refused):
        extend(office, case, NOON)


def test_feeding_back_ends_an_extension_that_waits(office):
    case = bring(office, Stage.HANDLING)
    workflow.ask_extension(
        case,
        by=office.handler,
        number=4,
        unit="working_hours",
        reason="等配件",
        at=NOON,
    )

    workflow.feed_back(case, by=office.handler, note="好了", at=NOON)

    assert Extension.objects.get().state == "refused"


def test_a_pause_has_a_cap(office):
    CasePolicy.objects.create(district=factories.district(), pause_days=3)
    case = bring(office, Stage.HANDLING)

    def pause(until):
        workflow.pause(case, by=office.supervisor, reason="下雨", until=until, at=NOON)

    with pytest.raises(Refused):
        pause(NOON + timedelta(days=3, seconds=1))
    pause(NOON + timedelta(days=3))


# was it solved?


def test_not_solved_with_a_poor_rating_opens_the_case_again(office):
    case = bring(office, Stage.CLOSED)
    with pytest.raises(Refused):
        workflow.evaluate(case, by=office.worker, rating=3, is_solved=False, at=NOON)

    workflow.evaluate(case, by=office.worker, rating=1, note="还在漏水", is_solved=False, at=NOON)

    assert (case.stage, case.run, case.rating) == (Stage.REGISTERED, 2, None)
    told = [event.kind for event in case.events.order_by("id")][-2:]
    assert told == ["evaluate", "reopen"]
    assert case.events.latest("id").data["rating"] == 1


def test_what_was_solved_without_a_filing_condition_is_opened_as_a_report(office):
    case = report(office)
    workflow.solve(case, by=office.worker, note="已清理", at=at("2026-11-20 09:05"))

    workflow.reopen(case, by=office.leader, reason="没清理", at=NOON)

    assert (case.stage, case.due_at, case.registered_at) == (Stage.REPORTED, None, None)
    assert case.step_due_at is not None
    assert Alarm.objects.filter(case=case, fired_at=None).exists()
    workflow.register(case, by=office.supervisor, standard=office.standard, at=NOON)
    assert case.run == 2


def solved_on_the_spot(office, number, when="2026-11-19 15:00"):
    cases = [report(office, when) for _ in range(number)]
    for case in cases:
        workflow.solve(case, by=office.worker, note="已清理", at=at(when))
    return cases


def test_the_lot_is_drawn_once_and_is_the_same_whenever_it_is_drawn(office):
    CasePolicy.objects.create(
        district=factories.district(), recheck_percent=50, call_back_percent=100
    )
    solved_on_the_spot(office, 40)
    for _ in range(3):
        bring(office, Stage.CLOSED, day="2026-11-19")
    bring(office, Stage.REJECTED, day="2026-11-19")

    first = quality.draw_samples(date(2026, 11, 20))
    drawn = set(Sample.objects.values_list("case", "kind"))
    again = quality.draw_samples(date(2026, 11, 20))
    Sample.objects.all().delete()
    quality.draw_samples(date(2026, 11, 20))

    assert (first, again) == (len(drawn), 0)
    assert set(Sample.objects.values_list("case", "kind")) == drawn
    assert Sample.objects.filter(kind="call_back").count() == 3
    assert 8 <= Sample.objects.filter(kind="recheck").count() <= 32
    assert set(Sample.objects.values_list("drawn_on", flat=True)) == {date(2026, 11, 20)}


@pytest.mark.parametrize(
    ("when", "drawn"),
    [
        ("2026-11-16 23:59", 0),
        ("2026-11-17 00:00", 1),
        ("2026-11-19 23:59", 1),
        ("2026-11-20 00:00", 0),
    ],
)
def test_the_lot_is_of_the_days_before(office, when, drawn):
    CasePolicy.objects.create(district=factories.district(), recheck_percent=100)
    solved_on_the_spot(office, 1, when)

    assert quality.draw_samples(date(2026, 11, 20)) == drawn


def test_nobody_rechecks_what_they_solved_themselves(office):
    (case,) = solved_on_the_spot(office, 1)
    sample = Sample.objects.create(case=case, kind="recheck", drawn_on=NOON.date())
    factories.posting(office.worker, "grid_leader", factories.community())

    assert "recheck" not in workflow.steps_for(case, office.worker, now=NOON)
    with pytest.raises(Refused):
        workflow.recheck(sample, by=office.worker, finding="good", at=NOON)
    workflow.recheck(sample, by=office.leader, finding="good", at=NOON)
    with pytest.raises(Refused):
        workflow.recheck(sample, by=office.leader, finding="good", at=NOON)


@pytest.mark.parametrize(
    ("kind", "finding", "stage"),
    [
        ("recheck", "good", Stage.CLOSED),
        ("recheck", "bad", Stage.REGISTERED),
        ("call_back", "unreached", Stage.CLOSED),
        ("call_back", "bad", Stage.REGISTERED),
    ],
)
def test_a_bad_finding_opens_the_case_again(office, kind, finding, stage):
    case = bring(office, Stage.CLOSED)
    sample = Sample.objects.create(case=case, kind=kind, drawn_on=NOON.date())

    getattr(workflow, kind)(sample, by=office.supervisor, finding=finding, note="还在", at=NOON)

    sample.refresh_from_db()
    assert (case.stage, sample.finding, sample.done_by) == (
        stage,
        finding,
        office.supervisor,
    )


def test_a_bad_finding_after_14_days_is_on_record_and_opens_nothing(office):
    case = bring(office, Stage.CLOSED)
    sample = Sample.objects.create(case=case, kind="call_back", drawn_on=NOON.date())

    workflow.call_back(
        sample,
        by=office.supervisor,
        finding="bad",
        note="还在",
        at=NOON + timedelta(15),
    )

    assert Case.objects.get(pk=case.pk).stage == Stage.CLOSED
    assert Sample.objects.get().finding == "bad"


@pytest.mark.parametrize(
    ("kind", "finding", "note"),
    [("recheck", "unreached", "x"), ("recheck", "bad", ""), ("call_back", "so", "x")],
)
def test_a_finding_that_says_nothing_is_refused(office, kind, finding, note):
    case = bring(office, Stage.CLOSED)
    sample = Sample.objects.create(case=case, kind=kind, drawn_on=NOON.date())

    with pytest.raises(Refused):
        getattr(workflow, kind)(sample, by=office.supervisor, finding=finding, note=note, at=NOON)


def test_opening_a_case_again_takes_it_out_of_the_lot(office):
    case = bring(office, Stage.CLOSED)
    sample = Sample.objects.create(case=case, kind="call_back", drawn_on=NOON.date())
    workflow.reopen(case, by=office.worker, reason="又坏了", at=NOON)

    assert not Sample.objects.exists()
    with pytest.raises(Refused):
        workflow.call_back(sample, by=office.supervisor, finding="good", at=NOON)


def test_a_department_reports_a_task_and_rates_it(office):
    case = bring(office, Stage.CLOSED, by=office.head, source="patrol")
    assert case.source == "department"
    assert "evaluate" in workflow.steps_for(case, office.head, now=NOON)
    workflow.evaluate(case, by=office.head, rating=4, at=NOON)
