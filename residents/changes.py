"""The history of a file: who, when, from, to; read from the events that triggers keep."""

from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pghistory.models import Context

from grids.models import Grid, Staff
from residents.models import CareCategory, Dwelling, Household, Resident
from residents.showing import code_names, phone_for

HIDDEN = {
    "id_sealed",
    "id_index",
    "pinyin",
    "initials",
    "created_at",
    "district",
    "community",
}
CODED = {"relation", "education", "marital", "ethnicity", "sex"}
LIMIT = 200


@dataclass
class Change:
    at: datetime
    who: str
    what: str
    facts: list = field(default_factory=list)
    note: str = ""


def of_household(household, readable):
    """Changes of the household and of its members, newest first; hidden facts stay hidden."""
    members = list(household.residents.all())
    names = {member.pk: member.name for member in members}
    found = _changes(
        Household,
        [household.pk],
        {household.pk: pgettext("history", "Household")},
        readable,
    )
    found += _changes(Resident, list(names), names, readable)
    if "care" in readable:
        records = dict(
            apps.get_model("residents", "CareRecord")
            .objects.filter(resident__in=members)
            .values_list("pk", "resident__name")
        )
        found += _changes(
            apps.get_model("residents", "CareRecord"), list(records), records, readable
        )
    return _with_names(found)


def of_resident(resident, readable):
    return _with_names(
        _changes(Resident, [resident.pk], {resident.pk: resident.name}, readable)
    )


def _changes(model, keys, labels, readable):
    """(context key, Change) for each event of these rows."""
    events = apps.get_model("residents", f"{model.__name__}Event")
    rows = events.objects.filter(pgh_obj__in=keys).order_by("pgh_obj_id", "pgh_id")
    shown = [
        item
        for item in model._meta.concrete_fields
        if item.name not in HIDDEN and not item.primary_key
    ]
    found, before = [], {}
    for event in rows:
        last = before.get(event.pgh_obj_id)
        before[event.pgh_obj_id] = event
        change = Change(event.pgh_created_at, "", labels.get(event.pgh_obj_id, ""))
        if last is None:
            change.note = _("Entered")
        else:
            change.facts = [
                fact for item in shown if (fact := _fact(item, last, event, readable))
            ]
            if not change.facts:
                continue
        found.append((event.pgh_context_id, change))
    return found


def _fact(item, last, event, readable):
    old, new = getattr(last, item.attname), getattr(event, item.attname)
    if old == new:
        return None
    return {"label": item.verbose_name, "name": item.name, "old": _hide(item.name, old, readable),
            "new": _hide(item.name, new, readable), "model": item.related_model, "choices": dict(item.flatchoices)}  # fmt: skip


def _hide(name, value, readable):
    if value in (None, ""):
        return ""
    if name == "phone":
        return phone_for(value, "phone" in readable)
    if name == "birth_on" and "birth_on" not in readable:
        return str(value.year)
    return value


def _with_names(found):
    """Fill in who, and the words for codes and keys, with one query each."""
    found.sort(key=lambda pair: pair[1].at, reverse=True)
    found = found[:LIMIT]
    contexts = dict(
        Context.objects.filter(pk__in={key for key, __ in found if key}).values_list(
            "pk", "metadata"
        )
    )
    staff = {data.get("user") for data in contexts.values() if data.get("user")}
    people = {one.pk: str(one) for one in Staff.objects.filter(pk__in=staff)}
    codes = code_names()
    for key, change in found:
        data = contexts.get(key, {})
        change.who = people.get(data.get("user"), "")
        source = _("Import") if data.get("source") == "import" else ""
        change.note = " · ".join(
            part for part in (change.note, source, data.get("reason", "")) if part
        )
        for fact in change.facts:
            fact["old"], fact["new"] = (
                _word(fact, fact[side], codes) for side in ("old", "new")
            )
    return [change for __, change in found]


def _word(fact, value, codes):
    if fact["name"] in CODED:
        return codes.get((fact["name"], value), value)
    if value in fact["choices"]:
        return fact["choices"][value]
    model = fact["model"]
    if model in (Grid, Dwelling, Household, CareCategory) and value:
        return str(model._base_manager.filter(pk=value).first() or value)
    return value
