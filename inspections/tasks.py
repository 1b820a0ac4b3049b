"""What the worker does about visits: reminders, new schedules."""

from celery import shared_task
from django.utils import timezone

from inspections.cadence import schedules
from inspections.telling import reminders


@shared_task(name="inspections.tasks.remind")
def remind():
    reminders.remind(timezone.now())


@shared_task(name="inspections.tasks.plan_schedules")
def plan_schedules():
    schedules.plan_all(timezone.localdate())
