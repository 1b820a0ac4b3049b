"""The admin pages: staff and postings inside the own place, nothing deleted."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grids.models import AccountPolicy, Department, DistrictProfile, Posting, Staff
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = make.staff("administrator", make.district("370402"))
    client.force_login(person, "grids.auth.StaffBackend")
    return person


def posting_form(person, grid):
    today = timezone.localdate().isoformat()
    return {
        "username": person.username,
        "full_name": person.full_name,
        "is_active": "on",
        "district": person.district_id or "",
        "postings-TOTAL_FORMS": "1",
        "postings-INITIAL_FORMS": "0",
        "postings-MIN_NUM_FORMS": "0",
        "postings-MAX_NUM_FORMS": "1000",
        "postings-0-staff": person.pk,
        "postings-0-role": "grid_worker",
        "postings-0-duty": "",
        "postings-0-grid": grid.pk,
        "postings-0-since": today,
    }


def change(client, person, grid):
    address = reverse("admin:grids_staff_change", args=[person.pk])
    return client.post(address, posting_form(person, grid))


def test_an_administrator_posts_somebody_to_a_grid(client, administrator):
    person, unit = make.staff(), make.unit()

    answer = change(client, person, unit)

    assert answer.status_code == 302
    assert Posting.objects.get(staff=person).grid == unit


def test_nobody_grants_a_posting_where_he_is_only_a_worker(client, administrator):
    elsewhere = make.unit("520602003003001")
    make.posting(administrator, "grid_worker", elsewhere)
    person = make.staff()

    answer = change(client, person, elsewhere)

    assert answer.status_code == 200
    assert not Posting.objects.filter(staff=person).exists()


def test_a_new_member_of_staff_has_no_password_and_no_administrator_sets_one(client, administrator):
    page = client.get(reverse("admin:grids_staff_add")).content.decode()

    answer = client.post(
        reverse("admin:grids_staff_add"),
        {
            "username": "xinren",
            "full_name": "新人",
            "district": administrator.district_id,
            "is_active": "on",
            "password": "wangge-2026-xin",
            "postings-TOTAL_FORMS": "0",
            "postings-INITIAL_FORMS": "0",
        },
    )

    assert 'name="username"' in page
    assert 'type="password"' not in page
    assert answer.status_code == 302
    assert not Staff.objects.get(username="xinren").has_usable_password()


def test_a_closed_account_is_logged_out_at_once(client, administrator):
    person = make.staff("grid_worker")
    browser = Client()
    browser.post("/login/", {"username": person.username, "password": "password"})
    assert browser.get("/account/").status_code == 200

    client.post(
        reverse("admin:grids_staff_change", args=[person.pk]),
        {
            "username": person.username,
            "full_name": person.full_name,
            "district": person.district_id,
            "postings-TOTAL_FORMS": "0",
            "postings-INITIAL_FORMS": "0",
        },
    )

    assert not Session.objects.filter(session_key=browser.session.session_key).exists()
    assert browser.get("/account/").status_code == 302


def test_a_new_department_belongs_to_the_district_of_the_grid_that_it_serves(client, administrator):
    street = make.street()

    answer = client.post(
        reverse("admin:grids_department_add"),
        {"name": "综合执法队", "grid": street.pk, "line": "", "phone": "", "is_active": "on"},
    )

    assert answer.status_code == 302
    made = Department.objects.get(name="综合执法队")
    assert (made.grid, made.district_id) == (street, street.district_id)


def test_the_rules_of_accounts_are_kept_by_the_security_administrator_where_there_is_one(
    client, administrator
):
    district = make.district()
    DistrictProfile.objects.create(district=district)
    address = reverse("admin:grids_accountpolicy_add")
    rules = {
        "district": district.pk,
        "factor_roles": ["auditor"],
        "grace_days": 7,
        "password_days": 0,
        "passwords_before": 5,
    }

    refused = client.post(address, rules)
    client.force_login(make.staff("security_administrator", district), "grids.auth.StaffBackend")
    kept = client.post(address, rules)
    changed = client.post(reverse("admin:grids_grid_change", args=[district.pk]), {"name": "改名"})

    assert (refused.status_code, kept.status_code, changed.status_code) == (403, 302, 403)
    assert AccountPolicy.objects.get().grace_days == 7


def test_nothing_is_deleted_in_the_admin_pages(client, administrator):
    person = make.staff()

    answer = client.post(reverse("admin:grids_staff_delete", args=[person.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert Staff.objects.filter(pk=person.pk).exists()


def test_demo_people_log_in_only_in_the_demo(client, settings):
    make.staff("grid_worker", username="worker", is_demo=True)
    attempt = {"username": "worker", "password": "password"}

    settings.DEMO = False
    client.post(reverse("login"), attempt)
    assert "_auth_user_id" not in client.session

    settings.DEMO = True
    client.post(reverse("login"), attempt)
    assert "_auth_user_id" in client.session
