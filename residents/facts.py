"""Correcting what the register says; each change keeps its author and reason in the history."""

import pghistory
from django.db import transaction

from residents import pinyin
from residents.models import Household, Resident


@transaction.atomic
def correct(resident, changes, *, by, reason=""):
    """Write the facts that differ; names of the fields that were changed.

    Only those columns are written, so that what others changed meanwhile stays.
    """
    resident.refresh_from_db(from_queryset=Resident.objects.select_for_update())
    changed = [
        name for name, value in changes.items() if getattr(resident, name) != value
    ]
    if not changed:
        return []
    was_head = resident.name == resident.household.head_name
    for name in changed:
        setattr(resident, name, changes[name])
    columns = set(changed)
    if "name" in columns:
        resident.pinyin, resident.initials = pinyin.keys(resident.name)
        columns |= {"pinyin", "initials"}
    with pghistory.context(user=by.pk, source="edit", reason=reason):
        resident.save(update_fields=sorted(columns))
        if "name" in columns and was_head:
            Household.objects.filter(pk=resident.household_id).update(
                head_name=resident.name
            )
    return changed
