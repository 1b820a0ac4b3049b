"""What people are told about the steps of a case: the right ones, once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import workflow
from cases.models import CaseEvent, Stage
from cases.steps.table import STEPS
from cases.telling import hearers, notices
from grids.models import Notification
from tests.cases.office import at, bring, report

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 12:00")


def told(office, *, after=None):
    """Who is told by the latest event alone."""
    CaseEvent.objects.filter(notified_at=None).exclude(pk=CaseEvent.objects.latest("id").pk).update(
        notified_at=NOW
    )
    Notification.objects.all().delete()
    notices.announce(NOW)
    names = {
        person.pk: name for name, person in vars(office).items() if hasattr(person, "username")
    }
    return sorted(names[key] for key in Notification.objects.values_list("recipient", flat=True))


def test_a_report_reaches_the_community(office):
    report(office)

    assert told(office) == ["clerk", "leader"]


def test_an_urgent_report_reaches_community_and_street_at_once(office):
    report(office, is_urgent=True)

    names = {office.clerk.pk, office.leader.pk, office.supervisor.pk}
    assert set(Notification.objects.values_list("recipient", flat=True)) == names
    assert set(Notification.objects.values_list("is_urgent", flat=True)) == {True}
    assert notices.announce(NOW) == 0


def test_a_dispatch_reaches_the_department(office):
    bring(office, Stage.DISPATCHED)

    assert told(office) == ["coordinator", "handler", "second_handler"]


def test_feedback_reaches_those_who_may_verify(office):
    bring(office, Stage.FEEDBACK)

    assert told(office) == ["clerk", "leader", "supervisor"]


def test_a_return_reaches_whoever_dispatched_and_the_dispatcher(office):
    case = bring(office, Stage.HANDLING)
    workflow.send_back(case, by=office.handler, reason="不归我们管", at=NOW)

    assert told(office) == ["dispatcher", "supervisor"]
    assert Notification.objects.first().body == "不归我们管"


def test_the_reporter_hears_that_the_case_is_closed_or_rejected(office):
    bring(office, Stage.CLOSED)
    assert told(office) == ["worker"]
    bring(office, Stage.REJECTED)
    assert told(office) == ["worker"]


def test_what_did_not_pass_reaches_the_handler(office):
    case = bring(office, Stage.FEEDBACK)
    workflow.verify(case, by=office.leader, passed=False, note="没修好", at=NOW)

    assert told(office) == ["coordinator", "handler"]


def test_the_answer_to_a_slip_reaches_whoever_issued_it(office):
    case = bring(office, Stage.HANDLING)
    slip = workflow.issue_slip(case, by=office.dispatcher, colour="red", text="请说明", at=NOW)
    assert told(office) == ["coordinator", "handler", "head", "second_handler"]

    workflow.answer_slip(slip, by=office.handler, text="配件未到", at=NOW)
    assert told(office) == ["dispatcher", "supervisor"]


def test_nobody_is_told_what_they_did_themselves(office):
    report(office, by=office.leader)

    assert told(office) == ["clerk"]


def test_news_is_told_once_and_nothing_is_left(office):
    bring(office, Stage.CLOSED)

    first, second = notices.announce(NOW), notices.announce(NOW)

    assert first == Notification.objects.count() > 0
    assert second == 0
    assert not CaseEvent.objects.filter(notified_at=None).exists()


def test_many_events_cost_as_many_statements_as_one(office):
    for _ in range(3):
        bring(office, Stage.FEEDBACK)

    with CaptureQueriesContext(connection) as queries:
        notices.announce(NOW)

    assert len(queries) == 2


def test_a_batch_that_is_full_is_followed_by_the_next(office, monkeypatch):
    monkeypatch.setattr(notices, "BATCH", 2)
    bring(office, Stage.FEEDBACK)

    notices.announce(NOW)

    assert not CaseEvent.objects.filter(notified_at=None).exists()


def test_a_message_leads_to_its_case(office):
    case = bring(office, Stage.DISPATCHED)
    notices.announce(NOW)

    message = Notification.objects.filter(kind="case_dispatch").first()
    assert message.url == case.get_absolute_url()
    assert case.number in message.title


def test_every_step_that_has_hearers_has_a_title():
    assert set(hearers.HEARERS) == set(notices.TITLES)
    assert set(hearers.HEARERS) - {"report", "slip_overdue", "absorb"} <= set(STEPS)
