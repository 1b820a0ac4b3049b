"""`seed_demo`: two invented districts, the same for the same seed and day."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from gridmgmt import dictionaries
from gridmgmt.demo import messages, places
from gridmgmt.demo.casebook import Casebook
from gridmgmt.demo.casefiles import Casefiles, answer_for
from gridmgmt.demo.ground import Ground, Roster, lay
from gridmgmt.demo.people import colleagues, families
from gridmgmt.demo.registers import Registers
from gridmgmt.demo.rounds import Rounds
from gridmgmt.demo.timing import Timer
from grids.models import Grid
from grids.roles import Role

DISTRICTS = (places.DISTRICT, places.SECOND_DISTRICT)
FEW_HOUSEHOLDS, FEW_PREMISES, FEW_CASES = 10, 3, 24
DICTIONARIES = {"Category", "CaseStandard", "Code", "CareCategory"}


class SeedError(Exception):
    """Why there is nothing to seed here."""


@dataclass(frozen=True)
class Scale:
    households: int  # in each of three communities
    premises: int
    cases: int


SCALES = {"small": Scale(500, 40, 760)}


def is_there() -> bool:
    return Grid.objects.filter(code__in=DISTRICTS).exists()


@transaction.atomic
def seed(
    *, now: datetime, seed: int, scale: str = "small", fresh: bool = False
) -> Counter:
    """Fill an empty installation; `fresh` empties it first. {what: how many}."""
    others = Grid.objects.filter(parent=None).exclude(code__in=DISTRICTS)
    if others.exists():
        raise SeedError(
            "Another district lives in this database; the demo wants one of its own."
        )
    if fresh:
        wipe()
    dictionaries.seed()
    size, today = SCALES[scale], timezone.localdate(now)
    people, names = families(seed, today), colleagues(seed, today)

    first = lay(*places.plan_district(seed))
    _staff_first(first, names, seed)
    registers = Registers(first, seed, today)
    for community in places.REGISTERED_COMMUNITIES:
        registers.settle(community, people, size.households)
        registers.open_shops(community, size.premises)

    second = lay(*places.plan_second_district(seed))
    _staff_second(second, names, seed)
    few = Registers(second, seed, today)
    few.settle(places.SECOND_COMMUNITIES[0], people, FEW_HOUSEHOLDS)
    few.open_shops(places.SECOND_COMMUNITIES[0], FEW_PREMISES)

    counts = _live(registers, size.cases, seed=seed, now=now)
    return counts + _live(few, FEW_CASES, seed=seed, now=now)


def _live(registers: Registers, count: int, *, seed: int, now: datetime) -> Counter:
    """What happened in a district until now: visits, cases, messages; how many rows of each."""
    ground = registers.ground
    registers.write()
    answer_for(ground)
    rounds = Rounds(ground, seed, timezone.localdate(now))
    rounds.plan(registers.homes)
    book = Casebook(
        ground, registers, seed=seed, now=now, timer=Timer(ground.district, now)
    )
    drafts = book.invent(count)
    files = Casefiles(ground, seed=seed, now=now)
    files.add(drafts)
    files.write()
    for draft, key in zip(drafts, files.keys_of_cases, strict=True):
        rounds.note(draft, key)
    rounds.write()
    messages.write(ground, drafts, files.numbers, now)
    written = {**registers.rows, **files.rows, **rounds.rows}
    found = {model._meta.model_name: len(rows) for model, rows in written.items()}
    return Counter(found | {"grid": len(ground.places)})


def wipe():
    """Empty every table of ours but the dictionaries."""
    tables = [
        model._meta.db_table
        for label in ("grids", "residents", "cases", "inspections")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model.__name__ not in DICTIONARIES
        and model._meta.managed
        and not model._meta.proxy
    ]
    with connection.cursor() as cursor:
        # Deferred checks that wait for the end of the transaction would refuse the TRUNCATE.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        names = ", ".join(f'"{table}"' for table in tables)
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _staff_first(ground: Ground, names, seed):
    """The demo log-ins, then colleagues for the other places."""
    roster = Roster(ground, names, seed)
    district, empty = places.DISTRICT, places.EMPTY_COMMUNITY
    registered = places.REGISTERED_COMMUNITIES[0]
    city = ground.departments[district, "city_management"]
    roster.hire("admin", Role.ADMINISTRATOR, district, name="陈志远")
    worker = roster.hire("worker", Role.GRID_WORKER, f"{empty}001", name="王秀芬")
    roster.post(worker, Role.GRID_WORKER, f"{registered}001")
    roster.hire("leader", Role.GRID_LEADER, empty, name="李建华")
    roster.hire("clerk", Role.COMMUNITY_STAFF, registered, name="孟庆梅")
    roster.hire("supervisor", Role.SUPERVISOR, empty[:9], name="赵卫东")
    roster.hire("dispatcher", Role.DISPATCHER, district, name="刘雪梅")
    roster.hire(
        "handler", Role.DEPARTMENT_HANDLER, district, department=city, name="张立军"
    )
    roster.hire(
        "coordinator",
        Role.DEPARTMENT_COORDINATOR,
        district,
        department=city,
        name="周海燕",
    )
    roster.hire("head", Role.DEPARTMENT_HEAD, district, department=city, name="孙明远")
    roster.hire("auditor", Role.AUDITOR, district, name="吴静")
    roster.hire("operator", Role.OPERATOR, district, name="郑浩")
    roster.fill()
    roster.write()


def _staff_second(ground: Ground, names, seed):
    roster = Roster(ground, names, seed)
    district, community = places.SECOND_DISTRICT, places.SECOND_COMMUNITIES[0]
    roster.hire("stranger", Role.GRID_WORKER, f"{community}001", name="杨昌明")
    roster.hire("admin2", Role.ADMINISTRATOR, district, name="龙永红")
    roster.hire("dispatcher2", Role.DISPATCHER, district, name="田茂林")
    roster.hire("leader2", Role.GRID_LEADER, community, name="吴再秀")
    roster.fill()
    roster.write()
