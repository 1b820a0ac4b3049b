"""How long a session lasts, what it owes, and what ends it."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.accounts import sessions
from grids.models import Account, AccountPolicy, AuditEntry, Posting, Staff
from tests import factories as make

pytestmark = pytest.mark.django_db


def log_in(person):
    browser = Client()
    browser.post("/login/", {"username": person.username, "password": "password"})
    return browser


def is_in(browser, **headers):
    return browser.get(reverse("grids:inbox"), headers=headers).status_code == 200


def age(browser, **hours):
    """The session as it will be: `idle` hours after its last use, `old` hours after its begin."""
    session = browser.session
    limits = session[sessions.KEY]
    limits["seen"] -= hours.get("idle", 0) * 3600
    limits["until"] -= hours.get("old", 0) * 3600
    session[sessions.KEY] = limits
    session.save()


@pytest.mark.parametrize(
    ("role", "alive", "over"),
    [("administrator", 0.9, 1.1), ("grid_worker", 13, 14.5), ("community_staff", 3.9, 4.1)],
)
def test_a_session_that_nobody_uses_ends_sooner_the_more_it_may(role, alive, over):
    place = make.unit() if role == "grid_worker" else make.district()
    used, left = log_in(make.staff(role, place)), log_in(make.staff(role, place))
    age(used, idle=alive)
    age(left, idle=over)

    assert is_in(used)
    assert not is_in(left)
    assert AuditEntry.objects.filter(detail__what="ran out").count() == 1


def test_the_longest_session_of_an_administrator_is_a_day_of_work():
    browser = log_in(make.staff("administrator", make.district()))

    age(browser, old=9)
    assert is_in(browser)
    age(browser, old=1.1)
    assert not is_in(browser)


def test_of_two_roles_the_stricter_counts():
    person = make.staff("grid_worker")
    make.posting(person, "administrator", make.district())
    browser = log_in(person)

    age(browser, idle=2)

    assert not is_in(browser)


def test_what_a_page_asks_for_by_itself_does_not_keep_a_session_alive():
    browser = log_in(make.staff("administrator", make.district()))
    age(browser, idle=0.6)

    browser.get(reverse("pulse"), headers={"hx-request": "true"})
    age(browser, idle=0.6)

    assert not is_in(browser)


def test_a_part_of_a_page_leads_the_whole_page_to_the_log_in():
    browser = log_in(make.staff("administrator", make.district()))
    age(browser, idle=2)

    answer = browser.get(reverse("pulse"), headers={"hx-request": "true"})

    assert answer.headers["HX-Redirect"].startswith("/login/")


def test_the_queue_of_a_phone_waits_when_the_session_has_run_out():
    worker = make.staff("grid_worker")
    browser = log_in(worker)
    age(browser, old=17)

    answer = browser.post("/inbox/read/", headers={"x-queue": str(worker.pk)})

    assert (answer.status_code, answer.json()) == (401, {"reason": "login"})


def test_one_device_at_a_time_where_the_district_wants_it():
    person, free = (
        make.staff("grid_worker"),
        make.staff("grid_worker", make.unit("520602003003001")),
    )
    AccountPolicy.objects.create(district=person.district, is_one_session=True)

    first, second = log_in(person), log_in(person)
    others = [log_in(free), log_in(free)]

    assert [is_in(first), is_in(second)] == [False, True]
    assert all(is_in(one) for one in others)


def test_an_old_password_is_changed_before_anything_else():
    person = make.staff("grid_worker")
    AccountPolicy.objects.create(district=person.district, password_days=90)
    Account.objects.create(staff=person, password_at=timezone.now() - dt.timedelta(days=91))
    browser = log_in(person)
    assert browser.get("/inbox/").url == reverse("account_change_password")

    new = "hehua-chi-tang-71"
    browser.post(
        reverse("account_change_password"),
        {"oldpassword": "password", "password1": new, "password2": new},
    )

    assert is_in(browser)


def test_who_has_no_posting_is_not_let_in():
    person = make.staff("grid_worker")
    assert is_in(log_in(person))

    Posting.objects.update(until=timezone.localdate() - dt.timedelta(days=1))

    assert not is_in(log_in(person))


def test_the_end_of_the_last_posting_ends_the_sessions():
    person, colleague = make.staff("grid_worker"), make.staff("grid_worker")
    closed = make.staff("grid_worker")
    browsers = [log_in(one) for one in (person, colleague, closed)]
    Staff.objects.filter(pk=closed.pk).update(is_active=False)
    Posting.objects.filter(staff=person).update(until=timezone.localdate())
    sessions.end_of_the_unposted(timezone.localdate())
    assert is_in(browsers[0])  # its last day

    sessions.end_of_the_unposted(timezone.localdate() + dt.timedelta(days=1))

    kept = [
        Session.objects.filter(session_key=one.session.session_key).exists() for one in browsers
    ]
    assert kept == [False, True, False]


def test_the_end_of_the_last_posting_is_noticed_without_the_worker_too():
    person = make.staff("grid_worker")
    browser = log_in(person)
    Posting.objects.update(until=timezone.localdate() - dt.timedelta(days=1))

    age(browser, idle=0.2)

    assert not is_in(browser)


def test_what_is_left_of_sessions_that_ran_out_is_deleted():
    person = make.staff("grid_worker")
    log_in(person)
    alive = log_in(person)
    Session.objects.exclude(session_key=alive.session.session_key).update(
        expire_date=timezone.now() - dt.timedelta(minutes=1)
    )

    sessions.forget(timezone.now())

    assert [one.session_key for one in sessions.sessions_of(person)] == [alive.session.session_key]


def test_the_gate_asks_the_database_nothing():
    person = make.staff("grid_worker")
    through, around = log_in(person), Client()
    around.force_login(person, "grids.auth.StaffBackend")
    counts = []
    for browser in (through, around):
        browser.get("/inbox/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/inbox/")
        counts.append(len(asked))

    assert counts[0] == counts[1]
