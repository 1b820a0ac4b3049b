"""The edges of the rules: the last minute, the last letter, the one row too many."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import workflow
from cases.models import (
    Case,
    CaseEvent,
    CasePolicy,
    CaseSupporter,
    Category,
    Loop,
    Pause,
    Sample,
    Source,
    Stage,
    SupervisionSlip,
)
from cases.workflow import (
    bulk,
    joint_work,
    moves,
    numbers,
    obstacles,
    quality,
    routing,
    slips,
    steps,
)
from grids.models import Grid, Staff
from grids.refusal import Refused
from tests import factories as make
from tests.cases.office import at, bring, extend, report

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 12:00")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def parks():
    return make.department("园林局", line="parks")


def fresh(case):
    return Case.objects.get(pk=case.pk)


def may(case, step, person, when=NOW):
    person.__dict__.pop("_scope", None)
    return steps.may(fresh(case), step, person, when)


def events(case, kind):
    return list(CaseEvent.objects.filter(case=case, kind=kind).order_by("pk"))


def keys(rows):
    return set(rows.values_list("pk", flat=True))


RESULTS = {
    "component": "fixed closed_not_fixed passed_on",
    "matter": "fixed closed_not_fixed passed_on",
    "errand": "fixed closed_not_fixed passed_on",
    "task": "fixed closed_not_fixed passed_on",
    "inquiry": "answered closed_not_fixed passed_on",
    "suggestion": "answered closed_not_fixed passed_on",
    "complaint": "answered closed_not_fixed passed_on",
    "own_data": "answered closed_not_fixed passed_on",
    "request": "fixed answered closed_not_fixed passed_on",
    "dispute": "fixed answered closed_not_fixed passed_on",
    "verification": "fixed answered closed_not_fixed passed_on",
}


def test_results_by_the_kind_of_the_category():
    assert {
        kind: " ".join(obstacles.results_for(SimpleNamespace(kind=kind)))
        for kind in Category.Kind.values
    } == RESULTS


@pytest.mark.parametrize(
    "kind", ["accept", "feed_back", "solve", "finish_help", "assign", "handler"]
)
def test_whoever_did_any_of_it_has_handled_it(office, kind):
    case, other = bring(office, Stage.FEEDBACK), bring(office, Stage.FEEDBACK)
    me = office.colleague
    if kind == "handler":
        Case.objects.filter(pk=case.pk).update(handler=me)
    else:
        who = {"by": office.head, "data": {"handler": me.pk}} if kind == "assign" else {"by": me}
        CaseEvent.objects.create(case=case, kind=kind, at=NOW, **who)
    for harmless in ("report", "register", "remark", "verify", "urge"):
        CaseEvent.objects.create(case=other, kind=harmless, at=NOW, by=me)

    assert obstacles.has_handled(fresh(case), me)
    assert not obstacles.has_handled(fresh(other), me)
    assert not obstacles.has_handled(fresh(case), office.leader)
    assert not may(case, "verify", me)
    assert may(other, "verify", me)


@pytest.mark.parametrize(
    ("ways", "may_solve"),
    [
        ([], True),  # nobody has written how such a matter is sorted
        ([("grid", True)], True),
        ([("grid", False)], False),
        ([("street", True)], False),
        ([("street", True), ("grid", True)], True),
        ([("street", True), ("grid", False)], False),
    ],
)
def test_what_a_worker_solves_in_the_grid(office, ways, may_solve):
    noise = make.category("噪声")
    for loop, is_admitted in ways:
        make.standard(of=noise, loop=loop, is_admitted=is_admitted)
    make.standard(of=make.category("犬吠"), loop="grid")
    if ways:  # of other days
        make.standard(of=noise, loop="grid", valid_from=date(2026, 11, 21))
        make.standard(of=noise, loop="grid", valid_to=date(2026, 11, 19))
    case = workflow.report(
        by=office.worker, grid=office.unit, category=noise, title="吵", source="patrol", at=NOW
    )

    assert may(case, "solve", office.worker) is may_solve


@pytest.mark.parametrize(("first", "last"), [("2026-11-20", None), ("2020-01-01", "2026-11-20")])
def test_a_standard_counts_on_its_first_and_on_its_last_day(office, first, last):
    noise = make.category("噪声")
    days = {"valid_from": first, "valid_to": last}
    standard = make.standard(of=noise, loop="street", **days)
    standard.refresh_from_db()
    case = workflow.report(
        by=office.worker, grid=office.unit, category=noise, title="吵", source="patrol", at=NOW
    )

    assert not may(case, "solve", office.worker)
    for when in ("2026-11-19 23:59", "2026-11-21 00:00"):
        case = report(office, "2026-11-19 09:00")
        if (when < "2026-11-20") == (last is None):
            with pytest.raises(Refused):
                workflow.register(case, by=office.supervisor, standard=standard, at=at(when))
    workflow.register(case, by=office.supervisor, standard=standard, at=NOW)
    assert fresh(case).category == noise


@pytest.mark.parametrize(
    ("loop", "is_admitted", "is_urgent", "may_solve"),
    [
        ("grid", True, False, True),
        ("grid", False, False, False),
        ("community", True, False, False),
        ("grid", True, True, False),
    ],
)
def test_what_was_filed_is_solved_in_the_grid_as_its_standard_says(
    office, loop, is_admitted, is_urgent, may_solve
):
    standard = make.standard(loop=loop, is_admitted=is_admitted)
    case = report(office, standard=standard, is_urgent=is_urgent)

    assert may(case, "solve", office.worker) is may_solve


def test_the_limit_is_moved_until_the_second_before_it_passes(office):
    case = bring(office, Stage.HANDLING)
    due = case.due_at

    for step, person in (("pause", office.supervisor), ("ask_extension", office.handler)):
        assert may(case, step, person, due - SECOND)
        assert not may(case, step, person, due)
    unread = report(office)
    Case.objects.filter(pk=unread.pk).update(stage=Stage.REGISTERED)
    assert not may(unread, "pause", office.supervisor)


def test_a_pause_runs_to_the_second_of_its_cap(office):
    case = bring(office, Stage.HANDLING)
    cap = at("2026-11-20 14:00")
    workflow.pause(case, by=office.supervisor, reason="雨", until=cap, at=at("2026-11-20 11:00"))

    assert may(case, "resume", office.supervisor, cap - SECOND)
    assert not may(case, "pause", office.supervisor, cap - SECOND)
    assert not may(case, "ask_extension", office.handler, cap - SECOND)
    assert not may(case, "resume", office.supervisor, cap)
    assert may(case, "pause", office.supervisor, cap)


def test_a_pause_lasts_as_long_as_the_district_says(office):
    case = bring(office, Stage.HANDLING)
    CasePolicy.objects.create(district=make.district("370403"), pause_days=90)
    begin = at("2026-11-20 11:00")

    def pause(until):
        workflow.pause(case, by=office.supervisor, reason="雨", until=until, at=begin)

    for until in (begin, begin - SECOND, begin + 15 * DAY + SECOND):
        with pytest.raises(Refused):
            pause(until)
    CasePolicy.objects.create(district=make.district(), pause_days=3)
    with pytest.raises(Refused, match="3"):
        pause(begin + 3 * DAY + SECOND)
    pause(begin + 3 * DAY)

    row = Pause.objects.get()
    assert (row.started_at, row.until_at, row.reason, row.approved_by, row.due_before) == (
        begin,
        begin + 3 * DAY,
        "雨",
        office.supervisor,
        at("2026-11-20 15:30"),
    )
    (event,) = events(case, "pause")
    assert (event.note, event.data) == ("雨", {"until": (begin + 3 * DAY).isoformat()})


def test_as_many_extensions_as_the_district_allows(office):
    case = bring(office, Stage.HANDLING)
    CasePolicy.objects.create(district=make.district(), extensions_at_most=1)
    refused = workflow.ask_extension(
        case, by=office.handler, number=1, unit="working_hours", reason="等", at=NOW
    )
    assert not may(case, "ask_extension", office.second_handler)
    assert not may(case, "decide_extension", office.handler)
    workflow.decide_extension(refused, by=office.supervisor, granted=False, note="不", at=NOW)
    assert not may(case, "decide_extension", office.supervisor)
    assert may(case, "ask_extension", office.handler)
    extend(office, case, NOW)

    assert not may(case, "ask_extension", office.handler)
    CasePolicy.objects.update(extensions_at_most=2)
    assert may(case, "ask_extension", office.handler)


@pytest.mark.parametrize(
    ("number", "unit", "reason"),
    [
        (0, "working_hours", "等"),
        (1, "minutes", "等"),
        (1, "weeks", "等"),
        (1, "working_hours", " "),
    ],
)
def test_an_extension_without_its_words_is_not_asked_for(office, number, unit, reason):
    case = bring(office, Stage.HANDLING)

    with pytest.raises(Refused):
        workflow.ask_extension(
            case, by=office.handler, number=number, unit=unit, reason=reason, at=NOW
        )
    assert not case.extensions.exists()


def test_what_an_extension_leaves_on_record(office):
    case = bring(office, Stage.HANDLING)
    asked = workflow.ask_extension(
        case, by=office.handler, number="2", unit="working_hours", reason="长" * 400, at=NOW
    )
    workflow.decide_extension(asked, by=office.supervisor, granted=True, note="好" * 400, at=NOW)

    asked.refresh_from_db()
    assert (asked.number, asked.run, asked.reason, asked.asked_at) == (2, 1, "长" * 300, NOW)
    assert (asked.state, asked.decided_by, asked.decided_at, asked.decision_note) == (
        "granted",
        office.supervisor,
        NOW,
        "好" * 300,
    )
    assert events(case, "ask_extension")[0].data == {
        "extension": asked.pk,
        "asked": [2, "working_hours"],
    }
    (event,) = events(case, "decide_extension")
    assert event.data == {
        "extension": asked.pk,
        "granted": True,
        "number": 2,
        "unit": "working_hours",
        "tell": [office.handler.pk],
        "due_before": at("2026-11-20 15:30").astimezone(timezone.get_fixed_timezone(0)).isoformat(),
        "due_at": at("2026-11-20 17:30").astimezone(timezone.get_fixed_timezone(0)).isoformat(),
    }
    with pytest.raises(Refused):
        workflow.decide_extension(asked, by=office.dispatcher, granted=False, note="不", at=NOW)


def test_an_extension_is_not_granted_at_the_limit_itself(office):
    case = bring(office, Stage.HANDLING)
    words = {"number": 2, "unit": "working_hours", "reason": "等"}
    asked = workflow.ask_extension(case, by=office.handler, at=NOW, **words)

    with pytest.raises(Refused):
        workflow.decide_extension(asked, by=office.supervisor, granted=True, at=case.due_at)
    asked.refresh_from_db()
    assert asked.state == "waiting"
    workflow.decide_extension(asked, by=office.supervisor, granted=True, at=case.due_at - SECOND)
    assert fresh(case).due_at == at("2026-11-20 17:30")


def test_fourteen_days_to_the_second(office):
    case, rated = bring(office, Stage.CLOSED), bring(office, Stage.CLOSED)
    end = at("2026-12-04 11:30")

    assert may(case, "reopen", office.leader, end)
    assert not may(case, "reopen", office.leader, end + SECOND)
    words = {"by": office.worker, "rating": 2, "is_solved": False}
    workflow.evaluate(case, at=end, **words)
    workflow.evaluate(rated, at=end + SECOND, **words)
    assert (fresh(case).stage, fresh(rated).stage) == (Stage.REGISTERED, Stage.EVALUATED)


@pytest.mark.parametrize(
    ("rating", "is_solved", "stage"),
    [
        (0, True, None),
        (6, True, None),
        (3, False, None),
        (1, True, Stage.EVALUATED),
        (5, True, Stage.EVALUATED),
        (2, False, Stage.REGISTERED),
        (1, False, Stage.REGISTERED),
    ],
)
def test_ratings_from_one_to_five_and_unsolved_from_two_down(office, rating, is_solved, stage):
    case = bring(office, Stage.CLOSED)

    def rate():
        words = {"rating": rating, "is_solved": is_solved, "note": "评" * 400}
        workflow.evaluate(case, by=office.worker, at=NOW, **words)

    if stage is None:
        with pytest.raises(Refused):
            rate()
        assert fresh(case).stage == Stage.CLOSED
        return
    rate()
    found = fresh(case)
    assert found.stage == stage
    if stage == Stage.EVALUATED:
        assert (found.rating, found.rating_note) == (rating, "评" * 300)
    assert events(case, "evaluate")[0].data == {"rating": rating}


def test_who_rates(office):
    case, by_nobody = bring(office, Stage.CLOSED), bring(office, Stage.CLOSED)
    Case.objects.filter(pk=by_nobody.pk).update(reporter=None)

    assert may(case, "evaluate", office.worker)
    assert not may(case, "evaluate", office.leader)
    assert may(by_nobody, "evaluate", office.leader)
    Staff.objects.filter(pk=office.worker.pk).update(is_active=False)
    assert may(case, "evaluate", office.leader)  # who reported it has left
    CaseEvent.objects.create(case=case, kind="finish_help", by=office.leader, at=NOW)
    assert not may(case, "evaluate", office.leader)


def test_what_a_reopened_case_begins_anew_and_what_it_keeps_in_its_story(office):
    case = bring(office, Stage.FEEDBACK)
    words = {"result": "passed_on", "passed_to": "燃气公司", "note": "转走"}
    workflow.verify(case, by=office.supervisor, passed=True, at=at("2026-11-20 11:30"), **words)
    assert (case.result, case.passed_to, case.result_note) == ("passed_on", "燃气公司", "转走")
    workflow.evaluate(case, by=office.worker, rating=4, at=at("2026-11-20 11:40"))
    Case.objects.filter(pk=case.pk).update(returns=2, decider=office.dispatcher)
    workflow.reopen(case, by=office.supervisor, reason="又坏了", at=NOW)

    found = fresh(case)
    assert (found.run, found.registered_at, found.returns, found.rating) == (
        2,
        at("2026-11-20 10:00"),
        0,
        None,
    )
    empty = "result", "result_note", "passed_to", "rating_note", "closing_light"
    assert {getattr(found, name) for name in empty} == {""}
    gone = "department", "handler", "decider", "closed_at"
    assert {getattr(found, name) for name in gone} == {None}
    (event,) = events(case, "reopen")
    assert event.note == "又坏了"
    assert event.data == {
        "result": "passed_on",
        "closing_light": "green",
        "rating": 4,
        "closed_at": "2026-11-20T03:30:00+00:00",
        "department": office.department.pk,
        "handler": office.handler.pk,
        "passed_to": "燃气公司",
    }


def test_what_was_solved_on_the_spot_is_opened_as_a_report(office):
    make.standard(of=office.standard.category, loop="grid")
    case = report(office)
    workflow.solve(case, by=office.worker, note="清" * 400, at=at("2026-11-20 09:30"))
    assert (case.loop, case.result, case.result_note) == (Loop.GRID, "fixed", "清" * 300)
    assert (case.handler, case.registered_at) == (office.worker, None)
    workflow.reopen(case, by=office.supervisor, reason="没清", at=NOW)

    found = fresh(case)
    assert (found.stage, found.registered_at, found.run) == (Stage.REPORTED, None, 2)
    assert [event.kind for event in case.events.order_by("pk")] == ["report", "solve", "reopen"]


@pytest.mark.parametrize(
    ("result", "words", "is_right"),
    [
        ("", {}, True),
        ("fixed", {"passed_to": "燃气公司"}, True),
        ("answered", {}, False),
        ("closed_not_fixed", {}, False),
        ("closed_not_fixed", {"note": "无主"}, True),
        ("passed_on", {"note": "无主"}, False),
        ("passed_on", {"passed_to": "燃" * 200}, True),
    ],
)
def test_how_a_case_is_closed(office, result, words, is_right):
    case = bring(office, Stage.FEEDBACK)

    def close():
        workflow.verify(case, by=office.supervisor, passed=True, result=result, at=NOW, **words)

    if not is_right:
        with pytest.raises(Refused):
            close()
        return
    close()
    found, (event,) = fresh(case), events(case, "verify")
    assert found.result == (result or "fixed")
    assert found.passed_to == ("燃" * 120 if result == "passed_on" else "")
    passed = {"passed_to": "燃" * 200} if result == "passed_on" else {}
    assert event.data == {"result": result or "fixed"} | passed


def test_what_is_asked_for_at_a_stage_ends_with_it(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    for each in (case, other):
        workflow.ask_extension(
            each, by=office.handler, number=1, unit="working_hours", reason="等", at=NOW
        )
        for department in (parks(), make.department("水务局", line="water")):
            workflow.ask_help(each, by=office.head, department=department, task="协助", at=NOW)
    workflow.send_back(case, by=office.handler, reason="不归", at=NOW)

    def state(one):
        (extension,) = one.extensions.all()
        helps = one.helps.order_by("pk").values_list("done_at", "done_by")
        return extension.state, extension.decided_at, list(helps)

    assert state(case) == ("refused", NOW, [(None, None)] * 2)
    assert state(other) == ("waiting", None, [(None, None)] * 2)
    later = NOW + SECOND
    workflow.dispatch(case, by=office.supervisor, to=parks(), at=later)
    ended = later, office.supervisor.pk
    assert state(case) == ("refused", NOW, [ended, (None, None)])
    workflow.merge(case, by=office.supervisor, into=other, at=later + SECOND)
    assert state(case) == ("refused", NOW, [ended, (later + SECOND, office.supervisor.pk)])
    assert state(other) == ("waiting", None, [(None, None)] * 2)


def test_filing_ends_the_check_of_that_case_and_keeps_an_answer(office):
    case, other, looked = report(office), report(office), report(office)
    checks = [
        workflow.ask_check(
            one, by=office.supervisor, worker=office.colleague, question="问" * 300, at=NOW
        )
        for one in (case, other, looked)
    ]
    workflow.answer_check(checks[2], by=office.colleague, is_so=False, note="无" * 400, at=NOW)
    for one in (case, looked):
        workflow.register(one, by=office.supervisor, standard=office.standard, at=NOW + SECOND)

    for check in checks:
        check.refresh_from_db()
    assert [check.answered_at for check in checks] == [NOW + SECOND, None, NOW]
    assert [check.is_so for check in checks] == [None, None, False]
    assert (checks[0].question, checks[2].note) == ("问" * 200, "无" * 300)
    assert events(looked, "ask_check")[0].data == {
        "check": checks[2].pk,
        "worker": office.colleague.pk,
        "tell": [office.colleague.pk],
    }
    assert events(looked, "answer_check")[0].data == {
        "check": checks[2].pk,
        "is_so": False,
        "tell": [office.supervisor.pk],
    }


def test_an_answer_that_it_is_not_so_says_what_was_seen_and_comes_once(office):
    case = report(office)
    check = workflow.ask_check(case, by=office.supervisor, worker=office.colleague, at=NOW)

    assert not may(case, "ask_check", office.leader)
    assert may(case, "answer_check", office.colleague)
    assert may(case, "answer_check", office.leader)  # whoever files may enter it
    assert not may(case, "answer_check", office.worker)
    with pytest.raises(Refused):
        workflow.answer_check(check, by=office.colleague, is_so=False, note=" ", at=NOW)
    workflow.answer_check(check, by=office.colleague, is_so=True, at=NOW)
    assert not may(case, "answer_check", office.colleague)
    assert not may(case, "answer_check", office.leader)
    again = workflow.ask_check(case, by=office.supervisor, worker=office.worker, at=NOW)
    with pytest.raises(Refused):  # the first one was answered
        workflow.answer_check(check, by=office.leader, is_so=False, note="无", at=NOW)
    again.refresh_from_db()
    assert again.answered_at is None


@pytest.mark.parametrize(
    ("closed", "registered", "drawn"),
    [
        ("2026-11-16 23:59", True, False),
        ("2026-11-17 00:00", True, True),
        ("2026-11-19 23:59", True, True),
        ("2026-11-20 00:00", True, False),
        ("2026-11-18 12:00", False, True),
    ],
)
def test_the_lot_is_of_what_was_closed_in_the_three_days_before(office, closed, registered, drawn):
    CasePolicy.objects.create(district=make.district(), recheck_percent=100, call_back_percent=100)
    closed_at = at(closed)
    for stage, number in ((Stage.CLOSED, 1), (Stage.EVALUATED, 2), (Stage.REJECTED, 3)):
        case = report(office, "2026-11-16 09:00")
        Case.objects.filter(pk=case.pk).update(
            stage=stage,
            closed_at=closed_at,
            registered_at=closed_at if registered else None,
            result="" if stage == Stage.REJECTED else "fixed",
            title=str(number),
        )

    count = quality.draw_samples(date(2026, 11, 20))

    rows = Sample.objects.order_by("case").values_list("case__title", "kind", "drawn_on", "done_at")
    kind = "call_back" if registered else "recheck"
    assert list(rows) == (
        [(title, kind, date(2026, 11, 20), None) for title in "12"] if drawn else []
    )
    assert count == len(rows)
    assert quality.draw_samples(date(2026, 11, 20)) == 0


@pytest.mark.parametrize(
    ("percent", "least", "most"), [(0, 0, 0), (None, 0, 12), (50, 8, 32), (100, 40, 40)]
)
def test_the_lot_takes_its_share_of_each_district(office, percent, least, most):
    if percent is not None:
        CasePolicy.objects.create(
            district=make.district(), recheck_percent=percent, call_back_percent=0
        )
    CasePolicy.objects.create(
        district=make.district("370403"), recheck_percent=100 - (percent or 0)
    )
    row = report(office, "2026-11-16 09:00")
    Case.objects.bulk_create(
        Case(
            district_id=row.district_id, grid_id=row.grid_id, category_id=row.category_id,
            title="扫", source="patrol", number=f"N{n}", reported_at=NOW, stage_since=NOW,
            stage=Stage.CLOSED, result="fixed", closed_at=at("2026-11-19 12:00"),
        )
        for n in range(40)
    )  # fmt: skip

    assert least <= quality.draw_samples(date(2026, 11, 20)) <= most


def test_a_sample_is_looked_at_once_by_somebody_else_and_says_what_was_found(office):
    case = bring(office, Stage.CLOSED)
    rows = {
        kind: case.samples.create(kind=kind, drawn_on=date(2026, 11, 20))
        for kind in ("recheck", "call_back")
    }
    by = {"by": office.supervisor, "at": NOW}

    for words in ({"finding": "unreached"}, {"finding": "bad", "note": " "}, {"finding": "odd"}):
        with pytest.raises(Refused):
            workflow.recheck(rows["recheck"], **words, **by)
    with pytest.raises(Refused):
        workflow.recheck(rows["call_back"], finding="good", **by)
    workflow.recheck(rows["recheck"], finding="good", note="好" * 400, **by)
    assert not may(case, "recheck", office.leader)
    assert may(case, "call_back", office.clerk)
    workflow.call_back(rows["call_back"], finding="unreached", **by)

    for kind, finding, note in (("recheck", "good", "好" * 300), ("call_back", "unreached", "")):
        row = rows[kind]
        row.refresh_from_db()
        assert (row.finding, row.note, row.done_by, row.done_at) == (
            finding,
            note,
            office.supervisor,
            NOW,
        )
        assert events(case, kind)[0].data == {"sample": row.pk, "finding": finding}
    assert fresh(case).stage == Stage.CLOSED


def test_a_bad_finding_opens_the_case_until_the_second_of_the_fourteenth_day(office):
    end = at("2026-12-04 11:30")
    for when, stage in ((end, Stage.REGISTERED), (end + SECOND, Stage.CLOSED)):
        case = bring(office, Stage.CLOSED)
        sample = case.samples.create(kind="recheck", drawn_on=date(2026, 11, 20))
        workflow.recheck(sample, by=office.supervisor, finding="bad", note="没修", at=when)
        assert fresh(case).stage == stage
        assert {event.note for event in events(case, "recheck")} == {"没修"}


def test_a_moment_before_the_last_step_counts_as_that_step(office):
    case = bring(office, Stage.HANDLING)

    assert moves.lock(case, "urge", by=office.supervisor, at=at("2026-11-20 10:00")) == at(
        "2026-11-20 10:10"
    )
    workflow.feed_back(case, by=office.handler, note="好", at=at("2026-11-20 09:00"))
    assert fresh(case).stage_since == at("2026-11-20 10:10")


def test_an_event_keeps_five_hundred_letters(office):
    case = bring(office, Stage.HANDLING)
    workflow.urge(case, by=office.supervisor, note="快" * 600, at=NOW)

    (event,) = events(case, "urge")
    assert (event.note, event.data, event.at) == ("快" * 500, {}, NOW)
    assert (event.from_stage, event.to_stage) == ("handling", "handling")


def test_an_urgent_case_is_told_at_once_and_another_within_the_minute(office):
    urgent, usual = report(office, is_urgent=True), report(office)

    assert events(urgent, "report")[0].notified_at
    assert events(usual, "report")[0].notified_at is None


def test_numbers_of_months_and_series():
    district = make.district()
    end = at("2026-11-30 23:59")

    assert [numbers.take(district, when) for when in (end, end, end + 60 * SECOND)] == [
        "370402-2611-00001",
        "370402-2611-00002",
        "370402-2612-00001",
    ]
    assert numbers.take(district, end, series="D", digits=4) == "370402-D2611-0001"
    assert numbers.take(make.district("370403"), end) == "370403-2611-00001"


def test_who_reports_what(office):
    words = {"grid": office.unit, "category": office.standard.category, "title": "坏", "at": NOW}

    by_head = workflow.report(by=office.head, source="patrol", **words)
    by_worker = workflow.report(by=office.worker, source="patrol", **words)
    by_nobody = workflow.report(by=None, source="resident", **words)
    make.posting(office.head, "supervisor", make.street())
    as_both = workflow.report(by=office.head, source="patrol", **words)

    assert [one.source for one in (by_head, by_worker, by_nobody, as_both)] == [
        Source.DEPARTMENT,
        "patrol",
        "resident",
        "patrol",
    ]
    assert [one.reporter for one in (by_worker, by_nobody)] == [office.worker, None]
    city_wide = make.staff("administrator", make.district())
    stranger = make.staff("grid_worker", make.unit("370403001028001"))
    for person in (city_wide, stranger):
        with pytest.raises(Refused):
            workflow.report(by=person, source="patrol", **words)
    assert by_worker.reported_at == by_worker.stage_since == NOW


@pytest.mark.parametrize(
    ("loop", "is_urgent", "standard_is", "found"),
    [
        ("grid", False, False, ("grid", False)),
        ("grid", True, False, ("street", True)),
        ("community", False, True, ("street", True)),
        ("district", True, True, ("district", True)),
    ],
)
def test_which_way_a_report_goes(office, loop, is_urgent, standard_is, found):
    standard = make.standard(loop=loop, is_urgent=standard_is)
    case = report(office, standard=standard, is_urgent=is_urgent)
    later = report(office, is_urgent=is_urgent)
    workflow.register(later, by=office.supervisor, standard=standard, at=NOW)

    for one in (case, fresh(later)):
        assert (one.loop, one.is_urgent) == found
        assert one.companion == (office.worker if found[1] else None)


def test_who_stays_with_an_urgent_case(office):
    away = make.staff("grid_worker", make.unit("370402001028002"))
    earlier = make.staff("grid_worker", office.unit, since=date(2019, 1, 1))
    gone = make.staff("grid_worker", office.unit, since=date(2018, 1, 1), is_active=False)
    above = make.staff("grid_worker", make.community(), since=date(2017, 1, 1))

    def stays(grid, reporter):
        return routing.companion_for(grid, reporter, NOW)

    assert stays(office.unit, office.colleague) == office.colleague
    for reporter in (None, away, gone, office.leader):
        assert stays(office.unit, reporter) == earlier
    assert stays(make.community(), None) == above
    assert stays(make.street(), None) is None


def test_a_merged_report_leaves_its_words_on_both(office):
    case, into = report(office, title="井盖"), report(office, by=office.colleague)
    earlier = report(office, by=office.clerk)
    workflow.support(case, by=office.leader, note="同" * 400, at=NOW)
    workflow.support(case, by=office.colleague, at=NOW)
    workflow.support(into, by=office.leader, note="先", at=NOW)
    workflow.merge(earlier, by=office.supervisor, into=case, at=NOW)
    workflow.merge(case, by=office.supervisor, into=into, note="一样", at=NOW + SECOND)

    found = fresh(case)
    assert (found.stage, found.merged_into, found.result_note) == (
        Stage.REJECTED,
        into,
        f"并入{into.number}继续办理。",
    )
    assert fresh(earlier).merged_into == into
    joined = CaseSupporter.objects.filter(case=into).values_list("staff", "note", "at")
    # the one who reported `into` follows it anyway, and nobody joins twice
    assert set(joined) == {
        (office.leader.pk, "先", NOW),
        (office.clerk.pk, f"{earlier.number} {earlier.title}", NOW),
        (office.worker.pk, f"{case.number} 井盖", NOW + SECOND),
    }
    assert CaseSupporter.objects.get(case=case, staff=office.leader).note == "同" * 300
    (gone,), absorbed = events(case, "merge"), events(into, "absorb")
    assert (gone.note, gone.data) == (
        "一样",
        {"case": into.pk, "number": into.number, "department": None},
    )
    assert absorbed[-1].data == {"case": case.pk, "number": case.number}


def test_a_part_is_like_the_whole_but_for_what_was_said_of_it(office):
    home = make.household()
    whole = report(
        office, address="光明路", lon=117.5, lat=34.8, household=home, is_urgent=True,
        description="很多", source="visit",
    )  # fmt: skip
    noise = make.category("噪声")

    part = workflow.split(
        whole, by=office.supervisor, category=noise, title="长" * 90, description="另一件", at=NOW
    )

    same = (
        "district_id", "grid_id", "address", "lon", "lat", "source", "household_id",
        "reporter_id", "is_urgent", "companion_id",
    )  # fmt: skip
    found = fresh(part)
    assert [getattr(found, name) for name in same] == [getattr(whole, name) for name in same]
    assert (found.title, found.description, found.category) == ("长" * 80, "另一件", noise)
    assert (found.split_from, found.reported_at, found.stage_since, found.stage) == (
        whole,
        NOW,
        NOW,
        Stage.REPORTED,
    )
    assert events(part, "report")[0].data == {"case": whole.pk, "number": whole.number}
    assert events(whole, "split")[0].data == {"case": part.pk, "number": part.number}
    with pytest.raises(Refused):
        workflow.split(whole, by=office.supervisor, category=noise, title=" ", at=NOW)


def test_a_link_stands_in_both_stories(office):
    first, second = report(office), report(office)
    workflow.link(second, by=office.supervisor, other=first, note="同" * 300, at=NOW)

    (row,) = first.links.all()
    assert (row.other, row.note, row.by, row.at) == (second, "同" * 200, office.supervisor, NOW)
    assert events(first, "link")[0].data == {"case": second.pk, "number": second.number}
    assert events(second, "link")[0].data == {"case": first.pk, "number": first.number}
    for pair in ((first, second), (second, first), (first, first)):
        with pytest.raises(Refused):
            workflow.link(pair[0], by=office.supervisor, other=pair[1], at=NOW)
    assert len(events(first, "link")) == 1


def test_who_is_told_of_a_help_that_is_asked_for(office):
    case, water = bring(office, Stage.HANDLING), make.department("水务局", line="water")
    helpers = [make.staff(f"department_{role}", department=water) for role in ("handler", "head")]
    make.staff("department_handler", department=water, since=date(2026, 11, 21))
    help_ = workflow.ask_help(case, by=office.head, department=water, task="抽" * 400, at=NOW)

    assert (help_.task, help_.asked_by, help_.asked_at) == ("抽" * 300, office.head, NOW)
    data = events(case, "ask_help")[0].data
    assert sorted(data.pop("tell")) == sorted(person.pk for person in helpers)
    assert data == {"help": help_.pk, "department": water.pk}
    with pytest.raises(Refused):
        workflow.finish_help(help_, by=helpers[0], answer=" ", at=NOW)
    workflow.finish_help(help_, by=helpers[0], answer="抽" * 600, at=NOW)
    help_.refresh_from_db()
    assert (help_.answer, help_.done_by, help_.done_at) == ("抽" * 500, helpers[0], NOW)
    assert events(case, "finish_help")[0].data == {
        "help": help_.pk,
        "department": water.pk,
        "tell": [office.head.pk],
    }


# One degree of latitude is 111,195 m on a globe of 6,371 km.
def north(metres):
    return 34.8 + metres / 111_195


def test_what_lies_within_fifty_metres_of_a_point(office):
    at_point = {"lon": 117.5, "lat": 34.8}
    here = report(office, **at_point)
    rows = {
        metres: report(office, lon=117.5, lat=north(metres)) for metres in (-49, 10, 49, 51, 200)
    }
    east = report(office, lon=117.5 + 49 / (111_195 * 0.82115), lat=34.8)
    far_east = report(office, lon=117.5 + 51 / (111_195 * 0.82115), lat=34.8)
    over_there = report(office, grid=make.unit("370402001027001"), lon=117.5, lat=north(20))
    closed = report(office, **at_point)
    Case.objects.filter(pk=closed.pk).update(stage="rejected", closed_at=NOW)

    near = list(joint_work.nearby(here))
    assert [one.pk for one in near[:1]] == [rows[10].pk]
    assert {one.pk for one in near} == {rows[10].pk, rows[49].pk, rows[-49].pk, east.pk}
    assert [round(one.distance) for one in near] == [10, 49, 49, 49]
    assert keys(joint_work.nearby(here, 60)) >= {rows[51].pk, far_east.pk}
    for missing in ({"lon": None}, {"lat": None}):
        Case.objects.filter(pk=here.pk).update(**at_point | missing)
        assert not joint_work.nearby(fresh(here)).exists()
    found = keys(joint_work.similar(here.category, office.unit, at=NOW, **at_point))
    assert found == {one.pk for one in near} | {over_there.pk}


def test_what_may_be_the_same_matter(office):
    home, other_home = make.household(), make.household()
    day_ago = NOW - DAY
    rows = {
        "now": {"when": NOW},
        "older": {"when": day_ago + SECOND},
        "a day ago": {"when": day_ago},
        "later": {"when": NOW + SECOND},
        "with point": {"when": NOW, "lon": 117.5, "lat": 34.8},
        "home": {"when": NOW, "household": home},
        "home with point": {"when": NOW, "household": home, "lon": 1.0, "lat": 1.0},
        "other home": {"when": NOW, "household": other_home},
        "other grid": {"when": NOW, "grid": make.unit("370402001028002")},
    }
    for title, fields in rows.items():
        when = timezone.localtime(fields.pop("when"))
        report(office, f"{when:%Y-%m-%d %H:%M:%S}", title=title, **fields)
    noise = report(office, title="noise")
    Case.objects.filter(pk=noise.pk).update(category=make.category("噪声"), reported_at=NOW)

    def similar(**place):
        found = joint_work.similar(office.standard.category, office.unit, at=NOW, **place)
        return {one.title for one in found}

    assert similar() == {"now", "older", "home", "other home"}
    assert similar(household=home) == {"home", "home with point"}
    assert similar(lon=117.5, lat=34.8) == {"with point"}
    assert similar(lon=117.5, lat=34.8, household=home) == {
        "with point",
        "home",
        "home with point",
    }
    assert similar(lon=117.5) == similar()


def test_the_other_cases_of_a_household_are_the_latest_first(office):
    home = make.household()
    old, case, new = (report(office, f"2026-11-20 09:0{n}", household=home) for n in range(3))
    report(office, household=make.household())
    lone = report(office)

    assert list(joint_work.of_household(case)) == [new, old]
    assert not joint_work.of_household(lone).exists()


def test_the_most_urgent_that_somebody_sees_are_chosen(office, monkeypatch):
    late, soon = bring(office, Stage.HANDLING, day="2026-11-19"), bring(office, Stage.HANDLING)
    dateless = report(office)
    foreign = report(office, grid=make.unit("370402002001001"))
    asked = [one.pk for one in (dateless, soon, late, foreign)]

    assert bulk.chosen(office.leader, asked) == [late, soon, dateless]
    assert bulk.chosen(office.leader, asked[:1]) == [dateless]
    monkeypatch.setattr(bulk, "AT_MOST", 2)
    assert bulk.chosen(office.leader, asked) == [late, soon]
    assert bulk.offered_to(office.leader) == ["dispatch", "urge"]
    assert bulk.offered_to(office.handler) == bulk.offered_to(office.worker) == []


def test_reasons_are_counted_the_most_frequent_first():
    found = bulk.Sorted(refused=[(None, "a"), (None, "b"), (None, "b")])

    assert found.reasons() == [("b", 2), ("a", 1)]


def test_departments_are_offered_by_how_many_of_the_cases_they_serve(office):
    there = make.department("街道办", make.street("370402002"))
    here = make.department("中心街办", make.street())
    make.department("已撤", is_active=False)
    make.department("外区", make.district("370403"))
    cases = [report(office), report(office), report(office, grid=make.unit("370402002001001"))]

    assert bulk.departments_for(cases) == [(office.department, 3), (here, 2), (there, 1)]
    assert bulk.departments_for(cases[:2]) == [(office.department, 2), (here, 2)]


def test_who_urges_many_urges_each_once_since_the_question(office):
    first, second, third = (bring(office, Stage.HANDLING) for _ in range(3))
    before = timezone.now()
    workflow.urge(first, by=office.supervisor, note="快", at=before)
    workflow.urge(second, by=office.leader, note="快", at=before)
    workflow.urge(third, by=office.supervisor, note="快", at=before - SECOND)

    found = bulk.urge([first, second, third], by=office.supervisor, note="快", since=before)

    assert found.done == [second, third]
    assert [case for case, _why in found.refused] == [first]


def slip(case, **fields):
    fields = {
        "colour": "red",
        "issued_at": NOW,
        "issued_by": case.reporter,
        "number": f"S{SupervisionSlip.objects.count()}",
    } | fields
    return SupervisionSlip.objects.create(case=case, **fields)


def test_states_of_slips(office):
    case = bring(office, Stage.HANDLING)
    waiting = slip(case, answer_due_at=NOW + SECOND)
    overdue = slip(case, answer_due_at=NOW)
    endless = slip(case, answer_due_at=None)
    answered = slip(case, answer_due_at=NOW - DAY, answered_at=NOW)

    rows = SupervisionSlip.objects.all()
    assert keys(slips.in_state(rows, "open", NOW)) == {waiting.pk, overdue.pk, endless.pk}
    assert keys(slips.in_state(rows, "overdue", NOW)) == {overdue.pk}
    assert keys(slips.in_state(rows, "answered", NOW)) == {answered.pk}
    assert [slips.state_of(one, NOW) for one in (waiting, overdue, endless, answered)] == [
        "open",
        "overdue",
        "open",
        "answered",
    ]


def test_slips_are_shown_page_after_page(office, monkeypatch):
    monkeypatch.setattr(slips, "PAGE", 2)
    case = bring(office, Stage.HANDLING)
    rows = [slip(case) for _ in range(5)][::-1]
    everything = SupervisionSlip.objects.all()

    assert slips.page_of(everything) == (rows[:2], rows[1].pk)
    assert slips.page_of(everything, before=rows[1].pk) == (rows[2:4], rows[3].pk)
    assert slips.page_of(everything, before=rows[3].pk) == (rows[4:], None)
    assert slips.page_of(everything.filter(pk__gte=rows[1].pk)) == (rows[:2], None)


def test_who_sees_and_who_answers_a_slip(office):
    case = bring(office, Stage.HANDLING)
    once = slip(case, department=office.department)
    at_desk = slip(bring(office, Stage.REGISTERED))
    theirs = slip(bring(office, Stage.REGISTERED), department=parks())
    Case.objects.filter(pk=case.pk).update(department=parks())
    gardener = make.staff("department_handler", department=parks())

    def sees(person):
        return keys(slips.visible_to(person))

    assert sees(office.supervisor) == {once.pk, at_desk.pk, theirs.pk}
    assert sees(office.handler) == {once.pk}
    assert sees(gardener) == {once.pk, theirs.pk}
    assert sees(make.staff("supervisor", make.street("370402002"))) == set()
    assert [slips.may_answer(one, office.handler) for one in (once, at_desk, theirs)] == [
        True,
        False,
        False,
    ]
    assert [slips.may_answer(one, office.supervisor) for one in (once, at_desk)] == [False, True]
    assert not slips.may_answer(at_desk, office.worker)


def test_a_slip_by_hand_and_its_answer_keep_what_fits(office):
    case = bring(office, Stage.HANDLING)
    for colour in ("green", ""):
        with pytest.raises(Refused):
            workflow.issue_slip(case, by=office.supervisor, colour=colour, text="快", at=NOW)
    row = workflow.issue_slip(case, by=office.supervisor, colour="blue", text="快" * 600, at=NOW)
    assert events(case, "issue_slip")[0].data == {
        "slip": row.pk,
        "colour": "blue",
        "slip_number": "370402-D2611-0001",
    }
    with pytest.raises(Refused):
        workflow.answer_slip(row, by=office.handler, text=" ", at=NOW)
    workflow.answer_slip(row, by=office.handler, text="因" * 1200, at=NOW)
    with pytest.raises(Refused):
        workflow.answer_slip(row, by=office.handler, text="又", at=NOW)

    row.refresh_from_db()
    assert (row.text, row.answer, row.answered_by, row.answered_at, row.run) == (
        "快" * 500,
        "因" * 1000,
        office.handler,
        NOW,
        1,
    )
    assert (row.issued_by, row.department) == (office.supervisor, office.department)
    # a day of eight working hours from Friday noon on
    assert row.answer_due_at == at("2026-11-23 14:00")


def test_a_case_is_locked_so_that_alarms_can_fire(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    with CaptureQueriesContext(connection) as one:
        workflow.urge(case, by=office.supervisor, note="快", at=NOW)
    with CaptureQueriesContext(connection) as two:
        workflow.link(other, by=office.supervisor, other=case, at=NOW)

    def locks(queries):
        return [
            query["sql"]
            for query in queries
            if "UPDATE" in query["sql"] and "SELECT" in query["sql"]
        ]

    assert len(locks(one)) == 1
    assert len(locks(two)) == 2
    assert {sql.rpartition(" FOR ")[2] for sql in locks(one) + locks(two)} == {"NO KEY UPDATE"}
    assert f"IN ({other.pk}, {case.pk}) ORDER BY" in locks(two)[0]


def test_a_responsibility_of_the_nearest_place_routes_and_else_the_line(office):
    case = report(office)
    line = make.standard(default_line="parks")
    garden, nothing = parks(), make.standard(default_line="")
    nearer = make.department("街道园林", make.street(), line="parks")

    def answers(standard):
        return routing.department_for(case.category, Grid.objects.get(pk=case.grid_id), standard)

    assert answers(None) is None
    assert answers(nothing) is None
    assert answers(line) == nearer
    nearer.is_active = False
    nearer.save()
    assert answers(line) == garden
