"""What the worker does about messages, the audit and accounts."""

from celery import shared_task
from django.utils import timezone

from grids.accounts import mail, sessions, tries
from grids.audit import alarms, checking
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


@shared_task(name="grids.tasks.mail_slip")
def mail_slip(name):
    mail.send_slip(name)


@shared_task(name="grids.tasks.end_sessions")
def end_sessions():
    sessions.end_of_the_unposted(timezone.localdate())


@shared_task(name="grids.tasks.forget_log_ins")
def forget_log_ins():
    tries.forget(timezone.now())
    sessions.forget(timezone.now())
