"""What every answer tells the browser, and which requests are not answered at all."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make.staff("community_staff", make.community())


@pytest.mark.parametrize("name", ["login", "home", "residents:people", "cases:list", "healthz"])
def test_each_answer_says_what_a_browser_may_do(client, person, name):
    client.force_login(person)

    answer = client.get(reverse(name), HTTP_ORIGIN="https://elsewhere.example")

    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert not answer.has_header("Access-Control-Allow-Origin")
    assert "charset=utf-8" in answer["Content-Type"] or "json" in answer["Content-Type"]


def test_the_cookie_of_a_session_is_for_the_server_alone(client, person, settings):
    settings.SESSION_COOKIE_SECURE = True
    sent = {"username": person.username, "password": "password"}

    answer = client.post(reverse("login"), sent, secure=True)
    cookie = answer.cookies["sessionid"]

    assert answer.status_code == 302
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_form_without_its_token_is_refused(person):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)

    without = strict.post(reverse("choose_place"), {"place": ""})
    strict.get(reverse("home"))
    token = strict.cookies["csrftoken"].value
    with_it = strict.post(reverse("choose_place"), {"place": "", "csrfmiddlewaretoken": token})

    assert without.status_code == 403
    assert with_it.status_code in {302, 400, 404}


@pytest.mark.parametrize("name", ["login", "home", "residents:people"])
def test_trace_is_not_answered(client, person, name):
    client.force_login(person)

    assert client.trace(reverse(name)).status_code == 405
    assert client.get(reverse(name)).status_code in {200, 302}
