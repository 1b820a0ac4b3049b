"""Patrols: how many a grid has a day, which are walked, and what they brought up.

No track and no mileage are kept: a patrol is a slot, who walked it, and what was found.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.calendar import working_days
from grids import locks
from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope
from inspections.models import Patrol, PatrolFinding, PatrolPoint, PatrolRule

USUAL = 2
OLDEST = timedelta(days=3)
MANY = 12  # grids of a person who walks; a whole district is looked at in the list


@dataclass
class Beat:
    """A grid's patrols of a day."""

    grid: Grid
    done: int
    wanted: int

    @property
    def is_done(self):
        return self.done >= self.wanted


def grids_of(staff):
    """Unit grids that the person walks: on duty today, with the right to log visits there."""
    reach = Scope.of(staff).reach("visit.log")
    rows = Grid.objects.units().filter(pk__in=reach.grids, valid_to=None)
    return rows.defer("boundary").order_by("code")


def todays(staff, day) -> list[Beat]:
    """The grids of the person with what is walked and what is wanted: four queries."""
    grids = list(grids_of(staff)[:MANY])
    done = dict(
        Patrol.objects.filter(grid__in=grids, day=day).values_list("grid").annotate(n=Count("pk"))
    )
    wanted = wanted_in(grids, day)
    return [Beat(grid, done.get(grid.pk, 0), wanted[grid.pk]) for grid in grids]


def wanted_in(grids, day) -> dict:
    """{grid key: patrols a day}: the rule of the nearest grid above counts."""
    districts = {grid.district_id for grid in grids}
    rules = PatrolRule.objects.filter(district__in=districts).values_list(
        "grid__path", "per_day", "on_days_off"
    )
    nearest_first = sorted(rules, key=lambda rule: -len(rule[0]))
    off = working_days.days_off(districts, day, day)
    found = {}
    for grid in grids:
        per_day, on_days_off = next(
            (
                (number, always)
                for path, number, always in nearest_first
                if grid.path.startswith(path)
            ),
            (USUAL, True),
        )
        is_off = not on_days_off and (grid.district_id, day) in off
        found[grid.pk] = 0 if is_off else per_day
    return found


@transaction.atomic
def log(
    grid, *, by, day: date, found_nothing, note="", client_uuid=None, now=None
) -> tuple[Patrol, bool]:
    """Keep a patrol as the next one of the grid's day: (patrol, whether it is new).

    The same `client_uuid` again answers with the patrol that is there. Raises Refused.
    """
    now = now or timezone.now()
    client_uuid = client_uuid or uuid.uuid4()
    _check(grid, by=by, day=day, today=timezone.localdate(now))
    with connection.cursor() as cursor:  # two phones at once: one slot after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.PATROLS, grid.pk])
    if known := Patrol.objects.filter(client_uuid=client_uuid).first():
        if (known.grid_id, known.by_id) != (grid.pk, by.pk):
            raise Refused(_("This form was used before. Open it again."))
        return known, False
    last = Patrol.objects.filter(grid=grid, day=day).aggregate(n=Max("number"))["n"]
    return Patrol.objects.create(
        district_id=grid.district_id,
        grid=grid,
        day=day,
        number=(last or 0) + 1,
        by=by,
        client_uuid=client_uuid,
        found_nothing=found_nothing,
        note=note,
        logged_at=now,
    ), True


def _check(grid, *, by, day, today):
    if not grids_of(by).filter(pk=grid.pk).exists():
        raise Refused(_("Only who is on duty in a grid walks its patrol."))
    if day > today:
        raise Refused(_("The date lies in the future."))
    if day < today - OLDEST:
        raise Refused(_("The date is more than three days ago."))


def take_case(case, given, *, by):
    """A report that a patrol brought up stands with the patrol of the person who walked it."""
    if not given.get("patrol_key"):
        return
    patrol = Patrol.objects.filter(client_uuid=given["patrol_key"], by=by).first()
    if patrol is not None:
        PatrolFinding.objects.create(patrol=patrol, case=case)


def points_of(grid):
    return PatrolPoint.objects.filter(grid=grid, ended_on=None)


@transaction.atomic
def set_points(grid, points):
    """The way of a grid anew, in order: [(name, what to look at)]. Points with findings stay on record."""
    kept = {point.name: point for point in points_of(grid)}
    names = {name for name, __ in points}
    for position, (name, look_at) in enumerate(points, start=1):
        point = kept.get(name) or PatrolPoint(district_id=grid.district_id, grid=grid, name=name)
        point.position, point.look_at = position, look_at
        point.save()
    gone = [point.pk for name, point in kept.items() if name not in names]
    PatrolPoint.objects.filter(pk__in=gone).update(ended_on=timezone.localdate())


def by_grid(staff, day, under=None):
    """Each unit grid in sight with what was walked on `day`: [{grid, done, wanted, found}]."""
    grids = Grid.objects.visible_to(staff).units().filter(valid_to=None)
    if under is not None:
        grids = grids.filter(path__startswith=under.path)
    grids = list(grids.defer("boundary").order_by("code"))
    walked = Patrol.objects.visible_to(staff).filter(day=day)
    done = {
        row["grid"]: row
        for row in walked.values("grid").annotate(
            done=Count("pk", distinct=True), found=Count("findings")
        )
    }
    wanted = wanted_in(grids, day)
    nothing = {"done": 0, "found": 0}
    return [
        {
            "grid": grid,
            "wanted": wanted[grid.pk],
            **{k: done.get(grid.pk, nothing)[k] for k in nothing},
        }
        for grid in grids
    ]
