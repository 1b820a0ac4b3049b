"""How far a campaign has come: by unit grid, by street or community, in all."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q

from grids.models import Grid
from inspections.campaigns.campaigns import OPEN
from inspections.models import CampaignTarget

MANY = 60


@dataclass
class Progress:
    """How far a campaign has come in one grid, or below it."""

    grid: Grid
    total: int = 0
    reached: int = 0
    attempted: int = 0
    refused: int = 0
    gone: int = 0
    handed: list = field(default_factory=list)  # [(full name, open households)]

    @property
    def open(self):
        return self.total - self.reached - self.attempted - self.refused - self.gone

    @property
    def left(self):
        """Who still waits: not yet, or nobody met so far."""
        return self.open + self.attempted

    @property
    def percent(self):
        """Of those who still live there."""
        there = self.total - self.gone
        return 100 * self.reached // there if there else 100


_FIGURES = {
    "total": Count("pk"),
    "reached": Count("pk", filter=Q(state=CampaignTarget.State.REACHED)),
    "attempted": Count("pk", filter=Q(state=CampaignTarget.State.ATTEMPTED)),
    "refused": Count("pk", filter=Q(state=CampaignTarget.State.REFUSED)),
    "gone": Count("pk", filter=Q(state=CampaignTarget.State.GONE)),
}


def progress(campaign, **narrowed) -> list[Progress]:
    """One line for each unit grid, in the order of the codes: grouped queries."""
    targets = CampaignTarget.objects.filter(campaign=campaign, **narrowed)
    counts = _counted(targets, "grid")
    grids = Grid.objects.filter(pk__in=counts).defer("boundary").order_by("code")
    handed = _handed(targets)
    return [Progress(one, **counts[one.pk], handed=handed[one.pk]) for one in grids]


def _counted(targets, by) -> dict[int, dict]:
    rows = targets.values(by).annotate(**_FIGURES)
    return {row[by]: {name: row[name] for name in _FIGURES} for row in rows}


def _handed(targets):
    """Whom what is open was handed to, by grid."""
    rows = targets.filter(state__in=OPEN, visitor__isnull=False)
    found = defaultdict(list)
    for grid, __, name, number in (
        rows.values_list("grid", "visitor", "visitor__full_name")
        .annotate(number=Count("pk"))
        .order_by("grid", "-number", "visitor")
    ):
        found[grid].append((name, number))
    return found


def folded(lines, place) -> list[Progress]:
    """The lines below a place; of many, their sums by the areas right below it."""
    below = [line for line in lines if line.grid.path.startswith(place.path)]
    if len(below) <= MANY:
        return below
    depth, by_area = place.path.count("/") + 1, defaultdict(list)
    for line in below:
        by_area["/".join(line.grid.path.split("/")[:depth]) + "/"].append(line)
    areas = Grid.objects.filter(path__in=by_area).defer("boundary").order_by("code")
    if len(areas) == 1:  # a level that is not used
        return folded(below, areas[0])
    return [total(by_area[area.path], area) for area in areas]


def total(lines, grid) -> Progress:
    """The sum of the lines."""
    return Progress(grid, **{name: sum(getattr(line, name) for line in lines) for name in _FIGURES})


def totals(campaigns) -> dict[int, Progress]:
    """The sum of each of these campaigns, by key: one grouped query."""
    targets = CampaignTarget.objects.filter(campaign__in=campaigns)
    counts = _counted(targets, "campaign")
    return {one.pk: Progress(one.grid, **counts.get(one.pk, {})) for one in campaigns}
