"""The pages of leases: entered, approved by a second person, renewed, ended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from residents.housing import leases
from residents.models import Dwelling, Lease
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def home(ground):
    home = factories.dwelling(ground[0], use="rented", area=60, owner_name="刘房东")
    factories.household(home=home, head_name="赵租客", phone="13900000002")
    return home


@pytest.fixture
def enter(client):
    def log_in(role="community_staff", grid=None, person=None):
        person = person or factories.staff(role, grid or factories.community())
        client.force_login(person)
        client.person = person
        return client

    return log_in


def address(name, key):
    return reverse(f"residents:lease{name}", args=[key])


def terms(**others):
    return {
        "tenant_name": "赵租客",
        "tenant_phone": "139 0000 0002",
        "landlord_name": "刘房东",
        "landlord_phone": "13900000001",
        "landlord_present": "on",
        "area": "60",
        "rent": "900",
        "since": TODAY.isoformat(),
        "until": (TODAY + timedelta(days=364)).isoformat(),
        "note": "",
    } | others


def test_the_form_begins_with_what_the_register_knows(home, enter):
    page = enter("grid_worker", home.grid).get(address("_new", home.pk))

    form = page.context["form"]
    assert form["tenant_name"].value() == "赵租客"
    assert form["tenant_phone"].value() == "13900000002"
    assert form["landlord_name"].value() == "刘房东"
    assert form["household"].value() == home.households.get().pk


def test_a_household_that_owns_its_dwelling_is_not_taken_for_a_tenant(home, enter):
    Dwelling.objects.filter(pk=home.pk).update(use="own")

    page = enter("grid_worker", home.grid).get(address("_new", home.pk))

    assert page.context["form"]["tenant_name"].value() is None


def test_a_lease_is_entered_by_one_and_approved_by_another(home, enter):
    tenants = home.households.get()
    client = enter("grid_worker", home.grid)
    answer = client.post(address("_new", home.pk), terms(household=tenants.pk))
    lease = Lease.objects.get()
    assert answer.url == address("", lease.pk)
    assert (lease.state, lease.household) == ("waiting", tenants)
    assert lease.entered_by == client.person

    client = enter()
    listed = client.get(reverse("residents:leases")).content.decode()
    assert address("", lease.pk) in listed
    page = client.get(address("", lease.pk)).content.decode()
    assert address("_approve", lease.pk) in page
    assert reverse("residents:household", args=[tenants.pk]) in page
    client.post(address("_approve", lease.pk))

    assert Lease.objects.get().state == "approved"
    assert address("", lease.pk) not in client.get(reverse("residents:leases")).content.decode()


def test_one_person_cannot_do_both(home, enter):
    client = enter()
    client.post(address("_new", home.pk), terms())
    lease = Lease.objects.get()

    page = client.get(address("", lease.pk))
    assert address("_approve", lease.pk) not in page.content.decode()
    assert "同事" in page.content.decode()
    answer = client.post(address("_approve", lease.pk), follow=True)

    assert Lease.objects.get().state == "waiting"
    assert "登记人" in answer.content.decode()


@pytest.mark.parametrize("step", ["_approve", "_return"])
def test_who_only_edits_does_not_approve(home, enter, step):
    lease = factories.lease(home)

    answer = enter("grid_worker", home.grid).post(address(step, lease.pk), {"reason": "面积不对"})

    assert answer.status_code == 403
    assert Lease.objects.get().state == "waiting"


def test_a_lease_is_returned_with_a_reason_and_never_without(home, enter):
    worker = factories.staff("grid_worker", home.grid)
    lease = factories.lease(home, entered_by=worker)
    client = enter()

    assert client.post(address("_return", lease.pk), {}).status_code == 422
    client.post(address("_return", lease.pk), {"reason": "面积不对"})

    assert Lease.objects.get().state == "returned"
    client = enter(person=worker)
    assert "面积不对" in client.get(address("", lease.pk)).content.decode()
    assert "面积不对" in client.get(reverse("grids:inbox")).content.decode()
    client.post(address("_edit", lease.pk), terms(area="61"))
    assert Lease.objects.get().state == "waiting"


def test_changing_an_approved_lease_is_counted_and_in_the_history(home, enter):
    lease = factories.lease(home, state="approved", rent=900)
    client = enter()
    assert "特殊变更" in client.get(address("_edit", lease.pk)).content.decode()

    client.post(address("_edit", lease.pk), terms(rent="1000", reason="双方协商"))

    lease = Lease.objects.get()
    assert (lease.state, lease.special_edits) == ("waiting", 1)
    page = client.get(address("", lease.pk)).content.decode()
    for word in ("双方协商", "900", "1000", "待复核"):
        assert word in page
    history = reverse("residents:dwelling", args=[home.pk])
    assert "双方协商" in client.get(history).content.decode()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"until": "2020-01-01"}, "until"),
        ({"tenant_name": ""}, "tenant_name"),
        ({"landlord_phone": ""}, "landlord_phone"),
        ({"rent": "-1"}, "rent"),
        ({"since": "明天"}, "since"),
    ],
)
def test_a_wrong_form_comes_back(home, enter, wrong, where):
    answer = enter().post(address("_new", home.pk), terms(**wrong))

    assert answer.status_code == 422
    assert where in answer.context["form"].errors
    assert not Lease.objects.exists()


def test_the_same_lease_twice_comes_back_with_a_sentence(home, enter):
    client = enter()
    client.post(address("_new", home.pk), terms())

    answer = client.post(address("_new", home.pk), terms())

    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_a_renewal_is_prefilled_and_waits_for_approval(home, enter):
    old = factories.lease(
        home,
        state="approved",
        rent=900,
        since=TODAY - timedelta(days=355),
        until=TODAY + timedelta(days=9),
        household=home.households.get(),
    )
    client = enter()
    soon = reverse("residents:leases") + "?tab=soon"
    assert address("", old.pk) in client.get(soon).content.decode()

    form = client.get(address("_renew", old.pk)).context["form"]
    assert form["since"].value() == old.until + timedelta(days=1)
    assert form["household"].value() == home.households.get().pk
    client.post(
        address("_renew", old.pk),
        terms(since=form["since"].value(), until=form["until"].value()),
    )

    assert Lease.objects.waiting().count() == 1
    assert address("", old.pk) not in client.get(soon).content.decode()


def test_a_lease_is_ended(home, enter):
    lease = factories.lease(home, state="approved", household=home.households.get())
    client = enter("grid_worker", home.grid)
    assert client.get(address("_end", lease.pk)).status_code == 200
    late = {"on": (TODAY + timedelta(days=1)).isoformat()}
    assert client.post(address("_end", lease.pk), late).status_code == 422

    answer = client.post(address("_end", lease.pk), {"on": TODAY.isoformat()})

    assert answer.status_code == 302
    assert Lease.objects.get().ended_on == TODAY
    assert Dwelling.objects.get(pk=home.pk).use == "empty"
    ended = client.get(reverse("residents:leases"), {"tab": "ended"})
    assert address("", lease.pk) in ended.content.decode()
    assert address("_edit", lease.pk) not in client.get(address("", lease.pk)).content.decode()


def test_a_lease_whose_tenant_has_left_says_so(home, enter):
    factories.lease(
        home,
        state="approved",
        until=TODAY + timedelta(days=5),
        household=home.households.get(),
    )
    home.households.update(ended_on=TODAY, end_reason="moved")

    page = enter().get(reverse("residents:leases"), {"tab": "soon"}).content.decode()

    assert "承租人已迁出" in page


def test_leases_of_other_grids_are_not_there(home, enter, ground):
    lease = factories.lease(home)
    client = enter("grid_worker", ground[1])

    for tab in ("waiting", "returned", "soon", "ended", "all"):
        listed = client.get(reverse("residents:leases"), {"tab": tab})
        assert listed.context["page"].rows == []
    for name in ("", "_edit", "_renew", "_end"):
        assert client.get(address(name, lease.pk)).status_code == 404
    assert client.get(address("_new", home.pk)).status_code == 404


def test_who_may_look_but_not_keep_the_register_changes_nothing(home, enter):
    lease = factories.lease(home, landlord_phone="13912345678")
    client = enter("supervisor", home.grid)

    page = client.get(address("", lease.pk)).content.decode()
    assert "13912345678" not in page
    assert "5678" in page
    for name in ("_edit", "_renew", "_end"):
        assert client.get(address(name, lease.pk)).status_code == 403
        assert client.post(address(name, lease.pk), terms()).status_code == 403
    assert client.get(address("_new", home.pk)).status_code == 403


def test_the_list_costs_the_same_for_few_and_many(home, enter):
    client = enter()
    factories.lease(home)
    listed = reverse("residents:leases") + "?tab=all"
    client.get(listed)
    with CaptureQueriesContext(connection) as few:
        client.get(listed)
    for number in range(20):
        factories.lease(home, tenant_name=f"租客{number}")

    with CaptureQueriesContext(connection) as many:
        client.get(listed)

    assert len(many) == len(few)


def test_a_lease_stands_in_the_file_of_its_household(home, enter):
    tenants = home.households.get()
    lease = leases.enter(
        home,
        by=factories.staff("grid_worker", home.grid),
        household=tenants,
        facts={
            "landlord_name": "刘房东",
            "landlord_phone": "1",
            "tenant_name": "赵租客",
            "since": TODAY,
            "until": TODAY,
        },
    )

    file = enter().get(reverse("residents:household", args=[tenants.pk]))

    assert address("", lease.pk) in file.content.decode()


def test_a_lease_that_names_no_household_stands_with_all_of_its_dwelling(home, enter):
    lease = factories.lease(home)
    other = factories.lease(tenant_name="别处租客")

    tenants = home.households.get()
    file = enter().get(reverse("residents:household", args=[tenants.pk]))

    assert address("", lease.pk) in file.content.decode()
    assert address("", other.pk) not in file.content.decode()


def test_an_open_end_is_entered_and_said_in_words(home, enter):
    client = enter("grid_worker", home.grid)

    page = client.post(address("_new", home.pk), terms(until=""), follow=True)

    lease = Lease.objects.get()
    assert lease.until is None
    for shown in (
        page,
        client.get(reverse("residents:leases") + "?tab=all"),
        client.get(reverse("residents:dwelling", args=[home.pk])),
        client.get(address("_end", lease.pk)),
    ):
        assert "无截止日" in shown.content.decode()
    assert client.get(address("_renew", lease.pk)).context["form"]["until"].value() is None


def test_a_new_lease_needs_its_first_day_and_one_of_a_list_does_not(home, enter):
    client = enter("grid_worker", home.grid)

    assert client.post(address("_new", home.pk), terms(since="")).status_code == 422
    assert client.post(address("_new", home.pk), terms(landlord_name="")).status_code == 422
    listed = factories.lease(home, since=None, landlord_name="", landlord_phone="")
    said = terms(since="", landlord_name="", landlord_phone="", rent="800")
    page = client.post(address("_edit", listed.pk), said | {"reason": "合同"}, follow=True)

    listed.refresh_from_db()
    assert (listed.rent, listed.since) == (800, None)
    assert "起租日不详" in page.content.decode()
