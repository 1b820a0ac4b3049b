"""Fixtures for tests marked `worker`: a real Celery worker over the test database and a real Redis."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import redis as redis_client
from django.conf import settings
from django.db import connection
from kombu import pools

from gridmgmt.running import localstack
from tests import database


def broker_url():
    """The broker's address as the redis client spells it."""
    url = settings.CELERY_BROKER_URL
    return url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")


@pytest.fixture
def redis():
    """A client of the real Redis-protocol server that this test's messages go through; empty."""
    with redis_client.from_url(broker_url()) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def start_celery(redis, transactional_db, tmp_path):
    """start_celery("worker"), start_celery("beat"): a real process; killed after the test."""
    started = []

    def start(part="worker", *arguments, app="gridmgmt.celery"):
        log = tmp_path / f"{part}-{len(started)}.log"
        environment = os.environ | {
            "DATABASE_URL": database.address_of(connection.settings_dict["NAME"]),
            "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }
        options = (
            ["--concurrency", "1", "--without-gossip", "--without-mingle"]
            if part == "worker"
            else ["--pidfile", ""]
        )
        with log.open("wb") as output:
            process = localstack.spawn(
                [sys.executable, "-m", "celery", "-A", app, part, *options, *arguments],
                cwd=localstack.ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        process.log = log
        started.append(process)
        if part == "worker":
            _wait_for_line(process, " ready.")
        return process

    yield start
    for process in reversed(started):
        localstack.stop(process, polite=signal.SIGTERM, seconds=5)
        print(process.log.name, process.log.read_text(errors="replace")[-4000:])


def _wait_for_line(process, text, seconds=120):
    give_up = time.monotonic() + seconds
    while text not in process.log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > give_up:
            pytest.fail(
                "the process did not get ready:\n" + process.log.read_text(errors="replace")[-3000:]
            )
        time.sleep(0.05)


@pytest.fixture
def celery_worker_process(start_celery):
    """A running worker; its output is in `.log`."""
    return start_celery("worker")


class BreakableRedis:
    """A Redis-protocol server of this test alone, to be hung or killed."""

    def __init__(self, home):
        self.home, self.sockets = home, localstack.private_folder(home / "s")
        self.urls = localstack.redis_urls(self.sockets)
        self.start()

    def start(self):
        site, _ = localstack.places()
        self.process = localstack.start_valkey(
            site, self.home / "data", self.sockets, self.home / "log"
        )

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()


def _forget_connections(app):
    """Close what is open; the next message makes new pools (kombu keeps one for each address)."""
    pools.reset()
    app._after_fork()


@pytest.fixture
def breakable_redis(settings):
    """Broker and cache of this test, with .hang(), .resume(), .kill(), .start()."""
    from gridmgmt.celery import app

    home = Path(tempfile.mkdtemp(prefix="r-", dir=os.environ["GRIDMGMT_TEST_FOLDER"]))
    home.chmod(0o711)
    server = BreakableRedis(home)
    before = app.conf.broker_url
    settings.CELERY_BROKER_URL = server.urls["CELERY_BROKER_URL"]
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": server.urls["CACHE_URL"]}
    }
    _point_celery_at(app, server.urls["CELERY_BROKER_URL"])
    yield server
    _point_celery_at(app, before)
    server.resume()
    server.kill()


def _point_celery_at(app, url):
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    app._after_fork()  # forgets its connections
    pools.reset()


@pytest.fixture
def wait_for():
    """wait_for(lambda: ...): the first true answer, or a failed test.

    The limit is for what never comes; a busy machine may take long for what does.
    """

    def wait(condition, seconds=60):
        give_up = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > give_up:
                pytest.fail(f"still not true after {seconds} s")
            time.sleep(0.05)
        return found

    return wait
