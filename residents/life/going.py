"""Who goes: moved away, died; and the way back when that was a mistake."""

from django.apps import apps
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import because, check_day, save, verb
from residents.life import ground
from residents.life.ground import Done
from residents.models import HEAD_OF_HOUSEHOLD
from residents.models.lasting import EndReason
from residents.people import stays
from residents.people.heads import head_of, is_without_head, make_head


@verb
def leave(household, *, by, on, members, to="", head=None, note=""):
    """Members move away out of the register; all of them: the household ends."""
    note = " · ".join(part for part in (to, note) if part)
    household, is_over = end(
        household, members, EndReason.MOVED, on, head, by, _("Moved away"), note, to
    )
    return Done(
        household,
        _("The household has moved away. Its visits are no longer due.")
        if is_over
        else _("They have moved away."),
    )


@verb
def die(household, *, by, on, member, head=None, note=""):
    household, is_over = end(household, [member], EndReason.DIED, on, head, by, _("Death"), note)
    return Done(
        household,
        _("The death is recorded; nobody is left and the household is closed.")
        if is_over
        else _("The death is recorded."),
    )


@verb
def bring_back(household, *, by, note=""):
    """Undo: who ended by the step that was entered last is back, and so is the household."""
    household = ground.lock(household)
    if household.end_reason == EndReason.MERGED:
        raise Refused(_("It was merged: split it off the other household instead."))
    ended = last_ended(household)
    if not ended:
        raise Refused(_("There is nothing to undo."))
    has_head = head_of(household, ground.members(household)) is not None
    with because(by, _("Undone"), note):
        for member in ended:
            relation = member.relation
            if relation == HEAD_OF_HOUSEHOLD:
                if has_head or member.name != household.head_name:
                    relation = ""
                has_head = True
            _resume_care(member)
            went_to = "" if member.end_reason == EndReason.MOVED else member.went_to
            # Those who stayed may have moved to another grid since.
            save(
                member,
                ended_on=None,
                end_reason="",
                relation=relation,
                went_to=went_to,
                grid_id=household.grid_id,
            )
        stays.reopen(ended)
        if household.ended_on is not None:
            save(household, ended_on=None, end_reason="")
            ground.ask_again(household)
    return Done(household, _("Undone: they are in the register again."))


@verb
def come_back(resident, *, by, note=""):
    """Somebody who died by mistake, or moved away, is in the register again where they were; the
    caller says where they live now."""
    household = ground.lock(resident.household)
    member = household.residents.exclude(ended_on=None).filter(pk=resident.pk).first()
    if member is None or member.end_reason == EndReason.MERGED:
        raise Refused(_("There is nothing to undo."))
    relation = member.relation
    if relation == HEAD_OF_HOUSEHOLD and not is_without_head(household.pk, member.name):
        relation = ""
    with because(by, _("Back in the register"), note):
        save(member, ended_on=None, end_reason="", relation=relation)
        stays.reopen([member])
    return Done(household, _("Undone: they are in the register again."))


def last_ended(household):
    """The members that an undo brings back: whose end was entered last, whatever day it bears."""
    gone = household.residents.exclude(ended_on=None).exclude(end_reason=EndReason.MERGED)
    gone = list(gone.order_by("pk"))
    if not gone:
        return []
    entries = _entries(gone)
    last = max(gone, key=lambda one: entries[one.pk])
    if household.ended_on not in (None, last.ended_on):
        return []
    return [one for one in gone if _step(one, entries) == _step(last, entries)]


def _entries(gone):
    """{key: (number of the event by which it ended, its context)}"""
    events = apps.get_model("residents", "ResidentEvent").objects.order_by("pgh_id")
    rows = events.filter(pgh_obj__in=[one.pk for one in gone])
    found, ends = {one.pk: (0, None) for one in gone}, {}
    for key, number, context, *end in rows.values_list(
        "pgh_obj_id", "pgh_id", "pgh_context_id", "ended_on", "end_reason"
    ):
        if ends.get(key) != end:
            found[key] = number, context
        ends[key] = end
    return found


def _step(one, entries):
    """What those who ended by one step have in common."""
    return entries[one.pk][1], one.ended_on, one.end_reason


def end(household, members, reason, on, head, by, why, note, to=""):
    """(household, whether it ended with them)."""
    check_day(on)
    household = ground.lock(household)
    ground.check_live(household)
    live = ground.members(household)
    going = [ground.one_of(live, member) for member in members]
    staying = [one for one in live if one not in going]
    if not going and live:
        raise Refused(_("Choose who."))
    ground.check_made(household, on)
    ground.check_born(on, *(one.birth_on for one in going))
    has_to_follow = staying and head_of(household, live) in (None, *going)
    new_head = ground.one_of(staying, head) if head is not None and has_to_follow else None
    if staying and head_of(household, live) in going and new_head is None:
        raise Refused(_("The head goes: choose the new head."))
    with because(by, why, note):
        for one in going:
            _end_care(one, on)
            save(one, ended_on=on, end_reason=reason, went_to=to or one.went_to)
        stays.close(going, on)
        if new_head is not None:
            make_head(household, new_head)
        if not staying:
            save(household, ended_on=on, end_reason=reason)
            ground.vacate(household.dwelling)
    return household, not staying


def _end_care(resident, on):
    for record in resident.care_records.filter(until=None):
        record.until = max(record.since, on)
        record.save(update_fields=["until"])


def _resume_care(resident):
    """What `_end_care` ended."""
    ended = Greatest("since", Value(resident.ended_on))
    resident.care_records.filter(until=ended).update(until=None)
