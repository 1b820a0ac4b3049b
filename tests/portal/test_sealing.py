"""The key of what a phone keeps comes with the log-in, is the person's own, and goes with the session."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from gridmgmt.gate import sealing
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    worker = make.staff("grid_worker", make.unit("370402001028001"))
    client.force_login(worker, "grids.auth.StaffBackend")
    return worker


def test_the_key_comes_with_the_first_page_and_lives_as_long_as_the_session(client, worker):
    answer = client.get(reverse("inspections:today"))

    cookie = answer.cookies[sealing.COOKIE]
    assert cookie.value == sealing.key_of(worker)
    assert len(bytes.fromhex(cookie.value)) == 32
    assert 0 < cookie["max-age"] <= 16 * 3600
    assert sealing.COOKIE not in client.get(reverse("inspections:today")).cookies


def test_each_person_has_a_key_of_their_own(worker):
    assert sealing.key_of(worker) != sealing.key_of(make.staff("grid_worker"))


def test_what_was_sealed_with_a_former_secret_can_be_opened(worker, settings):
    former = sealing.key_of(worker)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-of-this-installation"

    now, then = sealing.key_of(worker).split(".")
    assert then == former
    assert now != former


@pytest.mark.parametrize("end", ["log-out", "expiry"])
def test_the_key_goes_with_the_session_and_the_cache_too(client, worker, end):
    client.get(reverse("inspections:today"))

    if end == "expiry":
        Session.objects.all().delete()
        answer = client.get(reverse("inspections:today"))
    else:
        answer = client.post(reverse("logout"))

    assert answer.cookies[sealing.COOKIE].value == ""
    assert answer["Clear-Site-Data"] == '"cache"'
