"""A silent part is reported by a living one: once, and once more when it is back."""

import datetime as dt
import json
import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.db import connection

from gridmgmt.models import Heartbeat
from gridmgmt.running import heartbeats, outage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def operator(settings):
    settings.ADMINS = [("operator", "operator@example.org")]


def alive(*parts):
    for part in parts:
        heartbeats.note(part)


def silent(part, seconds=400):
    heartbeats.note(part)
    age = dt.timedelta(seconds=seconds)
    Heartbeat.objects.filter(name=part).update(at=Heartbeat.objects.get(name=part).at - age)


@pytest.fixture
def patient_no_more(monkeypatch):
    monkeypatch.setattr(outage, "_started", float("-inf"))
    monkeypatch.setattr(outage, "_looked_at", float("-inf"))


def test_an_outage_is_told_once_and_its_end_once():
    alive("beat")
    silent("worker")

    assert outage.check() == ["worker"]
    assert outage.check() == []
    alive("worker")
    assert outage.check() == ["worker"]
    assert outage.check() == []

    assert len(mail.outbox) == 2
    assert "worker" in mail.outbox[0].subject
    silent("worker")
    assert outage.check() == ["worker"], "the next outage is told again"


@pytest.mark.parametrize("part", outage.PARTS)
def test_each_part_is_watched(part):
    silent(part, 299)
    assert outage.check() == []
    silent(part, 301)
    assert outage.check() == [part]


def test_a_part_that_never_lived_is_not_missed():
    assert outage.check() == []


def test_healthz_tells_and_says_the_reason(client, patient_no_more):
    alive("worker")
    silent("beat", 700)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["reason"].startswith("beat: no sign of life for 70")
    assert len(mail.outbox) == 1
    client.get("/healthz")
    assert len(mail.outbox) == 1


def test_a_sweep_that_fails_is_an_outage_though_worker_and_beat_live(client, monkeypatch):
    # A young process does not tell by itself: the check below is the one that does.
    monkeypatch.setattr(outage, "_started", outage.time.monotonic())
    alive("worker", "beat")
    silent("lights")

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["lights"] == "down"
    assert outage.check() == ["lights"]


def test_a_process_that_has_just_started_waits_for_the_others(client, monkeypatch):
    monkeypatch.setattr(outage, "_started", outage.time.monotonic())
    silent("worker")

    client.get("/healthz")

    assert mail.outbox == []


def test_a_mail_that_does_not_go_out_is_tried_again(monkeypatch):
    def refuse(*arguments, **options):
        raise smtplib.SMTPServerDisconnected

    silent("worker")
    with monkeypatch.context() as broken:
        broken.setattr(outage, "mail_admins", refuse)
        assert outage.check() == []

    assert outage.check() == ["worker"]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_four_processes_tell_it_once():
    silent("worker")

    def look(_number):
        try:
            return outage.check()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = [part for found in pool.map(look, range(4)) for part in found]

    assert told == ["worker"]
    assert len(mail.outbox) == 1


def test_the_webhook_of_the_operator_is_called(settings):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OPERATOR_WEBHOOK = f"http://127.0.0.1:{server.server_port}/"
    silent("beat")

    outage.check()
    server.shutdown()
    server.server_close()

    assert [(facts["part"], facts["state"]) for facts in got] == [("beat", "down")]


def test_the_sweep_of_the_worker_is_a_sign_of_life_of_the_lights():
    from cases import tasks
    from gridmgmt.celery import note_the_lights

    note_the_lights(sender=tasks.announce)
    assert "lights" not in heartbeats.ages()
    note_the_lights(sender=tasks.escalate)
    assert "lights" in heartbeats.ages()


def test_beat_looks_at_the_worker(patient_no_more, monkeypatch):
    from gridmgmt.celery import PulsingScheduler

    monkeypatch.setattr("gridmgmt.celery.close_old_connections", lambda: None)
    silent("worker")

    PulsingScheduler.note(type("Scheduler", (), {"noted": 0.0})())

    assert len(mail.outbox) == 1
