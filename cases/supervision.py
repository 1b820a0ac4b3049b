"""Steps beside the loop: urging, pauses and extensions. The stage stays as it is."""

from django.db import transaction
from django.utils.translation import gettext as _

from cases import limits
from cases.models import LimitUnit, Pause
from cases.moves import lock, record
from cases.steps import Refused


@transaction.atomic
def urge(case, *, by, note, at=None):
    at = lock(case, "urge", by=by, at=at)
    record(case, "urge", by=by, at=at, note=note)


@transaction.atomic
def pause(case, *, by, reason, until, at=None):
    """The clock stands still until `until` at the latest."""
    at = lock(case, "pause", by=by, at=at)
    if not reason.strip():
        raise Refused(_("Say why."))
    if until <= at:
        raise Refused(_("A pause ends in the future."))
    limits.end_pause(case, at)  # one that ran to its cap
    Pause.objects.create(
        case=case,
        reason=reason,
        approved_by=by,
        started_at=at,
        until_at=until,
        due_before=case.due_at,
    )
    limits.begin_pause(case, at, until)
    _save_limits(case)
    record(case, "pause", by=by, at=at, note=reason, data={"until": until.isoformat()})


@transaction.atomic
def resume(case, *, by, at=None):
    """The clock goes on; the limits are pulled back by what was not used of the pause."""
    at = lock(case, "resume", by=by, at=at)
    limits.end_pause(case, at)
    _save_limits(case)
    record(case, "resume", by=by, at=at)


@transaction.atomic
def extend(case, *, by, reason, number, unit, at=None):
    """More time, with a reason, before the limit passes. Alarms begin a new run."""
    at = lock(case, "extend", by=by, at=at)
    if not reason.strip():
        raise Refused(_("Say why."))
    if unit not in LimitUnit.values or int(number) < 1:
        raise Refused(_("Give a number and a unit."))
    before = case.due_at
    limits.extend(case, int(number), unit)
    _save_limits(case)
    data = {
        "number": int(number),
        "unit": str(unit),
        "due_before": before.isoformat(),
        "due_at": case.due_at.isoformat(),
    }
    record(case, "extend", by=by, at=at, note=reason, data=data)


def _save_limits(case):
    case.save(update_fields=["run", *limits.FIELDS])
    limits.write_alarms(case)
