"""Steps beside the loop: urging, pauses and extensions. The stage stays as it is."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from cases.limits import of_case
from cases.models import Extension, LimitUnit, Pause
from cases.workflow.moves import lock, put, record
from cases.workflow.obstacles import policy_of
from grids.refusal import Refused, demand


@transaction.atomic
def urge(case, *, by, note, at=None):
    at = lock(case, "urge", by=by, at=at)
    record(case, "urge", by=by, at=at, note=note)


@transaction.atomic
def pause(case, *, by, reason, until, at=None):
    """The clock stands still until `until` at the latest."""
    at = lock(case, "pause", by=by, at=at)
    demand(reason, _("Say why."))
    if until <= at:
        raise Refused(_("A pause ends in the future."))
    days = policy_of(case.district_id).pause_days
    if until > at + dt.timedelta(days=days):
        raise Refused(_("A pause lasts %(days)s days at most.") % {"days": days})
    of_case.end_pause(case, at)  # one that ran to its cap
    Pause.objects.create(
        case=case,
        reason=reason,
        approved_by=by,
        started_at=at,
        until_at=until,
        due_before=case.due_at,
    )
    of_case.begin_pause(case, at, until)
    _save_limits(case)
    record(case, "pause", by=by, at=at, note=reason, data={"until": until.isoformat()})


@transaction.atomic
def resume(case, *, by, at=None):
    """The clock goes on; the limits are pulled back by what was not used of the pause."""
    at = lock(case, "resume", by=by, at=at)
    of_case.end_pause(case, at)
    _save_limits(case)
    record(case, "resume", by=by, at=at)


@transaction.atomic
def ask_extension(case, *, by, number, unit, reason, at=None):
    """The department wants more time, before the limit passes. The limit runs on until somebody
    else has decided."""
    at = lock(case, "ask_extension", by=by, at=at)
    demand(reason, _("Say why."))
    if unit not in LimitUnit.values or int(number) < 1:
        raise Refused(_("Give a number and a unit."))
    extension = Extension.objects.create(
        case=case,
        run=case.run,
        number=int(number),
        unit=unit,
        reason=reason[:300],
        asked_by=by,
        asked_at=at,
    )
    data = {"extension": extension.pk, "asked": [int(number), str(unit)]}
    record(case, "ask_extension", by=by, at=at, note=reason, data=data)
    return extension


@transaction.atomic
def decide_extension(extension, *, by, granted, note="", at=None):
    """Grant it, and the limit moves and alarms begin a new run; or refuse it, and say why."""
    case = extension.case
    at = lock(case, "decide_extension", by=by, at=at)
    extension.refresh_from_db()
    if extension.state != Extension.State.WAITING:
        raise Refused(_("This has been decided."))
    if not granted:
        demand(note, _("Say why."))
    state = Extension.State.GRANTED if granted else Extension.State.REFUSED
    data = {
        "extension": extension.pk,
        "granted": bool(granted),
        "number": extension.number,
        "unit": extension.unit,
        "tell": [extension.asked_by_id],
    }
    if granted:
        data |= _extend(case, extension, at)
    put(extension, state=state, decided_by=by, decided_at=at, decision_note=note[:300])
    extension.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    record(case, "decide_extension", by=by, at=at, note=note, data=data)


def _extend(case, extension, at):
    if at >= case.due_at:
        raise Refused(_("The limit has passed."))
    before = case.due_at
    of_case.extend(case, extension.number, extension.unit)
    _save_limits(case)
    return {"due_before": before.isoformat(), "due_at": case.due_at.isoformat()}


def _save_limits(case):
    case.save(update_fields=["run", *of_case.FIELDS])
    of_case.write_alarms(case)
