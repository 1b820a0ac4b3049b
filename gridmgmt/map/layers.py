"""What the map draws: the grids under a place, who answers for them, and how they stand: by the
lights of the cases, or by who has not been visited."""

from collections import defaultdict

from django.db.models import Count, Q
from django.utils import timezone

from cases.models import Case
from grids.models import Grid, Posting, Tier
from grids.roles import Role
from grids.scope import Scope
from inspections.visits import unseen

MOST_UNITS = 80  # more cells than this and the next level is drawn instead
LEVELS = (10, 30)  # percent of the households: fewer, up to, more
RESPONSIBLE = [Role.GRID_WORKER, Role.GRID_LEADER, Role.SUPERVISOR]


def grids_under(place, staff):
    """Grids to draw: all units when they are few, else the next level; a unit draws itself."""
    mine = Grid.objects.visible_to(staff).below(place).on(timezone.localdate())
    units = list(mine.units().order_by("code")[: MOST_UNITS + 1])
    if len(units) <= MOST_UNITS:
        return units
    return list(mine.filter(parent=place).order_by("code"))


def features(place, staff, *, now, show="lights"):
    """A GeoJSON FeatureCollection of `grids_under`, with properties for colour and card."""
    cells = grids_under(place, staff)
    figures = SHOWS[show](place, cells, staff, now)
    people = _people(cells)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": cell.boundary,
                "properties": {
                    "id": cell.pk,
                    "code": cell.code,
                    "name": cell.name,
                    "tier": cell.tier,
                    "opens": cell.tier != Tier.UNIT,
                    "people": people[cell.pk],
                    **figures[cell.pk],
                },
            }
            for cell in cells
            if cell.boundary
        ],
    }


def to_read(cells, show):
    """The features as the table beside the map lists them: of the unseen the most first, and
    nothing of a grid where nobody lives."""
    if show != "unseen":
        return cells
    lived_in = [cell for cell in cells if cell["properties"]["all"]]
    return sorted(lived_in, key=lambda cell: -cell["properties"]["households"])


def _lights(place, cells, staff, now):
    """{cell key: {"red", "yellow", "green", "light"}} of the open cases that `staff` may see."""
    counts = {cell.pk: {"red": 0, "yellow": 0, "green": 0, "light": ""} for cell in cells}
    if not Scope.of(staff).has("case.view"):
        return counts
    red = Q(due_at__lte=now)
    yellow = ~red & Q(warn_at__lte=now)
    rows = (
        Case.objects.visible_to(staff)
        .open()
        .order_by()
        .values_list("grid__path")
        .annotate(
            all=Count("pk"),
            red=Count("pk", filter=red),
            yellow=Count("pk", filter=yellow),
        )
    )
    cell_of = _finder(cells)
    for path, total, reds, yellows in rows:
        if (key := cell_of(path)) is not None:
            counts[key]["red"] += reds
            counts[key]["yellow"] += yellows
            counts[key]["green"] += total - reds - yellows
    for count in counts.values():
        count["light"] = next((name for name in ("red", "yellow", "green") if count[name]), "")
    return counts


def _absences(place, cells, staff, now):
    """{cell key: {"all": households, and of `unseen.by_grid` "households", "never", "attempts";
    "percent", "level"}}."""
    late = ("households", "never", "attempts")
    counts = {cell.pk: dict.fromkeys(("all", *late), 0) for cell in cells}
    cell_of = _finder(cells)
    for path, number in unseen.households(staff, under=place).items():
        if (key := cell_of(path)) is not None:
            counts[key]["all"] += number
    for row in unseen.by_grid(staff, timezone.localdate(now), under=place):
        if (key := cell_of(row["path"])) is not None:
            for name in late:
                counts[key][name] += row[name]
    for count in counts.values():
        number, total = count["households"], count["all"]
        count["percent"] = round(100 * number / total) if total else 0
        count["level"] = _level(number, total)
    return counts


def _level(late, total):
    """0 nobody, 1 to 3 by share; "" where nobody lives."""
    if not total:
        return ""
    return 1 + sum(100 * late >= limit * total for limit in LEVELS) if late else 0


SHOWS = {"lights": _lights, "unseen": _absences}


def _finder(cells):
    """The key of the cell in which a grid of this path lies; None outside of them."""
    by_path = {cell.path: cell.pk for cell in cells}

    def cell_of(path):
        return next((by_path[above] for above in _above(path) if above in by_path), None)

    return cell_of


def _above(path):
    codes = path.rstrip("/").split("/")
    return ["/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1)]


def _people(cells):
    """{cell key: ["网格员 张工", ...]} of those posted to exactly this grid today."""
    people = defaultdict(list)
    postings = (
        Posting.objects.on(timezone.localdate())
        .filter(grid__in=[cell.pk for cell in cells], role__in=RESPONSIBLE, building=None)
        .select_related("staff")
        .order_by("role", "staff__full_name")
    )
    for posting in postings:
        people[posting.grid_id].append(
            {"role": posting.get_role_display(), "name": posting.staff.full_name}
        )
    return people
