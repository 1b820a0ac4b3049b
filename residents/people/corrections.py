"""Correcting what the register says; each change keeps its author and reason in the history."""

import pghistory
from django.db import transaction

from residents import pinyin
from residents.custom_fields import custom_fields
from residents.models import Household, Resident
from residents.people import heads


@transaction.atomic
def correct(resident, changes, *, by, reason="", **origin):
    """Write the facts that differ; names of the fields that were changed.

    Only those columns are written, so that what others changed meanwhile stays.
    `origin` says in the history where a fact came from, if not from the person's own hand.
    """
    resident.refresh_from_db(from_queryset=Resident.objects.select_for_update())
    changed = [name for name, value in changes.items() if getattr(resident, name) != value]
    if not changed:
        return []
    if "relation" in changed:
        heads.check_relation(resident, changes["relation"])
    was_head = heads.is_head(resident)
    for name in changed:
        setattr(resident, name, changes[name])
    columns = set(changed)
    if "name" in columns:
        resident.pinyin, resident.initials = pinyin.keys(resident.name)
        columns |= {"pinyin", "initials"}
    origin = {"source": "edit"} | origin
    with pghistory.context(user=by.pk, reason=reason, **origin):
        resident.save(update_fields=sorted(columns))
        if "name" in columns and was_head:
            Household.objects.filter(pk=resident.household_id).update(head_name=resident.name)
    return changed


@transaction.atomic
def correct_household(household, changes, custom, *, by, reason=""):
    """Write the facts ({column: value}) and custom facts that differ; True when some did."""
    household.refresh_from_db(from_queryset=Household.objects.select_for_update())
    changed = [name for name in changes if getattr(household, name) != changes[name]]
    for name in changed:
        setattr(household, name, changes[name])
    with pghistory.context(user=by.pk, source="edit", reason=reason):
        if changed:
            household.save(update_fields=changed)
    return custom_fields.write(household, custom, by=by, reason=reason) or bool(changed)
