"""Leases: entered by one person, approved by another. Nothing else writes a lease's state.

Whoever entered what waits for approval does not approve it; a change of an approved lease is
counted (`special_edits`) and waits again. The use of the dwelling follows. `by` keeps (for
`approve` and `send_back`: approves) the register of the dwelling's grid.
"""

from datetime import timedelta

import pghistory
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Notification
from grids.refusal import Refused
from residents.changing import check_day, save, take_turns, verb
from residents.models import Dwelling, Household, Lease

FACTS = (
    "landlord_name",
    "landlord_phone",
    "landlord_present",
    "tenant_name",
    "tenant_phone",
    "area",
    "rent",
    "since",
    "until",
    "note",
)
State, Use = Lease.State, Dwelling.Use


@verb
def enter(dwelling, *, by, facts, household=None):
    """A lease that waits for approval. `facts`: values of `FACTS`; a missing one is left out."""
    dwelling = _lock(dwelling)
    _check_period(facts)
    _check_tenant(dwelling, household)
    with _because(by, _("Lease entered")):
        return Lease.objects.create(
            district_id=dwelling.district_id,
            grid_id=dwelling.grid_id,
            dwelling=dwelling,
            household=household,
            entered_by=by,
            entered_at=timezone.now(),
            **{name: facts[name] for name in FACTS if name in facts},
        )


@verb
def change(lease, *, by, facts, household=None, reason=""):
    """Correct it: names of what was changed. An approved lease counts it and waits again.

    To say which household of the register the tenant is changes no term of the lease.
    """
    lease = _lock_lease(lease)
    _check_period(facts)
    if household != lease.household:
        _check_tenant(lease.dwelling, household)
    known = {name: value for name, value in facts.items() if name in FACTS}
    changed = [name for name, value in known.items() if getattr(lease, name) != value]
    writes = {name: known[name] for name in changed}
    if changed:
        writes |= _as_new(lease, by)
    if lease.household != household:
        writes["household"] = household
        changed.append("household")
    if writes:
        with _because(by, _("Lease changed"), reason):
            save(lease, **writes)
    return changed


def _as_new(lease, by):
    """Whoever changed it entered what is to be approved now."""
    is_special = lease.state == State.APPROVED
    return {
        "state": State.WAITING,
        "special_edits": lease.special_edits + is_special,
        "entered_by": by,
        "entered_at": timezone.now(),
        "approved_by": None,
        "approved_at": None,
        "return_reason": "",
    }


@verb
def approve(lease, *, by):
    lease = _lock_lease(lease)
    _check_second_person(lease, by)
    with _because(by, _("Lease approved")):
        save(lease, state=State.APPROVED, approved_by=by, approved_at=timezone.now())
        _set_use(lease.dwelling, Use.RENTED)
        _end_earlier(lease, timezone.localdate())
    return lease


@verb
def send_back(lease, *, by, reason):
    """To the one who entered it, with what is wrong."""
    lease = _lock_lease(lease)
    _check_second_person(lease, by)
    with _because(by, _("Lease returned"), reason):
        save(lease, state=State.RETURNED, return_reason=reason)
    if lease.entered_by_id:
        _tell_who_entered(lease)
    return lease


@verb
def end(lease, *, by, on, reason=""):
    """It ends on a day; one that was never approved is withdrawn."""
    check_day(on)
    lease = _lock_lease(lease)
    if lease.state == State.APPROVED and lease.since and on < lease.since:
        raise Refused(_("The day is before the first day of the lease."))
    with _because(by, _("Lease ended"), reason):
        save(lease, ended_on=on)
        _end_earlier(lease, on)
        if lease.state == State.APPROVED and _is_free(lease):
            _set_use(lease.dwelling, Use.EMPTY)
    return lease


def renewed(lease):
    """The facts that a renewal begins with: the next day on, for as long again."""
    facts = {name: getattr(lease, name) for name in FACTS}
    return facts | _next_period(lease) | {"landlord_present": False}


def _next_period(lease):
    """An open end stays open."""
    if lease.until is None:
        return {"since": timezone.localdate(), "until": None}
    since = lease.until + timedelta(days=1)
    if lease.since is None:
        return {"since": since, "until": last_day(since, years=1)}
    return {"since": since, "until": _same_day_later(since, lease.until - lease.since)}


def _same_day_later(since, length):
    """Whole years stay whole years, leap or not."""
    years = round(length.days / 365.25)
    is_whole = years and abs(length.days + 1 - years * 365.25) < 2
    return last_day(since, years=years) if is_whole else since + length


def last_day(since, *, years):
    """31 December for 1 January."""
    day = min(since.day, 28) if since.month == 2 else since.day
    return since.replace(year=since.year + years, day=day) - timedelta(days=1)


def _lock(dwelling):
    """Imports hold the district's lock alone; two forms wait for each other at the dwelling."""
    take_turns(dwelling.district_id)
    return Dwelling.objects.select_for_update(of=("self",)).get(pk=dwelling.pk)


def _lock_lease(lease):
    _lock(lease.dwelling)
    rows = Lease.objects.select_for_update(of=("self",)).select_related("dwelling")
    lease = rows.get(pk=lease.pk)
    if lease.ended_on is not None:
        raise Refused(_("The lease has ended."))
    return lease


def _check_period(facts):
    since, until = facts.get("since"), facts.get("until")
    if since and until and until < since:
        raise Refused(_("The last day is before the first."))


def _check_tenant(dwelling, household):
    if household is not None and household.dwelling_id != dwelling.pk:
        raise Refused(_("This household lives in another dwelling."))


def _check_second_person(lease, by):
    if lease.state != State.WAITING:
        raise Refused(_("The lease does not wait for approval."))
    if lease.entered_by_id == by.pk:
        raise Refused(_("Whoever entered a lease does not approve it: ask a colleague."))


def _end_earlier(lease, today):
    """Leases of the same tenant that this one renews are over once they have run out; one with an
    open end, once this one has begun."""
    if lease.since is None:
        return
    earlier = Lease.objects.approved().filter(
        Q(until__lt=today) | (Q(until=None) if lease.since <= today else Q(pk=None)),
        dwelling=lease.dwelling,
        tenant_name=lease.tenant_name,
        since__lt=lease.since,
    )
    for one in earlier.select_for_update():
        save(one, ended_on=one.until or lease.since - timedelta(days=1))


def _is_free(lease):
    """Whether nobody else rents it or lives there."""
    others = Lease.objects.approved().filter(dwelling=lease.dwelling)
    living = Household.objects.live().filter(dwelling=lease.dwelling)
    return not (
        others.exclude(pk=lease.pk).exists() or living.exclude(pk=lease.household_id).exists()
    )


def _tell_who_entered(lease):
    now = timezone.now()
    Notification.objects.create(
        recipient_id=lease.entered_by_id,
        kind="lease",
        title=_("A lease was returned to you"),
        body=f"{lease} · {lease.return_reason}"[:200],
        url=reverse("residents:lease", args=[lease.pk]),
        key=f"lease-returned-{lease.pk}-{now:%Y%m%d%H%M%S%f}",
        created_at=now,
    )


def _set_use(dwelling, use):
    if dwelling.use != use:
        save(dwelling, use=use)


def _because(by, why, note=""):
    reason = " · ".join(part for part in (why, note) if part)
    return pghistory.context(user=by.pk, source="lease", reason=reason)
