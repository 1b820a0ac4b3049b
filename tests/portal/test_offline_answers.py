"""What a phone is told that sends what it kept; and the pages and files of the app."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.cadence import schedules
from inspections.models import Schedule, Visit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def ground(db):
    return factories.unit("370402001028001"), factories.unit("370402001028002")


@pytest.fixture
def worker(ground):
    return factories.staff("grid_worker", ground[0])


def form(household, **fields):
    return {
        "client_uuid": str(uuid.uuid4()),
        "mode": "home",
        "outcome": "met",
        "happened_on": "",
        "diary-TOTAL_FORMS": 0,
        "diary-INITIAL_FORMS": 0,
    } | fields


@pytest.fixture
def home(ground):
    return factories.household(ground[0], home=factories.dwelling(ground[0]))


def send(client, home, worker, **fields):
    url = reverse("inspections:log_visit", args=[home.pk])
    return client.post(url, form(home, **fields), headers={"X-Queue": str(worker.pk)})


def test_what_was_kept_is_answered_with_where_to_go(client, home, worker, today):
    client.force_login(worker)
    fields = {"happened_on": today.isoformat(), "client_uuid": str(uuid.uuid4())}

    first = send(client, home, worker, **fields)
    second = send(client, home, worker, **fields)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["url"] == reverse("inspections:today")
    assert Visit.objects.filter(household=home).count() == 1


def test_what_is_wrong_comes_back_as_the_page_that_says_so(client, home, worker):
    client.force_login(worker)

    answer = send(client, home, worker, happened_on="2001-01-01")

    assert answer.status_code == 422
    assert not Visit.objects.exists()


def test_nobody_logged_in_is_told_to_log_in(client, home, worker, today):
    answer = send(client, home, worker, happened_on=today.isoformat())

    assert (answer.status_code, answer.json()) == (401, {"reason": "login"})
    assert not Visit.objects.exists()


def test_what_one_person_typed_is_not_sent_by_another(client, home, worker, ground, today):
    client.force_login(factories.staff("grid_worker", ground[0]))

    answer = send(client, home, worker, happened_on=today.isoformat())

    assert answer.status_code == 401
    assert not Visit.objects.exists()


def test_the_day_lists_the_round_of_the_person_and_nothing_else(
    client, home, worker, ground, today
):
    other = factories.household(ground[1], home=factories.dwelling(ground[1]))
    schedules.ensure_rules(factories.district())
    schedules.plan(factories.district(), today)
    Schedule.objects.update(next_due_on=today)
    client.force_login(worker)

    kept = client.get(reverse("offline_day")).json()

    assert kept["user"] == worker.pk
    assert reverse("inspections:log_visit", args=[home.pk]) in kept["pages"]
    assert reverse("inspections:log_visit", args=[other.pk]) not in kept["pages"]
    assert all(client.get(page).status_code == 200 for page in kept["pages"])


def test_the_app_can_be_installed(client):
    worker, manifest = (
        client.get(reverse("service_worker")),
        client.get(reverse("manifest")),
    )

    assert worker["Content-Type"].startswith("text/javascript")
    assert worker["Service-Worker-Allowed"] == "/"
    facts = manifest.json()
    assert {icon["sizes"] for icon in facts["icons"]} == {"192x192", "512x512"}
    assert facts["display"] == "standalone"
    assert client.get(reverse("offline")).status_code == 200
