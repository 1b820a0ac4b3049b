"""Which facts a file of premises has (企业户籍), in the order in which its page asks and shows them.

A column of the model that stands here, with its words in data/columns.csv, is asked by the form,
shown by the page, taken in by the import and written by exports.
"""

from typing import Any

from django.db import models

from residents import vocabulary
from residents.models import Premises

WHAT = ("name", "kind", "category", "business", "credit_code", "opened_on")
WHERE = ("address", "owner_or_tenant", "area")
PARTS = ("employees", "employees_from_elsewhere", "party_members")  # of the head count
WHO = ("responsible_person", "phone", "head_count", *PARTS)
FACTS = (*WHAT, *WHERE, *WHO, "note")
LABELS = {name: vocabulary.label("premises", name) for name in FACTS}


def text(row, name):
    """What the file says of a fact, a number as a number; "" where nothing is known."""
    field: Any = Premises._meta.get_field(name)
    value = getattr(row, name)
    if value is None:
        return ""
    if field.choices:
        return str(getattr(row, f"get_{name}_display")())
    return value.isoformat() if isinstance(field, models.DateField) else value


def shown(row, names):
    """[(label, text or number)] of what is known."""
    return [(LABELS[name], said) for name in names if (said := text(row, name)) != ""]
