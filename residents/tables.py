"""The registers in numbers: each table is a few GROUP BYs over what the reader may see.

A number carries the query of the address that lists the rows behind it (see `narrowing`).
"""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from grids.models import Grid
from grids.scope import Scope
from residents import flows, narrowing
from residents.models import CareCategory, Household, Premises, Resident

PEOPLE, HOUSEHOLDS, PREMISES = (
    "residents:people",
    "residents:households",
    "residents:premises",
)
TABLES = {
    "residents": gettext_lazy("By kind"),
    "care": gettext_lazy("Care"),
    "premises": gettext_lazy("Premises"),
    "floating": gettext_lazy("Floating population"),
    "flows": pgettext_lazy("tables", "Flows"),
}


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

    @property
    def is_wide(self):
        return len(self.heads) > 8


def offered(staff):
    """{name: label} of the tables that this person may open."""
    may_care = Scope.of(staff).has("register.read_care")
    return {name: label for name, label in TABLES.items() if name != "care" or may_care}


def tables(name, staff, here, *, month=None):
    """The tables of a page."""
    places = Places(here)
    if name == "flows":
        return [_flows(staff, places, month)]
    make = {
        "residents": _residents,
        "care": _care,
        "premises": _premises,
        "floating": _floating,
    }
    return make[name](staff, places)


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
        return [
            grid for grid in level if grid.valid_to is None or grid.valid_to >= today
        ]

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
        if any(
            key[0] == self.here.pk and number
            for one in sums
            for key, number in one.items()
        ):
            self.shown.append(self.here)


def _ancestor(grid, by_path):
    """The grid of `by_path` ({path: grid}) that `grid` lies in or is."""
    parts = grid.path.rstrip("/").split("/")
    paths = ("/".join(parts[: depth + 1]) + "/" for depth in range(len(parts)))
    return next((by_path[path] for path in paths if path in by_path), None)


def _cell(value, page, place, **words):
    query = {"in": place.pk} | {word: text for word, text in words.items() if text}
    return Cell(value or 0, page, urlencode(query))


def _within(rows, places):
    return rows.filter(grid__in=Grid.objects.below(places.here).values("pk")).order_by()


def _people(staff, places):
    return _within(Resident.objects.live().visible_to(staff), places)


def _grid_table(title, places, columns, sums, whole=None):
    """A row for each place. `columns` is [(label, page, words, key)]; `sums` {(place, *key): n}.

    `whole` gives totals that are not the sum of the rows: {key: number}.
    """
    places.include(sums)
    table = Table(title, _("Grid"), [label for label, *__ in columns])
    for place in places.shown:
        cells = [
            _cell(sums[(place.pk, *key)], page, place, **words)
            for __, page, words, key in columns
        ]
        table.rows.append((place.name, cells))
    for __, page, words, key in columns:
        number = sum(sums[(place.pk, *key)] for place in places.shown)
        number = whole.get(key, 0) if whole is not None else number
        table.total.append(_cell(number, page, places.here, **words))
    return table


def _residents(staff, places):
    people = _people(staff, places)
    kinds = places.roll_up(people.values_list("grid", "kind").annotate(Count("pk")))
    homes = _within(Household.objects.live().visible_to(staff), places)
    sums = places.roll_up(homes.values_list("grid").annotate(Count("pk")))
    sums = Counter({(place, "households"): number for (place,), number in sums.items()})
    sums += kinds
    for (place, __), number in kinds.items():
        sums[(place, "all")] += number
    columns = [
        (_("Households"), HOUSEHOLDS, {}, ("households",)),
        (_("Residents"), PEOPLE, {}, ("all",)),
        *(
            (label, PEOPLE, {"kind": kind}, (kind,))
            for kind, label in Resident.Kind.choices
        ),
    ]
    return [_grid_table(_("Residents and households"), places, columns, sums)]


def _care(staff, places):
    records = narrowing.care_records(staff).order_by()
    records = records.filter(
        resident__grid__in=Grid.objects.below(places.here).values("pk")
    )
    people, homes = (
        Count("resident", distinct=True),
        Count("resident__household", distinct=True),
    )
    by_category = {
        code: (persons, households)
        for code, persons, households in records.values_list("category__code").annotate(
            people, homes
        )
    }
    whole = records.aggregate(persons=people, households=homes)
    names = dict(CareCategory.objects.values_list("code", "name"))
    codes = [code for code in names if code in by_category]
    summary = Table(
        _("By care category"), _("Care category"), [_("Persons"), _("Households")]
    )
    for code in codes:
        persons, households = by_category[code]
        summary.rows.append((names[code], [
            _cell(persons, PEOPLE, places.here, care=code),
            _cell(households, HOUSEHOLDS, places.here, care=code),
        ]))  # fmt: skip
    summary.total = [
        _cell(whole["persons"], PEOPLE, places.here, care="any"),
        _cell(whole["households"], HOUSEHOLDS, places.here, care="any"),
    ]
    sums = places.roll_up(
        records.values_list("resident__grid", "category__code").annotate(people)
    )
    sums += Counter({
        (place, "any"): number
        for (place,), number in places.roll_up(
            records.values_list("resident__grid").annotate(people)
        ).items()
    })  # fmt: skip
    columns = [(_("Persons"), PEOPLE, {"care": "any"}, ("any",))]
    columns += [(names[code], PEOPLE, {"care": code}, (code,)) for code in codes]
    return [
        summary,
        _grid_table(_("Persons by grid and care category"), places, columns, sums),
    ]


def _premises(staff, places):
    rows = _within(Premises.objects.live().visible_to(staff), places)
    found = list(
        rows.values_list("grid", "kind").annotate(Count("pk"), Sum("head_count"))
    )
    numbers = places.roll_up((grid, kind, number) for grid, kind, number, __ in found)
    heads = places.roll_up((grid, kind, people) for grid, kind, __, people in found)
    table = Table(_("Premises by type"), _("Type"), [_("Number"), _("Head count")])
    for kind, label in Premises.Kind.choices:
        cells = [
            _cell(
                sum(n for (__, k), n in sums.items() if k == kind),
                PREMISES,
                places.here,
                kind=kind,
            )
            for sums in (numbers, heads)
        ]
        table.rows.append((str(label), cells))
    table.total = [
        _cell(sum(sums.values()), PREMISES, places.here) for sums in (numbers, heads)
    ]
    sums = Counter(numbers)
    for (place, __), number in numbers.items():
        sums[(place, "all")] += number
    for (place, __), number in heads.items():
        sums[(place, "people")] += number
    columns = [
        (_("Number"), PREMISES, {}, ("all",)),
        (_("Head count"), PREMISES, {}, ("people",)),
        *((label, PREMISES, {"kind": kind}, (kind,)) for kind, label in Premises.Kind.choices),
    ]  # fmt: skip
    return [table, _grid_table(_("Premises by grid"), places, columns, sums)]


def _floating(staff, places):
    people = _people(staff, places)
    away = people.filter(kind__in=["floating", "hmt", "foreign"])
    sums = places.roll_up(away.values_list("grid", "kind").annotate(Count("pk")))
    floating = people.filter(kind="floating")
    sums += Counter({
        (place, f"sex{sex}"): number
        for (place, sex), number in places.roll_up(
            floating.values_list("grid", "sex").annotate(Count("pk"))
        ).items()
    })  # fmt: skip
    homes = floating.values_list("grid").annotate(Count("household", distinct=True))
    for (place,), number in places.roll_up(homes).items():
        sums[(place, "homes")] += number
    for word in narrowing.AGES:
        counted = (
            floating.filter(**narrowing.born(word))
            .values_list("grid")
            .annotate(Count("pk"))
        )
        for (place,), number in places.roll_up(counted).items():
            sums[(place, word)] += number
    kind = {"kind": "floating"}
    columns = [
        (_("Floating population"), PEOPLE, kind, ("floating",)),
        (_("Households"), HOUSEHOLDS, kind, ("homes",)),
        (_("Men"), PEOPLE, kind | {"sex": "1"}, ("sex1",)),
        (_("Women"), PEOPLE, kind | {"sex": "2"}, ("sex2",)),
        (narrowing.AGES["young"], PEOPLE, kind | {"age": "young"}, ("young",)),
        (narrowing.AGES["old"], PEOPLE, kind | {"age": "old"}, ("old",)),
        (_("From Hong Kong, Macao or Taiwan"), PEOPLE, {"kind": "hmt"}, ("hmt",)),
        (_("From abroad"), PEOPLE, {"kind": "foreign"}, ("foreign",)),
    ]  # fmt: skip
    return [_grid_table(_("Floating population"), places, columns, sums)]


def _flows(staff, places, month):
    month = month or flows.months(timezone.localdate())[0]
    visible = Resident.objects.visible_to(staff).values("pk")
    sums, whole, columns = Counter(), {}, []
    for flow, label in flows.FLOWS.items():
        events = _within(flows.events(flow, month).filter(pgh_obj__in=visible), places)
        people = Count("pgh_obj", distinct=True)
        found = places.roll_up(events.values_list("grid").annotate(people))
        sums += Counter({(place, flow): number for (place,), number in found.items()})
        whole[(flow,)] = events.aggregate(number=people)["number"]
        columns.append(
            (label, PEOPLE, {"flow": flow, "month": f"{month:%Y-%m}"}, (flow,))
        )
    title = _("Flows of %(month)s") % {"month": f"{month:%Y-%m}"}
    return _grid_table(title, places, columns, sums, whole)
