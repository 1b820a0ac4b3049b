"""Messages travel through a real Redis to a real worker process."""

import signal

import pytest

from gridmgmt.running import heartbeats
from gridmgmt.tasks import heartbeat

pytestmark = pytest.mark.worker


def test_a_task_is_run_by_the_worker(celery_worker_process, wait_for):
    assert heartbeat.delay()

    wait_for(lambda: "worker" in heartbeats.ages())


def test_beat_sends_at_once_and_both_are_alive(
    celery_worker_process, start_celery, client, wait_for
):
    start_celery("beat")

    wait_for(lambda: {"worker", "beat"} <= set(heartbeats.ages()))
    assert client.get("/healthz").json()["status"] == "ok"


def test_the_pulse_does_not_wait_behind_other_work(redis, start_celery, wait_for):
    from gridmgmt.celery import app

    for _ in range(200):
        app.send_task("celery.chunks", args=[None, None, None])
    heartbeat.delay()

    start_celery("worker")

    wait_for(lambda: "worker" in heartbeats.ages())


def test_a_killed_worker_leaves_no_pool_process(celery_worker_process, wait_for):
    def pool():
        listing = f"/proc/{pid}/task/{pid}/children"
        with open(listing) as file:
            return [int(child) for child in file.read().split()]

    pid = celery_worker_process.pid
    children = wait_for(pool)

    celery_worker_process.send_signal(signal.SIGKILL)
    celery_worker_process.wait()

    wait_for(lambda: not any(is_running(child) for child in children))


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
