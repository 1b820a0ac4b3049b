"""Who is told, and of which grids: the part that every digest has in common."""

from dataclasses import dataclass
from datetime import date, time

from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.utils.translation import pgettext

from grids.people.on_duty import on_duty
from inspections.models import Schedule
from inspections.telling import digest_hours

# Everybody whose hour has come, at the places of the postings; who is away is stood in for. Who
# is posted to a building hears of that building only; a city hears of no household.
SQL = f"""
above AS MATERIALIZED (
    SELECT unit.id AS unit_id, upper_grid.id AS upper_id
    FROM grids_grid unit
    CROSS JOIN LATERAL unnest(string_to_array(rtrim(unit.path, '/'), '/')) AS part (code)
    JOIN grids_grid upper_grid ON upper_grid.code = part.code AND upper_grid.tier <> 'city'
    WHERE unit.id IN (SELECT grid_id FROM matter)
), reader AS MATERIALIZED (
    SELECT DISTINCT post.staff_id, above.unit_id, post.building_id
    FROM {on_duty("%s")} post
    JOIN above ON above.upper_id = post.grid_id
    LEFT JOIN inspections_morningdigest chosen ON chosen.staff_id = post.staff_id
    WHERE coalesce(chosen.at, %s) <= %s AND (%s::time IS NULL OR coalesce(chosen.at, %s) > %s)
      AND post.role = ANY (%s) AND (%s::bigint IS NULL OR post.staff_id = %s)
)"""  # noqa: S608  only constants


@dataclass(frozen=True)
class Readers:
    """Those whose hour lies after `since`, up to `until`; `only` is the key of one person."""

    day: date
    since: time | None
    until: time
    only: int | None = None

    def values(self, roles):
        """The parameters of SQL."""
        usual, roles = digest_hours.USUAL, [str(role) for role in roles]
        return [
            *[self.day] * 3,
            usual,
            self.until,
            self.since,
            usual,
            self.since,
            roles,
            self.only,
            self.only,
        ]


def write_rows(statement, values, **parts):
    """How many rows a statement wrote; `parts` are put into its text."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(readers=SQL, **parts), values)
        return cursor.rowcount


def day_format():
    # Translators: a day for PostgreSQL's to_char().
    return pgettext("to_char", "FMDD Mon")


def standing(day, firsts):
    """Schedules that are coming, due or overdue, in the districts that work today."""
    rows = Schedule.objects.of_households().applying(day).standing(day)
    return rows.filter(district__in=firsts)


def door(*columns, grid="household__grid"):
    return ("household", grid, "household__dwelling__building", *columns)


def as_text(text):
    return Cast(Value(text), CharField())
