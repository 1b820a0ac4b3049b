"""Messages on their way out: urgent ones at once, everything else as one digest of each hour.

A sending is claimed by pushing its next try ahead (a lease), then sent, then marked. Who dies in
between leaves a sending that is tried again when the lease is over: at least once, never lost. The
key that goes with it is the same each time, so that a receiver can drop the second one.
"""

import datetime as dt

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.messages import outward
from grids.models import Channel, Delivery, Notification

BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
TRIES = len(BACKOFF) + 1
BATCH = 200  # in one go; the rest is there a minute later
OLDEST = dt.timedelta(days=7)  # what is older waits in the inbox
GRACE = dt.timedelta(minutes=1)  # for what is being written while the hour ends
GIVEN_UP = "delivery_given_up"  # told in the inbox only: the way out is what is broken

# One digest of each channel and hour; an urgent message is a sending of its own.
GATHER = """
WITH item AS (
    SELECT channel.id AS channel_id, note.id AS note_id,
           CASE WHEN note.is_urgent THEN 'urgent:' || note.id ELSE %(digest)s END AS key
      FROM grids_channel AS channel
      JOIN grids_staff AS staff ON staff.id = channel.staff_id AND staff.is_active
      JOIN grids_notification AS note ON note.recipient_id = channel.staff_id
     WHERE channel.id = ANY(%(channels)s) AND note.read_at IS NULL AND note.kind <> %(given_up)s
       AND note.created_at >= greatest(channel.since, %(oldest)s)
       AND (note.is_urgent OR (note.created_at < %(until)s AND channel.id = ANY(%(awake)s)))
       AND NOT EXISTS (
           SELECT FROM grids_delivery_messages AS part JOIN grids_delivery AS sent ON sent.id = part.delivery_id
            WHERE part.notification_id = note.id AND sent.channel_id = channel.id)
), made AS (
    INSERT INTO grids_delivery (channel_id, key, created_at, attempts, next_try_at, error)
    SELECT DISTINCT channel_id, key, %(now)s::timestamptz, 0, %(now)s::timestamptz, '' FROM item
        ON CONFLICT (channel_id, key) DO NOTHING RETURNING id, channel_id, key
)
INSERT INTO grids_delivery_messages (delivery_id, notification_id)
SELECT made.id, item.note_id FROM made JOIN item USING (channel_id, key)
"""


def deliver(now):
    """Gather what is to go out, and send what is due; {"sent", "failed"}."""
    gather(now)
    done = {"sent": 0, "failed": 0}
    for _number in range(BATCH):
        delivery = claim(now)
        if delivery is None:
            break
        done["sent" if attempt(delivery, now) else "failed"] += 1
    return done


def gather(now):
    """Make sendings of the messages that no sending of the channel holds yet."""
    active = Channel.objects.filter(is_active=True)
    channels = list(active.values_list("pk", flat=True))
    if not channels:
        return
    until = hour_of(now - GRACE)
    awake = active.exclude(quiet_at(now)).values_list("pk", flat=True)
    parameters = {
        "now": now,
        "until": until,
        "oldest": now - OLDEST,
        "given_up": GIVEN_UP,
        "channels": channels,
        "awake": list(awake),
        "digest": f"digest:{until - dt.timedelta(hours=1):%Y%m%d%H}",
    }
    with connection.cursor() as cursor:
        cursor.execute(GATHER, parameters)


def hour_of(moment):
    """The hour of the office clock that the moment lies in."""
    return timezone.localtime(moment).replace(minute=0, second=0, microsecond=0)


def quiet_at(now, prefix=""):
    """Channels in their quiet hours, which may reach over midnight."""
    clock = timezone.localtime(now).time()
    begins, ends = f"{prefix}quiet_from", f"{prefix}quiet_until"
    begun, not_over = Q(**{f"{begins}__lte": clock}), Q(**{f"{ends}__gt": clock})
    by_day = Q(**{f"{begins}__lt": F(ends)})
    over_midnight = Q(**{f"{begins}__gt": F(ends)})
    return (by_day & begun & not_over) | (over_midnight & (begun | not_over))


@transaction.atomic
def claim(now):
    """The next sending that is due, for this process alone until its lease is over; or None."""
    due = Delivery.objects.filter(
        sent_at=None, given_up_at=None, next_try_at__lte=now, channel__is_active=True
    ).exclude(quiet_at(now, "channel__") & Q(key__startswith="digest:"))
    found = (
        due.select_related("channel")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_try_at", "pk")
        .first()
    )
    if found is not None:
        found.attempts += 1
        found.next_try_at = now + BACKOFF[min(found.attempts, len(BACKOFF)) - 1]
        found.save(update_fields=["attempts", "next_try_at"])
    return found


def attempt(delivery, now):
    """Send a claimed sending and mark it; whether it went out."""
    found = list(delivery.messages.order_by("created_at", "pk"))
    try:
        outward.send(delivery.channel, delivery.key, found, now)
    except outward.NotSent as error:
        _fail(delivery, str(error), now)
        return False
    delivery.sent_at, delivery.error = now, ""
    delivery.save(update_fields=["sent_at", "error"])
    return True


@transaction.atomic
def _fail(delivery, reason, now):
    delivery.error = reason[:200]
    if delivery.attempts >= TRIES:
        delivery.given_up_at = now
        Notification.objects.get_or_create(
            recipient_id=delivery.channel.staff_id,
            key=f"{GIVEN_UP}:{delivery.pk}",
            defaults={
                "kind": GIVEN_UP,
                "title": _("A message could not be sent: %(channel)s")
                % {"channel": delivery.channel.address[:100]},
                "body": delivery.error,
                "url": "/inbox/channels/",
                "created_at": now,
            },
        )
    delivery.save(update_fields=["error", "given_up_at"])
