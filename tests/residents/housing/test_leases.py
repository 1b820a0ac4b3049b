"""Leases: two persons, counted changes, and a dwelling whose use follows."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from grids.models import Notification
from grids.refusal import Refused
from residents.housing import lapsed_leases, leases
from residents.models import Dwelling, Lease
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YEAR = timedelta(days=364)


@pytest.fixture
def clerk():
    return factories.staff("community_staff", factories.community())


@pytest.fixture
def colleague():
    return factories.staff("community_staff", factories.community())


@pytest.fixture
def home():
    return factories.dwelling(factories.unit(), use="own")


def facts(**others):
    return {
        "landlord_name": "刘房东",
        "landlord_phone": "13900000001",
        "landlord_present": True,
        "tenant_name": "赵租客",
        "tenant_phone": "13900000002",
        "area": 60,
        "rent": 900,
        "since": TODAY,
        "until": TODAY + YEAR,
        "note": "",
    } | others


def entered(home, by, **others):
    return leases.enter(home, by=by, facts=facts(**others))


def approved(home, by, second, **others):
    return leases.approve(entered(home, by, **others), by=second)


def use_of(home):
    return Dwelling.objects.get(pk=home.pk).use


def test_a_lease_waits_until_a_second_person_approves_it(home, clerk, colleague):
    lease = entered(home, clerk)
    assert lease.state == "waiting"
    assert use_of(home) == "own"

    lease = leases.approve(lease, by=colleague)

    assert (lease.state, lease.approved_by) == ("approved", colleague)
    assert use_of(home) == "rented"


def test_whoever_entered_a_lease_neither_approves_nor_returns_it(home, clerk):
    lease = entered(home, clerk)

    with pytest.raises(Refused):
        leases.approve(lease, by=clerk)
    with pytest.raises(Refused):
        leases.send_back(lease, by=clerk, reason="面积不对")

    assert Lease.objects.get().state == "waiting"


def test_the_database_refuses_one_person_twice_too(home, clerk):
    lease = entered(home, clerk)

    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.filter(pk=lease.pk).update(approved_by=clerk)


def test_who_changed_what_waits_does_not_approve_it_either(home, clerk, colleague):
    lease = entered(home, clerk)
    leases.change(lease, by=colleague, facts=facts(rent=1200))

    with pytest.raises(Refused):
        leases.approve(lease, by=colleague)

    assert leases.approve(lease, by=clerk).approved_by == clerk


def test_a_returned_lease_tells_who_entered_it_and_waits_again_once_changed(home, clerk, colleague):
    lease = leases.send_back(entered(home, clerk), by=colleague, reason="面积不对")
    assert lease.state == "returned"
    assert "面积不对" in Notification.objects.get(recipient=clerk).body

    leases.change(lease, by=clerk, facts=facts(area=61))

    lease = Lease.objects.get()
    assert (lease.state, lease.return_reason) == ("waiting", "")
    assert lease.special_edits == 0


def test_a_change_of_an_approved_lease_counts_and_is_approved_again(home, clerk, colleague):
    lease = approved(home, clerk, colleague)

    changed = leases.change(lease, by=clerk, facts=facts(rent=1000))

    lease = Lease.objects.get()
    assert changed == ["rent"]
    assert (lease.state, lease.special_edits, lease.approved_by) == ("waiting", 1, None)
    leases.change(lease, by=clerk, facts=facts(rent=1100))
    assert Lease.objects.get().special_edits == 1
    leases.approve(lease, by=colleague)
    leases.change(lease, by=clerk, facts=facts(rent=1200))
    assert Lease.objects.get().special_edits == 2


def test_saving_the_same_facts_changes_nothing(home, clerk, colleague):
    lease = approved(home, clerk, colleague)

    assert leases.change(lease, by=clerk, facts=facts()) == []
    assert Lease.objects.get().state == "approved"


def test_saying_which_household_the_tenant_is_needs_no_second_approval(home, clerk, colleague):
    lease = approved(home, clerk, colleague)
    tenants = factories.household(home=home, head_name="赵租客")

    leases.change(lease, by=clerk, facts=facts(), household=tenants)

    lease = Lease.objects.get()
    assert (lease.household, lease.state, lease.special_edits) == (
        tenants,
        "approved",
        0,
    )


def test_the_tenant_of_a_lease_lives_in_its_dwelling(home, clerk):
    elsewhere = factories.household(head_name="赵租客")

    with pytest.raises(Refused):
        leases.enter(home, by=clerk, facts=facts(), household=elsewhere)


def test_a_lease_ends_and_the_dwelling_is_empty_when_nobody_lives_there(home, clerk, colleague):
    tenants = factories.household(home=home, head_name="赵租客")
    lease = leases.enter(home, by=clerk, facts=facts(), household=tenants)
    leases.approve(lease, by=colleague)

    leases.end(lease, by=clerk, on=TODAY)

    assert Lease.objects.get().ended_on == TODAY
    assert use_of(home) == "empty"


def test_a_dwelling_with_another_household_or_lease_is_not_empty(home, clerk, colleague):
    lease = approved(home, clerk, colleague)
    other = approved(home, clerk, colleague, tenant_name="钱租客")
    leases.end(lease, by=clerk, on=TODAY)
    assert use_of(home) == "rented"
    factories.household(home=home, head_name="邻居")

    leases.end(other, by=clerk, on=TODAY)

    assert use_of(home) == "rented"


def test_a_lease_that_was_never_approved_is_withdrawn_and_the_use_stays(home, clerk):
    lease = entered(home, clerk, since=TODAY + timedelta(days=5))

    leases.end(lease, by=clerk, on=TODAY)

    assert use_of(home) == "own"
    with pytest.raises(Refused):
        leases.change(lease, by=clerk, facts=facts())


def test_a_lease_does_not_end_before_it_began_nor_in_the_future(home, clerk, colleague):
    lease = approved(home, clerk, colleague)

    for on in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Refused):
            leases.end(lease, by=clerk, on=on)


def test_the_last_day_is_not_before_the_first(home, clerk):
    with pytest.raises(Refused):
        entered(home, clerk, until=TODAY - timedelta(days=1))
    lease = entered(home, clerk)
    with pytest.raises(Refused):
        leases.change(lease, by=clerk, facts=facts(until=TODAY - timedelta(days=1)))


def test_the_same_lease_twice_is_refused_with_a_sentence(home, clerk):
    entered(home, clerk)

    with translation.override("zh-hans"), pytest.raises(Refused, match="租"):
        entered(home, clerk)


@pytest.mark.parametrize(
    ("since", "until", "next_since", "next_until"),
    [
        (date(2025, 3, 1), date(2026, 2, 28), date(2026, 3, 1), date(2027, 2, 28)),
        (date(2023, 3, 1), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28)),
        (date(2025, 7, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 6, 30)),
        (date(2024, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2027, 12, 31)),
        (date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 29)),
    ],
)
def test_a_renewal_begins_the_next_day_and_lasts_as_long(
    home, clerk, since, until, next_since, next_until
):
    lease = entered(home, clerk, since=since, until=until)

    proposed = leases.renewed(lease)

    assert (proposed["since"], proposed["until"]) == (next_since, next_until)
    assert proposed["tenant_name"] == "赵租客"
    assert proposed["landlord_present"] is False


def test_a_renewed_lease_is_over_once_it_has_run_out(home, clerk, colleague):
    old = approved(home, clerk, colleague, since=TODAY - YEAR, until=TODAY - timedelta(days=1))
    assert list(Lease.objects.running_out(TODAY)) == [old]

    new = leases.approve(leases.enter(home, by=clerk, facts=leases.renewed(old)), by=colleague)

    assert list(Lease.objects.live()) == [new]
    assert list(Lease.objects.over(TODAY)) == [old]
    assert list(Lease.objects.running_out(TODAY)) == []
    assert use_of(home) == "rented"


@pytest.mark.parametrize(("days", "is_listed"), [(-40, True), (0, True), (30, True), (31, False)])
def test_a_lease_is_listed_from_30_days_before_it_runs_out_until_it_is_ended(
    home, clerk, colleague, days, is_listed
):
    until = TODAY + timedelta(days=days)
    lease = approved(home, clerk, colleague, since=until - YEAR, until=until)

    assert Lease.objects.running_out(TODAY).exists() == is_listed

    leases.end(lease, by=clerk, on=TODAY)
    assert not Lease.objects.running_out(TODAY).exists()


def test_a_lease_that_waits_or_is_renewed_does_not_run_out(home, clerk, colleague):
    soon = TODAY + timedelta(days=5)
    entered(home, clerk, tenant_name="钱租客", until=soon)
    lease = approved(home, clerk, colleague, since=soon - YEAR, until=soon)
    leases.enter(home, by=clerk, facts=leases.renewed(lease))

    assert not Lease.objects.running_out(TODAY).exists()


# An open end


def test_a_lease_may_run_until_somebody_ends_it(home, clerk, colleague):
    long_ago = TODAY - timedelta(days=900)
    open_end = approved(home, clerk, colleague, since=long_ago, until=None)
    late = approved(home, clerk, colleague, since=long_ago, until=TODAY - YEAR, tenant_name="别人")

    later = TODAY + timedelta(days=5000)
    assert set(Lease.objects.running_out(later)) == {late}
    assert set(Lease.objects.run_out(later)) == {late}
    lapsed_leases.sweep(timezone.now())

    open_end.refresh_from_db()
    late.refresh_from_db()
    assert (open_end.ended_on, late.ended_on) == (None, TODAY - YEAR)
    assert leases.end(open_end, by=clerk, on=TODAY).ended_on == TODAY


def test_a_lease_with_an_open_end_is_over_when_a_later_one_has_begun(home, clerk, colleague):
    before = approved(home, clerk, colleague, since=TODAY - YEAR, until=None)

    approved(home, clerk, colleague, since=TODAY + YEAR, until=None)
    before.refresh_from_db()
    assert before.ended_on is None
    approved(home, clerk, colleague, since=TODAY)

    before.refresh_from_db()
    assert before.ended_on == TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "until", "following"),
    [
        (TODAY - YEAR, None, (TODAY, None)),
        (None, None, (TODAY, None)),
        (None, date(2025, 12, 31), (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_a_renewal_of_a_lease_with_open_days(home, since, until, following):
    lease = factories.lease(home, since=since, until=until)

    found = leases.renewed(lease)

    assert (found["since"], found["until"]) == following


def test_one_tenant_has_one_lease_without_a_first_day(home):
    factories.lease(home, since=None)
    factories.lease(home, since=None, tenant_name="别人")

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.lease(home, since=None)


def test_a_lease_without_days_can_be_ended_and_changed(home, clerk, colleague):
    lease = factories.lease(home, since=None, until=None, entered_by=clerk)
    lease = leases.approve(lease, by=colleague)

    assert leases.change(lease, by=clerk, facts={"since": None, "rent": 700}) == ["rent"]
    assert leases.end(lease, by=clerk, on=TODAY).ended_on == TODAY
