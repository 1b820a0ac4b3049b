"""Deciding facts that differ, after the import that asked about them."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import pghistory
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from grids.refusal import Refused
from residents import life
from residents.imports import one_row
from residents.imports.batch import registers
from residents.imports.people import ended, rare
from residents.imports.people.conflicts import HEAD, HOUSEHOLD_PHONE, OWN, PLACE
from residents.imports.people.ended import BACK, GONE
from residents.models import Dwelling, Household, ImportBatch, ImportConflict, Resident, Stay
from residents.people import corrections, heads, stays

Decision = ImportConflict.Decision
RIGHT = "edit"


@dataclass
class Answer:
    """What became of what was decided: counts of facts."""

    decided: int = 0
    outside: int = 0
    refused: int = 0
    why: set = field(default_factory=set)  # sentences of the rules that refused
    _done: list = field(default_factory=list, repr=False)


# Facts of whom is in the register still, and whether somebody is back who is not.
STANDS = Q(resident__ended_on=None) ^ Q(field=BACK)


def waiting(rows):
    """Conflicts of imports that stand, about persons of whom they still can be decided."""
    return rows.filter(STANDS, decision=Decision.WAITING, batch__state=ImportBatch.State.DONE)


def waiting_for(staff):
    """The waiting conflicts of every import that this person may see."""
    seen = ImportBatch.objects.visible_to(staff, right="import")
    return waiting(ImportConflict.objects.filter(batch__in=seen.values("pk")))


def within_reach(staff, conflicts):
    """{key: resident} of those whose file this person may edit today."""
    rows = Resident.objects.select_related("household__dwelling", "stay")
    keys = {conflict.resident_id for conflict in conflicts}
    return rows.filter(pk__in=keys).visible_to(staff, right=RIGHT).in_bulk()


@transaction.atomic
def decide(batch, decision, *, by, now, **which):
    """Keep ours or take theirs for the waiting facts that `which` (a filter) names."""
    # Against an undo that begins at the same time.
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    rows = waiting(batch.conflicts.filter(**which)).select_for_update(of=["self"])
    found = list(rows.order_by("row", "pk"))
    return settle(batch, decision, found, by=by, now=now)


def settle(batch, decision, found, *, by, now, tell=lambda done: None):
    """Decide these facts, which are locked; what becomes of them. `tell` hears how many are done."""
    answer, seen = Answer(), 0
    residents = within_reach(by, found)
    of = defaultdict(list)
    for conflict in found:
        if conflict.resident_id in residents:
            of[conflict.resident_id].append(conflict)
        else:
            answer.outside += 1
    for key, conflicts in of.items():
        seen += len(conflicts)
        tell(seen)
        if decision == Decision.THEIRS:
            _take(residents[key], conflicts, batch, by, answer)
        else:
            answer._done += conflicts
    answer.decided = ImportConflict.objects.filter(
        pk__in=[conflict.pk for conflict in answer._done]
    ).update(decision=decision, decided_by=by, decided_at=now)
    return answer


def _take(resident, conflicts, batch, by, answer):
    try:
        with transaction.atomic():
            _take_theirs(resident, conflicts, batch, by)
    except DatabaseError:
        answer.refused += len(conflicts)
    except Refused as refusal:
        answer.refused += len(conflicts)
        answer.why.add(str(refusal))
    else:
        answer._done += conflicts


def _take_theirs(resident, conflicts, batch, by):
    """As if somebody corrected the file, and said that it comes from the import."""
    theirs = {one.field: one.theirs_sealed.reveal() for one in conflicts}
    if BACK in theirs:
        return _bring_back(resident, json.loads(theirs[BACK])["row"], batch, by)
    if GONE in theirs:
        return _let_go(resident, json.loads(theirs[GONE])["text"], batch, by)
    ours = {one.field: one.ours_sealed.reveal() for one in conflicts}
    origin = {"source": "import", "batch": batch.pk}
    own = {name: value for name, value in theirs.items() if name in OWN}
    if "birth_on" in own:
        own["birth_on"] = date.fromisoformat(own["birth_on"])
    own |= rare.values_of(Resident, theirs)
    if own:
        corrections.correct(resident, own, by=by, reason=batch.file_name, **origin)
    with pghistory.context(user=by.pk, reason=batch.file_name, **origin):
        _take_household(resident, theirs, ours)
        stays.write(resident, rare.values_of(Stay, theirs))
        _take_dwelling(resident, theirs)
    if PLACE in theirs:
        _move(json.loads(theirs[PLACE])["row"], by, origin)


def _take_household(resident, theirs, ours):
    home = Household.objects.select_for_update().get(pk=resident.household_id)
    changes = {}
    if HEAD in theirs:
        heads.make_head_named(home, theirs[HEAD])
    elif "name" in theirs and home.head_name == ours["name"]:
        changes["head_name"] = theirs["name"]
    if HOUSEHOLD_PHONE in theirs:
        changes["phone"] = theirs[HOUSEHOLD_PHONE]
    elif "phone" in theirs and resident.name == home.head_name and home.phone == ours["phone"]:
        changes["phone"] = theirs["phone"]
    changes |= rare.values_of(Household, theirs)
    if changes:
        Household.objects.filter(pk=home.pk).update(**changes)


def _take_dwelling(resident, theirs):
    if changes := rare.values_of(Dwelling, theirs):
        homes = Household.objects.filter(pk=resident.household_id).values("dwelling")
        Dwelling.objects.filter(pk__in=homes).update(**changes)


def _bring_back(resident, row, batch, by):
    """In the register again, and then what the row says."""
    origin = {"source": "import", "batch": batch.pk}
    with pghistory.context(**origin):
        life.come_back(resident, by=by, note=batch.file_name)
    _move(row, by, origin)


def _let_go(resident, text, batch, by):
    """The step in the life of the household that the row tells of; today where it says no day."""
    reason, day = ended.parsed(text)
    why = {"by": by, "on": day or timezone.localdate(), "note": batch.file_name}
    with pghistory.context(source="import", batch=batch.pk):
        if reason == ended.DIED:
            life.die(resident.household, member=resident, **why)
        else:
            life.leave(resident.household, members=[resident], **why)


def _move(row, by, origin):
    """The place is a row for the engine, like an accepted move-in."""
    reach = registers.reach_of(registers.RESIDENTS, by)
    with pghistory.context(**origin):
        one_row.run(row, reach=reach, by_id=by.pk)
