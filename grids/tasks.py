"""What the worker does about messages, the audit and files: sending out, watching, sweeping."""

from celery import shared_task
from django.utils import timezone

from grids.audit import alarms, checking
from grids.files import sweeping
from grids.messages import delivery


@shared_task(name="grids.tasks.deliver")
def deliver():
    delivery.deliver(timezone.now())


@shared_task(name="grids.tasks.audit_watch")
def audit_watch():
    alarms.watch(timezone.now())


@shared_task(name="grids.tasks.audit_check")
def audit_check():
    checking.check(timezone.now())


@shared_task(name="grids.tasks.sweep_files")
def sweep_files():
    sweeping.sweep(timezone.now())
