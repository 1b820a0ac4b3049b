"""Two people at one case at once, on two real connections."""

import threading
import uuid
from datetime import date

import pytest
from django.db import close_old_connections, connection, transaction

from cases import workflow
from cases.lateness import escalation
from cases.models import (
    Alarm,
    Case,
    CaseEvent,
    CasePolicy,
    Extension,
    Sample,
    Stage,
    SupervisionSlip,
)
from cases.telling import notices
from cases.workflow import quality
from grids.models import Notification
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, open_office, report

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run the calls at the same time, each on a connection of its own; their results or errors."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(60)
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_of_two_people_who_close_one_case_one_wins_and_the_other_is_refused():
    office = open_office()
    case = bring(office, Stage.FEEDBACK)

    def close(by):
        return lambda: workflow.verify(
            Case.objects.get(pk=case.pk), by=by, passed=True, at=at("2026-11-20 11:30")
        )

    results = at_once(close(office.leader), close(office.supervisor))

    assert [type(result) for result in results].count(Refused) == 1
    assert results.count(None) == 1
    assert CaseEvent.objects.filter(case=case, kind="verify").count() == 1


def fresh(case):
    return Case.objects.get(pk=case.pk)


def one_of_two(results, case, kind):
    assert [type(result) for result in results].count(Refused) == 1, results
    assert CaseEvent.objects.filter(case=case, kind=kind).count() == 1


def test_of_two_who_accept_one_case_one_has_it_in_hands():
    office = open_office()
    case = bring(office, Stage.DISPATCHED)

    results = at_once(
        *[
            lambda by=by: workflow.accept(fresh(case), by=by, at=at("2026-11-20 10:10"))
            for by in (office.handler, office.second_handler)
        ]
    )

    one_of_two(results, case, "accept")
    assert fresh(case).handler_id == CaseEvent.objects.get(kind="accept").by_id


def test_of_two_who_decide_after_the_second_return_one_decides():
    office = open_office()
    case, now = bring(office, Stage.DISPATCHED), at("2026-11-20 10:30")
    parks = factories.department("园林局", line="parks")
    workflow.send_back(case, by=office.handler, reason="不归我们管", at=now)
    workflow.dispatch(case, by=office.supervisor, to=office.department, at=now)
    workflow.send_back(case, by=office.handler, reason="不归我们管", at=now)
    words = {"by": office.dispatcher, "note": "由你单位承办", "at": now}

    results = at_once(
        *[
            lambda to=to: workflow.decide(fresh(case), to=to, **words)
            for to in (office.department, parks)
        ]
    )

    one_of_two(results, case, "decide")
    assert fresh(case).department_id in (office.department.pk, parks.pk)


def test_two_cases_merged_into_each_other_at_once_leave_one_that_goes_on():
    office = open_office()
    one, other = report(office), report(office, by=office.colleague)
    now = at("2026-11-20 10:30")

    results = at_once(
        lambda: workflow.merge(fresh(one), by=office.leader, into=fresh(other), at=now),
        lambda: workflow.merge(fresh(other), by=office.clerk, into=fresh(one), at=now),
    )

    assert [type(result) for result in results].count(Refused) == 1, results
    stages = sorted(fresh(case).stage for case in (one, other))
    assert stages == [Stage.REJECTED, Stage.REPORTED]
    assert CaseEvent.objects.filter(kind="merge").count() == 1


def test_of_two_who_merge_one_case_one_is_refused():
    office = open_office()
    case, into, another = (report(office) for _ in range(3))
    now = at("2026-11-20 10:30")

    results = at_once(
        lambda: workflow.merge(fresh(case), by=office.leader, into=fresh(into), at=now),
        lambda: workflow.merge(fresh(case), by=office.clerk, into=fresh(another), at=now),
    )

    one_of_two(results, case, "merge")
    assert CaseEvent.objects.filter(kind="absorb").count() == 1


def test_of_two_who_decide_on_an_extension_one_decides_and_the_limit_moves_once():
    office = open_office()
    case, now = bring(office, Stage.HANDLING), at("2026-11-20 10:30")
    extension = workflow.ask_extension(
        case, by=office.handler, number=4, unit="working_hours", reason="配件", at=now
    )

    results = at_once(
        *[
            lambda by=by: workflow.decide_extension(
                Extension.objects.get(pk=extension.pk), by=by, granted=True, at=now
            )
            for by in (office.head, office.supervisor)
        ]
    )

    one_of_two(results, case, "decide_extension")
    assert fresh(case).due_at == at("2026-11-23 10:30")


def test_somebody_who_adds_themselves_twice_at_once_is_there_once():
    office = open_office()
    case, now = report(office), at("2026-11-20 10:30")

    results = at_once(*[lambda: workflow.support(fresh(case), by=office.colleague, at=now)] * 2)

    one_of_two(results, case, "support")
    assert case.supporters.count() == 1


def test_samples_drawn_twice_at_once_are_drawn_once():
    office = open_office()
    CasePolicy.objects.create(district=factories.district(), recheck_percent=100)
    for _ in range(5):
        workflow.solve(report(office), by=office.worker, note="好了", at=at("2026-11-20 09:05"))

    results = at_once(*[lambda: quality.draw_samples(date(2026, 11, 21))] * 3)

    assert sum(results) == Sample.objects.count() == 5


def test_a_second_person_waits_for_the_first_and_then_sees_what_changed():
    office = open_office()
    case = bring(office, Stage.DISPATCHED)
    entered, leave = threading.Event(), threading.Event()
    seen = []

    def first():
        with transaction.atomic():
            workflow.accept(
                Case.objects.get(pk=case.pk),
                by=office.handler,
                at=at("2026-11-20 10:10"),
            )
            entered.set()
            seen.append(leave.wait(1))  # nobody can set it while this row is locked
        connection.close()

    def second():
        entered.wait(60)
        try:
            workflow.accept(
                Case.objects.get(pk=case.pk),
                by=office.second_handler,
                at=at("2026-11-20 10:11"),
            )
        except Refused as refusal:
            seen.append(refusal)
        leave.set()
        connection.close()

    threads = [threading.Thread(target=run) for run in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert seen[0] is False
    assert isinstance(seen[1], Refused)
    assert Case.objects.get(pk=case.pk).handler == office.handler


def test_one_report_sent_twice_at_once_is_one_case():
    office, key = open_office(), uuid.uuid4()
    report(office)  # the calendar and the month's number exist

    first, second = at_once(*[lambda: report(office, client_uuid=key)] * 2)

    assert first.pk == second.pk
    assert Case.objects.count() == 2


def test_reports_at_once_get_different_numbers():
    office = open_office()
    report(office)

    found = at_once(*[lambda: report(office).number] * 4)

    assert sorted(found) == [f"370402-2611-0000{number}" for number in (2, 3, 4, 5)]


def test_two_sweeps_at_once_fire_each_alarm_once():
    office = open_office()
    for _ in range(5):
        bring(office, Stage.HANDLING)
    now = at("2026-12-01 09:00")

    results = at_once(*[lambda: escalation.sweep(now)] * 3)

    assert sum(result["fired"] for result in results) == 25
    assert sum(result["slips"] for result in results) == SupervisionSlip.objects.count() == 20
    assert (
        sum(result["notices"] for result in results)
        == Notification.objects.filter(kind="case_alarm").count()
    )
    assert not Alarm.objects.filter(fired_at=None).exists()


def test_a_sweep_does_not_wait_for_a_person_who_holds_a_case():
    office = open_office()
    held, free = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    now = at("2026-11-20 15:30")
    results = []

    with transaction.atomic():
        workflow.pause(
            held,
            by=office.supervisor,
            reason="下雨",
            until=at("2026-11-24 09:00"),
            at=at("2026-11-20 15:00"),
        )

        def sweep():
            results.append(escalation.sweep(now))
            connection.close()

        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join(5)
        waited = thread.is_alive()

    thread.join(5)
    assert not waited
    assert results[0]["fired"] == 2
    assert set(Alarm.objects.exclude(fired_at=None).values_list("case", flat=True)) == {free.pk}


def test_a_sweep_fires_the_alarm_of_a_case_that_somebody_is_working_on():
    office = open_office()
    case = bring(office, Stage.HANDLING)
    results = []

    with transaction.atomic():
        workflow.urge(case, by=office.supervisor, note="请尽快", at=at("2026-11-20 15:00"))

        def sweep():
            results.append(escalation.sweep(at("2026-11-20 15:30")))
            connection.close()

        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join(5)
        waited = thread.is_alive()

    thread.join(5)
    assert not waited
    assert (results[0]["fired"], results[0]["slips"]) == (2, 1)


def test_news_announced_by_two_workers_at_once_is_told_once():
    office = open_office()
    bring(office, Stage.DISPATCHED)
    now = at("2026-11-20 10:06")

    results = at_once(*[lambda: notices.announce(now)] * 3)

    assert sum(results) == Notification.objects.count() > 0
    assert not CaseEvent.objects.filter(notified_at=None).exists()


@pytest.fixture(autouse=True)
def _close_connections():
    yield
    close_old_connections()
