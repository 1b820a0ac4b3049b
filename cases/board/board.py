"""The red/yellow/green board: one grouped query over the open cases that a person steers."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from cases.board import closed_figures
from cases.board.closed_figures import Settled
from cases.lights import LIGHTS, RED
from cases.lists import narrowing, scope_of_board
from cases.models import Case, Category, Loop
from cases.models.case import red_at, yellow_at
from grids.models import Department, Grid
from grids.scope import Scope

MOST_URGENT = 50
WAYS = ("department", "grid", "category", "loop")
SHOWN = (
    "number",
    "title",
    "is_urgent",
    "stage",
    "stage_since",
    "step_due_at",
    "warn_at",
    "due_at",
    "closed_at",
    "closing_light",
    "department__name",
    "handler__full_name",
    "grid__name",
)
COLUMNS = {
    "department": "department_id",
    "grid": "grid_id",
    "category": "category_id",
    "loop": "loop",
}

GROUPED = """
SELECT grouping({keys}), {keys}, count(*) FILTER (WHERE is_red), count(*) FILTER (WHERE is_yellow), count(*)
  FROM ({rows}) AS row
 GROUP BY GROUPING SETS ({sets})
"""

# Cases without a limit are looked for only where those with one do not fill the list.
URGENT = """
SELECT %s, due_at, pk FROM (
    WITH dated AS MATERIALIZED ({0})
    SELECT * FROM dated UNION ALL
    SELECT * FROM ({1}) AS row WHERE (SELECT count(*) FROM dated) < %s) AS found
"""

# The child of a place that a grid lies in: the first step down that is not a hidden level.
WAYS_DOWN = "SELECT id, path FROM grids_grid WHERE id = ANY(%s)"
HIDDEN = "SELECT code FROM grids_grid WHERE is_passthrough AND path LIKE %s"


@dataclass
class Line:
    """Open cases of one department, grid, category or loop under each light."""

    of: object
    red: int = 0
    yellow: int = 0
    total: int = 0

    @property
    def green(self):
        return self.total - self.red - self.yellow

    def count(self, red, yellow, total):
        self.red += red
        self.yellow += yellow
        self.total += total


@dataclass
class Board:
    """`lines` by way, the reddest first; `urgent`: light -> cases, most urgent first."""

    now: dt.datetime
    place: Grid | None = None
    lights: Line = field(default_factory=lambda: Line(None))
    lines: dict = field(default_factory=dict)
    urgent: dict = field(default_factory=lambda: {light: [] for light in LIGHTS})
    settled: Settled | None = None

    @property
    def on_time_rate(self):
        """Closed on time / (closed + open overdue), of the last 30 days; None without any."""
        return self.settled and self.settled.rate(self.lights.red)


def read(staff, *, now, place=None, limit=MOST_URGENT, by=WAYS, chosen=None):
    """The board of `place` (default: the person's own) as far as the person steers it.

    `by`: the tables that are wanted, each costs a little; `chosen`: words of `narrowing`.
    """
    place = place or scope_of_board.own_place(staff)
    board = Board(now, place, lines={way: [] for way in by})
    shares = scope_of_board.shares(staff, place)
    if not shares:
        return board
    narrowed = narrowing.condition(**chosen or {})
    shares = [share & narrowed for share in shares]
    groups = _grouped(board, shares, by)
    for key, counts in groups.items():
        board.lines[key] = _lines(key, counts, place)
    board.settled = closed_figures.read(staff, shares, now)
    if Scope.of(staff).has("case.view"):
        seen = scope_of_board.seen(staff)
        board.urgent = _most_urgent([share & seen for share in shares], now, limit)
    return board


def _grouped(board, shares, by):
    """Way -> [(key, red, yellow, all)], in one query; fills in the sums of the board."""
    open_cases = Case.objects.open().annotate(
        is_red=red_at(board.now), is_yellow=yellow_at(board.now)
    )
    keys = [COLUMNS[way] for way in by]
    columns = (*keys, "is_red", "is_yellow")
    rows, values = scope_of_board.union(
        [open_cases.filter(share).values(*columns) for share in shares]
    )
    sql = GROUPED.format(
        keys=", ".join(keys), sets=", ".join(f"({key})" for key in keys), rows=rows
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    groups: dict = {way: [] for way in by}
    # A bit of grouping() is 0 for the column that a row is grouped by.
    kinds = {2 ** len(by) - 1 - 2 ** (len(by) - 1 - n): n for n in range(len(by))}
    for kind, *row in found:
        number = kinds[kind]
        counts = row[len(by) :]
        groups[by[number]].append((row[number], *counts))
        if number == 0:  # every case is in each of the tables once
            board.lights.count(*counts)
    return groups


def _lines(way, counts, place):
    if way == "grid":
        return _by_child(counts, place)
    if way == "loop":
        named: dict = {loop.value: loop for loop in Loop}
    else:
        rows = Department.objects if way == "department" else Category.objects
        named = rows.in_bulk([key for key, *_counts in counts if key is not None])
    return _reddest_first([Line(named.get(key), *numbers) for key, *numbers in counts])


def _by_child(counts, place):
    """The counts of grids, summed up by the children of the place that people see."""
    child_of = children_of(place, [key for key, *_counts in counts])
    lines: dict = {}
    for key, *numbers in counts:
        code = child_of[key]
        lines.setdefault(code, Line(code)).count(*numbers)
    grids = Grid.objects.defer("boundary").filter(code__in=lines)
    for grid in grids:
        lines[grid.code].of = grid
    return _reddest_first(lines.values())


def children_of(place, keys):
    """Key of a grid -> code of the child of `place` it lies in; hidden levels are passed through."""
    depth = place.path.count("/") if place else 0
    with connection.cursor() as cursor:
        cursor.execute(WAYS_DOWN, [list(keys)])
        ways = {key: path.rstrip("/").split("/") for key, path in cursor.fetchall()}
        cursor.execute(HIDDEN, [f"{place.path if place else ''}%"])
        hidden = {code for (code,) in cursor.fetchall()}
    return {
        key: next((code for code in way[depth:] if code not in hidden), way[-1])
        for key, way in ways.items()
    }


def _reddest_first(lines):
    return sorted(lines, key=lambda line: (-line.red, -line.yellow, -line.total))


def _most_urgent(shares, now, limit):
    """Light -> its cases, the earliest limit first; those without a limit last.

    Keys first, from the indexes of open cases; names are looked up only for what is shown.
    """
    keys = _urgent_keys(shares, now, limit)
    found = (
        Case.objects.select_related("department", "handler", "grid")
        .only(*SHOWN)
        .in_bulk([key for shown in keys.values() for key in shown])
    )
    return {light: [found[key] for key in shown] for light, shown in keys.items()}


def _urgent_keys(shares, now, limit):
    """Light -> keys, in one query."""
    parts, values = [], []
    for light in LIGHTS:
        sql, found = _urgent(shares, light, now, limit)
        parts.append(sql)
        values += found
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[1] is None, row[1] or now, row[2]))
    return {light: [key for of, _due_at, key in rows if of == light][:limit] for light in LIGHTS}


def _urgent(shares, light, now, limit):
    under = getattr(Case.objects, light)(now=now)
    dated = Q(due_at__isnull=False) if light == RED else Q(due_at__gt=now)
    parts, values = [], [light]
    for limit_is in (dated, Q(due_at__isnull=True)):
        first = [
            under.filter(share, limit_is)
            .order_by("due_at", "pk")
            .values_list("due_at", "pk")[:limit]
            for share in shares
        ]
        statements = [queryset.query.sql_with_params() for queryset in first]
        parts.append(" UNION ALL ".join(f"({sql})" for sql, _values in statements))
        values += [v for _sql, found in statements for v in found]
    return URGENT.format(*parts), [*values, limit]
