"""Announcing due visits: each date once, each person once a day, at the hour that the person
chose and not on days off. Safe to run every minute."""

import time

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL
from django.utils import timezone

from inspections import telling
from inspections.models import Reminder, Schedule
from inspections.telling import digest_hours

# First what is new, then whether its rule holds: in most minutes nothing is new, and then the
# register is not read. Sorted, so that two processes at once wait for each other instead of
# locking each other out.
ANNOUNCE = """
WITH unheard AS MATERIALIZED (
    SELECT * FROM ({unheard}) AS standing (id, next_due_on, stage)
), fresh AS (
    INSERT INTO inspections_reminder (schedule_id, due_on, stage, announced_at)
    SELECT id, next_due_on, stage, %s FROM unheard
    WHERE id IN ({applying})
    ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING schedule_id, stage
)
SELECT stage, count(DISTINCT (schedule.household_id, schedule.premises_id))
FROM fresh JOIN inspections_schedule schedule ON schedule.id = fresh.schedule_id
GROUP BY stage
"""


@transaction.atomic
def remind(now) -> dict:
    """Announce what is coming, due and overdue at `now`; what was announced before stays silent."""
    started = time.monotonic()
    day = timezone.localdate(now)
    row, since, until = digest_hours.begin(day, now)
    announced = _announce(day, now)
    # Something new is for everybody whose hour has come; else only those whose hour came now.
    told = None if announced else since
    has_reader = digest_hours.is_somebodys_hour(told, until)
    number = telling.tell(day, now, told, until) if has_reader else 0
    if until != since:
        row.told_until = until
        row.save(update_fields=["told_until"])
    return {
        "now": now.isoformat(),
        "coming": announced.get("coming", 0),
        "due": announced.get("due", 0),
        "overdue": announced.get("overdue", 0),
        "digests": number,
        "seconds": round(time.monotonic() - started, 3),
    }


def _announce(day, now):
    """Targets announced for the first time, by stage."""
    known = Reminder.objects.filter(
        schedule=OuterRef("pk"), due_on=OuterRef("next_due_on"), stage=OuterRef("stage")
    )
    new = Schedule.objects.standing(day).filter(~Exists(known), rule__is_active=True)
    unheard, first = _sql(new.values_list("pk", "next_due_on", "stage"))
    meant = Schedule.objects.applying(day).filter(pk__in=RawSQL("SELECT id FROM unheard", ()))
    applying, rest = _sql(meant.values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE.format(unheard=unheard, applying=applying), [*first, now, *rest])
        return dict(cursor.fetchall())


def _sql(rows):
    return rows.query.sql_with_params()


@transaction.atomic
def choose_hour(staff, at, now=None):
    """From now on the digest comes at `at`. If that has passed today, and the hour before it has
    not, today's digest comes at once: no run would come back for it."""
    now = now or timezone.now()
    day = timezone.localdate(now)
    _row, told_until, _until = digest_hours.begin(day, now)  # a run that has begun ends first
    before = digest_hours.hour_of(staff)
    digest_hours.choose(staff, at)
    if told_until is not None and at <= told_until < before:
        telling.tell(day, now, None, told_until, only=staff)
