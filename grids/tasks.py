"""What the worker does about messages: sending them out."""

from celery import shared_task
from django.utils import timezone

from grids.messages import delivery


@shared_task(name="grids.tasks.deliver")
def deliver():
    delivery.deliver(timezone.now())
