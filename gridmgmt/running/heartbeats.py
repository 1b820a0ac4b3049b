"""Signs of life of the worker, of beat, and of the sweep that moves the lights. They live in the database: Redis may be what is missing."""

from django.utils import timezone

from gridmgmt.models import Heartbeat

EVERY_SECONDS = 20
ALIVE_SECONDS = 60


def note(name: str) -> None:
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=timezone.now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def ages() -> dict[str, float]:
    """Seconds since the last sign of each part that ever gave one."""
    now = timezone.now()
    return {
        name: max((now - at).total_seconds(), 0)
        for name, at in Heartbeat.objects.values_list("name", "at")
        if ":" not in name  # what was told of an outage, see outage.py
    }
