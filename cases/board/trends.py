"""How it went, by month or week: reported, closed, on time, days to close; for a place and its parts.

A case counts in the period in which it was reported, and in the one in which it was closed. One that
is still open and overdue counts against the rate of the period in which its limit passed. Rejected
cases, merged ones among them, do not count.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from cases.board import closed_figures
from cases.board.board import COLUMNS, children_of
from cases.lights import RED
from cases.lists import narrowing, scope_of_board
from cases.models import Case, Category, Loop
from grids.models import Department, Grid

UNITS = ("month", "week")
PERIODS = 12
KEPT_SECONDS = 300

# {rows}: key, moment of the period, and what is summed up; {ground}: grid -> part of the place.
SUMS = """
SELECT grouping(part), period, part, {sums}
  FROM (SELECT width_bucket({moment}, %s::timestamptz[]) AS period, {part} AS part, row.*
          FROM ({rows}) AS row {ground}) AS found
 GROUP BY GROUPING SETS ((period), (part), ())
"""
GROUND = "JOIN unnest(%s::bigint[], %s::text[]) AS ground (id, code) ON ground.id = row.grid_id"
CLOSED = f"""count(*), count(*) FILTER (WHERE closing_light <> '{RED}'),
  percentile_disc(ARRAY[0.5, 0.8]) WITHIN GROUP (ORDER BY closed_at - reported_at)"""


@dataclass
class Line:
    """One period, or one part of the place; `since` and `until` are its first and last day.

    `overdue`: still open, and their limit passed; `median` and `p80`: days from report to closing.
    """

    of: Any
    since: dt.date
    until: dt.date
    reported: int = 0
    closed: int = 0
    on_time: int = 0
    overdue: int = 0
    median: float | None = None
    p80: float | None = None

    @property
    def rate(self):
        """Closed on time / (closed + open overdue); None without any."""
        counted = self.closed + self.overdue
        return self.on_time / counted if counted else None


@dataclass
class Trends:
    """`periods` in order of time, `groups` by how many were closed; `at`: when it was counted."""

    at: dt.datetime
    unit: str
    total: Line
    periods: list = field(default_factory=list)
    groups: list = field(default_factory=list)


def read(staff, *, now, place=None, unit="month", by="department", chosen=None):
    """The trends of the last 12 months or weeks; at most five minutes old."""
    place = place or scope_of_board.own_place(staff)
    narrowed = narrowing.condition(**chosen or {})
    shares = [share & narrowed for share in scope_of_board.shares(staff, place)]
    since = _starts(now, unit)[0]
    words = repr((unit, by, since, place and place.pk, [_plain(share) for share in shares]))
    key = f"trends:{hashlib.sha256(words.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None or not 0 <= (now - found.at).total_seconds() < KEPT_SECONDS:
        found = _count(staff, shares, now, place, unit, by)
        cache.set(key, found, KEPT_SECONDS)
    _name(found.groups, by)
    return found


def _plain(share):
    return str(Case.objects.filter(share).values("pk").query)


def _starts(now, unit):
    """The first days of the last periods, the present one last."""
    today = timezone.localdate(now)
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday())
        return [monday - dt.timedelta(weeks=n) for n in reversed(range(PERIODS))]
    months = [today.year * 12 + today.month - 1 - n for n in reversed(range(PERIODS))]
    return [dt.date(month // 12, month % 12 + 1, 1) for month in months]


def _count(staff, shares, now, place, unit, by):
    starts = _starts(now, unit)
    ends = [
        *(day - dt.timedelta(days=1) for day in starts[1:]),
        timezone.localdate(now),
    ]
    found = Trends(now, unit, Line(None, starts[0], ends[-1]))
    found.periods = [Line(day, day, last) for day, last in zip(starts, ends, strict=True)]
    groups: dict = {}
    if shares:
        part_of = _part_of(by, place)
        for fill, *asked in _figures(staff, shares, now, starts[0], by):
            for period, part, is_part, numbers in _sums(asked, starts, part_of):
                if is_part:
                    line = groups.setdefault(part, Line(part, starts[0], ends[-1]))
                else:
                    line = found.periods[period - 1] if period else found.total
                fill(line, *numbers)
    found.groups = sorted(groups.values(), key=lambda one: (-one.closed, -one.reported))
    return found


def _figures(staff, shares, now, first, by):
    """[(how a line takes the sums, the sums, whose moment, (SQL, parameters) of the cases)]."""
    since, key = narrowing.midnight(first), COLUMNS[by]
    closed = closed_figures.closed_cases(staff).filter(closed_at__gte=since, closed_at__lte=now)
    reported = {"reported_at__gte": since, "reported_at__lte": now}
    columns = (key, "reported_at", "closed_at", "closing_light")
    rows = [closed.filter(share).values(*columns) for share in shares]
    yield _take_closed, CLOSED, "closed_at", scope_of_board.union(rows)
    either = [
        cases.filter(share, **reported).values(key, "reported_at")
        for share in shares
        for cases in (closed, Case.objects.open())
    ]
    yield _take_reported, "count(*)", "reported_at", scope_of_board.union(either)
    overdue = Case.objects.red(now=now).filter(due_at__gte=since)
    rows = [overdue.filter(share).values(key, "due_at") for share in shares]
    yield _take_overdue, "count(*)", "due_at", scope_of_board.union(rows)


def _take_closed(line, closed, on_time, lengths):
    line.closed, line.on_time = closed, on_time
    if lengths:
        line.median, line.p80 = (length / dt.timedelta(days=1) for length in lengths)


def _take_reported(line, number):
    line.reported = number


def _take_overdue(line, number):
    line.overdue = number


def _part_of(by, place):
    """(what a part is, where it comes from, parameters of that)."""
    if by != "grid":
        return COLUMNS[by], "", []
    codes = children_of(place, Grid.objects.history_of(place))
    return "ground.code", GROUND, [list(codes), list(codes.values())]


def _sums(asked, starts, part_of):
    """[(period, part, whether it is the line of a part, numbers)]."""
    sums, moment, (rows, values) = asked
    part, ground, parameters = part_of
    begins = [narrowing.midnight(day) for day in starts]
    sql = SUMS.format(
        sums=sums,
        moment=moment,
        rows=rows,
        ground=ground,
        part=part,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling costs more than it saves, and the days are sorted in memory.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql, [begins, *values, *parameters])
        return [
            (period, part, not is_whole, numbers)
            for is_whole, period, part, *numbers in cursor.fetchall()
        ]


def _name(lines, by):
    """Puts the department, grid, category or loop itself in the place of its key."""
    keys = [line.of for line in lines if line.of is not None]
    if by == "grid":
        rows = Grid.objects.defer("boundary").filter(code__in=keys)
        named: dict = {grid.code: grid for grid in rows}
    elif by == "loop":
        named = {loop.value: loop for loop in Loop}
    else:
        model = Department if by == "department" else Category
        named = model._default_manager.in_bulk(keys)
    for line in lines:
        line.of = named.get(line.of)
