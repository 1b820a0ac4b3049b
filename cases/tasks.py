from celery import shared_task
from django.utils import timezone

from cases import escalation, notices, quality


@shared_task(name="cases.tasks.escalate")
def escalate():
    escalation.sweep(timezone.now())


@shared_task(name="cases.tasks.announce")
def announce():
    notices.announce(timezone.now())


@shared_task(name="cases.tasks.draw_samples")
def draw_samples():
    quality.draw_samples(timezone.localdate())
