"""Two copies of a district that differ only in what a role may not read say the same to that role.

One world is built once. For each role everything that it may not read is changed in place (digits
of ID numbers, phones up to their end, birthdays, who is under care, sealed facts, the files of
other places), and every address, a set of queries, forms and dry runs is asked once more: the
answers are the same, byte by byte, after tokens and keys of new rows are left out. What may
differ stands in MAY_DIFFER with its reason. The last tests put leaks back, one by one.
"""

import contextlib
import copy
import difflib
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Right
from django.urls import reverse
from django.utils import timezone

from grids.fields import blind_index
from grids.models import Grid
from grids.roles import DEPARTMENT_ROLES, THREE, Role
from grids.scope import ScopedQuerySet
from inspections.cadence import cost, reasons
from inspections.campaigns import campaigns
from inspections.models import Campaign, Schedule, VisitRule
from residents.custom_fields import custom_fields
from residents.exports import columns
from residents.imports import steps
from residents.imports.batch import batches, registers
from residents.imports.people import compare
from residents.models import (
    AccessRecord,
    Benefit,
    BenefitRecord,
    CareRecord,
    Dwelling,
    Export,
    Household,
    Lease,
    Premises,
    Resident,
    SupportPlan,
)
from residents.models import care as models_of_care
from residents.models.care import CareRecordQuerySet
from residents.people import finding, looks, showing
from tests import factories as make
from tests import rights, test_access
from tests.residents.sheets import heads, record
from tests.residents.workbooks import person, write

pytestmark = pytest.mark.django_db
NOW = "2026-11-24 10:00:00+08:00"
HERE, NEAR, FAR = "370402001028001", "370402001028002", "370402001029001"
HIDDEN_BY = {
    "birth": "register.read_birth",
    "phone": "register.read_phone",
    "care": "register.read_care",
    "guarded": "register.read_guarded",
}

MAY_DIFFER = {
    "look up by number": "whoever holds the card finds the person: on record, limited, stopped"
    " after misses; tests/residents/people/test_look_ups.py",
    "residents:access": "auditors see who looked at care of whom: that is what they are for",
}
# Not compared, because the two worlds agree in it: on which day somebody is due. Whoever visits is
# told to go, and rules of care are more frequent; why, only readers of care are told.


# --- the world ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def standing_world(standing_rows):
    with time_machine.travel(NOW, tick=False):
        return standing_rows(a_district)


@pytest.fixture
def world(standing_world, db):
    return copy.deepcopy(standing_world)


def a_district():
    """One of everything in a unit grid, somebody in the grid beside it, and another community."""
    world = test_access.one_of_everything()
    near, far = make.unit(NEAR), make.unit(FAR)
    world.people = [world.person]
    for grid, name in ((near, "钱近邻"), (near, "孙近邻"), (far, "李远方"), (far, "周远方")):
        home = make.household(grid, head_name=name)
        world.people.append(make.resident(home, name=name))
    for place, one in enumerate(world.people):
        phone = f"138{place}234561{place}"
        one.facts = {world.field.key: custom_fields.seal(world.field, "有", one.pk)}
        one.phone, one.birth_on = phone, date(1966, 5, 1 + place)
        one.save()
        Household.objects.filter(pk=one.household_id).update(phone=phone)
    Premises.objects.update(phone="13812345678")
    Dwelling.objects.update(owner_phone="13812345677")
    Lease.objects.update(landlord_phone="13812345679", tenant_phone="13812345670")
    make.care_record(world.people[4])
    world.only, world.closed = "", frozenset()  # what the names of the questions begin with
    _help(world)
    _under_guard(world)
    _visits(world)
    return world


def _under_guard(world):
    """Somebody beside the person of whom a guarded category is all that is known, and helped."""
    home = make.household(make.unit(HERE), head_name="郑同格")
    world.under_guard = make.resident(home, name="郑同格", birth_on=date(1966, 5, 9))
    world.guarded = make.care_category("矫正", is_guarded=True)
    make.care_record(world.under_guard, world.guarded)
    looks.note_cared([world.under_guard], by=world.keeper)
    benefit = Benefit.objects.create(district=make.district(), code="B2", name="帮教补助")
    benefit.categories.add(world.guarded)
    BenefitRecord.objects.create(resident=world.under_guard, benefit=benefit, since=make.LONG_AGO)
    world.guarded_benefit = benefit


def _help(world):
    looks.note_cared([world.person], by=world.keeper)
    benefit = Benefit.objects.create(district=make.district(), code="B1", name="高龄津贴")
    benefit.categories.add(world.care.category)
    BenefitRecord.objects.create(resident=world.person, benefit=benefit, since=make.LONG_AGO)
    world.benefit = benefit


def _visits(world):
    """Every household is due by the ordinary rule and by that of care on the same day."""
    rules = [
        world.rule,
        VisitRule.objects.create(
            district=make.district(), target="care", mode="home", every_months=3
        ),
    ]
    Schedule.objects.all().delete()
    Schedule.objects.bulk_create(
        Schedule(district_id=home.district_id, rule=rule, household=home, next_due_on=make.LONG_AGO)
        for rule in rules
        for home in Household.objects.live()
    )
    today = timezone.localdate()
    common = {"district": make.district(), "made_by": world.keeper, "made_at": timezone.now()}
    common |= {"grid": make.community(), "since": today, "until": today, "mode": "home"}
    for who, more in (("everyone", {}), ("category", {"care_category": world.care.category})):
        world.of_care = Campaign.objects.create(name="冬季走访", who=who, **more, **common)
        campaigns.start(world.of_care)
    common["made_by"] = make.staff("community_staff", make.community())
    world.of_guarded = Campaign.objects.create(
        name="春季走访", who="category", care_category=world.guarded, **common
    )
    campaigns.start(world.of_guarded)


# --- the other world ----------------------------------------------------------------------


@contextlib.contextmanager
def otherwise(world, hidden, elsewhere):
    """The same district in which what is `hidden`, and all that is `elsewhere`, is another."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # no history: nothing was done
            cursor.execute("SET LOCAL session_replication_role = replica")
        for fact in hidden:
            CHANGE[fact](world)
        for code in elsewhere:
            _other_files(Grid.objects.get(code=code))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        yield
        transaction.set_rollback(True)


def _other_number(one, birth_on, also):
    """A number of this birth date with the same mask."""
    mask = one.id_sealed.reveal() if not isinstance(one.id_sealed, str) else one.id_sealed
    fitting = (make.id_number(birth_on, one.sex, sequence=n) for n in range(1, 499))
    number = next(
        new for new in fitting if new[-1] == mask[-1] and new != mask and not _is_taken(new)
    )
    sealed = Resident._meta.get_field("id_sealed").seal(number, one.pk)
    rows = Resident.objects.filter(pk=one.pk)
    rows.update(id_sealed=sealed, id_index=blind_index(number), **also)


def _is_taken(number):
    return Resident.objects.filter(id_index=blind_index(number)).exists()


def _numbers(world):
    for one in Resident.objects.exclude(id_index=None):
        _other_number(one, one.birth_on, {})


def _births(world):
    """Another day of the same year; in the number too."""
    for one in Resident.objects.exclude(id_index=None):
        birth_on = one.birth_on.replace(month=12, day=30)
        _other_number(one, birth_on, {"birth_on": birth_on})


def _phones(world):
    """Other numbers that end the same, wherever the registers keep one."""
    for model in apps.get_app_config("residents").get_models():
        for name in [field.name for field in model._meta.fields if "phone" in field.name]:
            longer = model._base_manager.filter(**{f"{name}__regex": r"^\d{7,}$"})
            longer.update(**{name: Concat(Value("1590000"), Right(name, 4))})


def _care(world):
    """Somebody of the grid beside it is under care instead, helped, meant and looked at."""
    _moved(*world.people[:2], CareRecord, SupportPlan, BenefitRecord, campaign=world.of_care)


def _guarded(world):
    """The same of whom a guarded category is all that is known."""
    old, new = world.under_guard, world.people[2]
    CareRecord.objects.filter(resident=old, category=world.guarded).update(resident=new)
    _moved(old, new, BenefitRecord, campaign=world.of_guarded)


def _moved(old, new, *models, campaign):
    for model in models:
        model.objects.filter(resident=old).update(resident=new)
    AccessRecord.objects.filter(resident=old, field=looks.CARE).update(
        resident=new, grid=new.grid_id
    )
    campaign.targets.filter(household=old.household_id).update(
        household=new.household_id, grid=new.grid_id
    )


def _facts(world):
    for one in Resident.objects.exclude(facts={}):
        sealed = {world.field.key: custom_fields.seal(world.field, "另一个", one.pk)}
        Resident.objects.filter(pk=one.pk).update(facts=sealed)


CHANGE = {
    "number": _numbers,
    "birth": _births,
    "phone": _phones,
    "care": _care,
    "guarded": _guarded,
    "fact": _facts,
}


def _other_files(grid):
    """Nothing of this grid is as it was, and there is more of it."""
    for one in Resident.objects.filter(grid=grid):
        _other_number(one, one.birth_on, {"name": "吴改名", "phone": "15900001111"})
        CareRecord.objects.filter(resident=one).delete()
    Household.objects.filter(grid=grid).update(head_name="吴改名", phone="15900001111")
    new = make.resident(make.household(grid, head_name="郑新来"), name="郑新来")
    make.care_record(new)
    make.premises(grid, name="新开的店", phone="15900001112")


# --- what is asked ------------------------------------------------------------------------


# They ask what for before they say anything.
PAPERS = ("inspections:card", "residents:household_print")


def questions(world):
    """(name, ask): `ask(client)` gives one answer."""
    named = test_access.objects(world)
    skipped = test_access.PUBLIC | {"system"}
    for name in sorted(set(test_access.ROUTES) - skipped):
        yield name, _get(reverse(name, kwargs=named.get(name)))
    for name, address in _further(world):
        yield name, _get(address)
        if name in PAPERS:
            yield name, _post(address, {"purpose": "上门走访"})
    for page, queries in _queries(world).items():
        for query in queries:
            yield f"{page} {query}", _get(reverse(page), query)
    for page, most in (("residents:people", 20), ("residents:households", 3), ("search", 3)):
        for words in _words(world)[:most]:
            yield f"{page} {words}", _post(reverse(page), {"q": words})
    for number in world.numbers:
        yield "look up by number", _post(reverse("residents:people"), {"q": number})
    for name, address, sent in _forms(world):
        yield f"{name} {sent}", _post(address, sent)


def _get(address, query=None):
    return lambda client: client.get(address, query)


def _post(address, sent):
    return lambda client: client.post(address, sent, follow=True)


def _further(world):
    near = world.people[1]
    yield "residents:resident", reverse("residents:resident", args=[near.pk])
    yield "residents:resident", reverse("residents:resident", args=[world.under_guard.pk])
    for home in (world.home, near.household, world.under_guard.household):
        for tab in ("members", "visits", "cases", "history", "looks"):
            yield (
                "residents:household",
                f"{reverse('residents:household', args=[home.pk])}?tab={tab}",
            )
        for page in (*PAPERS, "inspections:log_visit"):
            yield page, reverse(page, args=[home.pk])
    for campaign in (world.of_care, world.of_guarded):
        yield from _of_campaign(campaign.pk, world.home.grid_id)


def _of_campaign(key, grid):
    page = reverse("inspections:campaign", args=[key])
    yield "inspections:campaign", page
    yield "inspections:campaign", f"{page}?grid={grid}"
    yield "inspections:campaign_targets", reverse("inspections:campaign_targets", args=[key])
    yield (
        "inspections:campaign_hand_over",
        reverse("inspections:campaign_hand_over", args=[key, grid]),
    )


def _words(world):
    """What one may type who would like to know: names, ends and whole of phones, days, digits."""
    phone, number = world.person.phone, world.numbers[0]
    ends = [phone[-length:] for length in (5, 8, 11, 4)]
    return [*ends, "秘密", "1号楼", f"{world.person.birth_on:%Y%m%d}", number[-5:-1]]


def _queries(world):
    care, guarded = world.care.category, world.guarded
    closed = [
        {"care": guarded.code},
        *({"benefit": world.guarded_benefit.pk, "state": one} for one in ("receiving", "entitled")),
    ]
    selecting = [
        {"care": "any"},
        {"care": care.code},
        *(
            {"benefit": world.benefit.pk, "state": one}
            for one in ("receiving", "entitled", "missed")
        ),
        {"age": "old"},
        {"age": "young"},
        {"fact": world.field.key, "is": "有"},
    ]
    phone = {"q": world.person.phone[-5:]}
    here = {"subject": "residents", "in": world.ground.pk}
    subjects = [here | one for one in (selecting[1], selecting[5], closed[0], phone)]
    return {
        "residents:people": [
            *selecting,
            *closed,
            {"kind": "registered"},
            {"sex": "2"},
            {"due": "30"},
        ],
        "residents:households": [*selecting[:2], *closed[:1], *selecting[-1:], phone],
        "residents:premises": [phone],
        "residents:export_new": subjects,
        "residents:fill": subjects[:1],
        "residents:book_new": [{"subject": "households", "care": care.code}],
        "residents:tables": [{"table": one} for one in ("care", "floating", "flows", "premises")],
        "residents:table_excel": [{"table": one} for one in ("care", "floating")],
        "residents:access": [{"of": "premises"}, {"of": "stops"}],
        "inspections:overdue": [{"category": care.pk}, {"category": guarded.pk}, {"why": "late"}],
        "inspections:overdue_excel": [{"category": care.pk}, {"category": guarded.pk}],
        "map:layer": [{"show": "unseen"}],
        "map:map": [{"show": "unseen"}],
    }


def _forms(world):
    today, care = timezone.localdate().isoformat(), world.care.category.pk
    campaign = {"name": "走访", "grid": make.community().pk, "mode": "home", "goal_percent": 90}
    campaign |= {"since": today, "until": today, "care_category": care}
    for who in ("everyone", "care", "category"):
        yield "new_campaign", reverse("inspections:new_campaign"), campaign | {"who": who}
    closed = {"who": "category", "care_category": world.guarded.pk}
    yield "new_campaign", reverse("inspections:new_campaign"), campaign | closed
    rule = {"mode": "home", "every_months": 1, "window_days": 7, "grace_days": 0, "priority": 5}
    rule |= {"new_days": 90, "is_active": "on", "care_category": care}
    for target in ("category", "care", "ordinary"):
        yield "new_rule", reverse("inspections:new_rule"), rule | {"target": target}
    member = {"name": "秘密住户", "relation": "10", "sex": "2", "on": today}
    days = (world.person.birth_on, world.person.birth_on + timedelta(days=1))
    address = reverse("residents:household_life", args=[world.home.pk, "member"])
    for day in days:
        yield "new member", address, member | {"birth_on": day.isoformat()}
    for subject in ("residents", "households", "premises", "leases"):
        offered = {one.name for one in columns.offered(subject, world.staff)}
        export = {"columns": sorted(offered - {columns.FULL_NUMBER}), "purpose": "核对底册"}
        address = f"{reverse('residents:export_new')}?subject={subject}"
        yield f"export {subject}", address, export | {"format": "excel"}


# --- and what is said ---------------------------------------------------------------------

TOKENS = [
    re.compile(pattern)
    for pattern in (
        r"csrfmiddlewaretoken\W+value=\W?[\w-]+",
        r'name="csrf-token" content="\w+"',
        r"(~|%7E|%257E)[\w-]{20,}",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"\b[0-9a-f]{16}\b",
    )
]
KEYS = re.compile(r"(?<=[/=])\d+(?=[/?&\"]|$)")


def said(answer, name=""):
    """Status, where to, and every byte that is neither a token nor the key of a new row."""
    where = [f"{one} {status}" for one, status in getattr(answer, "redirect_chain", [])]
    text = "\n".join([str(answer.status_code), *where, answer.get("Location", ""), body(answer)])
    for token in TOKENS:
        text = token.sub("·", text)
    return KEYS.sub("#", text) if where else text


def body(answer):
    """What it says; of an export that was just made, also what stands in its file."""
    match = getattr(answer, "resolver_match", None)
    is_export = match is not None and match.view_name == "residents:export_detail"
    return test_access.body(answer) + (_file(Export.objects.latest("pk")) if is_export else "")


def _file(export):
    """What stands in the file, if one was written."""
    if not export.file:
        return ""
    with export.file.open("rb") as file:
        return test_access.body(_Read(file.read()))


class _Read:
    streaming = False

    def __init__(self, content):
        self.content = content


def answers(client, world, before=None):
    """{(place, name): (what is said, whether the registers were read for it)} of the questions,
    each of them taken back. What was said without the registers is not asked once more."""
    found = {}
    for place, (name, ask) in enumerate(questions(world)):
        if not name.startswith(world.only) or name.partition(" {")[0] in world.closed:
            continue
        if before and not before[place, name][1]:
            found[place, name] = before[place, name]
            continue
        reading = Reading()
        with transaction.atomic(), connection.execute_wrapper(reading):
            text = said(ask(client))
            transaction.set_rollback(True)
        found[place, name] = text, reading.registers
    return found


class Reading:
    """Whether a statement reads what `otherwise` changes."""

    CHANGED = re.compile(r"residents_|inspections_campaigntarget")

    def __init__(self):
        self.registers = False

    def __call__(self, execute, sql, params, many, context):
        self.registers = self.registers or bool(self.CHANGED.search(str(sql)))
        return execute(sql, params, many, context)


def differences(client, world, role):
    """[(question, some lines that differ)] between the two worlds, for somebody of this role."""
    with time_machine.travel(NOW, tick=False):
        world.numbers = numbers_of(*(world.people[place] for place in (0, 1, 3)))
        staff, elsewhere = somebody(world, role)
        world.closed = closed_to(role)
        world.staff = staff
        test_access.enter(client, staff)
        one = answers(client, world)
        with otherwise(world, hidden_from(role), elsewhere):
            other = answers(client, world, one)
    return [
        (name, _lines(one[place, name][0], other[place, name][0]))
        for place, name in one
        if one[place, name][0] != other[place, name][0]
        and name.partition(" {")[0] not in MAY_DIFFER
    ]


def numbers_of(*people):
    rows = Resident.objects.in_bulk([one.pk for one in people])
    return [rows[one.pk].id_sealed.reveal() for one in people]


def _lines(one, other):
    found = difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0)
    return [line[:200] for line in found][2:10]


def hidden_from(role):
    """What this role may not read, by the rights as supervisors read them."""
    has = rights.written()[role]
    facts = [fact for fact, right in HIDDEN_BY.items() if right not in has]
    return ["number", *facts, "fact"]


def closed_to(role):
    """Pages that answer 403 to this role; that they do, tests/test_access.py holds."""
    has = rights.written()[role]
    pages = test_access.PAGES.items()
    return frozenset(name for name, needed in pages if not has & set(needed.split()))


def somebody(world, role):
    """(a person of this role, the grids of which he or she knows nothing)."""
    if role in DEPARTMENT_ROLES:
        return make.staff(role, department=world.case.department), [FAR]
    if role in THREE or role in {Role.DISPATCHER, Role.OPERATOR}:
        return make.staff(role, make.district()), []
    if role in {Role.GRID_WORKER, Role.ASSISTANT}:
        return make.staff(role, world.ground), [NEAR, FAR]
    if role == Role.BUILDING_STEWARD:
        building = world.home.dwelling.building
        return make.staff(role, world.ground, building=building), [NEAR, FAR]
    return make.staff(role, make.community()), [FAR]


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_read_changes_no_answer(client, world, role):
    assert differences(client, world, role) == []


# --- dry runs -----------------------------------------------------------------------------


IMPORTING = [role for role in Role if "register.import" in rights.written()[role]]


def known_people(world, folder):
    """Rows of one here and one beside who are in the register word for word; the first is under
    care, or in the other world the second."""
    rows = [person(网格编码=HERE, 姓名="冯知道"), person(网格编码=NEAR, 姓名="陈知道")]
    batches.run_file(write(folder / "known.xlsx", rows))
    world.people[:2] = [Resident.objects.get(name=row["姓名"]) for row in rows]
    make.care_record(world.people[0], world.care.category)
    world.under_guard = world.people[0]
    make.care_record(world.under_guard, world.guarded)
    return rows


def workbooks(world, folder):
    """(register, path): known people with care, strangers with the number and birth date of others."""
    known, care = known_people(world, folder), world.care.category.name
    [far] = numbers_of(world.people[3])
    stranger = person(姓名="褚无此人", 公民身份号码=far, 出生日期="", 性别="")
    files = [
        *([row | {"特殊群体类别": one}] for row in known for one in (care, world.guarded.name)),
        [stranger, person()],
        [person(姓名="李远方", born=world.people[3].birth_on)],
    ]
    for place, rows in enumerate(files):
        yield "residents", write(folder / f"{place}.xlsx", rows)
    for place, row in enumerate(known):
        number = row["公民身份号码"]
        for name in (care, world.guarded.name):
            rows = [record(world.people[place], 公民身份号码=number, 特殊群体类别=name)]
            yield "care", write(folder / f"care-{place}-{name}.xlsx", rows, heads=heads(rows))


def dry_runs(staff, files):
    staff.__dict__.pop("_scope", None)
    found = []
    for register, path in files:
        answer = batches.run_file(path, register=register, by=staff, dry_run=True)
        found.append({name: said for name, said in answer.items() if name != "seconds"})
    return found


def differing_dry_runs(world, role, folder):
    with time_machine.travel(NOW, tick=False):
        staff, elsewhere = somebody(world, role)
        files = list(workbooks(world, folder))
        one = dry_runs(staff, files)
        hidden = [fact for fact in hidden_from(role) if fact in ("care", "guarded")]
        with otherwise(world, hidden, elsewhere):
            other = dry_runs(staff, files)
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("role", IMPORTING)
def test_a_dry_run_tells_nothing_either(world, role, tmp_path):
    assert differing_dry_runs(world, role, tmp_path) == []


# --- leaks, put back ----------------------------------------------------------------------


def _any_end_of_a_phone(monkeypatch):
    def leaking(staff, digits):
        rows = Resident.objects.live().filter(phone__endswith=digits)
        return rows.visible_to(staff)

    monkeypatch.setattr(finding, "_with_phone", leaking)


def _care_of_everybody(monkeypatch):
    monkeypatch.setattr(CareRecordQuerySet, "readable_by", lambda rows, staff: rows)


def _guarded_like_any_care(monkeypatch):
    monkeypatch.setattr(models_of_care, "_readers_of_the_close", lambda scope, roles: {})


def _whom_a_campaign_means(monkeypatch):
    monkeypatch.setattr(campaigns, "tells", lambda staff, campaign: True)


def _costs_by_grid(monkeypatch):
    monkeypatch.setattr(cost, "by_street", lambda rows: rows)


def _why_on_the_card(monkeypatch):
    def leaking(schedules, household, staff):
        for one in schedules:
            one.tells_why = True
        return schedules

    monkeypatch.setattr(reasons, "with_reasons", leaking)


def _looks_at_care(monkeypatch):
    def leaking(household, staff):
        rows = looks.with_labels(AccessRecord.objects.filter(resident__household=household))
        return rows.select_related("by", "resident").order_by("-at")

    monkeypatch.setattr(looks, "of_household", leaking)


def _ages_to_the_day(monkeypatch):
    def leaking(born, is_readable, today=None):
        return showing.age_on(born, today or timezone.localdate())

    monkeypatch.setattr(showing, "age_for", leaking)


def _birth_dates(monkeypatch):
    monkeypatch.setattr(showing, "readable_fields", lambda staff, row: {"birth_on"})


def _the_other_grid(monkeypatch):
    honest = ScopedQuerySet.visible_to

    def leaking(rows, staff, right="view"):
        return rows.all() if rows.model is Resident else honest(rows, staff, right)

    monkeypatch.setattr(ScopedQuerySet, "visible_to", leaking)


LEAKS = [
    (_any_end_of_a_phone, Role.SUPERVISOR, "residents:people"),
    (_care_of_everybody, Role.SUPERVISOR, "residents:people"),
    (_care_of_everybody, Role.INFORMATION_OFFICER, "residents:fill"),
    (_guarded_like_any_care, Role.GRID_WORKER, "residents:people"),
    (_guarded_like_any_care, Role.GRID_LEADER, "inspections:campaign"),
    (_whom_a_campaign_means, Role.SUPERVISOR, "inspections:campaign"),
    (_costs_by_grid, Role.ADMINISTRATOR, "new_rule"),
    (_why_on_the_card, Role.BUILDING_STEWARD, "inspections:card"),
    (_why_on_the_card, Role.GRID_WORKER, "inspections:card"),
    (_looks_at_care, Role.INFORMATION_OFFICER, "residents:household"),
    (_ages_to_the_day, Role.SUPERVISOR, "residents:people"),
    (_birth_dates, Role.ASSISTANT, "residents:resident"),
    (_the_other_grid, Role.GRID_WORKER, "residents:people"),
]


@pytest.mark.parametrize(
    ("leak", "role", "only"), LEAKS, ids=lambda one: getattr(one, "__name__", str(one))
)
def test_the_walk_notices(client, world, monkeypatch, leak, role, only):
    leak(monkeypatch)
    world.only = only

    assert differences(client, world, role)


def _told_what_is_known(monkeypatch):
    monkeypatch.setattr(steps, "what_may_be_told", lambda order: {"tells_care": True, "closed": []})


def _waiting_in_a_dry_run(monkeypatch):
    leaking = compare.MATCH_RESIDENTS.replace("NOT %(is_dry)s", "true OR NOT %(is_dry)s")
    monkeypatch.setattr(compare, "MATCH_RESIDENTS", leaking)


def _care_by_any_importer(monkeypatch):
    monkeypatch.setitem(registers.RIGHTS, "care", registers.USUAL)


@pytest.mark.parametrize(
    ("leak", "role"),
    [
        (_told_what_is_known, Role.INFORMATION_OFFICER),
        (_care_by_any_importer, Role.INFORMATION_OFFICER),
        (_guarded_like_any_care, Role.GRID_LEADER),
        (_waiting_in_a_dry_run, Role.GRID_LEADER),
    ],
)
def test_dry_runs_notice(world, monkeypatch, leak, role, tmp_path):
    leak(monkeypatch)

    assert differing_dry_runs(world, role, tmp_path)
