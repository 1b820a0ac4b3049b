"""A lease that runs out ends by itself; the community is asked once, and nobody is removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.models import Notification, StandIn
from residents import life
from residents.housing import lapsed_leases, leases
from residents.models import Dwelling, Household, Lease, Resident
from tests import factories

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)
NOTHING = {"ended": 0, "to_answer": 0, "messages": 0}
pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return factories.staff("community_staff", factories.community())


@pytest.fixture
def home():
    home = factories.dwelling(factories.unit(), use="rented")
    tenants = factories.household(home=home, head_name="赵租客")
    factories.resident(tenants, name="赵租客")
    return home


def lease(home, **fields):
    fields = {"state": "approved", "until": YESTERDAY} | fields
    if "household" not in fields:
        fields["household"] = home.households.first()
    since = fields["until"] - timedelta(days=364)
    return factories.lease(home, **{"since": since} | fields)


def sweep():
    return lapsed_leases.sweep(timezone.now())


def use_of(home):
    return Dwelling.objects.get(pk=home.pk).use


def test_a_lease_ends_with_its_last_day_and_the_dwelling_is_no_longer_let(home, clerk):
    gone = lease(home)
    still = lease(factories.dwelling(use="rented"), until=TODAY, household=None)

    assert sweep() == {"ended": 1, "to_answer": 1, "messages": 1}

    gone.refresh_from_db()
    still.refresh_from_db()
    assert (gone.ended_on, still.ended_on) == (YESTERDAY, None)
    assert (use_of(home), use_of(still.dwelling)) == ("lapsed", "rented")


def test_a_second_run_says_zeros_and_tells_nobody_again(home, clerk):
    lease(home)
    sweep()

    assert sweep() == NOTHING
    assert Notification.objects.count() == 1


def test_nobody_leaves_the_register(home, clerk):
    lease(home)

    sweep()

    assert Household.objects.get().ended_on is None
    assert Resident.objects.get().ended_on is None


def test_the_community_is_told_and_led_to_the_lease(home, clerk, client):
    worker = factories.staff("grid_worker", home.grid)
    leader = factories.staff("grid_leader", home.grid)
    factories.staff("community_staff", factories.community("370402001029", "别的社区"))
    factories.staff("community_staff", factories.street())
    one = lease(home)

    sweep()

    messages = Notification.objects.order_by("recipient_id")
    assert {note.recipient for note in messages} == {clerk, leader}
    assert not messages.filter(recipient=worker).exists()
    assert messages[0].url == reverse("residents:lease", args=[one.pk])
    assert "租约到期" in messages[0].title
    assert home.address in messages[0].body


def test_several_leases_are_one_message_that_leads_to_the_list(home, clerk):
    for number in range(7):
        lease(home, tenant_name=f"租客{number}")

    assert sweep() == {"ended": 7, "to_answer": 7, "messages": 1}

    note = Notification.objects.get()
    assert note.title.startswith("7份")
    assert note.url == reverse("residents:leases") + "?tab=lapsed"
    assert "另有2份" in note.body


def test_who_stands_in_for_the_absent_is_told(home, clerk):
    other = factories.staff()
    StandIn.objects.create(
        district_id=clerk.district_id,
        staff=clerk,
        stand_in=other,
        since=TODAY,
        until=TODAY,
        by=clerk,
    )
    lease(home)

    sweep()

    assert Notification.objects.get().recipient == other


def test_a_lease_that_waits_or_was_returned_does_not_run_out(home, clerk):
    lease(home, state="waiting")
    lease(home, state="returned", tenant_name="钱租客")

    assert sweep() == NOTHING


def test_a_renewed_lease_ends_in_silence_and_the_dwelling_stays_let(home, clerk):
    old = lease(home)
    lease(home, state="waiting", since=TODAY, until=TODAY + timedelta(days=300))

    assert sweep() == {"ended": 1, "to_answer": 0, "messages": 0}

    old.refresh_from_db()
    assert old.ended_on == YESTERDAY
    assert use_of(home) == "rented"


def test_a_dwelling_with_another_lease_in_force_stays_let(home, clerk):
    lease(home)
    lease(home, tenant_name="钱租客", household=None, until=TODAY)

    assert sweep()["to_answer"] == 1
    assert use_of(home) == "rented"


@pytest.mark.parametrize(("is_lived_in", "use"), [(False, "empty"), (True, "other")])
def test_tenants_who_are_known_to_have_left_need_no_answer(home, clerk, is_lived_in, use):
    tenants = home.households.get()
    lease(home, household=tenants)
    Household.objects.update(ended_on=YESTERDAY, end_reason="moved")
    if is_lived_in:
        factories.household(home=home, head_name="房东")

    assert sweep() == {"ended": 1, "to_answer": 0, "messages": 0}
    assert use_of(home) == use


def test_tenants_who_are_not_in_the_register_are_asked_about(clerk):
    home = factories.dwelling(use="rented")
    one = lease(home, household=None)

    assert sweep()["to_answer"] == 1
    assert use_of(home) == "lapsed"
    assert list(Lease.objects.unanswered()) == [one]
    Dwelling.objects.update(use="empty")
    assert not Lease.objects.unanswered().exists()


def test_a_use_that_a_person_gave_stays(home, clerk):
    Dwelling.objects.update(use="own")
    lease(home)

    sweep()

    assert use_of(home) == "own"


def test_the_history_says_why(home, clerk, client):
    one = lease(home)
    sweep()
    client.force_login(clerk)

    page = client.get(reverse("residents:lease", args=[one.pk])).content.decode()

    assert "租约到期" in page.split("</h1>")[1]


def test_a_renewal_answers(home, clerk):
    old = lease(home)
    sweep()
    colleague = factories.staff("grid_worker", home.grid)
    assert list(Lease.objects.unanswered()) == [old]

    new = leases.enter(
        home, by=colleague, facts=leases.renewed(old), household=home.households.get()
    )
    assert not Lease.objects.unanswered().exists()
    leases.approve(new, by=clerk)

    assert use_of(home) == "rented"
    assert sweep() == NOTHING


def test_an_older_lease_is_not_asked_about_again_once_its_renewal_ran_out(home, clerk):
    lease(home, until=TODAY - timedelta(days=400), ended_on=TODAY - timedelta(days=400))
    newer = lease(home, since=TODAY - timedelta(days=399))

    sweep()

    assert list(Lease.objects.unanswered()) == [newer]


def test_the_leave_form_answers_and_its_undo_asks_again(home, clerk):
    one = lease(home)
    sweep()
    tenants = home.households.get()

    life.leave(tenants, by=clerk, on=TODAY, members=list(tenants.residents.all()))
    assert use_of(home) == "empty"
    assert not Lease.objects.unanswered().exists()

    life.bring_back(tenants, by=clerk)
    assert use_of(home) == "lapsed"
    assert list(Lease.objects.unanswered()) == [one]


def test_a_dwelling_where_others_live_still_waits_to_be_checked(home, clerk):
    lease(home)
    factories.household(home=home, head_name="房东")
    sweep()
    tenants = home.households.get(head_name="赵租客")

    life.leave(tenants, by=clerk, on=TODAY, members=list(tenants.residents.all()))

    assert use_of(home) == "lapsed"


def test_a_move_away_answers_too(home, clerk):
    lease(home)
    sweep()
    tenants = home.households.get()
    place = {"address": "光明路9号"}

    life.move(tenants, by=clerk, on=TODAY, grid=home.grid, place=place)

    assert use_of(home) == "empty"


def test_the_page_leads_to_both_answers(home, clerk, client):
    one = lease(home)
    sweep()
    tenants = home.households.get()
    client.force_login(clerk)

    listed = client.get(reverse("residents:leases"), {"tab": "lapsed"})
    page = client.get(reverse("residents:lease", args=[one.pk])).content.decode()

    assert reverse("residents:lease", args=[one.pk]) in listed.content.decode()
    renew = reverse("residents:lease_renew", args=[one.pk])
    leave = reverse("residents:household_life", args=[tenants.pk, "leave"])
    assert renew in page
    assert leave in page
    assert client.get(renew).status_code == client.get(leave).status_code == 200
    client.force_login(factories.staff("supervisor", factories.community()))
    assert renew not in client.get(reverse("residents:lease", args=[one.pk])).content.decode()


def test_nobody_chooses_by_hand_that_a_lease_ran_out(home, clerk, client):
    client.force_login(clerk)
    page = reverse("residents:edit_dwelling", args=[home.pk])
    offered = dict(client.get(page).context["form"].fields["use"].choices)
    assert "lapsed" not in offered

    lease(home)
    sweep()

    assert "lapsed" in dict(client.get(page).context["form"].fields["use"].choices)


def test_many_leases_take_as_many_statements_as_one(clerk):
    lease(factories.dwelling(use="rented"), household=None)
    with CaptureQueriesContext(connection) as few:
        sweep()
    for number in range(20):
        lease(
            factories.dwelling(use="rented"),
            household=None,
            tenant_name=f"租客{number}",
        )
    with CaptureQueriesContext(connection) as many:
        assert sweep()["ended"] == 20

    assert len(many) == len(few)


def _sweep_and_close():
    try:
        return sweep()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_lease_in_somebodys_hands_is_ended_an_hour_later(home, clerk):
    lease(home)
    with transaction.atomic(), ThreadPoolExecutor(1) as beside:
        Dwelling.objects.select_for_update().get(pk=home.pk)
        assert beside.submit(_sweep_and_close).result() == NOTHING

    assert sweep()["ended"] == 1


def test_the_plan_of_the_building_counts_it_apart_from_those_that_are_let(home, clerk, client):
    lease(home)
    sweep()
    client.force_login(clerk)

    page = client.get(reverse("residents:building", args=[home.building_id]))

    total = page.context["total"]
    assert (total["rented"], total["lapsed"], total["empty"]) == (0, 1, 0)
    assert "租约到期待核实 1" in page.content.decode()
    assert "flat--lapsed" in page.content.decode()
