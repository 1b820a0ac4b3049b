"""The history of a file: who, when, from, to; read from the events that triggers keep."""

from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pghistory.models import Context

from grids.models import Building, Department, Grid, Staff
from residents.custom_fields import custom_fields
from residents.models import (
    Benefit,
    BenefitRecord,
    CareCategory,
    CareRecord,
    CustomField,
    Dwelling,
    Household,
    Lease,
    Licence,
    Premises,
    Resident,
    Stay,
    SupportAid,
    SupportPlan,
)
from residents.people.showing import code_names, phone_for

HIDDEN = {
    "id_sealed",
    "id_index",
    "pinyin",
    "initials",
    "created_at",
    "district",
    "community",
    "facts",
    # The history says who and when by itself, and the reason of a return as its note.
    "entered_by",
    "entered_at",
    "approved_by",
    "approved_at",
    "return_reason",
}
CODED = {"relation", "education", "marital", "ethnicity", "sex", "political"}
NAMED = (Grid, Building, Dwelling, Household, CareCategory, Benefit, Staff, Department)
LIMIT = 200


@dataclass
class Change:
    at: datetime
    who: str
    what: str
    facts: list = field(default_factory=list)
    note: str = ""


def of_household(household, readable, staff):
    """Changes of the household and of its members, newest first; hidden facts stay hidden."""
    members = list(household.residents.all())
    names = {member.pk: member.name for member in members}
    found = _changes(
        Household,
        [household.pk],
        {household.pk: pgettext("history", "Household")},
        readable,
    )
    found += _of_dwelling(household.dwelling, household.leases.all(), readable)
    return _with_names(found + _of_people(names, readable, staff))


def of_dwelling(dwelling, readable):
    """Changes of the dwelling and of its leases, newest first."""
    return _with_names(_of_dwelling(dwelling, dwelling.leases.all(), readable))


def of_lease(lease, readable):
    return _with_names(_of_leases([lease], readable))


def of_place(place, readable=()):
    """Changes of a compound or building."""
    return _with_names(_changes(type(place), [place.pk], {place.pk: place.name}, readable))


def _of_dwelling(dwelling, leases, readable):
    what = {dwelling.pk: Dwelling._meta.verbose_name}
    found = _changes(Dwelling, [dwelling.pk], what, readable)
    return found + _of_leases(leases, readable)


def _of_leases(leases, readable):
    what = Lease._meta.verbose_name
    names = {one.pk: f"{what} · {one.tenant_name}" for one in leases}
    return _changes(Lease, list(names), names, readable) if names else []


def of_resident(resident, readable, staff):
    return _with_names(_of_people({resident.pk: resident.name}, readable, staff))


def _of_people(names, readable, staff):
    """Of the persons ({key: name}), their stays, and the care and help that `staff` may read."""
    found = _changes(Resident, list(names), names, readable)
    stays = Stay.objects.filter(resident__in=names).values_list("pk", "resident")
    found += _of_rows(
        Stay,
        ((key, names[one], Stay._meta.verbose_name) for key, one in stays),
        readable,
    )
    for model, whose, what in (
        (CareRecord, "resident", "category__name"),
        (SupportPlan, "resident", "what"),
        (SupportAid, "plan__resident", "what"),
        (BenefitRecord, "resident", "benefit__name"),
    ):
        rows = model.objects.filter(**{f"{whose}__in": names})
        rows = rows.readable_by(staff).order_by().values_list("pk", whose, what)
        found += _of_rows(model, ((key, names[one], about) for key, one, about in rows), readable)
    return found


def of_premises(premises, readable):
    """Changes of the file and of its licences, newest first."""
    whole = {premises.pk: pgettext("history", "Premises")}
    found = _changes(Premises, [premises.pk], whole, readable)
    names = dict(premises.licences.values_list("pk", "kind"))
    return _with_names(found + _changes(Licence, list(names), names, readable))


def _of_rows(model, rows, readable):
    """Changes of these rows: (key, name of the person, what it is about)."""
    labels = {key: f"{name} · {about}" for key, name, about in rows}
    return _changes(model, list(labels), labels, readable) if labels else []


def _changes(model, keys, labels, readable):
    """(context key, Change) for each event of these rows."""
    events = apps.get_model(model._meta.app_label, f"{model.__name__}Event")
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
            ] + _custom(model, last, event)
            if not change.facts:
                continue
        found.append((event.pgh_context_id, change))
    return found


def _custom(model, last, event):
    """Custom facts that differ; a sealed value is never told, only that it changed."""
    old, new = getattr(last, "facts", {}), getattr(event, "facts", {})
    found = []
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            where = (event.district_id, model._meta.model_name, key)
            sides = {
                side: custom_fields.HIDDEN if isinstance(value, dict) else value
                for side, value in (("old", old.get(key)), ("new", new.get(key)))
            }
            found.append(
                {
                    "label": key,
                    "name": "facts",
                    "where": where,
                    "model": None,
                    "choices": {},
                    **sides,
                }
            )
    return found


def _fact(item, last, event, readable):
    old, new = getattr(last, item.attname), getattr(event, item.attname)
    if old == new:
        return None
    return {
        "label": item.verbose_name,
        "name": item.name,
        "old": _hide(item.name, old, readable),
        "new": _hide(item.name, new, readable),
        "model": item.related_model,
        "choices": dict(item.flatchoices),
    }


def _hide(name, value, readable):
    if value in (None, ""):
        return ""
    if name.endswith("phone"):
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
    _name_custom([fact for __, change in found for fact in change.facts])
    for key, change in found:
        data = contexts.get(key, {})
        change.who = people.get(data.get("user"), "")
        source = _("Import") if data.get("source") == "import" else ""
        change.note = " · ".join(
            part for part in (change.note, source, data.get("reason", "")) if part
        )
        for fact in change.facts:
            fact["old"], fact["new"] = (_word(fact, fact[side], codes) for side in ("old", "new"))
    return [change for __, change in found]


def _name_custom(facts):
    """Labels and words for the custom facts among these. One query, if there are any."""
    keys = {fact["where"][2] for fact in facts if "where" in fact}
    rows = CustomField.objects.filter(key__in=keys) if keys else []
    known = {(row.district_id, row.register, row.key): row for row in rows}
    for fact in facts:
        if field := known.get(fact.get("where")):
            fact["label"] = field.label
            for side in ("old", "new"):
                fact[side] = custom_fields.words(field, fact[side])


def _word(fact, value, codes):
    if fact["name"] in CODED:
        return codes.get((fact["name"], value), value)
    if value in fact["choices"]:
        return fact["choices"][value]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    model = fact["model"]
    if model in NAMED and value:
        return str(model._base_manager.filter(pk=value).first() or value)
    return value
