"""Facts that wait for a decision, as one person may read them."""

import json
from collections import Counter

from django.utils.translation import gettext_lazy as _

from grids.scope import readable_fields
from residents import vocabulary
from residents.imports.batch import decisions, explain
from residents.imports.people import ended, rare
from residents.imports.people.conflicts import HEAD, HOUSEHOLD_PHONE, PLACE
from residents.imports.people.ended import BACK, GONE
from residents.models import Resident
from residents.people.showing import code_names, phone_for

LABELS = {
    PLACE: _("Where the person lives"),
    BACK: _("Whether the person is here"),
    GONE: _("Whether the person is here"),
    HOUSEHOLD_PHONE: _("Phone of the household"),
}
CODED = ("relation", "education", "marital", "ethnicity", "political")
CHOICES = rare.CHOICES | {
    "kind": dict(Resident.Kind.choices),
    "sex": {"1": _("male"), "2": _("female")},
}


def label(field):
    return LABELS.get(field) or vocabulary.labels("residents").get(field, field)


def shown(conflicts, batch, staff):
    """Rows for the page; of a person outside the reader's area, nothing but the row."""
    conflicts, names = list(conflicts), code_names()
    residents = decisions.within_reach(staff, conflicts)
    found, last = [], None
    of_row = Counter(conflict.row for conflict in conflicts)
    for conflict in conflicts:
        resident = residents.get(conflict.resident_id)
        one = explain.row_place(batch, conflict.row) | {
            "pk": conflict.pk,
            "row": conflict.row,
            "label": label(conflict.field),
            "field": conflict.field,
            "resident": resident,
            "is_first": conflict.row != last,
            "is_more": of_row[conflict.row] > 1,
        }
        if resident is not None:
            readable = readable_fields(staff, resident)
            one |= {
                "ours": _value(conflict.field, _ours(conflict, resident), readable, names),
                "theirs": _value(conflict.field, _theirs(conflict), readable, names),
            }
        last = conflict.row
        found.append(one)
    return found


def _ours(conflict, resident):
    """What the register says today, which may be newer than the import."""
    if conflict.field in (PLACE, BACK, GONE):
        return conflict.ours_sealed.reveal()
    if conflict.field in (HEAD, HOUSEHOLD_PHONE):
        name = "phone" if conflict.field == HOUSEHOLD_PHONE else conflict.field
        return getattr(resident.household, name)
    if conflict.field in rare.FACTS:
        return rare.known(conflict.field, resident)
    return getattr(resident, conflict.field)


def _theirs(conflict):
    text = conflict.theirs_sealed.reveal()
    return json.loads(text)["text"] if conflict.field in (PLACE, BACK, GONE) else text


def _value(field, value, readable, names):
    if value in (None, ""):
        return ""
    if field in ("phone", "owner_phone", HOUSEHOLD_PHONE):
        return phone_for(value, "phone" in readable)
    if field == "birth_on" and "birth_on" not in readable:
        return str(value)[:4]
    return word(field, str(value), names)


def word(field, value, names):
    """A code in words."""
    if field in (BACK, GONE):
        return ended.in_words(value)
    if field in CODED:
        return names.get((field, value), value)
    return CHOICES.get(field, {}).get(value, value)


def differing(batch):
    """What the dry run found to differ, for its page: each field with its examples."""
    return _differing(batch, batch.preview.get("conflicts", {}))


def who_is_here(batch):
    """What is asked in any case: whether somebody is here at all, and whose name it is."""
    found = batch.result or batch.preview
    return [
        one | {"field": field}
        for field, one in zip(
            found.get("questions", {}).get("by_field", {}),
            _differing(batch, found.get("questions", {})),
            strict=True,
        )
    ]


def others(batch, staff):
    """Who changes without being in the file: {"count", "people"}, by name as far as `staff` may read."""
    found = (batch.result or batch.preview).get("others", {})
    if not found:
        return {}
    keys = [one["resident"] for one in found["examples"]]
    residents = Resident.objects.visible_to(staff).in_bulk(keys)
    people = [
        explain.row_place(batch, one["row"]) | one | {"resident": residents[one["resident"]]}
        for one in found["examples"]
        if one["resident"] in residents
    ]
    return {"count": found["count"], "people": people}


def _differing(batch, summary):
    names = code_names()
    return [
        {
            "label": label(field),
            "facts": count,
            "examples": [
                explain.row_place(batch, row["row"])
                | {side: word(field, row[side], names) for side in ("ours", "theirs")}
                for row in summary.get("examples", {}).get(field, [])
            ],
        }
        for field, count in summary.get("by_field", {}).items()
    ]
