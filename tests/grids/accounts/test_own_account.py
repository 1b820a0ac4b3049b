"""One's own account: the way in and out, the password, where one is logged in."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from grids.accounts import sessions
from tests import factories as make

pytestmark = pytest.mark.django_db

NEW = "hehua-chi-tang-71"


@pytest.fixture
def worker():
    return make.staff("grid_worker", username="xiaozhang")


def log_in(person, password="password", **headers):
    client = Client(headers=headers)
    client.post("/login/", {"username": person.username, "password": password})
    return client


def is_in(client):
    return "_auth_user_id" in client.session and client.get("/account/").status_code == 200


def change(client, old="password", new=NEW, again=NEW):
    return client.post(
        reverse("account_change_password"),
        {"oldpassword": old, "password1": new, "password2": again},
    )


def test_two_new_passwords_that_differ_are_told_so(worker):
    client = log_in(worker)

    answer = change(client, again=f"{NEW}2")

    assert answer.context["form"].errors == {"password2": ["两次输入的密码不一致。"]}
    assert change(client).status_code == 302


def test_a_right_password_opens_the_page_that_was_asked_for(client, worker):
    entry = {"username": "xiaozhang", "password": "password", "next": "/inbox/"}

    assert client.post("/login/", entry).url == "/inbox/"
    assert is_in(client)


def test_a_wrong_password_opens_nothing_and_says_so(client, worker):
    answer = client.post("/login/", {"username": "xiaozhang", "password": "wrong"})

    assert "用户名和密码不相符" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"username": "", "password": ""}, 2),
        ({"username": "  ", "password": "password"}, 1),
        ({"username": "xiaozhang", "password": ""}, 1),
        ({"username": "x" * 200, "password": "password"}, 1),
    ],
)
def test_what_is_missing_at_the_log_in_is_said_at_its_field(client, worker, entry, said):
    page = client.post("/login/", entry).content.decode()

    assert page.count('<p class="field__error">') == said


def test_no_page_claims_to_keep_a_password(client, worker):
    client = log_in(worker)
    page = change(client, old="wrong").content.decode()

    assert "密码不会保留，请重新输入。" in page
    assert "您填写的内容还在。\n" not in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_the_log_in_sends_nobody_to_another_site(client, worker, target):
    answer = client.post(
        "/login/", {"username": "xiaozhang", "password": "password", "next": target}
    )

    assert answer.url == "/"


def test_nobody_signs_up(client):
    assert client.get("/login/").status_code == 200

    for address in ("/signup/", "/account/signup/", "/accounts/signup/"):
        assert client.post(address).status_code == 404


def test_log_out_ends_the_session(worker):
    browser = log_in(worker)
    assert is_in(browser)

    browser.post("/logout/")

    assert not is_in(browser)


def test_everybody_changes_the_own_password(worker):
    browser = log_in(worker)

    assert change(browser).status_code == 302

    assert is_in(log_in(worker, NEW))
    assert not is_in(log_in(worker, "password"))


def test_a_changed_password_ends_all_other_sessions(worker):
    here, elsewhere = log_in(worker), log_in(worker)
    colleague = log_in(make.staff("grid_worker"))

    change(here)

    assert is_in(here)
    assert not is_in(elsewhere)
    assert is_in(colleague)
    assert len(sessions.running(worker, here="")) == 1


@pytest.mark.parametrize(
    "fault", [{"old": "wrong"}, {"again": "another-one-72"}, {"new": "short", "again": "short"}]
)
def test_a_password_that_was_not_understood_stays_as_it_was(worker, fault):
    browser = log_in(worker)

    change(browser, **fault)

    assert is_in(log_in(worker, "password"))


def test_one_sees_where_one_is_logged_in(worker):
    here = log_in(worker, user_agent="Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari")
    log_in(worker, user_agent="Mozilla/5.0 (Windows NT 10.0) Edg/130")
    log_in(make.staff("grid_worker"), user_agent="iPhone")

    page = here.get("/account/sessions/").content.decode()

    assert page.index("Android · Chrome") < page.index("Windows · Edge")
    assert "iPhone" not in page


def test_a_lost_phone_is_logged_out_from_another_device(worker):
    here, phone = log_in(worker), log_in(worker)
    lost = UserSession.objects.get(session_key=phone.session.session_key)

    here.post(reverse("end_session", args=[lost.pk]))

    assert not is_in(phone)
    assert is_in(here)


def test_nobody_ends_the_session_of_another_person(worker):
    stranger = log_in(make.staff("grid_worker"))
    browser = log_in(worker)
    session = UserSession.objects.get(user=worker)

    assert stranger.post(reverse("end_session", args=[session.pk])).status_code == 404
    assert is_in(browser)


def test_all_others_are_ended_at_once(worker):
    here, phone, desk = log_in(worker), log_in(worker), log_in(worker)

    here.post(reverse("end_other_sessions"))

    assert [is_in(one) for one in (here, phone, desk)] == [True, False, False]


def test_nothing_is_left_of_the_sessions_that_were_ended(worker):
    here, phone = log_in(worker), log_in(worker)
    gone = phone.session.session_key

    here.post(reverse("end_other_sessions"))

    keys = UserSession.objects.filter(user=worker).values_list("session_key", flat=True)
    assert list(keys) == [here.session.session_key]
    assert gone not in keys
