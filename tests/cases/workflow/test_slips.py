"""Supervision slips: numbered without a gap, answered by whom they went to, asked for again when late."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import workflow
from cases.lateness import escalation
from cases.models import CaseEvent, CaseNumber, CasePolicy, Stage, SupervisionSlip
from cases.telling import notices
from cases.workflow import slips
from grids.models import Notification
from grids.refusal import Refused
from tests import factories
from tests.cases.lateness.test_escalation import DOUBLE, DUE, HALF
from tests.cases.office import at, bring

pytestmark = pytest.mark.django_db


def enter(client, person):
    client.force_login(person, "grids.auth.StaffBackend")
    return client


def test_numbers_go_on_without_a_gap_by_hand_and_by_the_system(office):
    first, second = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    by_hand = workflow.issue_slip(first, by=office.supervisor, colour="red", text="快办", at=DUE)
    escalation.sweep(HALF)
    last = workflow.issue_slip(second, by=office.supervisor, colour="red", text="快办", at=DOUBLE)

    assert by_hand.number == "370402-D2611-0001"
    assert last.number == "370402-D2611-0006"
    numbers = SupervisionSlip.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"370402-D2611-{n:04d}" for n in range(1, 7)]
    assert CaseNumber.objects.get(month="D2611").last == 6


def test_a_number_beyond_four_digits_is_not_cut(office):
    bring(office, Stage.HANDLING)
    CaseNumber.objects.create(district=factories.district(), month="D2611", last=12345)

    escalation.sweep(DUE)

    assert SupervisionSlip.objects.get().number == "370402-D2611-12346"


@pytest.mark.parametrize("hours", [2, 8, 20])
def test_an_answer_is_due_in_working_hours_by_hand_as_by_the_system(office, hours):
    case = bring(office, Stage.HANDLING)
    CasePolicy.objects.create(district=factories.district(), slip_answer_hours=hours)
    escalation.sweep(DUE)
    workflow.issue_slip(case, by=office.supervisor, colour="red", text="快", at=DUE)

    due = set(SupervisionSlip.objects.values_list("answer_due_at", flat=True))

    # Friday 15:30; the office closes at 17:30 and at noon
    assert due == {
        {
            2: at("2026-11-20 17:30"),
            8: at("2026-11-23 16:00"),
            20: at("2026-11-25 11:30"),
        }[hours]
    }


def test_the_department_answers_and_the_event_says_so(office, client):
    case = bring(office, Stage.HANDLING)
    escalation.sweep(DUE)
    slip = SupervisionSlip.objects.get()
    address = reverse("cases:slip", args=[slip.pk])

    assert enter(client, office.supervisor).post(address, {"text": "x"}).status_code == 403
    enter(client, office.handler)
    assert client.post(address, {"text": " "}).status_code == 422
    assert client.post(address, {"text": "配件未到，明天完成"}).status_code == 302

    slip.refresh_from_db()
    assert slip.answer == "配件未到，明天完成"
    assert slip.answered_by == office.handler
    event = CaseEvent.objects.get(case=case, kind="answer_slip")
    assert event.note == "配件未到，明天完成"
    assert client.post(address, {"text": "再来一次"}).status_code == 422


def test_a_slip_of_a_case_at_a_desk_is_answered_by_whoever_may_send_it_on(office, client):
    bring(office, Stage.REGISTERED)
    escalation.sweep(DUE)
    slip = SupervisionSlip.objects.get()

    assert slip.department is None
    with pytest.raises(Refused):
        workflow.answer_slip(slip, by=office.worker, text="不是我")
    workflow.answer_slip(slip, by=office.clerk, text="正在协调")
    assert slip.answered_by == office.clerk


def test_a_department_that_gave_the_case_back_still_reads_and_answers_its_slip(office, client):
    case = bring(office, Stage.HANDLING)
    escalation.sweep(DUE)
    workflow.send_back(case, by=office.handler, reason="不归我们", at=HALF)
    slip = SupervisionSlip.objects.get()
    enter(client, office.handler)

    page = client.get(reverse("cases:slip", args=[slip.pk]))

    assert page.status_code == 200
    assert case.get_absolute_url() not in page.content.decode()
    other = factories.staff(
        "department_handler", department=factories.department("园林局", line="parks")
    )
    assert enter(client, other).get(slip.get_absolute_url()).status_code == 404


def test_an_overdue_answer_is_told_once_more_to_the_supervisor(office):
    case = bring(office, Stage.HANDLING)
    escalation.sweep(DUE)
    notices.announce(DUE)
    Notification.objects.all().delete()
    late = at("2026-11-23 16:00")

    for moment in (late - timedelta(minutes=1), late, late, late + timedelta(days=2)):
        escalation.sweep(moment)
        notices.announce(moment)

    events = CaseEvent.objects.filter(case=case, kind="slip_overdue")
    notes = [event.note for event in events.order_by("id")]
    assert notes[0] == "370402-D2611-0001"
    assert len(notes) == len(set(notes)) > 1, "each slip once"
    assert events.order_by("id")[0].at == late
    first = Notification.objects.filter(kind="case_slip_overdue", body__endswith="0001")
    assert set(first.values_list("recipient", flat=True)) == {
        office.supervisor.pk,
        office.head.pk,
    }
    assert first.count() == 2


def test_an_overdue_answer_to_a_slip_by_hand_reaches_whoever_issued_it(office):
    case = bring(office, Stage.HANDLING)
    workflow.issue_slip(case, by=office.dispatcher, colour="red", text="x", at=DUE)

    escalation.sweep(at("2026-11-23 16:01"))
    notices.announce(DOUBLE)

    told = Notification.objects.filter(kind="case_slip_overdue")
    assert office.dispatcher.pk in told.values_list("recipient", flat=True)


def test_an_answered_slip_and_one_of_a_closed_case_are_not_asked_for_again(office):
    case, closed = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    escalation.sweep(DUE)
    for slip in SupervisionSlip.objects.filter(case=case):
        workflow.answer_slip(slip, by=office.handler, text="好", at=HALF)
    workflow.feed_back(closed, by=office.handler, note="好", at=HALF)
    workflow.verify(closed, by=office.supervisor, passed=True, at=HALF)

    escalation.sweep(at("2026-11-23 16:01"))

    overdue = CaseEvent.objects.filter(kind="slip_overdue")
    assert not overdue.filter(case=closed).exists()
    assert not overdue.filter(data__colour="blue").exists()


def test_the_list_shows_slips_by_state_within_scope(office, client):
    bring(office, Stage.HANDLING)
    escalation.sweep(DUE)
    slip = SupervisionSlip.objects.get()
    SupervisionSlip.objects.update(answer_due_at=DUE)
    address = reverse("cases:slips")
    stranger = factories.staff("supervisor", factories.street("370402002"))

    def shown(person, state):
        page = enter(client, person).get(address, {"state": state}).content.decode()
        return slip.number in page

    assert [shown(office.head, s) for s in ("open", "overdue", "answered")] == [
        True,
        True,
        False,
    ]
    assert not shown(stranger, "open")
    slips.answer_slip(slip, by=office.handler, text="好")
    assert [shown(office.head, s) for s in ("open", "overdue", "answered")] == [
        False,
        False,
        True,
    ]


def test_the_printed_slip_says_its_colour_number_and_what_is_demanded(office, client):
    case = bring(office, Stage.HANDLING)
    slip = workflow.issue_slip(case, by=office.supervisor, colour="red", text="立即处理")
    enter(client, office.head)

    page = client.get(slip.get_absolute_url()).content.decode()

    assert slip.number in page
    assert "slip--red" in page
    assert "书面说明" in page
