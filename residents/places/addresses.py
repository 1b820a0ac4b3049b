"""What a piece of an address means ("幸福小区3号楼2单元502"), and the doors that it leads to."""

import re
from dataclasses import dataclass

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex

from grids.models import Building
from grids.scope import Scope
from residents.models import Dwelling

_HANZI = "一二三四五六七八九十"
_NUMBER = rf"(?:\d{{1,3}}|[A-Za-z]\d{{0,2}}|[{_HANZI}]{{1,3}})"
_DOOR = re.compile(
    rf"^(?P<place>.*?)(?P<building>{_NUMBER})(?:号楼|號樓|栋|棟|幢|座|#楼?|号(?=\d+单元))"
    r"(?:(?P<entrance>[0-9一二三四五六七八九])(?:单元|單元|门|門))?"
    r"(?:(?P<room>\d{2,4}[A-Za-z]?)(?:室|号|號|房)?)?$"
)
# "3-2-502": building, entrance, room, as people write it on forms.
_DASHES = re.compile(
    r"^(?P<place>.*?)(?P<building>\d{1,3})-(?:(?P<entrance>\d)-)?(?P<room>\d{3,4})$"
)
_PLACE = re.compile(
    r"(小区|家园|花园|公寓|新村|新区|小镇|宿舍|家属院|大院|苑|里|路|街|巷|胡同|村|组|屯)$|\d+(号|號)"
)
BUILDING_WORDS = ("号楼", "栋", "幢", "座", "号", "")
MOST_BUILDINGS, FEW_BUILDINGS = 1_000, 10


@dataclass(frozen=True)
class Door:
    """The parts that were said; "" for those that were not."""

    place: str = ""
    building: str = ""
    entrance: str = ""
    room: str = ""


def parse(words):
    """A Door for words that look like a piece of an address, else None."""
    said = "".join(words.split()).replace("—", "-").replace("－", "-")
    found = _DOOR.match(said) or _DASHES.match(said)
    if found:
        parts = {name: part or "" for name, part in found.groupdict().items()}
        return Door(
            parts["place"],
            _arabic(parts["building"]),
            _arabic(parts["entrance"]),
            parts["room"],
        )
    return Door(place=said) if _PLACE.search(said) else None


def dwellings(staff, door, all=False):
    """The dwellings in the scope of `staff` behind these parts, each way by an index of its own.

    When no door is named, those of the first few buildings only, unless `all` are wanted.
    """
    rows = Dwelling.objects.all()
    names_doors = all or door.entrance or door.room
    most = MOST_BUILDINGS if names_doors else FEW_BUILDINGS
    inside = rows.filter(building__in=building_keys(staff, door, most))
    if door.entrance:
        inside = inside.filter(entrance__in=[f"{door.entrance}单元", door.entrance])
    if door.room:
        inside = inside.filter(room__in=[door.room, f"{door.room}室"])
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
        names = [f"{door.building}{word}" for word in BUILDING_WORDS]
        found = found.filter(name__in=names)
    if door.place:
        found = found.annotate(at=StrIndex(Value(door.place), F("compound__name"))).filter(
            Q(compound__name__contains=door.place) | Q(at__gt=0)
        )
    return found


def building_keys(staff, door, most):
    """As a list: the planner then goes from the few buildings to their doors."""
    found = buildings(staff, door).order_by("compound", "pk")
    return list(found.values_list("pk", flat=True)[:most])


def _arabic(number):
    """ "十二" -> "12"; other numbers stay, in capital letters."""
    if not number or number[0] not in _HANZI:
        return number.upper()
    tens, ten, ones = number.rpartition("十")
    value = _HANZI.find(ones) + 1 if ones else 0
    if ten:
        value += 10 * (_HANZI.find(tens) + 1 if tens else 1)
    return str(value)
