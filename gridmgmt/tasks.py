"""The sign of life of the worker."""

from celery import shared_task

from gridmgmt.running import heartbeats


@shared_task(name="gridmgmt.tasks.heartbeat")
def heartbeat():
    heartbeats.note("worker")
