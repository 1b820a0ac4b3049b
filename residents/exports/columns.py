"""Which columns a list may have: what each is called, how it is read, which right it needs."""

import operator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import DateField, Model

from grids.scope import Scope
from residents import vocabulary
from residents.custom_fields import custom_fields
from residents.exports.reading import CARE, FULL_NUMBER, MASK, Column, Eyes, members_of
from residents.housing import file_of_premises, running_out
from residents.models import Household, Lease, Licence, Premises, Resident, Stay
from residents.models.exports import Subject
from residents.people.stays import stay_fields

__all__ = [
    "CARE",
    "FULL_NUMBER",
    "MASK",
    "REGISTERS",
    "Column",
    "Eyes",
    "members_of",
    "named",
    "offered",
    "usual",
]


def _sex(row, eyes):
    return eyes.sexes.get(row.sex, "")


def _day(day):
    return day.isoformat() if day else ""


def _number(value):
    return "" if value is None else value


def _community(row, eyes):
    return eyes.grid_names[row.household.community_id]


def _stay(row, name):
    return getattr(row.stay, name) if hasattr(row, "stay") else ""


def _of_stay():
    """What is known of a stay, as its form asks it."""

    def column(name):
        field: Any = Stay._meta.get_field(name)
        if field.choices:
            return lambda row, eyes: eyes.choice(row.stay, name) if hasattr(row, "stay") else ""
        if isinstance(field, DateField):
            return lambda row, eyes: _day(_stay(row, name) or None)
        return lambda row, eyes: _stay(row, name)

    return [Column(name, column(name), is_usual=False, needs="stay") for name in stay_fields()]


def _door(path):
    """Compound, building, entrance, room of the dwelling at this path of attributes."""
    dwelling = operator.attrgetter(path)
    needs = f"{path.replace('.', '__')}__building"

    def building(row):
        return dwelling(row).building

    def compound(row):
        return building(row) and building(row).compound

    return [
        Column(
            "compound",
            lambda row, eyes: str(compound(row) or ""),
            width=18,
            is_usual=False,
            needs=f"{needs}__compound",
        ),
        Column(
            "building",
            lambda row, eyes: str(building(row) or ""),
            is_usual=False,
            needs=needs,
        ),
        Column(
            "entrance",
            lambda row, eyes: dwelling(row).entrance,
            width=8,
            is_usual=False,
        ),
        Column("room", lambda row, eyes: dwelling(row).room, width=8, is_usual=False),
    ]


RESIDENT = [
    Column("name", lambda row, eyes: row.name),
    Column("sex", _sex, width=8),
    Column("age", lambda row, eyes: eyes.age(row), width=8),
    Column("birth_on", lambda row, eyes: eyes.birth(row),
           right="register.read_birth", is_usual=False),
    Column(MASK, lambda row, eyes: row.id_mask, width=22),
    Column(FULL_NUMBER, lambda row, eyes: eyes.number(row),
           right="register.reveal", width=22, is_usual=False),
    Column("phone", lambda row, eyes: eyes.phone(row)),
    Column("kind", lambda row, eyes: eyes.choice(row, "kind")),
    Column(CARE, lambda row, eyes: eyes.care(row),
           right="register.read_care", width=24, is_usual=False),
    Column("address", lambda row, eyes: row.household.dwelling.address, width=30),
    Column("household", lambda row, eyes: row.household.number, width=18),
    Column("head", lambda row, eyes: row.household.head_name),
    Column("relation",
           lambda row, eyes: eyes.code("relation", row.relation)),
    Column("community", _community, width=18),
    Column("grid", lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
    Column("ethnicity",
           lambda row, eyes: eyes.code("ethnicity", row.ethnicity), is_usual=False),
    Column("education",
           lambda row, eyes: eyes.code("education", row.education), is_usual=False),
    Column("marital",
           lambda row, eyes: eyes.code("marital", row.marital), is_usual=False),
    Column("registered_address",
           lambda row, eyes: row.registered_address, width=30, is_usual=False),
    Column("employer", lambda row, eyes: row.employer, width=24, is_usual=False),
    Column("occupation", lambda row, eyes: row.occupation, is_usual=False),
    Column("political",
           lambda row, eyes: eyes.code("political", row.political), is_usual=False),
    Column("lives_where_registered",
           lambda row, eyes: eyes.choice(row, "lives_where_registered"), is_usual=False),
    Column("former_name", lambda row, eyes: row.former_name, is_usual=False),
    Column("native_place", lambda row, eyes: row.native_place, is_usual=False),
    Column("went_to", lambda row, eyes: row.went_to, width=24, is_usual=False),
    *_of_stay(),
    *_door("household.dwelling"),
]  # fmt: skip

HOUSEHOLD = [
    Column("number", lambda row, eyes: row.number, width=18),
    Column("head", lambda row, eyes: row.head_name),
    Column("members", lambda row, eyes: eyes.members.get(row.pk, 0), width=8),
    Column("phone", lambda row, eyes: eyes.phone(row)),
    Column("address", lambda row, eyes: row.dwelling.address, width=30),
    Column("community", lambda row, eyes: eyes.grid_names[row.community_id], width=18),
    Column("grid", lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
    Column("arrived_on",
           lambda row, eyes: row.arrived_on.isoformat() if row.arrived_on else "",
           is_usual=False),
    Column("use", lambda row, eyes: eyes.choice(row.dwelling, "use"),
           is_usual=False),
    Column("house_code", lambda row, eyes: row.dwelling.house_code, width=24,
           is_usual=False),
    Column("tenure", lambda row, eyes: eyes.choice(row.dwelling, "tenure"), is_usual=False),
    Column("owner_name", lambda row, eyes: row.dwelling.owner_name, is_usual=False),
    Column("owner_phone",
           lambda row, eyes: eyes.short(row.dwelling.owner_phone, row), is_usual=False),
    Column("area", lambda row, eyes: _number(row.dwelling.area), width=8, is_usual=False),
    Column("floor", lambda row, eyes: _number(row.dwelling.floor), width=8, is_usual=False),
    *_door("dwelling"),
]  # fmt: skip

PREMISES = [
    Column("code", lambda row, eyes: row.code),
    Column("name", lambda row, eyes: row.name, width=30),
    Column("kind", lambda row, eyes: eyes.choice(row, "kind")),
    Column("category", lambda row, eyes: row.category),
    Column("head_count", lambda row, eyes: row.head_count, width=8),
    Column("credit_code", lambda row, eyes: row.credit_code, width=22),
    Column("responsible_person", lambda row, eyes: row.responsible_person),
    Column("phone", lambda row, eyes: eyes.phone(row)),
    Column("address", lambda row, eyes: row.address, width=30),
    Column("grid", lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
]
PREMISES += [
    Column(name, lambda row, eyes, name=name: file_of_premises.text(row, name), is_usual=False)
    for name in file_of_premises.FACTS
    if name not in {column.name for column in PREMISES}
]

LICENCE = [
    Column("premises", lambda row, eyes: row.premises.name, width=30),
    Column("code", lambda row, eyes: row.premises.code, width=22, is_usual=False),
    Column("kind", lambda row, eyes: row.kind, width=20),
    Column("number", lambda row, eyes: row.number, width=22),
    Column("authority", lambda row, eyes: row.authority, width=20),
    Column("issued_on", lambda row, eyes: _day(row.issued_on), is_usual=False),
    Column("expires_on", lambda row, eyes: _day(row.expires_on)),
    Column("left",
           lambda row, eyes: running_out.in_words(row.expires_on, eyes.today)),
    Column("responsible_person",
           lambda row, eyes: row.premises.responsible_person),
    Column("phone", lambda row, eyes: eyes.phone(row.premises)),
    Column("address", lambda row, eyes: row.premises.address, width=30,
           is_usual=False),
    Column("grid", lambda row, eyes: eyes.grid_names[row.premises.grid_id], width=18),
]  # fmt: skip

LEASE = [
    Column("address", lambda row, eyes: row.dwelling.address, width=30),
    Column("landlord_name", lambda row, eyes: row.landlord_name),
    Column("landlord_phone",
           lambda row, eyes: eyes.short(row.landlord_phone, row)),
    Column("tenant_name", lambda row, eyes: row.tenant_name),
    Column("tenant_phone",
           lambda row, eyes: eyes.short(row.tenant_phone, row)),
    Column("since", lambda row, eyes: _day(row.since)),
    Column("until", lambda row, eyes: _day(row.until)),
    Column("area", lambda row, eyes: row.area, width=8, is_usual=False),
    Column("rent", lambda row, eyes: row.rent, width=10,
           is_usual=False),
    Column("state", lambda row, eyes: eyes.choice(row, "state")),
    Column("special_edits", lambda row, eyes: row.special_edits, width=8,
           is_usual=False),
    Column("grid", lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
]  # fmt: skip


@dataclass(frozen=True)
class Register:
    model: type[Model]
    columns: list
    related: tuple


def _register(subject, model, columns, *related):
    named = [replace(one, label=vocabulary.label(str(subject), one.name)) for one in columns]
    return subject, Register(model, named, related)


REGISTERS = dict([
    _register(Subject.RESIDENTS, Resident, RESIDENT, "household__dwelling"),
    _register(Subject.HOUSEHOLDS, Household, HOUSEHOLD, "dwelling"),
    _register(Subject.PREMISES, Premises, PREMISES),
    _register(Subject.LICENCES, Licence, LICENCE, "premises"),
    _register(Subject.LEASES, Lease, LEASE, "dwelling"),
])  # fmt: skip


def offered(subject, staff):
    """The columns that this person may choose from, in their usual order."""
    scope = Scope.of(staff)
    return [
        column
        for column in REGISTERS[subject].columns
        if not column.right or scope.has(column.right)
    ] + [_custom(field) for field in _fields(subject, scope)]


FACT = "fact_"  # and the key of a custom field


def _fields(subject, scope):
    """The open custom fields of the register behind a subject."""
    register = REGISTERS[subject].model._meta.model_name
    known = register in custom_fields.MODELS
    return custom_fields.offered(register, scope) if known else []


def _custom(field):
    def read(row, eyes):
        stored = row.facts.get(field.key)
        return custom_fields.words(field, stored) if stored else ""

    return Column(FACT + field.key, read, is_usual=False, label=field.label)


def custom_heads(subject, staff):
    """{word: name} of the custom fields that this person may choose."""
    return {
        word: FACT + field.key
        for field in _fields(subject, Scope.of(staff))
        for word in (*field.other_words, field.label)
    }


def usual(subject, staff):
    """Names of the columns that are chosen until somebody chooses."""
    return [column.name for column in offered(subject, staff) if column.is_usual]


def named(subject, staff, names):
    """Columns in the order of their names; those that are not (or no longer) offered are left out."""
    by_name = {column.name: column for column in offered(subject, staff)}
    if any(name.startswith(FACT) for name in names):
        fields = _fields(subject, Scope.of(staff))
        custom_fields.touch([one for one in fields if FACT + one.key in names])
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name]
