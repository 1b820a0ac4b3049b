"""Announcing due visits: each date once, each person once a day, at the hour that the person
chose and not on days off. Safe to run every minute."""

import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from grids.roles import Role
from inspections import digests
from inspections.models import Reminder, Schedule

VISITORS = [Role.GRID_WORKER, Role.ASSISTANT, Role.BUILDING_STEWARD]
LEADERS = [Role.GRID_LEADER, Role.COMMUNITY_STAFF]

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

# One message for everybody posted to the grid of a household or above it; who is posted to
# a building hears of that building only; who is away is stood in for. A home visit does the call
# too, as on /today/.
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
    SELECT staff.id AS staff_id, standing.household_id, bool_or(stage <> 'coming') AS is_open,
           bool_or(stage = 'overdue') AS is_late, bool_or(stage <> 'coming' AND mode = 'home') AS is_home
    FROM standing
    JOIN above ON above.unit_id = standing.grid_id
    JOIN grids_posting posting ON posting.grid_id = above.upper_id
    LEFT JOIN grids_standin away ON away.staff_id = posting.staff_id AND %s BETWEEN away.since AND away.until
    JOIN grids_staff staff ON staff.id = coalesce(away.stand_in_id, posting.staff_id) AND staff.is_active
    LEFT JOIN inspections_morningdigest chosen ON chosen.staff_id = staff.id
    WHERE coalesce(chosen.at, %s) <= %s AND (%s::time IS NULL OR coalesce(chosen.at, %s) > %s)
      AND posting.role = ANY (%s)
      AND posting.since <= %s AND (posting.until IS NULL OR posting.until >= %s)
      AND (posting.building_id IS NULL OR posting.building_id = standing.building_id)
    GROUP BY staff.id, standing.household_id
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
    row, since, until = digests.begin(day, now)
    announced = _announce(day, now)
    # Something new is for everybody whose hour has come; else only those whose hour came now.
    told = None if announced else since
    has_reader = digests.is_somebodys_hour(told, until)
    number = _tell(day, now, told, until) if has_reader else 0
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
    meant = Schedule.objects.applying(day).filter(
        pk__in=RawSQL("SELECT id FROM unheard", ())
    )
    applying, rest = _sql(meant.values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            ANNOUNCE.format(unheard=unheard, applying=applying), [*first, now, *rest]
        )
        return dict(cursor.fetchall())


def _sql(rows):
    return rows.query.sql_with_params()


def _tell(day, now, since, until):
    firsts = digests.working_since(day)
    if not firsts:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        return sum(
            _write(written, day, now, since, until)
            for written in (_for_visitors(day, firsts), _for_leaders(day, firsts))
        )


def _for_visitors(day, firsts):
    """The day's digest: what is due, and what was announced as coming since the last one."""
    rows = _standing(day, firsts).filter(
        Q(next_due_on__lte=day) | digests.announced_since(firsts, Reminder.Stage.COMING)
    )
    rows = rows.filter(Q(retry_on=None) | Q(retry_on__lte=day))
    # Translators: 1 home visits, 2 calls, 3 of them overdue, 4 soon due; for PostgreSQL's format().
    title = _("To visit today: %1$s; to call: %2$s; overdue: %3$s; coming: %4$s")
    return rows, VISITORS, title, "visits_due", reverse("inspections:today")


def _for_leaders(day, firsts):
    """Exceptions only: what became overdue since the last digest."""
    rows = _standing(day, firsts).filter(
        digests.announced_since(firsts, Reminder.Stage.OVERDUE),
        stage=Reminder.Stage.OVERDUE,
    )
    # Translators: 3 households that became overdue; for PostgreSQL's format().
    title = _("Visits newly overdue: %3$s households")
    return rows, LEADERS, title, "visits_overdue", reverse("inspections:overdue")


def _write(digest, day, now, since, until):
    rows, roles, title, kind, url = digest
    columns = (
        "household",
        "household__grid",
        "household__dwelling__building",
        "stage",
        "rule__mode",
    )
    standing, parameters = _sql(rows.values_list(*columns))
    roles, usual = [str(role) for role in roles], digests.USUAL
    values: list[Any] = [
        *parameters, day, usual, until, since, usual, since, roles, day, day,
        kind, title, url, f"{kind}-{day}", now,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TELL.format(standing=standing), values)
        return cursor.rowcount


def _standing(day, firsts):
    """Of the districts that work today."""
    rows = Schedule.objects.of_households().applying(day).standing(day)
    return rows.filter(district__in=firsts)
