"""Residents and households by grid, kind and care category; monthly flows."""

from collections import Counter

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Grid
from residents.lists import narrowing
from residents.models import CareCategory, Household, Resident
from residents.people import flows
from residents.tables.ground import (
    HOUSEHOLDS,
    PEOPLE,
    Table,
    cell,
    grid_table,
    people_of,
    within,
)


def residents(staff, places):
    people = people_of(staff, places)
    kinds = places.roll_up(people.values_list("grid", "kind").annotate(Count("pk")))
    homes = within(Household.objects.live().visible_to(staff), places)
    sums = places.roll_up(homes.values_list("grid").annotate(Count("pk")))
    sums = Counter({(place, "households"): number for (place,), number in sums.items()})
    sums += kinds
    for (place, __), number in kinds.items():
        sums[(place, "all")] += number
    columns = [
        (_("Households"), HOUSEHOLDS, {}, ("households",)),
        (_("Residents"), PEOPLE, {}, ("all",)),
        *((label, PEOPLE, {"kind": kind}, (kind,)) for kind, label in Resident.Kind.choices),
    ]
    return [grid_table(_("Residents and households"), places, columns, sums)]


def care(staff, places):
    records = narrowing.care_records(staff).order_by()
    records = records.filter(resident__grid__in=Grid.objects.below(places.here).values("pk"))
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
    summary = Table(_("By care category"), _("Care category"), [_("Persons"), _("Households")])
    for code in codes:
        persons, households = by_category[code]
        summary.rows.append(
            (
                names[code],
                [
                    cell(persons, PEOPLE, places.here, care=code),
                    cell(households, HOUSEHOLDS, places.here, care=code),
                ],
            )
        )
    summary.total = [
        cell(whole["persons"], PEOPLE, places.here, care="any"),
        cell(whole["households"], HOUSEHOLDS, places.here, care="any"),
    ]
    sums = places.roll_up(records.values_list("resident__grid", "category__code").annotate(people))
    sums += Counter(
        {
            (place, "any"): number
            for (place,), number in places.roll_up(
                records.values_list("resident__grid").annotate(people)
            ).items()
        }
    )
    columns = [(_("Persons"), PEOPLE, {"care": "any"}, ("any",))]
    columns += [(names[code], PEOPLE, {"care": code}, (code,)) for code in codes]
    return [
        summary,
        grid_table(_("Persons by grid and care category"), places, columns, sums),
    ]


def monthly(staff, places, month):
    month = month or flows.months(timezone.localdate())[0]
    visible = Resident.objects.visible_to(staff).values("pk")
    sums, whole, columns = Counter(), {}, []
    for flow, label in flows.FLOWS.items():
        events = within(flows.events(flow, month).filter(pgh_obj__in=visible), places)
        people = Count("pgh_obj", distinct=True)
        found = places.roll_up(events.values_list("grid").annotate(people))
        sums += Counter({(place, flow): number for (place,), number in found.items()})
        whole[(flow,)] = events.aggregate(number=people)["number"]
        columns.append((label, PEOPLE, {"flow": flow, "month": f"{month:%Y-%m}"}, (flow,)))
    title = _("Flows of %(month)s") % {"month": f"{month:%Y-%m}"}
    return grid_table(title, places, columns, sums, whole)
