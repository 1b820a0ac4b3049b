"""The red/yellow/green board: one grouped query over the open cases that a person steers."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from cases.lights import LIGHTS, RED
from cases.models import Case, Category, Stage
from cases.models.case import red_at, yellow_at
from grids.models import Department, Grid, Tier
from grids.roles import RIGHTS
from grids.scope import Scope

MOST_URGENT = 50
ON_TIME_DAYS = dt.timedelta(days=30)

GROUPED = """
SELECT grouping(department_id, grid_id, category_id), coalesce(department_id, grid_id, category_id),
       count(*) FILTER (WHERE is_red), count(*) FILTER (WHERE is_yellow), count(*)
  FROM ({rows}) AS row
 GROUP BY GROUPING SETS ((department_id), (grid_id), (category_id))
"""
BY_DEPARTMENT, BY_GRID, BY_CATEGORY = 0b011, 0b101, 0b110

# Cases without a limit are looked for only where those with one do not fill the list.
URGENT = """
WITH dated AS MATERIALIZED ({0})
SELECT * FROM dated UNION ALL
SELECT * FROM ({1}) AS row WHERE (SELECT count(*) FROM dated) < %s
"""

ON_TIME = """
SELECT count(*) FILTER (WHERE closing_light <> 'red'), count(*) FROM ({rows}) AS row
"""


@dataclass
class Line:
    """Open cases of one department, grid or category under each light."""

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
    """`lines` with the reddest first; `urgent`: light -> cases, most urgent first."""

    now: dt.datetime
    place: Grid | None = None
    lights: Line = field(default_factory=lambda: Line(None))
    by_department: list = field(default_factory=list)
    by_grid: list = field(default_factory=list)
    by_category: list = field(default_factory=list)
    urgent: dict = field(default_factory=lambda: {light: [] for light in LIGHTS})
    closed_on_time: int = 0
    closed: int = 0

    @property
    def on_time_rate(self):
        """Closed on time / (closed + open overdue), of the last 30 days; None without any."""
        counted = self.closed + self.lights.red
        return self.closed_on_time / counted if counted else None


def read(staff, *, now, place=None, limit=MOST_URGENT):
    """The board of `place` (default: the person's own) as far as the person steers it."""
    place = place or own_place(staff)
    board = Board(now, place)
    shares = _shares(staff, place)
    if not shares:
        return board
    groups = _grouped(shares, now)
    for _key, *counts in groups[BY_CATEGORY]:  # every case has one
        board.lights.count(*counts)
    board.by_department = _lines(groups[BY_DEPARTMENT], Department.objects)
    board.by_category = _lines(groups[BY_CATEGORY], Category.objects)
    board.by_grid = _by_child(groups[BY_GRID], place)
    board.closed_on_time, board.closed = _on_time(shares, staff, now)
    board.urgent = _most_urgent(shares, now, limit)
    return board


def own_place(staff):
    """The highest place where a posting lets the person see a board; None for nobody."""
    postings = Scope.of(staff).postings
    places = [
        posting.grid for posting in postings if "case.board" in RIGHTS[posting.role]
    ]
    return min(places, key=lambda grid: len(grid.path), default=None)


def places(staff):
    """Grids whose board the person may open: the own one and all that lies in the scope."""
    reach = Scope.of(staff).reach("case.board")
    departments = Department.objects.filter(pk__in=reach.departments).values(
        "grid__district"
    )
    return Grid.objects.filter(
        Q(district__in=reach.districts)
        | Q(pk__in=reach.grids)
        | Q(district__in=departments)
    )


def _shares(staff, place):
    """Disjoint conditions that together are the cases this person steers in `place`.

    Each one is served by a covering index of open cases; together they count no case twice.
    """
    reach = Scope.of(staff).reach("case.board")
    inside = _inside(place)
    grids = reach.grids if inside is None else reach.grids & inside
    if grids and reach.districts:
        beyond = Grid.objects.filter(pk__in=grids).exclude(district__in=reach.districts)
        grids = set(beyond.values_list("pk", flat=True))
    within = Q() if inside is None else Q(grid__in=inside)
    if place and place.tier == Tier.DISTRICT:
        within = Q(district=place.pk)
    shares = []
    if reach.districts:
        shares.append(Q(district__in=reach.districts) & within)
    if grids:
        shares.append(Q(grid__in=grids) & (within if inside is None else Q()))
    if departments := _departments(reach, place):
        here = Q() if inside is None else Q(grid__in=inside)
        shares.append(Q(department__in=departments) & here & ~Q(grid__in=grids))
    return shares


def _departments(reach, place):
    """Keys of the person's departments that serve this district, and are not counted with it."""
    rows = Department.objects.filter(pk__in=reach.departments).exclude(
        district__in=reach.districts
    )
    if place and place.district_id:
        rows = rows.filter(district=place.district_id)
    return set(rows.values_list("pk", flat=True)) if reach.departments else set()


def _inside(place):
    """Keys of the grids below the place and of their predecessors; None above the streets."""
    if place is None or place.tier in (Tier.CITY, Tier.DISTRICT):
        return None
    return Grid.objects.history_of(place)


def _union(querysets):
    """(SQL, parameters) of the rows of all of them."""
    parts = [queryset.order_by().query.sql_with_params() for queryset in querysets]
    return " UNION ALL ".join(sql for sql, _values in parts), [
        v for _sql, values in parts for v in values
    ]


def _grouped(shares, now):
    """Kind of group -> [(key, red, yellow, all)], in one query."""
    open_cases = Case.objects.open().annotate(
        is_red=red_at(now), is_yellow=yellow_at(now)
    )
    columns = ("department_id", "grid_id", "category_id", "is_red", "is_yellow")
    sql, values = _union(
        [open_cases.filter(share).values(*columns) for share in shares]
    )
    groups = {BY_DEPARTMENT: [], BY_GRID: [], BY_CATEGORY: []}
    with connection.cursor() as cursor:
        cursor.execute(GROUPED.format(rows=sql), values)
        for kind, *counts in cursor.fetchall():
            groups[kind].append(counts)
    return groups


def _lines(rows, manager):
    named = manager.in_bulk([key for key, *_counts in rows if key is not None])
    lines = []
    for key, red, yellow, total in rows:
        lines.append(Line(named.get(key), red, yellow, total))
    return _reddest_first(lines)


def _by_child(rows, place):
    """The counts of grids, summed up by the children of the place that people see."""
    child_of = _children_of(place, [key for key, *_counts in rows])
    lines = {}
    for key, *counts in rows:
        code = child_of[key]
        lines.setdefault(code, Line(code)).count(*counts)
    grids = Grid.objects.defer("boundary").filter(code__in=lines)
    for grid in grids:
        lines[grid.code].of = grid
    return _reddest_first(lines.values())


def _children_of(place, keys):
    """Key of a grid -> code of the child of `place` it lies in; hidden levels are passed through."""
    depth = place.path.count("/") if place else 0
    paths = Grid.objects.filter(pk__in=keys).values_list("pk", "path")
    ways = {key: path.rstrip("/").split("/") for key, path in paths}
    hidden = set(
        Grid.objects.filter(
            is_passthrough=True,
            code__in={code for way in ways.values() for code in way[depth:]},
        ).values_list("code", flat=True)
    )
    return {
        key: next((code for code in way[depth:] if code not in hidden), way[-1])
        for key, way in ways.items()
    }


def _reddest_first(lines):
    return sorted(lines, key=lambda line: (-line.red, -line.yellow, -line.total))


def _on_time(shares, staff, now):
    """(closed on time, closed) since 30 days, of those that were filed."""
    closed = Case.objects.filter(
        district__in=_districts(staff),
        closed_at__gt=now - ON_TIME_DAYS,
        closed_at__lte=now,
        stage__in=[Stage.CLOSED, Stage.EVALUATED],
    )
    sql, values = _union(
        [closed.filter(share).values("closing_light") for share in shares]
    )
    with connection.cursor() as cursor:
        cursor.execute(ON_TIME.format(rows=sql), values)
        return cursor.fetchone()


def _districts(staff):
    scope = Scope.of(staff)
    return scope.district_ids | scope.reach("case.board").districts


def _most_urgent(shares, now, limit):
    """Light -> its cases, the earliest limit first; those without a limit last.

    Keys first, from the indexes of open cases; names are looked up only for what is shown.
    """
    keys = {light: _urgent_keys(shares, light, now, limit) for light in LIGHTS}
    found = (
        Case.objects.select_related("category", "department", "handler", "grid")
        .defer("grid__boundary")
        .in_bulk([key for shown in keys.values() for key in shown])
    )
    return {light: [found[key] for key in shown] for light, shown in keys.items()}


def _urgent_keys(shares, light, now, limit):
    under = getattr(Case.objects, light)(now=now)
    dated = Q(due_at__isnull=False) if light == RED else Q(due_at__gt=now)
    parts, values = [], []
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
    with connection.cursor() as cursor:
        cursor.execute(URGENT.format(*parts), [*values, limit])
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[0] is None, row[0] or now, row[1]))
    return [key for _due_at, key in rows[:limit]]
