"""The round of a day: whom to see, in the order in which one walks."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from django.db.models import Min, Q

from grids.models import Grid
from grids.scope import Scope, readable_fields
from inspections.campaigns import campaigns
from inspections.models import Appointment, HouseholdToVisit, Mode, Schedule, Visit
from inspections.visits import appointments
from residents.models import CareRecord, Resident

SAME_TRIP = timedelta(days=30)
PAGE = 60
# Rules with a priority up to this come first.
FIRST = 3
FOUND = 30
_DWELLING = "household__dwelling__"
_BUILDING = f"{_DWELLING}building__"
_DOOR = [
    f"{_DWELLING}building",
    f"{_BUILDING}compound__name",
    f"{_BUILDING}name",
    f"{_DWELLING}entrance",
    f"{_DWELLING}room",
    f"{_DWELLING}address",
]


@dataclass(frozen=True)
class Door:
    building: int | None
    compound: str | None
    name: str | None
    entrance: str
    room: str
    address: str

    @property
    def entrance_key(self):
        """Doors behind one entrance; houses without a building are together."""
        return (self.building, self.entrance if self.building else "")

    @property
    def in_walking_order(self):
        """Houses without a building come last, by address."""
        if self.building is None:
            return (True, [], [], 0, [], natural(self.address))
        place = (
            natural(self.compound),
            natural(self.name),
            self.building,
            natural(self.entrance),
        )
        return (False, *place, natural(self.room))

    @property
    def title(self):
        if self.building is None:
            return ""
        return " ".join(filter(None, (self.compound, self.name, self.entrance)))


@dataclass
class Stop:
    """One household of the round, with everything that is due for it in one go."""

    key: int
    mode: str
    due_on: date
    door: Door | None = None
    household: HouseholdToVisit | None = None
    care: list[str] = field(default_factory=list)
    last_visit: Visit | None = None
    phone: str = ""
    can_read_phone: bool = False
    is_late: bool = False
    is_of_campaign: bool = False
    appointment: Appointment | None = None
    priority: int | None = None  # the highest (least) of the rules by which it is due

    @property
    def is_only_of_campaign(self):
        """Then `due_on` is the campaign's last day."""
        return self.is_of_campaign and self.priority is None and not self.appointment

    @property
    def is_first(self):
        return self.priority is not None and self.priority <= FIRST


@dataclass
class Entrance:
    """The stops behind one door of one building, and who there is due soon."""

    title: str
    stops: list[Stop]
    coming: list[Stop] = field(default_factory=list)


@dataclass
class Round:
    entrances: list[Entrance]
    homes: int
    calls: int
    late: int
    first: int
    grids: int
    number: int
    has_more: bool


ONLY = {
    "first": lambda stop: stop.is_first,
    "home": lambda stop: stop.mode == Mode.HOME,
    "call": lambda stop: stop.mode == Mode.CALL,
    "late": lambda stop: stop.is_late,
}


def todays_round(staff, today, number=1, only="") -> Round:
    """Everything due or overdue for `staff`; of one page of it all that is needed at the door.

    In walking order; of those that are `only` late the important ones come before the others.
    """
    stops = _stops(staff, today)
    listed = list(filter(ONLY[only], stops)) if only else stops
    if only == "late":
        listed.sort(key=lambda stop: not stop.is_first)
    page = listed[(number - 1) * PAGE : number * PAGE]
    entrances = _entrances(page)
    coming = _offer_the_same_trip(entrances, {stop.key for stop in stops}, staff, today)
    fill(page + coming, staff, today)
    homes = sum(stop.mode == Mode.HOME for stop in stops)
    return Round(
        entrances,
        homes=homes,
        calls=len(stops) - homes,
        late=sum(stop.is_late for stop in stops),
        first=sum(stop.is_first for stop in stops),
        grids=Grid.objects.units()
        .filter(pk__in=Scope.of(staff).reach("visit.log").grids, valid_to=None)
        .count(),
        number=number,
        has_more=len(listed) > number * PAGE,
    )


def find(staff, words, today) -> list[Stop]:
    """Households that `staff` may visit whose head, member, door or number begins like this."""
    begins = Q(name__startswith=words) | Q(initials__startswith=words.lower())
    members = Resident.objects.visible_to(staff).live().filter(begins)
    households = (
        HouseholdToVisit.objects.visible_to(staff, right="log")
        .live()
        .filter(
            Q(head_name__startswith=words)
            | Q(number__startswith=words)
            | Q(dwelling__room__startswith=words)
            | Q(dwelling__address__contains=words)
            | Q(pk__in=members.values("household"))
        )
        .annotate(due_on=Min("schedules__next_due_on"))
        .order_by("dwelling__address", "pk")
    )
    stops = [Stop(row.pk, Mode.HOME, row.due_on or today) for row in households[:FOUND]]
    fill(stops, staff, today)
    return stops


def fill(stops, staff, today):
    """Give stops their household, what `staff` may read of it, and the last visit: four queries."""
    keys = [stop.key for stop in stops]
    households = (
        HouseholdToVisit.objects.visible_to(staff, right="log")
        .select_related("dwelling__building__compound")
        .in_bulk(keys)
    )
    care, phones = _care(keys, staff, today), _phones(keys)
    visits = Visit.objects.visible_to(staff).filter(household__in=keys)
    latest = {
        visit.household_id: visit
        for visit in visits.order_by("household", "-happened_on", "-id").distinct("household")
    }
    for stop in stops:
        stop.household = households[stop.key]
        readable = readable_fields(staff, stop.household)
        stop.care = care[stop.key]
        stop.phone = stop.household.phone or phones.get(stop.key, "")
        stop.can_read_phone = "phone" in readable
        stop.last_visit = latest.get(stop.key)


def natural(text) -> list:
    """A key that sorts 2号楼 before 10号楼."""
    parts = filter(None, re.split(r"(\d+)", text or ""))
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _stops(staff, today):
    """Due schedules in walking order: one stop for a household; a home visit does its call too."""
    rows = (
        Schedule.objects.visible_to(staff, right="log")
        .of_households()
        .applying(today)
        .open(today)
        .filter(Q(retry_on=None) | Q(retry_on__lte=today))
        .with_last_day()
        .values_list(
            "household",
            "rule__mode",
            "next_due_on",
            "last_day",
            "rule__priority",
            *_DOOR,
        )
    )
    stops = {}
    for key, mode, due_on, last_day, priority, *door in rows:
        stop = stops.setdefault(key, Stop(key, mode, due_on, Door(*door), priority=priority))
        stop.priority = min(stop.priority, priority)
        stop.mode = Mode.HOME if Mode.HOME in (stop.mode, mode) else mode
        stop.due_on = min(stop.due_on, due_on)
        stop.is_late = stop.is_late or last_day < today
    for key, mode, until, *door in _meant_by_campaigns(staff, today):
        stop = stops.setdefault(key, Stop(key, mode, until, Door(*door)))
        stop.mode = Mode.HOME if Mode.HOME in (stop.mode, mode) else mode
        stop.is_of_campaign = True
    _agreed_on(stops, staff, today)
    return _walking(stops.values())


def _agreed_on(stops, staff, today):
    """Who has an appointment waits for its day, and comes then even if nothing is due."""
    rows = appointments.waiting(staff).values_list("pk", "household", "mode", "on", *_DOOR)
    of_today = {}
    for key, household, mode, on, *door in rows:
        if on > today:
            stops.pop(household, None)
        else:
            stop = Stop(household, mode, on, Door(*door))
            of_today[key] = stops.setdefault(household, stop)
    for key, appointment in Appointment.objects.in_bulk(of_today).items():
        of_today[key].appointment = appointment


def _meant_by_campaigns(staff, today):
    return campaigns.open_for(staff, today).values_list(
        "household", "campaign__mode", "campaign__until", *_DOOR
    )


def _walking(stops):
    return sorted(stops, key=lambda stop: (stop.door.in_walking_order, stop.key))


def _entrances(stops):
    doors = groupby(stops, key=lambda stop: stop.door.entrance_key)
    groups = (list(found) for __, found in doors)
    return [Entrance(group[0].door.title, group) for group in groups]


def _offer_the_same_trip(entrances, due, staff, today):
    """Add home visits of the next weeks behind the same entrances; the stops that were added."""
    wanted = {entrance.stops[0].door.entrance_key: entrance for entrance in entrances}
    rows = (
        Schedule.objects.visible_to(staff, right="log")
        .applying(today)
        .filter(
            household__dwelling__building__in={building for building, __ in wanted if building},
            rule__mode=Mode.HOME,
            next_due_on__gt=today,
            next_due_on__lte=today + SAME_TRIP,
        )
        .values_list("household", *_DOOR)
        .annotate(first=Min("next_due_on"))
    )
    stops = _walking(
        Stop(key, Mode.HOME, due_on, Door(*door)) for key, *door, due_on in rows if key not in due
    )
    coming = [stop for stop in stops if stop.door.entrance_key in wanted]
    for stop in coming:
        wanted[stop.door.entrance_key].coming.append(stop)
    return coming


def _care(households, staff, today):
    """Names of the care categories that `staff` may read, by household."""
    rows = (
        CareRecord.objects.on(today)
        .filter(resident__household__in=households, resident__ended_on=None)
        .readable_by(staff)
        .order_by("category__code")
        .values_list("resident__household", "category__name")
        .distinct()
    )
    found = defaultdict(list)
    for household, name in rows:
        found[household].append(name)
    return found


def _phones(households):
    """The phone of a member for each household, the head's first."""
    members = Resident.objects.live().filter(household__in=households).exclude(phone="")
    rows = members.order_by("household", "relation", "pk").distinct("household")
    return dict(rows.values_list("household", "phone"))
