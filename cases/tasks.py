"""What the worker does about cases: each minute lateness, messages; samples, edits of calendars."""

from celery import shared_task
from django.utils import timezone

from cases import taking_in
from cases.calendar import watch
from cases.lateness import escalation
from cases.limits import recompute
from cases.models import Upload
from cases.telling import notices
from cases.workflow import quality


@shared_task(name="cases.tasks.escalate")
def escalate():
    escalation.sweep(timezone.now())


@shared_task(name="cases.tasks.announce")
def announce():
    notices.announce(timezone.now())


@shared_task(name="cases.tasks.draw_samples")
def draw_samples():
    quality.draw_samples(timezone.localdate())


@shared_task(name="cases.tasks.change_calendar")
def change_calendar(change_id):
    recompute.work(change_id, timezone.now())


@shared_task(name="cases.tasks.nudge_calendar_changes")
def nudge_calendar_changes():
    recompute.catch_late_comers(timezone.now())
    for change_id in recompute.waiting():
        change_calendar.delay(change_id)


@shared_task(name="cases.tasks.watch_calendars")
def watch_calendars():
    watch.warn(timezone.now())


@shared_task(name="cases.tasks.read_upload")
def read_upload(upload_id):
    taking_in.work(upload_id)


@shared_task(name="cases.tasks.nudge_uploads")
def nudge_uploads():
    for upload_id in Upload.objects.forgotten(timezone.now()):
        read_upload.delay(upload_id)
