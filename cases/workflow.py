"""How a case moves from report to evaluation. Nothing else writes Case.stage.

Every verb locks the row, refuses with `Refused`, changes, records one event, in one
transaction. `at` is the moment of the step (default: now). `case` is reloaded in place.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import limits, numbers
from cases.models import Case, Result
from cases.moves import lock, move, record
from cases.slips import answer_slip, issue_slip
from cases.steps import BESIDE, LABELS, NEXT, STEPS, Refused, steps_for
from cases.supervision import extend, pause, resume, urge
from grids.models import Department
from grids.scope import Scope

__all__ = [
    "BESIDE",
    "LABELS",
    "NEXT",
    "STEPS",
    "Refused",
    "accept",
    "answer_slip",
    "dispatch",
    "evaluate",
    "extend",
    "feed_back",
    "issue_slip",
    "pause",
    "register",
    "reject",
    "reopen",
    "report",
    "resume",
    "send_back",
    "solve",
    "steps_for",
    "urge",
    "verify",
]


def report(
    *, by, grid, category, title, source, description="", address="", lon=None, lat=None,
    household=None, is_urgent=False, standard=None, client_uuid=None, at=None,
):  # fmt: skip
    """A new case. The same `client_uuid` by the same person gives the same case again.

    `by` is None for a resident's own report.
    """
    at = at or timezone.now()
    _may_report(by, grid)
    is_urgent = is_urgent or bool(standard and standard.is_urgent)
    fields = {"client_uuid": client_uuid} if client_uuid else {}
    case = Case(
        district_id=grid.district_id, grid=grid, category=category, standard=standard,
        title=title, description=description, address=address, lon=lon, lat=lat,
        source=source, household=household, is_urgent=is_urgent, reporter=by,
        reported_at=at, stage_since=at, **fields,
    )  # fmt: skip
    if standard:
        case.loop = standard.loop
    if earlier := _reported_before(case.client_uuid, by):
        return earlier
    try:
        with transaction.atomic():
            case.number = numbers.take(grid.district, at)
            limits.enter_stage(case, at)
            case.save(force_insert=True)
            limits.write_alarms(case)
            record(case, "report", by=by, at=at, before="")
    except IntegrityError:  # the same report came in on another connection
        if earlier := _reported_before(case.client_uuid, by):
            return earlier
        raise
    return case


def _may_report(by, grid):
    if grid.district_id is None:
        raise Refused(_("A case lies in a grid of a district."))
    if by is None:
        return
    scope = Scope.of(by)
    if not scope.has("case.report") or grid.district_id not in scope.district_ids:
        raise Refused(_("You may not report here."))


def _reported_before(client_uuid, by):
    earlier = Case.objects.filter(client_uuid=client_uuid).first()
    if earlier and earlier.reporter_id != (by.pk if by else None):
        raise Refused(_("This report was sent by somebody else."))
    return earlier


@transaction.atomic
def solve(case, *, by, note, at=None):
    """On the spot, by a worker inside the grid: from report to closed in one step."""
    at = lock(case, "solve", by=by, at=at)
    move(
        case,
        "solve",
        by=by,
        at=at,
        note=note,
        handler=by,
        result=Result.FIXED,
        result_note=note[:300],
    )


@transaction.atomic
def register(case, *, by, standard, note="", at=None):
    """File the case under a standard; its limit and its alarms begin."""
    at = lock(case, "register", by=by, at=at)
    day = timezone.localdate(at)
    if standard.valid_from > day or (standard.valid_to and standard.valid_to < day):
        raise Refused(_("This filing condition is not in force."))
    move(
        case, "register", by=by, at=at, note=note, standard=standard, category=standard.category,
        loop=standard.loop, is_urgent=case.is_urgent or standard.is_urgent, registered_at=at,
    )  # fmt: skip


@transaction.atomic
def reject(case, *, by, reason, at=None):
    """Not a case: the reporter is told why."""
    at = lock(case, "reject", by=by, at=at)
    _demand(reason, _("Say why."))
    move(case, "reject", by=by, at=at, note=reason, result_note=reason[:300])


@transaction.atomic
def dispatch(case, *, by, to, note="", at=None):
    """Hand the case to a department that serves the grid."""
    at = lock(case, "dispatch", by=by, at=at)
    if not Department.objects.serving(case.grid).filter(pk=to.pk).exists():
        raise Refused(
            _("%(department)s does not serve this grid.") % {"department": to}
        )
    move(
        case,
        "dispatch",
        by=by,
        at=at,
        note=note,
        data={"department": to.pk},
        department=to,
        handler=None,
    )


@transaction.atomic
def accept(case, *, by, at=None):
    """A named person of the department takes it in hand."""
    at = lock(case, "accept", by=by, at=at)
    move(
        case,
        "accept",
        by=by,
        at=at,
        data={"department": case.department_id},
        handler=by,
    )


@transaction.atomic
def send_back(case, *, by, reason, at=None):
    """The department is the wrong one. Everything entered stays; the limit runs on.

    The department no longer holds the case, and no longer sees it.
    """
    at = lock(case, "send_back", by=by, at=at)
    _demand(reason, _("Say why."))
    data = {"department": case.department_id, "handler": case.handler_id}
    move(
        case,
        "send_back",
        by=by,
        at=at,
        note=reason,
        data=data,
        department=None,
        handler=None,
    )


@transaction.atomic
def feed_back(case, *, by, note, at=None):
    """The department says that it is done."""
    at = lock(case, "feed_back", by=by, at=at)
    _demand(note, _("Say what was done."))
    move(
        case,
        "feed_back",
        by=by,
        at=at,
        note=note,
        data={"department": case.department_id},
    )


@transaction.atomic
def verify(case, *, by, passed, note="", result=Result.FIXED, at=None):
    """Somebody who did not handle it looks: close it, or leave it with the department."""
    at = lock(case, "verify", by=by, at=at)
    if not passed:
        _demand(note, _("Say what is missing."))
        move(case, "verify_failed", by=by, at=at, note=note)
        return
    if result not in Result.values:
        raise Refused(_("Unknown result."))
    if result in (Result.NOT_FIXED, Result.PASSED_ON):
        _demand(note, _("Say why."))
    data = {"result": str(result)}
    move(
        case,
        "verify",
        by=by,
        at=at,
        note=note,
        data=data,
        result=result,
        result_note=note[:300],
    )


@transaction.atomic
def evaluate(case, *, by, rating, note="", at=None):
    """The reporter rates the result, 1 to 5."""
    at = lock(case, "evaluate", by=by, at=at)
    if rating not in range(1, 6):
        raise Refused(_("A rating is a number from 1 to 5."))
    move(
        case,
        "evaluate",
        by=by,
        at=at,
        note=note,
        data={"rating": rating},
        rating=rating,
        rating_note=note[:300],
    )


@transaction.atomic
def reopen(case, *, by, reason, at=None):
    """Not solved after all: a new run with a new limit. What was before stays in the event."""
    at = lock(case, "reopen", by=by, at=at)
    _demand(reason, _("Say why."))
    data = {
        "result": case.result, "closing_light": case.closing_light, "rating": case.rating,
        "closed_at": case.closed_at.isoformat(), "department": case.department_id, "handler": case.handler_id,
    }  # fmt: skip
    move(
        case, "reopen", by=by, at=at, note=reason, data=data, run=case.run + 1, closed_at=None,
        closing_light="", result="", result_note="", rating=None, rating_note="", department=None,
        handler=None, registered_at=case.registered_at or at,
    )  # fmt: skip


def _demand(text, message):
    if not text.strip():
        raise Refused(message)
