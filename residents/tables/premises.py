"""Premises by type with head counts, and licences that run out."""

from collections import Counter

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Grid
from residents.housing import running_out
from residents.models import Licence, Premises
from residents.tables.ground import LICENCES, PREMISES, Table, cell, grid_table, within

SUMS = {
    "head_count": gettext_lazy("Head count"),
    "employees": gettext_lazy("Of these employed"),
    "employees_from_elsewhere": gettext_lazy("Of these from elsewhere"),
}


def premises(staff, places):
    rows = within(Premises.objects.live().visible_to(staff), places)
    return [_by_kind(rows, places), _by_grid(rows, places)]


def _by_kind(rows, places):
    """How many of each type, and how many people work there."""
    counted = rows.values_list("kind").annotate(Count("pk"), *map(Sum, SUMS))
    found = {kind: [number or 0 for number in numbers] for kind, *numbers in counted}
    heads = [_("Number"), *(str(label) for label in SUMS.values())]
    table = Table(_("Premises by type"), _("Type"), heads)
    nothing = [0] * len(heads)
    for kind, label in Premises.Kind.choices:
        cells = [
            cell(number, PREMISES, places.here, kind=kind) for number in found.get(kind, nothing)
        ]
        table.rows.append((str(label), cells))
    sums = map(sum, zip(nothing, *found.values(), strict=True))
    table.total = [cell(number, PREMISES, places.here) for number in sums]
    return table


def _by_grid(rows, places):
    found = list(rows.values_list("grid", "kind").annotate(Count("pk"), Sum("head_count")))
    numbers = places.roll_up((grid, kind, number) for grid, kind, number, __ in found)
    heads = places.roll_up((grid, kind, people) for grid, kind, __, people in found)
    sums = Counter(numbers)
    for (place, __), number in numbers.items():
        sums[(place, "all")] += number
    for (place, __), number in heads.items():
        sums[(place, "people")] += number
    columns = [
        (_("Number"), PREMISES, {}, ("all",)),
        (_("Head count"), PREMISES, {}, ("people",)),
        *((label, PREMISES, {"kind": kind}, (kind,)) for kind, label in Premises.Kind.choices),
    ]
    return grid_table(_("Premises by grid"), places, columns, sums)


def licences(staff, places):
    """What has run out, and what does within 30, 60, 90 days (60 holds the 30, too)."""
    rows = Licence.objects.live().visible_to(staff).filter(premises__ended_on=None)
    below = Grid.objects.below(places.here).values("pk")
    rows = rows.filter(premises__grid__in=below).order_by()
    words = [word for word in running_out.WORDS if word != running_out.SOON]
    columns = [(running_out.WORDS[word], LICENCES, {"due": word}, (word,)) for word in words]
    sums, by_kind = Counter(), Counter()
    for word in words:
        ending = rows.filter(running_out.condition("expires_on", word))
        counted = ending.values_list("premises__grid").annotate(Count("pk"))
        for (place,), number in places.roll_up(counted).items():
            sums[(place, word)] += number
        for kind, number in ending.values_list("kind").annotate(Count("pk")):
            by_kind[(kind, word)] += number
    return [
        grid_table(_("Licences running out"), places, columns, sums),
        _by_licence(by_kind, words, places),
    ]


def _by_licence(sums, words, places):
    """`sums` {(kind, word): number}."""
    heads = [str(running_out.WORDS[word]) for word in words]
    table = Table(_("Licences by kind"), _("Licence"), heads)
    kinds = sorted({kind for kind, __ in sums})
    for kind in kinds:
        cells = [
            cell(sums[(kind, word)], LICENCES, places.here, kind=kind, due=word) for word in words
        ]
        table.rows.append((kind, cells))
    for word in words:
        number = sum(sums[(kind, word)] for kind in kinds)
        table.total.append(cell(number, LICENCES, places.here, due=word))
    return table
