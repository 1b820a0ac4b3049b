"""The administrator's side of custom fields: add, change, retire; how many rows each fills.

Nothing here deletes a value. A retired field is asked, listed, exported and imported no longer;
what was filled stays in the rows and is there again when the field comes back.
"""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Count, Func, TextField
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents import pinyin
from residents.changing import verb
from residents.custom_fields.custom_fields import MODELS, Register
from residents.models import CustomField

DATA = Path(__file__).parents[1] / "data" / "custom_fields.csv"
LONGEST_KEY = 20


@dataclass(frozen=True)
class Suggestion:
    """A ready-made field, switched off until somebody takes it over with a purpose."""

    number: int
    register: str
    label: str
    kind: str
    choices: list
    other_words: list
    is_sensitive: bool

    @property
    def register_name(self):
        return Register(self.register).label


@functools.cache
def suggestions():
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            Suggestion(
                number,
                row["register"],
                row["label"],
                row["kind"],
                _words(row["choices"]),
                _words(row["other_words"]),
                row["sensitive"] == "yes",
            )
            for number, row in enumerate(csv.DictReader(file), start=1)
        ]


def _words(cell):
    return [word for word in cell.split("|") if word]


def not_taken(district):
    """Suggestions whose label no field of the district has."""
    rows = CustomField.objects.filter(district=district)
    labels = set(rows.values_list("register", "label"))
    return [one for one in suggestions() if (one.register, one.label) not in labels]


@verb
def add(district, *, by, register, label, **facts):
    """A new field, in use at once. Its key follows from its label and never changes."""
    check_sensitive(register, facts)
    _check_label(district, register, label)
    return CustomField.objects.create(
        district=district,
        register=register,
        label=label,
        created_by=by,
        key=_key(district, register, label),
        **facts,
    )


@verb
def change(field, **facts):
    """Change what may change; type and sensitivity only while no row has a value."""
    field.refresh_from_db(from_queryset=CustomField.objects.select_for_update())
    check_sensitive(field.register, facts)
    if facts["label"] != field.label and field.is_active:
        _check_label(field.district, field.register, facts["label"])
    is_other = facts["kind"] != field.kind or facts["is_sensitive"] != field.is_sensitive
    if is_other and (number := filled(field)):
        raise Refused(
            _("%(number)s rows have a value: type and sensitivity stay as they are.")
            % {"number": number}
        )
    for name, value in facts.items():
        setattr(field, name, value)
    field.save(update_fields=list(facts))


@verb
def retire(field):
    """Take it out of use; number of rows whose values stay."""
    CustomField.objects.filter(pk=field.pk).update(is_active=False)
    return filled(field)


@verb
def bring_back(field):
    _check_label(field.district, field.register, field.label)
    CustomField.objects.filter(pk=field.pk).update(is_active=True)


def check_sensitive(register, facts):
    if facts.get("is_sensitive") and register != Register.RESIDENT:
        raise Refused(_("Only a resident has sensitive fields: each look is on record there."))
    if facts.get("is_sensitive") and not facts.get("legal_basis"):
        raise Refused(_("A sensitive field needs its legal basis."))


def _check_label(district, register, label):
    rows = CustomField.objects.filter(district=district, register=register, is_active=True)
    if rows.filter(label=label).exists():
        raise Refused(_("There is a field with this label already."))


def _key(district, register, label):
    """A short name from the label, unused in the register of the district."""
    name = "".join(char for char in pinyin.keys(label)[0] if char.isascii() and char.isalnum())
    name = name[:LONGEST_KEY] or "field"
    rows = CustomField.objects.filter(district=district, register=register)
    taken = set(rows.values_list("key", flat=True))
    if name not in taken:
        return name
    return next(f"{name}{n}" for n in range(2, 10_000) if f"{name}{n}" not in taken)


def filled(field):
    """Number of rows that have a value, ended ones too."""
    rows = MODELS[field.register].objects.filter(district=field.district_id)
    return rows.filter(facts__has_key=field.key).count()


class FactKeys(Func):
    function = "jsonb_object_keys"
    set_returning = True
    output_field = TextField()


def all_filled(district):
    """{(register, key): rows that have a value}; one GROUP BY for each register in use."""
    found = {}
    registers = CustomField.objects.filter(district=district).order_by().distinct()
    for register in registers.values_list("register", flat=True):
        rows = MODELS[register]._base_manager.filter(district=district).exclude(facts={})
        keys = rows.values_list(FactKeys("facts")).annotate(Count("pk")).order_by()
        found |= {(register, key): number for key, number in keys}
    return found


def rows_of(staff, right="view"):
    """Fields of the districts that this person administers; those in use first."""
    rows = CustomField.objects.visible_to(staff, right=right)
    return rows.select_related("district").order_by("register", "-is_active", "pk")
