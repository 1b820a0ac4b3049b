"""What every table is made of: places in rows, numbers that open the rows behind them."""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Grid
from residents.models import Resident

PEOPLE, HOUSEHOLDS, PREMISES, LICENCES = (
    "residents:people",
    "residents:households",
    "residents:premises",
    "residents:licences",
)


@dataclass
class Cell:
    value: int
    page: str = ""
    query: str = ""


@dataclass
class Table:
    title: str
    first: str
    heads: list
    rows: list = field(default_factory=list)  # [(label, [Cell])]
    total: list = field(default_factory=list)  # [Cell]; empty for none


class Places:
    """The grids that a table has a row for: the nearest ones below `here` that are not hidden."""

    def __init__(self, here):
        self.here = here
        below = list(Grid.objects.below(here).order_by("path")) if here else []
        self.shown = self._shown(below)
        by_path = {grid.path: grid for grid in self.shown}
        self.of = {grid.pk: _ancestor(grid, by_path) or here for grid in below}

    def _shown(self, below):
        """Children of `here`; a hidden level is stepped over. A place without children is its own row."""
        level = [grid for grid in below if grid.parent_id == self.here.pk]
        while level and all(grid.is_passthrough for grid in level):
            keys = {grid.pk for grid in level}
            level = [grid for grid in below if grid.parent_id in keys]
        today = timezone.localdate()
        return [grid for grid in level if grid.valid_to is None or grid.valid_to >= today]

    def roll_up(self, found):
        """{(place key, *rest): number} of [(grid key, *rest, number)]."""
        sums = Counter()
        for grid, *rest, number in found:
            place = self.of.get(grid)
            if place is not None:
                sums[(place.pk, *rest)] += number or 0
        return sums

    def include(self, *sums):
        """Add a row for `here` itself when something lies in it and in none of its parts."""
        if self.here in self.shown:
            return
        if any(key[0] == self.here.pk and number for one in sums for key, number in one.items()):
            self.shown.append(self.here)


def _ancestor(grid, by_path):
    """The grid of `by_path` ({path: grid}) that `grid` lies in or is."""
    parts = grid.path.rstrip("/").split("/")
    paths = ("/".join(parts[: depth + 1]) + "/" for depth in range(len(parts)))
    return next((by_path[path] for path in paths if path in by_path), None)


def cell(value, page, place, **words):
    query = {"in": place.pk} | {word: text for word, text in words.items() if text}
    return Cell(value or 0, page, urlencode(query))


def within(rows, places):
    return rows.filter(grid__in=Grid.objects.below(places.here).values("pk")).order_by()


def people_of(staff, places):
    return within(Resident.objects.live().visible_to(staff), places)


def grid_table(title, places, columns, sums, whole=None):
    """A row for each place. `columns` is [(label, page, words, key)]; `sums` {(place, *key): n}.

    `whole` gives totals that are not the sum of the rows: {key: number}.
    """
    places.include(sums)
    table = Table(title, _("Grid"), [label for label, *__ in columns])
    for place in places.shown:
        cells = [
            cell(sums[(place.pk, *key)], page, place, **words) for __, page, words, key in columns
        ]
        table.rows.append((place.name, cells))
    for __, page, words, key in columns:
        number = sum(sums[(place.pk, *key)] for place in places.shown)
        number = whole.get(key, 0) if whole is not None else number
        table.total.append(cell(number, page, places.here, **words))
    return table
