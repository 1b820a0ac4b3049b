"""Announcing due visits: each date once, each person once a day. Safe to run every minute."""

import time

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from grids.roles import Role
from inspections.models import Reminder, Schedule

VISITORS = [Role.GRID_WORKER, Role.ASSISTANT, Role.BUILDING_STEWARD]
LEADERS = [Role.GRID_LEADER, Role.COMMUNITY_STAFF]

# Sorted, so that two processes at once wait for each other instead of locking each other out.
ANNOUNCE = """
WITH fresh AS (
    INSERT INTO inspections_reminder (schedule_id, due_on, stage, announced_at)
    SELECT id, next_due_on, stage, %s FROM ({standing}) AS standing (id, next_due_on, stage)
    ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING schedule_id, stage
)
SELECT stage, count(DISTINCT (schedule.household_id, schedule.premises_id))
FROM fresh JOIN inspections_schedule schedule ON schedule.id = fresh.schedule_id
GROUP BY stage
"""

# One message for everybody posted to the grid of a household or above it; who is posted to
# a building hears of that building only. A home visit does the call too, as on /today/.
TELL = """
WITH standing AS MATERIALIZED (
    SELECT * FROM ({standing}) AS standing (household_id, grid_id, building_id, stage, mode)
), above AS MATERIALIZED (
    SELECT unit.id AS unit_id, upper_grid.id AS upper_id
    FROM grids_grid unit
    CROSS JOIN LATERAL unnest(string_to_array(rtrim(unit.path, '/'), '/')) AS part (code)
    JOIN grids_grid upper_grid ON upper_grid.code = part.code
    WHERE unit.id IN (SELECT grid_id FROM standing)
), concerned AS (
    SELECT posting.staff_id, standing.household_id, bool_or(stage <> 'coming') AS is_open,
           bool_or(stage = 'overdue') AS is_late, bool_or(stage <> 'coming' AND mode = 'home') AS is_home
    FROM standing
    JOIN above ON above.unit_id = standing.grid_id
    JOIN grids_posting posting ON posting.grid_id = above.upper_id
    JOIN grids_staff staff ON staff.id = posting.staff_id AND staff.is_active
    WHERE posting.role = ANY (%s)
      AND posting.since <= %s AND (posting.until IS NULL OR posting.until >= %s)
      AND (posting.building_id IS NULL OR posting.building_id = standing.building_id)
    GROUP BY posting.staff_id, standing.household_id
)
INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
SELECT staff_id, %s,
       format(%s, count(*) FILTER (WHERE is_home), count(*) FILTER (WHERE is_open AND NOT is_home),
              count(*) FILTER (WHERE is_late), count(*) FILTER (WHERE NOT is_open)),
       '', %s, false, %s, %s
FROM concerned
GROUP BY staff_id
ORDER BY staff_id
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def remind(now) -> dict:
    """Announce what is coming, due and overdue at `now`; what was announced before stays silent."""
    started = time.monotonic()
    day = timezone.localdate(now)
    is_first = not _has_announced(day)
    announced = _announce(day, now)
    digests = _tell(day, now) if announced or is_first else 0
    return {
        "now": now.isoformat(),
        "coming": announced.get("coming", 0),
        "due": announced.get("due", 0),
        "overdue": announced.get("overdue", 0),
        "digests": digests,
        "seconds": round(time.monotonic() - started, 3),
    }


def _has_announced(day):
    """Whether something was announced on that day; after that, digests wait for something new."""
    last = (
        Reminder.objects.order_by("-pk").values_list("announced_at", flat=True).first()
    )
    return last is not None and timezone.localdate(last) >= day


def _announce(day, now):
    """Targets announced for the first time, by stage."""
    known = Reminder.objects.filter(
        schedule=OuterRef("pk"), due_on=OuterRef("next_due_on"), stage=OuterRef("stage")
    )
    fresh = Schedule.objects.applying(day).standing(day).filter(~Exists(known))
    standing, parameters = fresh.values_list(
        "pk", "next_due_on", "stage"
    ).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE.format(standing=standing), [now, *parameters])
        return dict(cursor.fetchall())


def _tell(day, now):
    with translation.override(settings.LANGUAGE_CODE):
        return _tell_visitors(day, now) + _tell_leaders(day, now)


def _tell_visitors(day, now):
    """The day's digest: what is due, and what was announced today as coming."""
    rows = _standing(day).filter(
        Q(next_due_on__lte=day) | _announced_on(day, Reminder.Stage.COMING)
    )
    # Translators: 1 home visits, 2 calls, 3 of them overdue, 4 soon due; for PostgreSQL's format().
    title = _("To visit today: %1$s; to call: %2$s; overdue: %3$s; coming: %4$s")
    return _write(
        rows, VISITORS, title, "visits_due", reverse("inspections:today"), day, now
    )


def _tell_leaders(day, now):
    """Exceptions only: what became overdue today."""
    rows = _standing(day).filter(
        _announced_on(day, Reminder.Stage.OVERDUE), stage=Reminder.Stage.OVERDUE
    )
    # Translators: 3 households that became overdue; for PostgreSQL's format().
    title = _("Visits newly overdue: %3$s households")
    return _write(
        rows, LEADERS, title, "visits_overdue", reverse("inspections:overdue"), day, now
    )


def _write(rows, roles, title, kind, url, day, now):
    columns = (
        "household",
        "household__grid",
        "household__dwelling__building",
        "stage",
        "rule__mode",
    )
    standing, parameters = rows.values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            TELL.format(standing=standing),
            [
                *parameters,
                [str(role) for role in roles],
                day,
                day,
                kind,
                title,
                url,
                f"{kind}-{day}",
                now,
            ],
        )
        return cursor.rowcount


def _standing(day):
    return Schedule.objects.of_households().applying(day).standing(day)


def _announced_on(day, stage):
    return Exists(
        Reminder.objects.filter(
            schedule=OuterRef("pk"),
            due_on=OuterRef("next_due_on"),
            stage=stage,
            announced_at__date=day,
        )
    )
