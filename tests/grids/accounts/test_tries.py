"""Guessing is slow for whoever guesses; nobody is locked out by somebody else."""

import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from grids import audit
from grids.accounts import tries
from grids.models import AuditEntry, LogInTry
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OFFICE, HOME, ATTACKER = "203.0.113.5", "198.51.100.7", "192.0.2.66"
STRANGER = tries.Device(uuid.uuid4())


def fail(name, address, times=1, *, device=STRANGER, now=NOW):
    """How many of so many wrong passwords were looked at."""
    return sum(tries.begin(name, address, device, now)[0] is not None for _ in range(times))


def gets_in(name, address, *, device=STRANGER, now=NOW):
    attempt, _again_at = tries.begin(name, address, device, now)
    if attempt:
        tries.succeeded(attempt)
    return attempt is not None


def test_eight_wrong_passwords_stop_one_address_for_one_name():
    assert fail("zhang", ATTACKER, 20) == 8

    assert not gets_in("zhang", ATTACKER)
    assert gets_in("zhang", HOME)
    assert gets_in("wang", ATTACKER)


def test_after_a_quarter_of_an_hour_one_may_try_again():
    fail("zhang", HOME, 9)

    assert not gets_in("zhang", HOME, now=NOW + dt.timedelta(minutes=14))
    assert gets_in("zhang", HOME, now=NOW + dt.timedelta(minutes=16))


def test_it_is_said_when():
    fail("zhang", HOME, 8)

    _, again_at = tries.begin("zhang", HOME, STRANGER, NOW + dt.timedelta(minutes=5))

    assert again_at == NOW + dt.timedelta(minutes=15)


def test_a_known_device_gets_in_while_the_name_is_attacked_from_the_own_office():
    known = STRANGER.and_of("zhang")
    fail("zhang", OFFICE, 50)

    assert not gets_in("zhang", OFFICE)
    assert gets_in("zhang", OFFICE, device=known)


def test_a_stolen_device_does_not_guess_without_end_either():
    assert fail("zhang", HOME, 20, device=STRANGER.and_of("zhang")) == 8


def test_a_device_is_known_for_its_own_people_alone():
    known = STRANGER.and_of("zhang")

    assert known.knows("Zhang ")
    assert not known.knows("wang")


def test_a_name_tried_from_everywhere_gets_fewer_tries_from_each_and_stays_open():
    for number in range(30):
        fail("zhang", f"192.0.2.{number}")

    assert fail("zhang", "192.0.2.200", 20) == 2
    assert gets_in("zhang", HOME)


def test_spraying_many_names_is_slow_and_the_office_around_it_works_on():
    gets_in("regular", OFFICE, now=NOW - dt.timedelta(days=3))

    looked_at = sum(fail(f"name{number}", OFFICE) for number in range(200))

    assert looked_at <= settings.LOGIN_TRIES["address"] + 1
    assert gets_in("regular", OFFICE)  # came from there before
    assert gets_in("zhang", OFFICE, device=STRANGER.and_of("zhang"))
    assert gets_in("new", OFFICE, now=NOW + dt.timedelta(seconds=11))
    assert gets_in("anybody", HOME)


def test_a_success_begins_the_count_anew():
    fail("zhang", HOME, 7)
    gets_in("zhang", HOME, now=NOW + dt.timedelta(seconds=1))

    assert fail("zhang", HOME, 9, now=NOW + dt.timedelta(seconds=2)) == 8


def test_an_ipv6_household_counts_as_one():
    for number in range(8):
        fail("zhang", f"2001:db8:1:2::{number}")

    assert not gets_in("zhang", "2001:db8:1:2::99")
    assert gets_in("zhang", "2001:db8:1:3::99")


def test_tries_are_forgotten_after_a_month():
    fail("zhang", HOME, now=NOW - dt.timedelta(days=31))
    fail("zhang", HOME, now=NOW - dt.timedelta(days=1))

    tries.forget(NOW)

    assert LogInTry.objects.count() == 1


# Through the page.


def post(browser, name, password, address, hops=""):
    forwarded = f"{hops}{address}"
    return browser.post(
        "/login/", {"username": name, "password": password}, HTTP_X_FORWARDED_FOR=forwarded
    )


def is_in(browser):
    return "_auth_user_id" in browser.session


@pytest.fixture
def behind_the_proxy(settings):
    settings.TRUSTED_HOPS = 1


def test_an_attacker_behind_the_shipped_proxy_locks_only_himself_out(behind_the_proxy):
    person, attacker, phone = make.staff("grid_worker"), Client(), Client()
    for number in range(9):
        # What the client itself writes into the header counts for nothing.
        answer = post(attacker, person.username, "wrong", ATTACKER, hops=f"10.0.0.{number}, ")

    post(attacker, person.username, "password", ATTACKER)
    post(phone, person.username, "password", HOME)

    assert "密码错误次数过多" in answer.content.decode()
    assert not is_in(attacker)
    assert is_in(phone)


def test_without_a_proxy_the_header_is_not_believed():
    person, attacker = make.staff("grid_worker"), Client()
    for number in range(8):
        post(attacker, person.username, "wrong", f"198.51.100.{number}")

    post(attacker, person.username, "password", "198.51.100.99")

    assert not is_in(attacker)


def test_the_cookie_of_a_known_device_opens_nothing_by_itself(client):
    person = make.staff("grid_worker")
    client.post("/login/", {"username": person.username, "password": "password"})
    assert client.cookies[tries.COOKIE]["httponly"]
    client.post("/logout/")

    assert client.get("/account/").status_code == 302
    client.cookies[tries.COOKIE] = client.cookies[tries.COOKIE].value + "x"
    client.post("/login/", {"username": person.username, "password": "password"})
    assert is_in(client)  # a forged one is none, and no error


def test_log_ins_failures_and_locks_are_on_record(behind_the_proxy):
    person, attacker = make.staff("grid_worker"), Client()
    for _ in range(11):
        post(attacker, person.username, "wrong", ATTACKER)
    post(attacker, "nobody-here", "wrong", ATTACKER)
    post(Client(), person.username, "password", HOME)

    def of(kind):
        found = AuditEntry.objects.filter(kind=kind).order_by("pk")
        return list(found.values_list("address", "object_key"))

    own = str(person.pk)
    assert of(audit.Kind.LOGIN) == [(HOME, own)]
    assert of(audit.Kind.LOGIN_FAILED) == [(ATTACKER, own)] * 8 + [(ATTACKER, "")]
    assert of(audit.Kind.LOCKED) == [(ATTACKER, own)]
    assert "nobody-here" not in str(list(AuditEntry.objects.values()))
