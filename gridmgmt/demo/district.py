"""The whole district: a million persons and a million cases.

Persons are invented one by one and streamed, community by community. The cases of the last 90
days are invented in the same way; the finished ones among them are told again for each earlier
period of twelve weeks, with all their steps, but without alarms and slips. The schedules are made
by the product's own planner.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from cases.models import Alarm, Case, CaseEvent, SupervisionSlip
from gridmgmt.demo import loading, multiplying, places
from gridmgmt.demo.casebook import MIX, Casebook
from gridmgmt.demo.casefiles import Casefiles, answer_for
from gridmgmt.demo.ground import Ground
from gridmgmt.demo.people import families
from gridmgmt.demo.places import Place
from gridmgmt.demo.progress import Progress
from gridmgmt.demo.registers import Registers
from gridmgmt.demo.timelines import FINISHED, REJECTED, SOLVED
from gridmgmt.demo.timing import Timer
from grids.models import Building, Compound, DistrictProfile, Grid
from inspections.cadence import schedules
from residents.models import (
    CareRecord,
    Dwelling,
    Household,
    Licence,
    Premises,
    Resident,
)

UNIT_BAND = (100, 300)  # households; 286,000 over 1,144 unit grids are 250 in each
PHONES_OF_STAFF = 950_000  # the numbers before are those of the residents
CHUNK = 5_000  # cases invented at a time
PLANNED_BEFORE = timedelta(days=4)  # so that some visits are due, and some late
REGISTER = [
    Compound,
    Building,
    Dwelling,
    Household,
    Resident,
    CareRecord,
    Premises,
    Licence,
]
DOCKET = [Case, CaseEvent, Alarm, SupervisionSlip]

IS_OVER = {SOLVED, FINISHED, REJECTED}
FINISHED_MIX = [part for part in MIX if part[1] in IS_OVER]
LIGHTS = {"green": 0.72, "yellow": 0.12, "red": 0.16}
OPEN_MIX = [(LIGHTS[light], light, stages) for _, light, stages in MIX if light in LIGHTS]


@dataclass(frozen=True)
class Size:
    """`communities`: only so many are settled; None: all but the one left empty."""

    households: int
    persons: int
    premises: int  # in each community
    cases: int
    open_cases: int
    periods: int = 10
    communities: int | None = None

    @property
    def finished_recently(self) -> int:
        """Finished cases that are invented; the others are these, told again."""
        return math.ceil((self.cases - self.open_cases) / self.periods)


def with_larger_units(planned: list[Place]) -> list[Place]:
    """The same places, with the band of households that fits this many."""
    return [replace(place, band=UNIT_BAND) if place.tier == "unit" else place for place in planned]


def opened_on(size: Size, today: date) -> date:
    """When the district's grids began: before the oldest case."""
    days = 90 + multiplying.WEEKS * 7 * size.periods
    return (today - timedelta(days=days)).replace(month=1, day=1)


def load(ground: Ground, size: Size, *, seed: int, now: datetime, progress: Progress) -> Counter:
    """Everything that lives and happens on the ground; {what: how many}."""
    today = timezone.localdate(now)
    registers = Registers(ground, seed, today, newborn_share=0.2)
    low, high = UNIT_BAND
    DistrictProfile.objects.filter(district=ground.district).update(
        unit_band_min=low, unit_band_max=high
    )
    answer_for(ground)
    with loading.room_to_sort(), loading.bare([*REGISTER, *DOCKET], progress):
        _settle(registers, size, progress)
        book = Casebook(
            ground,
            registers,
            seed=seed,
            now=now,
            timer=Timer(ground.district, now),
            evenly=True,
        )
        docket = _file(book, size, seed=seed, progress=progress)
    analyse()
    with progress.of("schedules") as count:
        planned = _plan(ground.district, today)
        count(planned)
    loading.run("ANALYZE inspections_schedule")
    counts = Counter({"grid": len(ground.places), "schedule": planned})
    return counts + registers.written + docket


def analyse():
    for model in [*REGISTER, *DOCKET]:
        loading.run(f'ANALYZE "{model._meta.db_table}"')


# --- who lives here -------------------------------------------------------------------


def _settle(registers: Registers, size: Size, progress: Progress):
    people = families(registers.seed, registers.today, persons_each=size.persons / size.households)
    communities = _communities(registers.ground)[: size.communities]
    units = [len(registers.ground.units(code)) for code in communities]
    with progress.of("persons") as count:
        for code, households in zip(communities, share(size.households, units), strict=True):
            before = registers.written["resident"]
            registers.settle(code, people, households, unevenness=0.12)
            registers.open_shops(code, size.premises)
            registers.write()
            count(registers.written["resident"] - before)


def _communities(ground):
    """Codes, those of the small demo first, without the one that is left empty."""
    first = list(places.REGISTERED_COMMUNITIES)
    codes = [place.code for place in ground.of_tier("community")]
    return first + [code for code in codes if code not in {*first, places.EMPTY_COMMUNITY}]


def share(total: int, weights: list[int]) -> list[int]:
    """`total` in whole parts, as near to the weights as can be."""
    parts, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        upto = round(total * seen / sum(weights))
        parts.append(upto - given)
        given = upto
    return parts


# --- what happened --------------------------------------------------------------------


def _file(book: Casebook, size: Size, *, seed: int, progress: Progress) -> Counter:
    """Invent the open cases and the finished ones of the last period, then multiply these."""
    files = Casefiles(book.ground, seed=seed, now=book.now, photographed=0)
    with multiplying.staged(DOCKET) as tables:
        with progress.of("cases invented") as count:
            for wanted, mix in (
                (size.open_cases, OPEN_MIX),
                (size.finished_recently, FINISHED_MIX),
            ):
                for number in _chunks(wanted):
                    files.add(_invented(book, number, mix))
                    files.write_into(tables)
                    count(number)
        return multiplying.tell_again(
            book.ground, total=size.cases, periods=size.periods, progress=progress
        )


def _invented(book, number, mix):
    """Exactly so many drafts: shares are rounded, stages come at least once."""
    whole = sum(part[0] for part in mix)
    drafts = book.invent(
        number + len(mix),
        [(part / whole, light, stages) for part, light, stages in mix],
    )
    book.chance.shuffle(drafts)
    return drafts[:number]


def _chunks(total):
    return [min(CHUNK, total - start) for start in range(0, total, CHUNK)]


def _plan(district, today) -> int:
    found = Grid.objects.get(pk=district)
    schedules.ensure_rules(found)
    return schedules.plan(found, today - PLANNED_BEFORE)
