"""Log-ins and changes of staff and dictionaries are recorded wherever they happen."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import CasePolicy
from grids.models import AuditEntry, Department, DistrictProfile, Posting, Staff
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = make.staff("administrator", make.district(), full_name="陈志远")
    client.force_login(person)
    return person


def entries(*kinds):
    return list(AuditEntry.objects.filter(kind__in=kinds).order_by("id"))


def test_a_log_in_and_the_log_out_are_entries_of_that_person(client):
    make.staff("grid_worker", username="gongren")

    client.post(reverse("login"), {"username": "gongren", "password": "password"})
    client.post(reverse("logout"))

    assert [(one.kind, one.by.username, one.address) for one in entries("login", "logout")] == [
        ("login", "gongren", "127.0.0.1"),
        ("logout", "gongren", "127.0.0.1"),
    ]


def test_a_failed_log_in_names_the_account_and_nobody_as_its_author(client):
    person = make.staff("grid_worker", username="gongren")

    client.post(reverse("login"), {"username": "gongren", "password": "falsch"})

    [entry] = entries("login_failed")
    assert (entry.by, entry.object_key, entry.words) == (None, str(person.pk), "gongren")
    assert entry.result == "refused"


def test_a_name_that_nobody_has_is_not_kept_because_it_may_be_a_password(client):
    make.district()

    for _ in range(2):
        client.post(reverse("login"), {"username": "Geheim-2026", "password": "x"})

    first, second = entries("login_failed")
    assert first.words == second.words
    assert first.words.startswith("#")
    assert "Geheim" not in str(vars(first))


def test_a_change_of_a_rule_says_what_it_was_and_what_it_is(client, administrator):
    profile = DistrictProfile.objects.create(district=make.district())
    address = reverse("admin:grids_districtprofile_change", args=[profile.pk])
    page = client.get(address).context["adminform"].form.initial

    client.post(address, page | {"unit_label": "小网格"})

    [entry] = entries("dictionary")
    assert entry.by == administrator
    assert entry.detail == {"changed": {"unit_label": ["单元网格", "小网格"]}}


def test_a_dictionary_of_the_whole_installation_is_recorded_too(client, administrator):
    category = make.care_category()
    address = reverse("admin:residents_carecategory_change", args=[category.pk])
    page = client.get(address).context["adminform"].form.initial
    sent = {key: "" if value is None else value for key, value in page.items()}

    client.post(address, sent | {"name": "低保家庭"})

    [entry] = entries("dictionary")
    assert (entry.object_type, entry.object_key) == ("residents.carecategory", str(category.pk))


def test_saving_what_is_the_same_is_no_entry(client, administrator):
    profile = DistrictProfile.objects.create(district=make.district())
    address = reverse("admin:grids_districtprofile_change", args=[profile.pk])
    page = client.get(address).context["adminform"].form.initial

    client.post(address, page)

    assert entries("dictionary") == []


def test_of_a_person_it_says_that_the_phone_changed_and_not_into_what(rf, administrator):
    from grids.audit import origin

    person = make.staff("grid_worker")
    request = rf.post("/")
    request.user = administrator
    with origin.of(request):
        person.phone, person.is_active = "13900001111", False
        person.save()

    [entry] = entries("rights")
    assert entry.detail == {"changed": {"phone": [], "is_active": ["True", "False"]}}


def test_a_posting_that_is_given_or_taken_is_an_entry(rf, administrator):
    from grids.audit import origin

    person = make.staff("grid_worker")
    request = rf.post("/")
    request.user = administrator
    with origin.of(request):
        Posting.objects.filter(staff=person).first().delete()
        make.posting(person, "grid_leader", make.community())

    taken, given = entries("rights")
    assert taken.detail == {"deleted": True}
    assert given.detail["changed"]["role"] == ["", "grid_leader"]
    assert given.detail["new"] is True


def test_what_nobody_behind_a_page_saves_is_no_entry():
    make.staff("grid_worker")
    CasePolicy.objects.create(district=make.district())
    Department.objects.all().delete()
    Staff.objects.update(last_login=timezone.now())

    assert not AuditEntry.objects.exists()
