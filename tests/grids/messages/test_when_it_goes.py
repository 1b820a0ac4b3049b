"""Which message goes out when, by which channel, how often it is tried: each border on both sides."""

import datetime as dt

import pytest

from grids.messages import channels, delivery
from grids.models import Channel, Delivery, Notification, Staff
from grids.refusal import Refused
from tests import factories as make
from tests.grids.messages.test_delivery import at

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (
    dt.timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
NINE = at("2026-11-20 09:00")


@pytest.fixture
def person():
    return make.staff("grid_worker")


def channel(person, address="me@example.org", **fields):
    fields = {"kind": "email", "since": NINE} | fields
    return Channel.objects.create(staff=person, address=address, **fields)


def message(person, key="k", *, moment=NINE, **fields):
    return Notification.objects.create(
        recipient=person,
        key=key,
        created_at=moment,
        **{"kind": "case_alarm", "title": "x"} | fields,
    )


# Quiet hours


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        ("12:00", "14:00", ["12:00", "13:59:59"], ["11:59:59", "14:00", "00:00"]),
        (
            "22:00",
            "07:00",
            ["22:00", "23:59:59", "00:00", "06:59:59"],
            ["21:59:59", "07:00", "12:00"],
        ),
        ("08:00", "08:00", [], ["07:59", "08:00", "08:01"]),
        (None, None, [], ["00:00", "12:00", "23:59"]),
    ],
)
def test_when_a_channel_is_quiet(person, begins, ends, quiet, loud):
    channel(person, quiet_from=begins, quiet_until=ends)

    for clock in (*quiet, *loud):
        found = Channel.objects.filter(delivery.quiet_at(at(f"2026-11-20 {clock}")))
        assert found.exists() is (clock in quiet), clock


# What is gathered


def gathered(now):
    delivery.gather(now)
    return {
        (one.channel_id, one.key.split(":")[0]): sorted(one.messages.values_list("key", flat=True))
        for one in Delivery.objects.all()
    }


def test_what_is_gathered_for_whom(person):
    mine, other = channel(person), make.staff("grid_worker")
    channel(person, "off@example.org", is_active=False)
    late = channel(person, "late@example.org", since=NINE + 30 * MINUTE)
    asleep = make.staff("grid_worker")
    channel(asleep, "z@example.org")
    Staff.objects.filter(pk=asleep.pk).update(is_active=False)
    for key, fields in {
        "first": {},
        "before": {"moment": NINE - SECOND},
        "half": {"moment": NINE + 30 * MINUTE},
        "last": {"moment": NINE + HOUR - SECOND},
        "next hour": {"moment": NINE + HOUR},
        "read": {"read_at": NINE},
        "given up": {"kind": "delivery_given_up"},
    }.items():
        message(person, key, **fields)
    message(other, "other")
    message(asleep, "asleep")

    assert gathered(NINE + HOUR + MINUTE) == {
        (mine.pk, "digest"): ["first", "half", "last"],
        (late.pk, "digest"): ["half", "last"],
    }
    assert set(Delivery.objects.values_list("key", flat=True)) == {"digest:2026112009"}


def test_the_hour_ends_a_minute_late(person):
    mine = channel(person)
    message(person)

    assert gathered(NINE + HOUR + MINUTE - SECOND) == {}
    assert gathered(NINE + HOUR + MINUTE) == {(mine.pk, "digest"): ["k"]}
    assert delivery.hour_of(NINE + HOUR - SECOND) == NINE


def test_an_urgent_message_is_a_sending_of_its_own_even_at_night(person):
    mine = channel(person, quiet_from="00:00", quiet_until="23:59")
    urgent = message(person, "urgent", is_urgent=True)
    message(person, "calm")

    assert gathered(NINE) == {(mine.pk, "urgent"): ["urgent"]}
    found = Delivery.objects.get()
    assert (found.key, found.attempts, found.error) == (f"urgent:{urgent.pk}", 0, "")
    assert (found.created_at, found.next_try_at, found.sent_at) == (NINE, NINE, None)
    assert gathered(NINE + 2 * HOUR) == {(mine.pk, "urgent"): ["urgent"]}


@pytest.mark.parametrize("is_urgent", [True, False])
def test_what_is_older_than_a_week_stays_inside(person, is_urgent):
    channel(person, since=NINE - 30 * DAY)
    now = NINE + HOUR + MINUTE
    message(person, "old", moment=now - 7 * DAY - SECOND, is_urgent=is_urgent)
    assert gathered(now) == {}
    message(person, "young", moment=now - 7 * DAY, is_urgent=is_urgent)
    assert list(gathered(now).values()) == [["young"]]


def test_each_channel_sends_a_message_once(person):
    first = channel(person)
    message(person)
    now = NINE + HOUR + MINUTE
    gathered(now)
    second = channel(person, "two@example.org")

    assert gathered(now + HOUR) == {(first.pk, "digest"): ["k"], (second.pk, "digest"): ["k"]}
    assert Delivery.objects.count() == 2


# What is due


def put(channel, key="urgent:1", *, due=NINE, **fields):
    return Delivery.objects.create(
        channel=channel, key=key, created_at=NINE, next_try_at=due, **fields
    )


@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({}, True),
        ({"due": NINE + SECOND}, False),
        ({"due": NINE - SECOND}, True),
        ({"sent_at": NINE}, False),
        ({"given_up_at": NINE}, False),
    ],
)
def test_which_sending_is_due(person, fields, is_due):
    put(channel(person), **fields)

    assert (delivery.claim(NINE) is not None) is is_due


def test_a_channel_that_is_off_or_quiet_claims_nothing_but_what_is_urgent(person):
    quiet = channel(person, quiet_from="08:00", quiet_until="10:00")
    put(channel(person, "off@example.org", is_active=False))
    put(quiet, "digest:2026112008")
    assert delivery.claim(NINE) is None
    urgent = put(quiet, "urgent:2")

    assert delivery.claim(NINE) == urgent
    assert delivery.claim(NINE) is None
    assert delivery.claim(at("2026-11-20 10:00")).key in ("digest:2026112008", "urgent:2")


def test_the_longest_waiting_is_sent_first(person):
    mine = channel(person)
    second, first, third = put(mine, "b"), put(mine, "a", due=NINE - SECOND), put(mine, "c")

    assert [delivery.claim(NINE) for _ in range(4)] == [first, second, third, None]


@pytest.mark.parametrize(
    ("before", "minutes"), [(0, 1), (1, 5), (2, 15), (3, 60), (4, 240), (5, 240), (6, 240)]
)
def test_each_try_waits_longer_than_the_one_before(person, before, minutes):
    put(channel(person), attempts=before)

    found = delivery.claim(NINE)

    stored = Delivery.objects.get()
    assert (stored.attempts, stored.next_try_at) == (before + 1, NINE + minutes * MINUTE)
    assert found == stored


@pytest.mark.parametrize(
    ("attempts", "is_given_up"), [(1, False), (5, False), (6, True), (7, True)]
)
def test_after_six_tries_it_is_given_up_and_told_inside(person, settings, attempts, is_given_up):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    mine = channel(person, "a" * 120 + "@example.org")
    sending = put(mine, attempts=attempts)

    assert delivery.attempt(sending, NINE) is False
    assert delivery.attempt(sending, NINE) is False

    found = Delivery.objects.get()
    assert (found.given_up_at, found.sent_at) == (NINE if is_given_up else None, None)
    assert found.error
    told = Notification.objects.all()
    assert len(told) == is_given_up
    if is_given_up:
        [note] = told
        assert (note.recipient, note.kind, note.url) == (
            person, "delivery_given_up", "/inbox/channels/",
        )  # fmt: skip
        assert note.title.endswith("a" * 100)
        assert (note.body, note.created_at) == (found.error, NINE)


def test_what_went_out_is_marked(person):
    sending = put(channel(person), error="before")

    assert delivery.attempt(sending, NINE) is True
    found = Delivery.objects.get()
    assert (found.sent_at, found.error, found.given_up_at) == (NINE, "", None)


def test_the_count_of_a_round(person, settings):
    mine = channel(person)
    for number in range(3):
        put(mine, f"urgent:{number}")

    assert delivery.deliver(NINE) == {"sent": 3, "failed": 0}
    assert delivery.deliver(NINE) == {"sent": 0, "failed": 0}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    put(mine, "urgent:9")
    assert delivery.deliver(NINE) == {"sent": 0, "failed": 1}


# The own channels


def test_a_person_has_at_most_five_and_each_once(person, settings):
    settings.HAS_MAIL = True
    other = make.staff("grid_worker")
    for number in range(5):
        channels.add(other, kind="email", address=f"{number}@example.org")
    first = channels.add(person, kind="email", address="0@example.org", at=NINE)

    assert (first.staff, first.since, first.is_active) == (person, NINE, True)
    with pytest.raises(Refused):
        channels.add(person, kind="email", address="0@example.org")
    for number in range(1, 5):
        channels.add(person, kind="email", address=f"{number}@example.org")
    with pytest.raises(Refused):
        channels.add(person, kind="email", address="9@example.org")
    assert list(channels.channels_of(person).values_list("address", flat=True)) == [
        f"{number}@example.org" for number in range(5)
    ]


@pytest.mark.parametrize(
    ("kind", "address", "is_right"),
    [
        ("email", "a@b.cn", True),
        ("email", "a", False),
        ("webhook", "https://a.cn/x", True),
        ("webhook", "http://a.cn/x", False),
        ("webhook", "https:///x", False),
        ("webhook", "https://u@a.cn/x", False),
        ("webhook", "https://:p@a.cn/x", False),
        ("webhook", "ftp://a.cn", False),
    ],
)
def test_which_addresses_may_be_sent_to(settings, kind, address, is_right):
    settings.HAS_MAIL = True

    if is_right:
        channels.check_address(kind, address)
    else:
        with pytest.raises(Refused):
            channels.check_address(kind, address)
