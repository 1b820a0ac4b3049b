"""Two people at one case at once, on two real connections."""

import threading
import uuid

import pytest
from django.db import close_old_connections, connection, transaction

from cases import escalation, notices, workflow
from cases.models import Alarm, Case, CaseEvent, Stage, SupervisionSlip
from cases.workflow import Refused
from grids.models import Notification
from tests.cases.office import at, bring, open_office, report

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run the calls at the same time, each on a connection of its own; their results or errors."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(10)
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
        entered.wait(10)
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
    assert (
        sum(result["slips"] for result in results)
        == SupervisionSlip.objects.count()
        == 20
    )
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
    assert set(Alarm.objects.exclude(fired_at=None).values_list("case", flat=True)) == {
        free.pk
    }


def test_a_sweep_fires_the_alarm_of_a_case_that_somebody_is_working_on():
    office = open_office()
    case = bring(office, Stage.HANDLING)
    results = []

    with transaction.atomic():
        workflow.urge(
            case, by=office.supervisor, note="请尽快", at=at("2026-11-20 15:00")
        )

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
