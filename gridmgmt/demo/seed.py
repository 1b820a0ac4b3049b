"""`seed_demo`: two invented districts, the same for the same seed and day."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from gridmgmt import dictionaries
from gridmgmt.demo import district, loading, messages, outings, places, proof, slips
from gridmgmt.demo.casebook import Casebook
from gridmgmt.demo.casefiles import Casefiles, answer_for
from gridmgmt.demo.ground import Roster, lay
from gridmgmt.demo.helping import help_people
from gridmgmt.demo.letting import let_dwellings
from gridmgmt.demo.people import colleagues, families
from gridmgmt.demo.progress import Progress
from gridmgmt.demo.registers import Registers
from gridmgmt.demo.rounds import Rounds
from gridmgmt.demo.timing import Timer
from grids.audit import guard
from grids.models import Grid
from grids.roles import Role

DISTRICTS = (places.DISTRICT, places.SECOND_DISTRICT)
FEW_HOUSEHOLDS, FEW_PREMISES, FEW_CASES = 10, 3, 24
DICTIONARIES = {"ServiceModule", "Category", "CaseStandard", "Code", "CareCategory"}


class SeedError(Exception):
    """Why there is nothing to seed here."""


@dataclass(frozen=True)
class Scale:
    households: int  # in each of three communities
    premises: int
    cases: int


SCALES: dict[str, Scale | district.Size] = {
    "small": Scale(500, 40, 760),
    "district": district.Size(286_000, 1_000_000, 120, 1_000_000, 50_000),
}


def is_there() -> bool:
    return Grid.objects.filter(code__in=DISTRICTS).exists()


@transaction.atomic
def seed(
    *,
    now: datetime,
    seed: int,
    scale: str | Scale | district.Size = "small",
    fresh: bool = False,
    progress: Progress | None = None,
) -> Counter:
    """Fill an empty installation; `fresh` empties it first. {what: how many}."""
    others = Grid.objects.filter(parent=None).exclude(code__in=DISTRICTS)
    if others.exists():
        raise SeedError("Another district lives in this database; the demo wants one of its own.")
    if fresh:
        wipe()
    dictionaries.seed()
    size = SCALES[scale] if isinstance(scale, str) else scale
    if isinstance(size, Scale):
        counts = _first_small(size, seed=seed, now=now)
    else:
        counts = _first_whole(size, seed=seed, now=now, progress=progress or Progress())
    counts += _second(seed, now)
    slips.number(now)
    return counts


def _first_small(size: Scale, *, seed: int, now: datetime) -> Counter:
    today = timezone.localdate(now)
    people = families(seed, today)
    ground = lay(*places.plan_district(seed))
    _staff_first(Roster(ground, colleagues(seed, today), seed))
    registers = Registers(ground, seed, today)
    for community in places.REGISTERED_COMMUNITIES:
        registers.settle(community, people, size.households)
        registers.open_shops(community, size.premises)
    counts = _live(registers, size.cases, seed=seed, now=now)
    counts += Counter(outings.go_out(ground, seed, today))
    loading.run("ANALYZE")
    return counts


def _first_whole(size: district.Size, *, seed: int, now: datetime, progress: Progress) -> Counter:
    today = timezone.localdate(now)
    since = district.opened_on(size, today)
    lattice, planned = places.plan_district(seed)
    ground = lay(lattice, district.with_larger_units(planned), since=since)
    names = colleagues(seed, today, phones_from=district.PHONES_OF_STAFF)
    _staff_first(Roster(ground, names, seed, since=since))
    counts = district.load(ground, size, seed=seed, now=now, progress=progress)
    with progress.of("proof"):
        faults = proof.faults(ground.district, size, now)
    if faults:
        raise SeedError(f"The district came out wrong: {'; '.join(faults)}.")
    return counts


def _second(seed: int, now: datetime) -> Counter:
    """A few people of another district, to prove that one never sees the other."""
    today = timezone.localdate(now)
    ground = lay(*places.plan_second_district(seed))
    _staff_second(Roster(ground, colleagues(seed + 1, today), seed))
    registers = Registers(ground, seed, today)
    registers.settle(places.SECOND_COMMUNITIES[0], families(seed + 1, today), FEW_HOUSEHOLDS)
    registers.open_shops(places.SECOND_COMMUNITIES[0], FEW_PREMISES)
    return _live(registers, FEW_CASES, seed=seed, now=now)


def _live(registers: Registers, count: int, *, seed: int, now: datetime) -> Counter:
    """What happened in a district until now: visits, cases, messages; how many rows of each."""
    ground = registers.ground
    registers.write()
    today = timezone.localdate(now)
    helped = help_people(ground, today) | let_dwellings(ground, today, now)
    # A planner that believes the tables empty, as they were a moment ago, plans badly.
    loading.run("ANALYZE")
    answer_for(ground)
    rounds = Rounds(ground, seed, today)
    rounds.plan(registers.homes)
    book = Casebook(ground, registers, seed=seed, now=now, timer=Timer(ground.district, now))
    drafts = book.invent(count)
    files = Casefiles(ground, seed=seed, now=now)
    files.add(drafts)
    files.write()
    for draft, key in zip(drafts, files.keys_of_cases, strict=True):
        rounds.note(draft, key)
    rounds.write()
    messages.write(ground, drafts, files.numbers, now)
    written = {**files.rows, **rounds.rows}
    found = {model._meta.model_name: len(rows) for model, rows in written.items()}
    return registers.written + Counter(found | helped | {"grid": len(ground.places)})


def wipe():
    """Empty every table of ours but the dictionaries."""
    tables = [
        model._meta.db_table
        for label in ("grids", "residents", "cases", "inspections")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model.__name__ not in DICTIONARIES and model._meta.managed and not model._meta.proxy
    ]
    with guard.owner_erases(), connection.cursor() as cursor:
        # Deferred checks that wait for the end of the transaction would refuse the TRUNCATE.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        names = ", ".join(f'"{table}"' for table in tables)
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _staff_first(roster: Roster):
    """The demo log-ins, then colleagues for the other places."""
    district, empty = places.DISTRICT, places.EMPTY_COMMUNITY
    registered = places.REGISTERED_COMMUNITIES[0]
    city = roster.ground.departments[district, "city_management"]
    roster.hire("admin", Role.ADMINISTRATOR, district, name="陈志远")
    worker = roster.hire("worker", Role.GRID_WORKER, f"{empty}001", name="王秀芬")
    roster.post(worker, Role.GRID_WORKER, f"{registered}001")
    roster.hire("leader", Role.GRID_LEADER, empty, name="李建华")
    roster.hire("clerk", Role.COMMUNITY_STAFF, registered, name="孟庆梅")
    roster.hire("supervisor", Role.SUPERVISOR, empty[:9], name="赵卫东")
    roster.hire("dispatcher", Role.DISPATCHER, district, name="刘雪梅")
    roster.hire("handler", Role.DEPARTMENT_HANDLER, district, department=city, name="张立军")
    roster.hire(
        "coordinator",
        Role.DEPARTMENT_COORDINATOR,
        district,
        department=city,
        name="周海燕",
    )
    roster.hire("head", Role.DEPARTMENT_HEAD, district, department=city, name="孙明远")
    roster.hire("security", Role.SECURITY_ADMINISTRATOR, district, name="高文斌")
    roster.hire("auditor", Role.AUDITOR, district, name="吴静")
    roster.hire("operator", Role.OPERATOR, district, name="郑浩")
    roster.fill()
    roster.write()


def _staff_second(roster: Roster):
    district, community = places.SECOND_DISTRICT, places.SECOND_COMMUNITIES[0]
    roster.hire("stranger", Role.GRID_WORKER, f"{community}001", name="杨昌明")
    roster.hire("admin2", Role.ADMINISTRATOR, district, name="龙永红")
    roster.hire("security2", Role.SECURITY_ADMINISTRATOR, district, name="安玉兰")
    roster.hire("dispatcher2", Role.DISPATCHER, district, name="田茂林")
    roster.hire("leader2", Role.GRID_LEADER, community, name="吴再秀")
    roster.fill()
    roster.write()
