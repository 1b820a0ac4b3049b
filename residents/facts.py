"""Correcting what the register says; each change keeps its author and reason in the history."""

from datetime import timedelta

import pghistory
from django.db import transaction
from django.utils import timezone

from residents import pinyin
from residents.models import CareRecord, Household, Resident


@transaction.atomic
def correct(resident, changes, *, by, reason="", **origin):
    """Write the facts that differ; names of the fields that were changed.

    Only those columns are written, so that what others changed meanwhile stays.
    `origin` says in the history where a fact came from, if not from the person's own hand.
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
    origin = {"source": "edit"} | origin
    with pghistory.context(user=by.pk, reason=reason, **origin):
        resident.save(update_fields=sorted(columns))
        if "name" in columns and was_head:
            Household.objects.filter(pk=resident.household_id).update(
                head_name=resident.name
            )
    return changed


@transaction.atomic
def correct_care(resident, categories, *, by, reason=""):
    """Make these the person's care categories from today on; True when something changed."""
    today = timezone.localdate()
    current = {
        record.category_id: record
        for record in resident.care_records.filter(until=None)
    }
    wanted = {category.pk for category in categories}
    begun = [key for key in sorted(wanted) if key not in current]
    ended = [record for key, record in current.items() if key not in wanted]
    with pghistory.context(user=by.pk, source="edit", reason=reason):
        for record in ended:
            record.until = max(record.since, today - timedelta(days=1))
            record.save(update_fields=["until"])
        CareRecord.objects.bulk_create(
            CareRecord(
                resident=resident, category_id=key, since=today, source=str(by)[:60]
            )
            for key in begun
        )
    return bool(begun or ended)
