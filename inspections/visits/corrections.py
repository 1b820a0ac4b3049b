"""Facts put right at the door: written where nobody changed them since, else asked about.

A form carries for each fact a mark of what it was when the form was made: a keyed hash, which
tells nothing to those who may not read the fact.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grids.refusal import Refused
from grids.scope import Scope, readable_fields
from grids.workbooks import spelling
from inspections.models import FactConflict
from residents.models import Household, Resident
from residents.people import changes, corrections
from residents.people.showing import phone_for

OF_HOUSEHOLD = ("phone",)
OF_MEMBER = ("phone", "employer", "note")
MOST_MEMBERS = 12  # of a dormitory, the file has the others
KEY = re.compile(r"(?:h|r(?P<resident>\d{1,18}))-(?P<name>phone|employer|note)")


@dataclass(frozen=True)
class Fact:
    """A fact that a visitor may put right; without `is_readable`, not what it is now."""

    row: Household | Resident
    name: str
    is_readable: bool

    @property
    def key(self):
        return key_of(self.row, self.name)

    @property
    def value(self):
        return getattr(self.row, self.name)

    @property
    def field(self):
        return self.row._meta.get_field(self.name)

    @property
    def mark(self):
        return mark(self.key, self.value)


@dataclass(frozen=True)
class Correction:
    """What the form says about the fact `key`, and the mark of what it was."""

    key: str
    value: str
    was: str

    @property
    def is_touched(self):
        return not _is(self.was, self.key, self.value)

    @property
    def name(self):
        return self.key.partition("-")[2]

    @property
    def resident(self):
        """The key of the person; None for a fact of the household."""
        whose = self.key.partition("-")[0]
        return int(whose[1:]) if whose != "h" else None


def offered(staff, household) -> list[tuple]:
    """[(household or member, its facts)]; nothing to those who may not correct the register."""
    scope = Scope.of(staff)
    if household.ended_on or not scope.grants("register.edit", household):
        return []
    members = household.residents.live().order_by("relation", "pk")[:MOST_MEMBERS]
    rows = [(household, OF_HOUSEHOLD), *((one, OF_MEMBER) for one in members)]
    found = []
    for row, names in rows:
        if scope.grants("register.edit", row):
            can_phone = "phone" in readable_fields(staff, row)
            found.append((row, [Fact(row, name, can_phone or name != "phone") for name in names]))
    return found


def key_of(row, name):
    whose = f"r{row.pk}" if isinstance(row, Resident) else "h"
    return f"{whose}-{name}"


def mark(key, value):
    text = f"{key}={normal(key, value)}"
    return salted_hmac("fact at the door", text, algorithm="sha256").hexdigest()[:16]


def _is(was, key, value):
    return constant_time_compare(was, mark(key, value))


def normal(key, value):
    """As the register keeps it."""
    return spelling.phone(value) if key.endswith("-phone") else value.strip()


@transaction.atomic
def take(visit, corrections, *, by, now):
    """Write what nobody else changed since, and ask about the rest: `corrections` are those that
    are touched. Part of logging the visit."""
    rows, meant = _locked(visit, corrections, by), defaultdict(dict)
    for one in corrections:
        row = rows.get(one.resident)
        if row is None:
            continue
        now_there = getattr(row, one.name)
        if normal(one.key, now_there) == one.value:
            continue
        if _is(one.was, one.key, now_there) and may_write(row, visit, by):
            meant[row][one.name] = one.value
        else:
            FactConflict.objects.create(
                visit=visit, resident_id=one.resident, fact=one.name, mine=one.value, asked_at=now
            )
    for row, facts in meant.items():
        _write(row, facts, by=by)


def may_write(row, visit, by):
    """Whether the fact is still one of this household, and `by` may correct it."""
    is_here = isinstance(row, Household) or row.household_id == visit.household_id
    return is_here and not row.ended_on and Scope.of(by).grants("register.edit", row)


def may_decide(row, visit, by):
    """The visitor, and who may correct the register there."""
    return visit.visitor_id == by.pk or Scope.of(by).grants("register.edit", row)


def _locked(visit, corrections, by):
    """{key of the person, None for the household: row}; whom `by` cannot see is left out."""
    asked = {one.resident for one in corrections}
    scope = Scope.of(by)
    # In the order in which a correction of a person takes its locks.
    people = Resident.objects.select_for_update().filter(pk__in=asked - {None})
    rows: dict[int | None, Household | Resident] = {
        one.pk: one
        for one in people.order_by("pk")
        if one.household_id == visit.household_id or scope.grants("register.view", one)
    }
    if None in asked:
        homes = Household.objects.select_for_update()
        rows[None] = homes.get(pk=visit.household_id)
    return rows


def _write(row, facts, *, by):
    reason = _("Put right at a visit")
    if isinstance(row, Household):
        corrections.correct_household(row, facts, {}, by=by, reason=reason)
    else:
        corrections.correct(row, facts, by=by, reason=reason)


def undecided(staff):
    """Facts that wait for a decision where `staff` visits."""
    return FactConflict.objects.visible_to(staff, right="log").filter(decided_at=None)


def subject(conflict):
    """The person or household whose fact it is."""
    return conflict.resident or Household.objects.get(pk=conflict.visit.household_id)


@dataclass(frozen=True)
class Question:
    """Both sides of one fact, as far as the reader may read them."""

    conflict: FactConflict
    theirs: str
    mine: str
    change: changes.Change | None
    seen: str
    may_take: bool
    may_decide: bool


def question(conflict, staff):
    """The Question that a conflict asks this person. A hidden number is shortened; their own is not."""
    row = subject(conflict)
    readable = readable_fields(staff, row)
    there = getattr(row, conflict.fact)
    key = key_of(row, conflict.fact)
    is_hidden = conflict.fact == "phone" and "phone" not in readable
    wrote_it = conflict.visit.visitor_id == staff.pk
    return Question(
        conflict,
        phone_for(there, False) if is_hidden else there,
        phone_for(conflict.mine, False) if is_hidden and not wrote_it else conflict.mine,
        _last_change(row, conflict.fact, readable, staff),
        mark(key, there),
        may_write(row, conflict.visit, staff),
        may_decide(row, conflict.visit, staff),
    )


def _last_change(row, fact, readable, staff):
    """Who wrote what stands there now, and when; None for what was never changed by hand."""
    is_of_person = isinstance(row, Resident)
    of = changes.of_resident if is_of_person else changes.of_household
    whose = row.name if is_of_person else pgettext("history", "Household")
    for change in of(row, readable, staff):
        names = {one["name"] for one in change.facts}
        if change.what == whose and fact in names:
            return change
    return None


@transaction.atomic
def decide(conflict, *, by, takes_mine, seen, now=None):
    """Which of the two holds, once; `seen` marks what stood there when it was decided.

    Raises Refused if that changed again, or cannot be written any more.
    """
    rows = FactConflict.objects.select_for_update(of=("self",))
    conflict = rows.select_related("visit", "resident__household").get(pk=conflict.pk)
    if conflict.decided_at:
        return conflict
    row = subject(conflict)
    if not may_decide(row, conflict.visit, by):
        raise Refused(_("Who visited decides, or who keeps the register."))
    if takes_mine:
        _take_mine(conflict, row, by=by, seen=seen)
    conflict.mine, conflict.took_mine = "", takes_mine
    conflict.decided_at, conflict.decided_by = now or timezone.now(), by
    conflict.save(update_fields=["mine", "took_mine", "decided_at", "decided_by"])
    return conflict


def _take_mine(conflict, row, *, by, seen):
    row.refresh_from_db(from_queryset=type(row).objects.select_for_update())
    if not may_write(row, conflict.visit, by):
        raise Refused(_("This can no longer be written into the register."))
    if not _is(seen, key_of(row, conflict.fact), getattr(row, conflict.fact)):
        raise Refused(_("Somebody changed it again just now. Look once more."))
    _write(row, {conflict.fact: conflict.mine}, by=by)
