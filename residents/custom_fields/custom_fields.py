"""Fields that an administrator adds without code, and their values in `facts` of a row.

For the form and the file of any register (a resident, household, dwelling, premises):

* A form inherits `residents.forms.custom.CustomFieldsMixin`. At the end of `__init__` it calls
  `self.ask_custom("dwelling", row)` (`row` may be None, then `district_id=` of the new row); the
  fields join the form. When it is valid, the view hands `form.custom_values()` to
* `write(row, values, by=staff, reason="")`, the only writer of `facts`; True when it changed some.
* A file shows `shown_facts("dwelling", row)` as `custom` with
  `{% include "residents/_facts.html" %}` (a card of its own), nothing when there are none.
* `narrowed`, `columns` and the residents' import use the same fields.

A sensitive value is sealed and never sent back; only `looks.reveal_fact` opens it, with a
purpose, on record. As every look is on record at a person, only residents have sensitive fields.
"""

import base64
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.fields import all_indexes, decrypt, encrypt, is_in_row
from grids.scope import Scope
from grids.workbooks import spelling
from residents.models import CustomField, Dwelling, Household, Premises, Resident

Kind, Register = CustomField.Kind, CustomField.Register
MODELS: dict[str, Any] = {
    Register.RESIDENT: Resident,
    Register.HOUSEHOLD: Household,
    Register.DWELLING: Dwelling,
    Register.PREMISES: Premises,
}
LONGEST = 200
HIDDEN = "••••••"
YES = frozenset(["1", "是", "有", "y", "yes", "true", "√", "✓", "对"])
NO = frozenset(["0", "否", "无", "没有", "n", "no", "false", "×", "x", "不是"])


@dataclass(frozen=True)
class Fact:
    """A value of a row, as its file shows it."""

    field: CustomField
    value: str
    is_sealed: bool = False


def fields_of(register, *district_ids):
    """The fields in use in these districts, in the order in which they were added."""
    rows = CustomField.objects.filter(register=register, is_active=True)
    return list(rows.filter(district__in=district_ids).order_by("pk"))


def offered(register, scope):
    """The open fields in use in the districts of a person, each key once."""
    rows = fields_of(register, *scope.district_ids)
    return list({one.key: one for one in rows if not one.is_sensitive}.values())


def parse(field, cell):
    """The one form in which a written value is kept, "" for none; None when it is no such value."""
    is_listed = field.kind in (Kind.YES_NO, Kind.CHOICE)  # there "none" is an answer
    written = spelling.text(cell) if is_listed else spelling.said(cell)
    if not written:
        return ""
    return _PARSE[field.kind](field, cell if field.kind == Kind.DATE else written)


def _text(field, written):
    return written if len(written) <= LONGEST else None


def _number(field, written):
    try:
        number = Decimal(written.replace(",", "").replace("，", "").replace(" ", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**12:
        return None
    text = f"{round(number, 4):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(field, cell):
    found = spelling.day(cell)
    return found if found and len(found) == 10 else None


def _yes_no(field, written):
    said = written.casefold()
    return "1" if said in YES else "0" if said in NO else None


def _choice(field, written):
    said = spelling.word(written)
    return next((one for one in field.choices if spelling.word(one) == said), None)


_PARSE = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
}


def words(field, stored):
    """A kept value as people read it; a sealed one stays hidden."""
    if isinstance(stored, dict):
        return HIDDEN
    if field.kind == Kind.YES_NO:
        return {"1": _("Yes"), "0": _("No")}.get(stored, stored)
    return stored


def shown_facts(register, row):
    """[Fact] of the filled fields of this row. One query."""
    return [
        Fact(field, words(field, row.facts[field.key]), isinstance(row.facts[field.key], dict))
        for field in fields_of(register, row.district_id)
        if row.facts.get(field.key)
    ]


def seal(field, text, row):
    """Sealed for this field in the row with this key; equal texts are recognised by the keyed hash."""
    secret = base64.b64encode(encrypt(text, _place(field), row)).decode()
    return {"sealed": secret, "index": _indexes(field, text)[0]}


def unseal(field, stored, row):
    """The text. SecretError where it stands in another row or field than it was sealed for."""
    secret = base64.b64decode(stored["sealed"])
    return decrypt(secret, _place(field) if is_in_row(secret) else _context(field), row)


def sealed_for(row, facts, origin):
    """`facts` of the row `origin`, as another row of its district keeps them."""
    known = {one.key: one for one in _sensitive(row.district_id)}
    return {
        key: seal(known[key], unseal(known[key], stored, origin.pk), row.pk)
        if isinstance(stored, dict)
        else stored
        for key, stored in facts.items()
    }


def _sensitive(district_id):
    """Also those out of use: their values stay where they are."""
    return CustomField.objects.filter(district=district_id, is_sensitive=True)


def _context(field):
    """What the keyed hash of a value is made with; before rows counted, all that sealed it."""
    return f"residents.CustomField.{field.pk}"


def _place(field):
    """Table, column and field: what a sealed value is bound to besides the key of its row."""
    return f"{MODELS[field.register]._meta.label_lower}.facts.{field.pk}"


@transaction.atomic
def write(row, values, *, by, reason=""):
    """Write the values ({key: kept form, "" for none}) that differ; True when some did.

    Keys of other fields, of retired ones too, stay as they are. None leaves a value alone.
    """
    facts, used = _differing(row, values)
    if used:
        with pghistory.context(user=by.pk, source="edit", reason=reason):
            _save(row, facts, used)
    return bool(used)


@transaction.atomic
def fill(row, values):
    """Like `write`, as part of a change that says in the history who and why."""
    facts, used = _differing(row, values)
    if used:
        _save(row, facts, used)
    return bool(used)


def _differing(row, values):
    """(the facts of the row with these values, the fields of which some differ)."""
    row.refresh_from_db(fields=["facts"], from_queryset=_locked(row))
    register = next(name for name, model in MODELS.items() if isinstance(row, model))
    known = {field.key: field for field in fields_of(register, row.district_id)}
    given = {key: text for key, text in values.items() if key in known and text is not None}
    facts, used = dict(row.facts), []
    for key, text in given.items():
        if _is_same(known[key], facts.get(key), text):
            continue
        used.append(known[key])
        facts.pop(key, None)
        if text:
            facts[key] = seal(known[key], text, row.pk) if known[key].is_sensitive else text
    return facts, used


def _save(row, facts, used):
    row.facts = facts
    row.save(update_fields=["facts"])
    touch(used)


def _locked(row):
    return type(row)._base_manager.select_for_update(of=("self",))


def _is_same(field, stored, text):
    if isinstance(stored, dict):
        return bool(text) and stored.get("index") in _indexes(field, text)
    return (stored or "") == text


def has_todays_index(field, stored, text):
    return stored.get("index") == _indexes(field, text)[0]


def _indexes(field, text):
    return [index.hex() for index in all_indexes(f"{_context(field)}:{text}")]


def touch(fields):
    """Note that these fields are used, at most once a day each."""
    today = timezone.localdate()
    stale = [field.pk for field in fields if field.last_used_on != today]
    if stale:
        CustomField.objects.filter(pk__in=stale).update(last_used_on=today)


def narrowed(staff, rows, register, wanted):
    """Rows that an address asks for by `fact` (key) and `is` (value); none for no such field."""
    if "fact" not in wanted:
        return rows
    fields = offered(register, Scope.of(staff))
    field = next((one for one in fields if one.key == wanted["fact"]), None)
    if field is None:
        return rows.none()
    touch([field])
    return matching(rows, field, wanted["is"])


def in_words(wanted):
    field = CustomField.objects.filter(key=wanted["fact"]).order_by("pk").first()
    return f"{field or wanted['fact']}：{words(field, wanted['is']) if field else wanted['is']}"


def matching(rows, field, text):
    """Rows whose value is this (of a text: contains it); none for what can be no value of it."""
    if field.is_sensitive:
        return rows.none()
    if field.kind == Kind.TEXT:
        return rows.filter(**{f"facts__{field.key}__icontains": text})
    value = parse(field, text)
    return rows.filter(facts__contains={field.key: value}) if value else rows.none()
