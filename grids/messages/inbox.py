"""Reading one's messages."""

from django.utils import timezone

from grids.lists.paging import beyond
from grids.models import Notification

PAGE = 30


def page_of(staff, *, before=None):
    """(up to PAGE messages, newest first, from key `before` on; key of the next page or None)."""
    rows = Notification.objects.of(staff).order_by("-created_at", "-id")
    if before is not None:
        last = Notification.objects.of(staff).filter(pk=before).first()
        if last is not None:
            edge = [last.created_at, last.pk]
            rows = rows.filter(beyond(["created_at", "pk"], edge, is_descending=True))
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def read(message):
    """Note that the message was opened; the first time counts."""
    Notification.objects.filter(pk=message.pk, read_at=None).update(read_at=timezone.now())


def read_all(staff):
    return Notification.objects.of(staff).unread().update(read_at=timezone.now())
