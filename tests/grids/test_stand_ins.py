"""顶岗: rights begin and end by date, and are never more than those of whoever is away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import workflow
from cases.lateness import escalation
from cases.models import CaseEvent, Stage
from grids.models import Notification, StandIn
from grids.people import stand_ins
from grids.refusal import Refused
from grids.scope import Scope
from tests import factories as make
from tests.cases.lateness.test_escalation import DUE
from tests.cases.office import bring, open_office

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def administrator():
    return make.staff("administrator", make.district())


@pytest.fixture
def appoint(administrator, today):
    def appoint(staff, stand_in, since=None, until=None, **options):
        return stand_ins.appoint(
            by=options.pop("by", administrator),
            staff=staff,
            stand_in=stand_in,
            since=since or today,
            until=until or today + 5 * DAY,
            **options,
        )

    return appoint


def rights_on(person, day):
    return Scope(person, list(person.postings_on(day)))


def test_rights_begin_and_end_by_date(appoint, today):
    away, colleague = make.staff("supervisor", make.street()), make.staff("grid_worker")
    appoint(away, colleague, today + DAY, today + 2 * DAY)

    may = [rights_on(colleague, today + n * DAY).has("case.dispatch") for n in range(4)]

    assert may == [False, True, True, False]
    assert rights_on(colleague, today + DAY).has("visit.log"), "the own work goes on"


def test_rights_are_never_more_than_those_of_whoever_is_away(appoint, today):
    away = make.staff("grid_worker", make.unit("370402001028002"))
    far = make.staff("supervisor", make.street("370402002"))
    colleague = make.staff("grid_worker", make.unit())
    appoint(away, colleague)
    appoint(far, away, today + 20 * DAY, today + 30 * DAY)  # not handed on

    scope = rights_on(colleague, today)

    assert {posting.staff_id for posting in scope.postings} == {away.pk, colleague.pk}
    assert not scope.has("case.dispatch")
    assert not rights_on(colleague, today + 25 * DAY).has("case.dispatch")


def test_a_stand_in_sees_works_and_signs_in_the_own_name(appoint, client):
    office = open_office()
    case = bring(office, Stage.DISPATCHED)
    colleague = make.staff("grid_worker", make.unit("370402001028002"))
    client.force_login(colleague, "grids.auth.StaffBackend")
    assert client.get(case.get_absolute_url()).status_code == 404
    appoint(office.handler, colleague)

    colleague.__dict__.pop("_scope", None)
    assert client.get(case.get_absolute_url()).status_code == 200
    workflow.accept(case, by=colleague)

    assert CaseEvent.objects.get(case=case, kind="accept").by == colleague


def test_the_messages_of_whoever_is_away_reach_the_stand_in(administrator):
    office = open_office()
    colleague = make.staff("grid_worker", make.unit("370402001028002"))
    day = timezone.localdate(DUE)
    stand_ins.appoint(
        by=administrator,
        staff=office.leader,
        stand_in=colleague,
        since=day,
        until=day + DAY,
        at=DUE - DAY,
    )
    bring(office, Stage.REGISTERED)

    escalation.sweep(DUE)

    told = set(Notification.objects.filter(kind="case_alarm").values_list("recipient", flat=True))
    assert colleague.pk in told
    assert office.leader.pk not in told


def test_both_are_told_and_told_again_when_it_ends(appoint, administrator):
    away, colleague = make.staff("grid_worker"), make.staff("grid_worker")

    made = appoint(away, colleague)
    assert set(Notification.objects.values_list("recipient", flat=True)) == {
        away.pk,
        colleague.pk,
    }
    stand_ins.end(made, by=administrator)

    assert Notification.objects.filter(kind="stand_in_end").count() == 2
    assert made.by == administrator


def test_what_has_begun_ends_yesterday_and_stays_on_record(appoint, today, administrator):
    away, colleague = make.staff("supervisor", make.street()), make.staff("grid_worker")
    made = appoint(away, colleague)
    StandIn.objects.update(since=today - 3 * DAY)
    made.refresh_from_db()

    stand_ins.end(made, by=administrator)

    assert StandIn.objects.get().until == today - DAY
    assert not rights_on(colleague, today).has("case.dispatch")
    with pytest.raises(Refused):
        stand_ins.end(StandIn.objects.get(), by=administrator)


def test_no_overlap_no_chain_nobody_for_themselves(appoint, today):
    anna, bert, carl = (make.staff("grid_worker") for _ in range(3))
    appoint(anna, bert, today, today + 5 * DAY)

    for staff, stand_in, since, until in [
        (anna, carl, today + 5 * DAY, today + 9 * DAY),  # anna has one already
        (carl, anna, today, today),  # anna is away
        (bert, carl, today + 3 * DAY, today + 4 * DAY),  # bert stands in for anna
        (carl, carl, today, today),
        (carl, bert, today + DAY, today),
        (carl, bert, today - 9 * DAY, today - DAY),
    ]:
        with pytest.raises(Refused):
            appoint(staff, stand_in, since, until)
    appoint(anna, carl, today + 6 * DAY, today + 9 * DAY)


def test_nobody_is_appointed_from_or_for_another_district(appoint):
    here = make.staff("grid_worker")
    there = make.staff("grid_worker", make.unit("520602003003001"))
    both = make.staff("grid_worker")
    make.posting(both, "supervisor", make.district("520602", "碧江区"))

    for staff, stand_in in [(here, there), (there, here), (both, here)]:
        with pytest.raises(Refused):
            appoint(staff, stand_in)


def test_the_page_appoints_and_ends(client, administrator, today):
    away, colleague = make.staff("grid_worker"), make.staff("grid_worker")
    client.force_login(administrator, "grids.auth.StaffBackend")
    address = reverse("grids:stand_ins")
    facts = {
        "staff": away.username,
        "stand_in": colleague.username,
        "since": today,
        "until": today,
    }

    assert client.post(address, facts | {"stand_in": away.username}).status_code == 422
    assert client.post(address, facts).status_code == 302
    made = StandIn.objects.get()
    assert made.by == administrator
    assert away.full_name in client.get(address).content.decode()
    client.post(reverse("grids:stand_in_end", args=[made.pk]))
    assert not StandIn.objects.exists()


def test_the_inbox_says_for_whom_one_stands_in(client, appoint):
    away, colleague = make.staff("grid_worker"), make.staff("grid_worker")
    appoint(away, colleague)

    def page(person):
        client.force_login(person, "grids.auth.StaffBackend")
        return client.get(reverse("grids:inbox")).content.decode()

    assert f"您正在为{away.full_name}顶岗至" in page(colleague)
    assert f"{colleague.full_name}为您顶岗至" in page(away)


@pytest.mark.parametrize("role", ["supervisor", "grid_worker", "auditor", "dispatcher"])
def test_only_an_administrator_appoints(client, role):
    client.force_login(make.staff(role, make.district()), "grids.auth.StaffBackend")

    assert client.get(reverse("grids:stand_ins")).status_code == 403
