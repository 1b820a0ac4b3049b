"""Which columns a list may have: what each is called, how it is read, which right it needs."""

import operator
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.scope import Scope
from residents.custom_fields import custom_fields
from residents.exports.reading import CARE, FULL_NUMBER, Column, Eyes, members_of
from residents.housing import running_out
from residents.models import Household, Lease, Licence, Premises, Resident
from residents.models.exports import Subject
from residents.people.showing import age_on

__all__ = [
    "CARE",
    "FULL_NUMBER",
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


def _community(row, eyes):
    return eyes.grid_names[row.household.community_id]


def _stay(row, name):
    return getattr(row.stay, name) if hasattr(row, "stay") else ""


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
            _("Compound"),
            lambda row, eyes: str(compound(row) or ""),
            width=18,
            is_usual=False,
            needs=f"{needs}__compound",
        ),
        Column(
            "building",
            _("Building"),
            lambda row, eyes: str(building(row) or ""),
            is_usual=False,
            needs=needs,
        ),
        Column(
            "entrance",
            _("Entrance"),
            lambda row, eyes: dwelling(row).entrance,
            width=8,
            is_usual=False,
        ),
        Column("room", _("Room"), lambda row, eyes: dwelling(row).room, width=8, is_usual=False),
    ]


RESIDENT = [
    Column("name", _("Name"), lambda row, eyes: row.name),
    Column("sex", _("Sex"), _sex, width=8),
    Column("age", _("Age"), lambda row, eyes: age_on(row.birth_on, eyes.today), width=8),
    Column("birth_on", _("Birth date"), lambda row, eyes: eyes.birth(row),
           right="register.read_birth", is_usual=False),
    Column("id_mask", _("ID number (masked)"), lambda row, eyes: row.id_mask, width=22),
    Column(FULL_NUMBER, _("Full ID number"), lambda row, eyes: eyes.number(row),
           right="register.reveal", width=22, is_usual=False),
    Column("phone", _("Phone"), lambda row, eyes: eyes.phone(row)),
    Column("kind", _("Kind"), lambda row, eyes: eyes.choice(row, "kind")),
    Column(CARE, _("Care category"), lambda row, eyes: eyes.care(row),
           right="register.read_care", width=24, is_usual=False),
    Column("address", _("Dwelling"), lambda row, eyes: row.household.dwelling.address, width=30),
    Column("household", _("Household number"), lambda row, eyes: row.household.number, width=18),
    Column("head", _("Head of household"), lambda row, eyes: row.household.head_name),
    Column("relation", _("Relation to head"),
           lambda row, eyes: eyes.code("relation", row.relation)),
    Column("community", _("Community"), _community, width=18),
    Column("grid", _("Grid"), lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
    Column("ethnicity", _("Ethnic group"),
           lambda row, eyes: eyes.code("ethnicity", row.ethnicity), is_usual=False),
    Column("education", _("Education"),
           lambda row, eyes: eyes.code("education", row.education), is_usual=False),
    Column("marital", _("Marital status"),
           lambda row, eyes: eyes.code("marital", row.marital), is_usual=False),
    Column("registered_address", _("Registered address"),
           lambda row, eyes: row.registered_address, width=30, is_usual=False),
    Column("employer", _("Employer"), lambda row, eyes: row.employer, width=24, is_usual=False),
    Column("occupation", _("Occupation"), lambda row, eyes: row.occupation, is_usual=False),
    Column("political", _("Political status"),
           lambda row, eyes: eyes.code("political", row.political), is_usual=False),
    Column("lives_where_registered", _("Lives where registered"),
           lambda row, eyes: eyes.choice(row, "lives_where_registered"), is_usual=False),
    Column("came_from", _("Came from"), lambda row, eyes: _stay(row, "came_from"), width=24,
           is_usual=False, needs="stay"),
    Column("permit_until", _("Permit valid until"),
           lambda row, eyes: _day(_stay(row, "permit_until") or None), is_usual=False,
           needs="stay"),
    *_door("household.dwelling"),
]  # fmt: skip

HOUSEHOLD = [
    Column("number", _("Household number"), lambda row, eyes: row.number, width=18),
    Column("head", _("Head of household"), lambda row, eyes: row.head_name),
    Column("members", _("Members"), lambda row, eyes: eyes.members.get(row.pk, 0), width=8),
    Column("phone", _("Phone"), lambda row, eyes: eyes.phone(row)),
    Column("address", _("Dwelling"), lambda row, eyes: row.dwelling.address, width=30),
    Column("community", _("Community"), lambda row, eyes: eyes.grid_names[row.community_id], width=18),
    Column("grid", _("Grid"), lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
    Column("arrived_on", _("Arrived on"),
           lambda row, eyes: row.arrived_on.isoformat() if row.arrived_on else "",
           is_usual=False),
    Column("use", _("Use of the dwelling"), lambda row, eyes: eyes.choice(row.dwelling, "use"),
           is_usual=False),
    Column("house_code", _("House code"), lambda row, eyes: row.dwelling.house_code, width=24,
           is_usual=False),
    *_door("dwelling"),
]  # fmt: skip

PREMISES = [
    Column("code", _("Code"), lambda row, eyes: row.code),
    Column("name", _("Name of the premises"), lambda row, eyes: row.name, width=30),
    Column("kind", _("Type"), lambda row, eyes: eyes.choice(row, "kind")),
    Column("category", _("Category"), lambda row, eyes: row.category),
    Column("head_count", _("Head count"), lambda row, eyes: row.head_count, width=8),
    Column("credit_code", _("Social credit code"), lambda row, eyes: row.credit_code, width=22),
    Column("responsible_person", _("Responsible person"),
           lambda row, eyes: row.responsible_person),
    Column("phone", _("Phone"), lambda row, eyes: eyes.phone(row)),
    Column("address", _("Address"), lambda row, eyes: row.address, width=30),
    Column("grid", _("Grid"), lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
    Column("business", _("Line of business"), lambda row, eyes: row.business, width=24,
           is_usual=False),
    Column("employees", _("Of these employed"), lambda row, eyes: row.employees, width=8,
           is_usual=False),
    Column("employees_from_elsewhere", _("Of these from elsewhere"),
           lambda row, eyes: row.employees_from_elsewhere, width=8, is_usual=False),
    Column("party_members", _("Party members"), lambda row, eyes: row.party_members, width=8,
           is_usual=False),
    Column("opened_on", _("Opened on"), lambda row, eyes: _day(row.opened_on), is_usual=False),
    Column("owner_or_tenant", _("Owns or rents"),
           lambda row, eyes: eyes.choice(row, "owner_or_tenant"), is_usual=False),
    Column("area", _("Area in m²"), lambda row, eyes: row.area, width=8, is_usual=False),
    Column("note", _("Note"), lambda row, eyes: row.note, width=24, is_usual=False),
]  # fmt: skip

LICENCE = [
    Column("premises", _("Name of the premises"), lambda row, eyes: row.premises.name, width=30),
    Column("code", _("Code"), lambda row, eyes: row.premises.code, width=22, is_usual=False),
    Column("kind", _("Licence"), lambda row, eyes: row.kind, width=20),
    Column("number", _("Number of the licence"), lambda row, eyes: row.number, width=22),
    Column("authority", _("Issued by"), lambda row, eyes: row.authority, width=20),
    Column("issued_on", _("Issued on"), lambda row, eyes: _day(row.issued_on), is_usual=False),
    Column("expires_on", _("Valid until"), lambda row, eyes: _day(row.expires_on)),
    Column("left", _("Time left"),
           lambda row, eyes: running_out.in_words(row.expires_on, eyes.today)),
    Column("responsible_person", _("Responsible person"),
           lambda row, eyes: row.premises.responsible_person),
    Column("phone", _("Phone"), lambda row, eyes: eyes.phone(row.premises)),
    Column("address", _("Address"), lambda row, eyes: row.premises.address, width=30,
           is_usual=False),
    Column("grid", _("Grid"), lambda row, eyes: eyes.grid_names[row.premises.grid_id], width=18),
]  # fmt: skip

LEASE = [
    Column("address", _("Dwelling"), lambda row, eyes: row.dwelling.address, width=30),
    Column("landlord_name", _("Landlord"), lambda row, eyes: row.landlord_name),
    Column("landlord_phone", _("Phone of the landlord"),
           lambda row, eyes: eyes.short(row.landlord_phone, row)),
    Column("tenant_name", _("Tenant"), lambda row, eyes: row.tenant_name),
    Column("tenant_phone", _("Phone of the tenant"),
           lambda row, eyes: eyes.short(row.tenant_phone, row)),
    Column("since", _("From"), lambda row, eyes: _day(row.since)),
    Column("until", pgettext_lazy("lease", "to"), lambda row, eyes: _day(row.until)),
    Column("area", _("Area in m²"), lambda row, eyes: row.area, width=8, is_usual=False),
    Column("rent", _("Rent in yuan per month"), lambda row, eyes: row.rent, width=10,
           is_usual=False),
    Column("state", _("State"), lambda row, eyes: eyes.choice(row, "state")),
    Column("special_edits", _("Special edits"), lambda row, eyes: row.special_edits, width=8,
           is_usual=False),
    Column("grid", _("Grid"), lambda row, eyes: eyes.grid_names[row.grid_id], width=18),
]  # fmt: skip


@dataclass(frozen=True)
class Register:
    model: type[Model]
    columns: list
    related: tuple = field(default_factory=tuple)


REGISTERS = {
    Subject.RESIDENTS: Register(
        Resident, RESIDENT, ("household__dwelling",)
    ),
    Subject.HOUSEHOLDS: Register(
        Household, HOUSEHOLD, ("dwelling",)
    ),
    Subject.PREMISES: Register(Premises, PREMISES),
    Subject.LICENCES: Register(Licence, LICENCE, ("premises",)),
    Subject.LEASES: Register(Lease, LEASE, ("dwelling",)),
}  # fmt: skip


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

    return Column(FACT + field.key, field.label, read, is_usual=False)


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
