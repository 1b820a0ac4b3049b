"""What a piece of an address means ("幸福小区3号楼2单元502"), and the doors that it leads to."""

import re

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex

from grids.models import Building
from grids.scope import Scope
from residents.models import Dwelling
from residents.places import doors
from residents.places.doors import Door

_PLACE = re.compile(
    r"(小区|家园|花园|公寓|新村|新区|小镇|宿舍|家属院|大院|苑|里|路|街|巷|胡同|村|组|屯)$|\d+(号|號)"
)
MOST_BUILDINGS, FEW_BUILDINGS = 1_000, 10


def parse(words, own=()):
    """A Door for words that look like a piece of an address, else None.

    `own` are the words of a district for a building.
    """
    if door := doors.parts(words, own):
        return door
    said = "".join(words.split())
    return Door(place=said) if _PLACE.search(said) else None


def meant_by(staff, words):
    """The same, in the words of the districts of `staff` too."""
    door = parse(words)
    if (door and door.building) or not doors.MAY_BE_OWN.search(words):
        return door
    own = words_of(staff)
    return parse(words, own) if own else door


def words_of(staff):
    """What the districts of `staff` call a building, besides the usual words."""
    found = doors.own_words(district__in=Scope.of(staff).district_ids)
    return tuple(word for words in found.values() for word in words)


def dwellings(staff, door, all=False):
    """The dwellings in the scope of `staff` behind these parts, each way by an index of its own.

    When no door is named, those of the first few buildings only, unless `all` are wanted.
    """
    rows = Dwelling.objects.all()
    names_doors = all or door.entrance or door.room
    most = MOST_BUILDINGS if names_doors else FEW_BUILDINGS
    inside = rows.filter(building__in=building_keys(staff, door, most))
    if door.entrance:
        inside = inside.filter(entrance__in=doors.entrances(door.entrance))
    if door.room:
        inside = inside.filter(room__in=doors.rooms(door.room))
    inside = inside.visible_to(staff)
    if door.building:
        return inside
    free = rows.filter(building=None, address__contains=door.place)
    if len(Scope.of(staff).district_ids) == 1:
        free = free.filter(district__in=Scope.of(staff).district_ids)
    free = free.visible_to(staff)
    either = inside.order_by().values("pk").union(free.order_by().values("pk"))
    return rows.filter(pk__in=either)


def buildings(staff, door):
    """Buildings in scope by name, and by (a part of) the name of their compound."""
    found = Building.objects.visible_to(staff)
    if door.building:
        found = found.filter(name__in=doors.spellings(door.building, words_of(staff)))
    if door.place:
        found = found.annotate(at=StrIndex(Value(door.place), F("compound__name"))).filter(
            Q(compound__name__contains=door.place) | Q(at__gt=0)
        )
    return found


def building_keys(staff, door, most):
    """As a list: the planner then goes from the few buildings to their doors."""
    found = buildings(staff, door).order_by("compound", "pk")
    return list(found.values_list("pk", flat=True)[:most])
