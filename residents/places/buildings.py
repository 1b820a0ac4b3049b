"""A building as a plan (楼盘表): its entrances, floors and dwellings, and who lives there.

What each reader is given is what that reader may see; the number of queries does not grow.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Building, Compound, Grid, Posting, Tier
from grids.refusal import Refused
from grids.scope import Scope
from residents.models import (
    CareCategory,
    CareRecord,
    Dwelling,
    Household,
    Resident,
)

ROOM = re.compile(r"(\d{1,2})\d{2}\D?")
NUMBER = re.compile(r"\d+")
FIRST_YEAR, YEARS_AHEAD = 1800, 5  # a building on paper has a year too


def is_year_of_building(year):
    return FIRST_YEAR <= year <= timezone.localdate().year + YEARS_AHEAD


@dataclass
class Flat:
    dwelling: Dwelling
    households: list = field(default_factory=list)
    cared: list = field(default_factory=list)  # residents, as far as the reader may know

    @property
    def only_household(self):
        return self.households[0] if len(self.households) == 1 else None

    @property
    def heads(self):
        return "、".join(one.head_name for one in self.households)

    @property
    def members(self):
        return sum(one.member_count for one in self.households)

    @property
    def state(self):
        """Its use; a dwelling in which a household lives is not called empty."""
        use = Dwelling.Use(self.dwelling.use)
        return Dwelling.Use.OTHER if use == Dwelling.Use.EMPTY and self.households else use


@dataclass
class Entrance:
    name: str
    floors: list  # of (floor or None, flats from the left), from the top

    @property
    def flats(self):
        return [flat for __, flats in self.floors for flat in flats]

    @property
    def doors(self):
        """Flats of the fullest floor: so many columns."""
        return max(len(flats) for __, flats in self.floors)


def plan(building, staff):
    """The entrances in order. Four queries."""
    dwellings = Dwelling.objects.visible_to(staff).filter(building=building)
    flats = {one.pk: Flat(one) for one in dwellings}
    for household in _households(staff, dwelling__building=building):
        if household.dwelling_id in flats:
            flats[household.dwelling_id].households.append(household)
    for resident in _cared(building, staff):
        if resident.household.dwelling_id in flats:
            flats[resident.household.dwelling_id].cared.append(resident)
    found = sorted(flats.values(), key=lambda flat: _order(flat.dwelling.entrance))
    return [
        Entrance(name, _floors(list(group), building.floors))
        for name, group in groupby(found, key=lambda flat: flat.dwelling.entrance)
    ]


def floor_of(dwelling):
    """What the register says, else what the room says: 1203 is on the 12th floor."""
    if dwelling.floor is not None:
        return dwelling.floor
    room = ROOM.fullmatch(dwelling.room)
    return int(room[1]) if room and int(room[1]) else None


def _floors(flats, highest):
    """From the top; the floors on which nothing is registered too, the ones unknown last."""
    on = {}
    for flat in sorted(flats, key=lambda flat: _order(flat.dwelling.room)):
        on.setdefault(floor_of(flat.dwelling), []).append(flat)
    known = sorted((floor for floor in on if floor is not None), reverse=True)
    if known and known[0] <= (highest or 0) <= 60:
        known = sorted({*known, *range(1, highest + 1)}, reverse=True)
    found = [(floor, on.get(floor, [])) for floor in known]
    return [*found, (None, on[None])] if None in on else found


def _order(name):
    """Numbers by size: 2单元 before 10单元."""
    number = NUMBER.search(name)
    return (number is None, int(number[0]) if number else 0, name)


def _households(staff, **where):
    rows = Household.objects.live().visible_to(staff).filter(**where)
    is_live = Q(residents__ended_on=None)
    return rows.annotate(member_count=Count("residents", filter=is_live)).order_by("pk")


def _cared(building, staff):
    """Members under care, each once, as far as `staff` may read it."""
    records = CareRecord.objects.on(timezone.localdate()).readable_by(staff)
    records = records.filter(
        resident__household__dwelling__building=building,
        category__level=CareCategory.Level.CARE,
    )
    rows = Resident.objects.live().filter(pk__in=records.order_by().values("resident"))
    return rows.select_related("household")


def compounds(staff, here):
    """Compounds in or around the grid `here`: of its community, or with a building in it."""
    own = Compound.objects.visible_to(staff)
    houses = buildings(staff, here).exclude(compound=None)
    if here is not None:
        own = own.filter(community__in=_below(here))
    keys = own.order_by().values("pk").union(houses.order_by().values("compound"))
    return Compound.objects.filter(pk__in=keys)


def buildings(staff, here=None):
    rows = Building.objects.visible_to(staff)
    return rows if here is None else rows.filter(grid__in=_below(here))


def _below(here):
    return Grid.objects.below(here).values("pk")


def counts(staff, by, rows):
    """{key: {"buildings", "dwellings", "households", "residents"}} of compounds or buildings.

    `by` is "compound" or "building"; three queries (four for compounds).
    """
    keys = [row.pk for row in rows]
    paths = {
        "dwellings": (Dwelling.objects, "building"),
        "households": (Household.objects.live(), "dwelling__building"),
        "residents": (Resident.objects.live(), "household__dwelling__building"),
    }
    if by == "compound":
        paths = {name: (rows, f"{path}__compound") for name, (rows, path) in paths.items()}
        paths["buildings"] = (Building.objects, "compound")
    found = {key: dict.fromkeys(paths, 0) for key in keys}
    for name, (every, path) in paths.items():
        some = every.visible_to(staff).filter(**{f"{path}__in": keys})
        for key, number in some.order_by().values_list(path).annotate(n=Count("pk")):
            found[key][name] = number
    return found


def responsible(building):
    """Postings of today at the building, at its grid, and over it up to the community."""
    places = Grid.objects.above(building.grid).filter(
        tier__in=[Tier.COMMUNITY, Tier.BASE, Tier.UNIT]
    )
    rows = Posting.objects.on(timezone.localdate()).filter(
        Q(building=building) | Q(building=None, department=None, grid__in=places),
        staff__is_active=True,
    )
    rows = rows.select_related("staff", "grid").defer("grid__boundary")
    return sorted(rows, key=lambda one: (one.building_id is None, -len(one.grid.path)))


def add(place, *, by):
    """A new compound or building, with who put it down. Refused if the name is taken."""
    try:
        with transaction.atomic(), pghistory.context(user=by.pk, source="edit"):
            place.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(
            _("There is one of this name already. Open it, or give another name.")
        ) from error
    return place


def communities_kept_by(staff):
    """Communities in which the person keeps the register."""
    reach = Scope.of(staff).reach("register.approve")
    rows = Grid.objects.filter(tier=Tier.COMMUNITY, valid_to=None).order_by("code")
    return rows.filter(Q(district__in=reach.districts) | Q(pk__in=reach.grids))


def units_kept_by(staff, community):
    """Unit grids of a community in which the person keeps the register."""
    reach = Scope.of(staff).reach("register.approve")
    rows = Grid.objects.below(community).units().filter(valid_to=None).order_by("code")
    return rows.filter(Q(district__in=reach.districts) | Q(pk__in=reach.grids))


@transaction.atomic
def correct(row, changes, *, by, reason=""):
    """Facts of a compound or building that differ; names of what was changed."""
    row.refresh_from_db(from_queryset=type(row).objects.select_for_update())
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    if changed:
        with pghistory.context(user=by.pk, source="edit", reason=reason):
            row.save(update_fields=changed)
    return changed
