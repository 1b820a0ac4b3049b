"""Messages on their way out: urgent at once, the rest once an hour, none lost, none named."""

import datetime as dt
import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation

from grids.messages import channels, delivery
from grids.models import Channel, Delivery, Notification
from grids.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = (dt.timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours"))


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


NINE = at("2026-11-20 09:00")


@pytest.fixture
def person():
    return make.staff("grid_leader")


@pytest.fixture
def by_mail(person, settings):
    settings.HAS_MAIL = True
    return channels.add(person, kind="email", address="me@example.org", at=NINE)


class Receiver:
    """A server of this test that keeps what is posted to it."""

    def __init__(self):
        self.got, self.status = [], 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        # It looks twice a second whether it is to stop, unless told otherwise.
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver(settings):
    settings.DEBUG = True  # this machine, and without TLS, only here
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def by_webhook(person, receiver):
    return channels.add(person, kind="webhook", address=receiver.address, at=NINE)


def message(person, key="k", *, moment=NINE, **fields):
    fields = {
        "kind": "case_alarm",
        "title": "超过时限 370402-2611-00001 王秀兰家漏水",
    } | fields
    return Notification.objects.create(
        recipient=person,
        key=key,
        created_at=moment,
        url="/cases/370402-2611-00001/",
        **fields,
    )


def test_an_urgent_message_goes_out_at_once(person, by_mail):
    message(person, is_urgent=True)

    delivery.deliver(NINE + MINUTE)

    assert len(mail.outbox) == 1


def test_everything_else_is_one_message_an_hour(person, by_mail):
    for number in range(5):
        message(person, f"k{number}", moment=NINE + number * MINUTE)

    for minute in range(0, 180, 3):
        delivery.deliver(NINE + minute * MINUTE)
    message(person, "later", moment=NINE + 3 * HOUR)
    for minute in range(180, 260, 3):
        delivery.deliver(NINE + minute * MINUTE)

    assert len(mail.outbox) == 2
    assert mail.outbox[0].body.count("/cases/") == 5
    assert mail.outbox[1].body.count("/cases/") == 1
    keys = Delivery.objects.order_by("pk").values_list("key", flat=True)
    assert list(keys) == ["digest:2026112009", "digest:2026112012"]


def test_what_was_read_inside_is_not_sent(person, by_mail):
    message(person, read_at=NINE)

    delivery.deliver(NINE + 2 * HOUR)

    assert mail.outbox == []


def test_what_is_older_than_the_channel_is_not_sent(person, by_mail):
    message(person, moment=NINE - MINUTE, is_urgent=True)

    delivery.deliver(NINE + 2 * HOUR)

    assert mail.outbox == []


def test_nobody_is_named_outside(person, by_mail):
    message(person)
    message(person, "other", kind="visit", title="王秀兰 独居老人 该走访了")

    delivery.deliver(NINE + HOUR + MINUTE)

    (sent,) = mail.outbox
    assert "370402-2611-00001" in sent.body
    assert "超过时限" in sent.body
    assert "王秀兰" not in sent.body + sent.subject
    assert "漏水" not in sent.body + sent.subject


def test_a_digest_of_visits_says_its_numbers_and_not_what_stands_below_them(person, by_mail):
    message(person, kind="visits_due", title="今日走访 3 户", body="集中走访“王秀兰”")

    delivery.deliver(NINE + HOUR + MINUTE)

    (sent,) = mail.outbox
    assert "今日走访 3 户" in sent.subject
    assert "今日走访 3 户" in sent.body
    assert "王秀兰" not in sent.body


def test_quiet_hours_hold_back_all_but_what_is_urgent(person, by_mail):
    channels.change(by_mail, is_active=True, quiet_from=dt.time(21), quiet_until=dt.time(7))
    message(person, "calm", moment=at("2026-11-20 20:30"))
    message(person, "urgent", moment=at("2026-11-20 22:00"), is_urgent=True)

    message(person, "calm too", moment=at("2026-11-20 23:10"))
    for hour in range(10):  # 21:05 to 06:05
        delivery.deliver(at("2026-11-20 21:05") + hour * HOUR)
    delivery.deliver(at("2026-11-21 06:59"))
    assert [len(sent.body.split("\n\n")) for sent in mail.outbox] == [1]
    delivery.deliver(at("2026-11-21 07:00"))

    assert len(mail.outbox) == 2
    assert not Notification.objects.filter(deliveries=None).exists()


def test_a_channel_that_is_off_sends_nothing_and_nothing_old_when_it_is_on_again(person, by_mail):
    channels.change(by_mail, is_active=False, quiet_from=None, quiet_until=None)
    message(person, is_urgent=True)
    delivery.deliver(NINE + MINUTE)
    channels.change(by_mail, is_active=True, quiet_from=None, quiet_until=None, at=NINE + HOUR)

    delivery.deliver(NINE + HOUR)

    assert mail.outbox == []


def test_a_webhook_is_signed_dated_and_has_a_key(person, by_webhook, receiver):
    message(person, is_urgent=True)

    delivery.deliver(NINE + MINUTE)

    ((headers, body),) = receiver.got
    stamp = headers["X-Gridmgmt-Timestamp"]
    expected = hmac.new(by_webhook.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    assert headers["X-Gridmgmt-Signature"] == f"sha256={expected.hexdigest()}"
    assert int(stamp) == int((NINE + MINUTE).timestamp())
    facts = json.loads(body)
    assert facts["key"] == headers["Idempotency-Key"]
    assert facts["messages"][0]["text"] == "超过时限 370402-2611-00001"


def test_a_webhook_that_fails_is_tried_again_later_and_later_then_given_up(
    person, by_webhook, receiver
):
    receiver.status = 500
    message(person, is_urgent=True)

    delivery.deliver(NINE)
    # 1, 5, 15, 60, 240 minutes after the one before.
    for number, minute in enumerate((1, 6, 21, 81, 321), start=1):
        delivery.deliver(NINE + minute * MINUTE - SECOND)
        assert len(receiver.got) == number
        delivery.deliver(NINE + minute * MINUTE)
        assert len(receiver.got) == number + 1
    for hour in range(6, 24):
        delivery.deliver(NINE + hour * HOUR)

    assert len(receiver.got) == 6 == delivery.TRIES
    assert len({headers["Idempotency-Key"] for headers, _body in receiver.got}) == 1
    found = Delivery.objects.get(key__startswith="urgent:")
    assert found.given_up_at
    assert found.error == "HTTP 500"
    note = Notification.objects.get(kind=delivery.GIVEN_UP)
    assert note.recipient == person
    assert Delivery.objects.count() == 1, "the note itself does not go out"


def test_a_redirect_is_not_followed(person, by_webhook, receiver):
    receiver.status = 302
    message(person, is_urgent=True)

    assert delivery.deliver(NINE + MINUTE) == {"sent": 0, "failed": 1}


def test_a_process_that_dies_between_claim_and_mark_loses_nothing(person, by_mail):
    message(person, is_urgent=True)
    delivery.gather(NINE)
    assert delivery.claim(NINE) is not None  # and here it dies

    assert delivery.claim(NINE) is None, "nobody else takes it meanwhile"
    assert delivery.deliver(NINE + MINUTE)["sent"] == 1
    assert delivery.deliver(NINE + HOUR)["sent"] == 0


@pytest.mark.django_db(transaction=True)
def test_four_processes_at_once_send_each_message_once(person, by_webhook, receiver):
    for number in range(12):
        message(person, f"k{number}", is_urgent=True)

    def work(_number):
        try:
            return delivery.deliver(NINE + MINUTE)["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(work, range(4)))

    assert sum(sent) == 12
    assert len({headers["Idempotency-Key"] for headers, _body in receiver.got}) == 12
    assert len(receiver.got) == 12


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_sender_who_is_just_taking_another_message(person, by_mail):
    for number in range(2):
        message(person, f"k{number}", is_urgent=True)
    delivery.gather(NINE)

    def take():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        try:
            return delivery.claim(NINE)
        finally:
            connection.close()

    with transaction.atomic():
        mine = delivery.claim(NINE)
        with ThreadPoolExecutor(1) as pool:
            theirs = pool.submit(take).result()

    assert {mine, theirs} == set(Delivery.objects.all())


def test_a_receiver_that_is_not_there_is_told_in_plain_words(person, by_webhook, receiver):
    receiver.server.shutdown()
    receiver.server.server_close()
    message(person, is_urgent=True)

    with translation.override("zh-hans"):
        delivery.deliver(NINE + MINUTE)

    error = Delivery.objects.get().error
    assert "没有回应" in error
    assert "refused" not in error.lower(), "nobody learns which ports are open inside"


def test_an_idle_minute_is_a_few_statements(person, by_mail, django_assert_max_num_queries):
    for number in range(3):
        message(person, f"k{number}", is_urgent=True)
    delivery.deliver(NINE + MINUTE)

    with django_assert_max_num_queries(8):
        delivery.deliver(NINE + MINUTE)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "https://me:secret@example.org/",
        "ftp://example.org/",
        "https://",
        "javascript:alert(1)",
        "/etc/passwd",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(person, address):
    with pytest.raises(Refused):
        channels.add(person, kind="webhook", address=address)


def test_a_machine_inside_is_no_receiver(person, by_webhook, receiver, settings):
    settings.DEBUG = False
    message(person, is_urgent=True)

    assert delivery.deliver(NINE + MINUTE) == {"sent": 0, "failed": 1}
    assert receiver.got == []


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("grid_worker", False),
        ("assistant", False),
        ("auditor", False),
        ("grid_leader", True),
        ("administrator", True),
    ],
)
def test_only_some_posts_have_webhooks(client, role, may, settings):
    settings.HAS_MAIL = True
    someone = make.staff(role)
    enter(client, someone)
    facts = {"kind": "webhook", "address": "https://hook.example.org/"}

    page = client.get(reverse("grids:channels")).content.decode()
    answer = client.post(reverse("grids:channels"), facts)

    assert ('value="webhook"' in page) is may
    assert answer.status_code == (302 if may else 422)
    assert Channel.objects.filter(staff=someone).exists() is may


def test_a_webhook_ends_with_the_post_that_had_it(person, by_webhook, receiver):
    person.postings.update(until="2026-11-01")
    message(person, is_urgent=True)

    assert delivery.deliver(NINE + MINUTE) == {"sent": 0, "failed": 1}
    assert receiver.got == []


def test_without_a_mail_server_there_is_no_mail_channel(person, settings):
    settings.HAS_MAIL = False

    with pytest.raises(Refused):
        channels.add(person, kind="email", address="me@example.org")


def enter(client, person):
    client.force_login(person, "grids.auth.StaffBackend")
    return client


def test_one_adds_tests_changes_and_switches_off_the_own_channels(client, person, settings):
    settings.HAS_MAIL = True
    enter(client, person)
    address = reverse("grids:channels")

    assert client.post(address, {"kind": "email", "address": "x"}).status_code == 422
    facts = {"kind": "email", "address": "me@example.org", "quiet_from": "21:00"}
    assert client.post(address, facts).status_code == 422
    assert client.post(address, facts | {"quiet_until": "07:00"}).status_code == 302
    found = Channel.objects.get(staff=person)
    client.post(reverse("grids:channel_test", args=[found.pk]))
    client.post(reverse("grids:channel_test", args=[found.pk]))
    assert len(mail.outbox) == 1, "one test a minute"
    client.post(reverse("grids:channel", args=[found.pk]), {})
    found.refresh_from_db()
    assert not found.is_active
    assert delivery.deliver(NINE)["sent"] == 0


def test_the_channel_of_somebody_else_is_not_found(client, by_mail):
    enter(client, make.staff("grid_worker"))

    for name in ("grids:channel", "grids:channel_test"):
        assert client.post(reverse(name, args=[by_mail.pk])).status_code == 404


def test_beat_delivers_each_minute():
    from gridmgmt.celery import app

    app.loader.import_default_modules()
    assert "grids.tasks.deliver" in app.tasks
    entries = app.conf.beat_schedule.values()
    assert {e["schedule"] for e in entries if e["task"] == "grids.tasks.deliver"} == {60}
