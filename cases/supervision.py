"""Steps beside the loop: urging, slips, pauses and extensions. The stage stays as it is."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import limits
from cases.models import LimitUnit, Pause, SupervisionSlip
from cases.moves import lock, record
from cases.steps import STEPS, Refused
from grids.scope import Scope


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


@transaction.atomic
def issue_slip(case, *, by, colour, text, at=None):
    """A supervision slip by hand, to the department that holds the case."""
    at = lock(case, "issue_slip", by=by, at=at)
    if colour not in SupervisionSlip.Colour.values:
        raise Refused(_("A slip is blue, yellow, orange or red."))
    slip = SupervisionSlip.objects.create(
        case=case, run=case.run, colour=colour, issued_at=at, issued_by=by,
        department_id=case.department_id, text=text[:500],
    )  # fmt: skip
    record(
        case,
        "issue_slip",
        by=by,
        at=at,
        note=text,
        data={"slip": slip.pk, "colour": str(colour)},
    )
    return slip


@transaction.atomic
def answer_slip(slip, *, by, text, at=None):
    """The written explanation, once, by somebody of the department that got the slip."""
    at = at or timezone.now()
    slip.refresh_from_db(from_queryset=SupervisionSlip.objects.select_for_update())
    scope = Scope.of(by)
    holds = slip.department_id in scope.reach(STEPS["answer_slip"]).departments
    if not holds and not scope.grants(STEPS["answer_slip"], slip):
        raise Refused(_("You may not do this step on this case."))
    if slip.answered_at:
        raise Refused(_("This slip has been answered."))
    if not text.strip():
        raise Refused(_("Write the explanation."))
    slip.answer, slip.answered_at, slip.answered_by = text[:1000], at, by
    slip.save(update_fields=["answer", "answered_at", "answered_by"])
    record(
        slip.case,
        "answer_slip",
        by=by,
        at=at,
        note=text,
        data={"slip": slip.pk, "colour": slip.colour},
    )
