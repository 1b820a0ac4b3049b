"""The floating population: how many, from where, and whose permit runs out."""

from collections import Counter

from django.db.models import BooleanField, Count, ExpressionWrapper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from residents.housing import running_out
from residents.lists import narrowing
from residents.people import stays
from residents.tables.ground import (
    HOUSEHOLDS,
    PEOPLE,
    Table,
    cell,
    grid_table,
    people_of,
)

PERMITS = {
    running_out.EXPIRED: gettext_lazy("Permit expired"),
    "30": gettext_lazy("Permit ends within 30 days"),
}


def floating(staff, places):
    people = people_of(staff, places)
    return [_by_grid(staff, people, places), _by_origin(people, places)]


def _by_grid(staff, people, places):
    ages = {
        word: ExpressionWrapper(narrowing.born(staff, word), BooleanField())
        for word in narrowing.AGES
    }
    away = people.filter(kind__in=list(stays.STAY)).annotate(**ages)
    counted = away.values_list("grid", "kind", "sex", *ages).annotate(n=Count("*"))
    sums: Counter = Counter()
    for (place, kind, sex, *of), number in places.roll_up(counted).items():
        sums[(place, kind)] += number
        if kind == "floating":
            sums[(place, f"sex{sex}")] += number
            for word, is_of in zip(ages, of, strict=True):
                sums[(place, word)] += number if is_of else 0
    floating = people.filter(kind="floating")
    homes = floating.values_list("grid").annotate(Count("household", distinct=True))
    for (place,), number in places.roll_up(homes).items():
        sums[(place, "homes")] += number
    for word in PERMITS:
        ending = people.filter(running_out.condition("stay__permit_until", word))
        counted = ending.values_list("grid").annotate(Count("pk"))
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
        *((label, PEOPLE, {"due": word}, (word,)) for word, label in PERMITS.items()),
    ]
    return grid_table(_("Floating population"), places, columns, sums)


def _by_origin(people, places):
    """Provinces by the number of people who came from there, most first."""
    rows = people.filter(kind="floating").annotate(origin=narrowing.origin())
    sums = Counter()
    for origin, sex, number in rows.values_list("origin", "sex").annotate(Count("pk")):
        sums[(origin, "")] += number
        sums[(origin, sex)] += number
    table = Table(_("Where from"), _("Province"), [_("Persons"), _("Men"), _("Women")])
    origins = [origin for origin, sex in sums if not sex]
    origins.sort(key=lambda one: (one == narrowing.UNKNOWN, -sums[(one, "")], one))
    columns = ({}, {"sex": "1"}, {"sex": "2"})

    def cells(numbers, **words):
        kind = {"kind": "floating"} | words
        return [
            cell(number, PEOPLE, places.here, **kind, **column)
            for number, column in zip(numbers, columns, strict=True)
        ]

    for origin in origins:
        numbers = [sums[(origin, sex)] for sex in ("", "1", "2")]
        table.rows.append((narrowing.origin_name(origin), cells(numbers, origin=origin)))
    table.total = cells([sum(sums[(one, sex)] for one in origins) for sex in ("", "1", "2")])
    return table
