"""Supervision slips (四色督办单): issued, answered in writing, and asked for again when the answer is late.

The system's own slips are written by `escalation`; numbers and answer times follow the same rules.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.limits import of_case
from cases.models import CasePolicy, LimitUnit, SupervisionSlip
from cases.steps.table import STEPS
from cases.telling.hearers import USUAL_ANSWER_HOURS
from cases.workflow import numbers
from cases.workflow.moves import lock, record
from grids.refusal import Refused
from grids.scope import Scope

PAGE = 50
AT_A_DESK = "case.dispatch"  # answers for a case that no department holds

OPEN, OVERDUE, ANSWERED = "open", "overdue", "answered"
STATES = (OPEN, OVERDUE, ANSWERED)


@transaction.atomic
def issue_slip(case, *, by, colour, text, at=None):
    """A supervision slip by hand, to the department that holds the case."""
    at = lock(case, "issue_slip", by=by, at=at)
    if colour not in SupervisionSlip.Colour.values:
        raise Refused(_("A slip is blue, yellow, orange or red."))
    slip = SupervisionSlip.objects.create(
        case=case,
        run=case.run,
        colour=colour,
        issued_at=at,
        issued_by=by,
        department_id=case.department_id,
        text=text[:500],
        number=numbers.take(case.district, at, series=numbers.SLIPS, digits=4),
        answer_due_at=answer_due_at(case, at),
    )
    data = {"slip": slip.pk, "colour": str(colour), "slip_number": slip.number}
    record(case, "issue_slip", by=by, at=at, note=text, data=data)
    return slip


def answer_due_at(case, at):
    """When a slip issued at that moment is to be answered, by the district's calendar."""
    found = CasePolicy.objects.filter(district=case.district_id)
    hours = found.values_list("slip_answer_hours", flat=True).first()
    return of_case.hours_for(case, at).add(at, hours or USUAL_ANSWER_HOURS, LimitUnit.WORKING_HOURS)


@transaction.atomic
def answer_slip(slip, *, by, text, at=None):
    """The written explanation, once, by somebody of the department that got the slip."""
    at = at or timezone.now()
    slip.refresh_from_db(from_queryset=SupervisionSlip.objects.select_for_update(no_key=True))
    if not may_answer(slip, by):
        raise Refused(_("You may not do this step on this case."))
    if slip.answered_at:
        raise Refused(_("This slip has been answered."))
    if not text.strip():
        raise Refused(_("Write the explanation."))
    slip.answer, slip.answered_at, slip.answered_by = text[:1000], at, by
    slip.save(update_fields=["answer", "answered_at", "answered_by"])
    data = {"slip": slip.pk, "colour": slip.colour, "slip_number": slip.number}
    record(slip.case, "answer_slip", by=by, at=at, note=text, data=data)


def may_answer(slip, staff):
    """The department that got it; of a case that waits at a desk, whoever may send it on."""
    scope = Scope.of(staff)
    if slip.department_id is None:
        return scope.grants(AT_A_DESK, slip)
    return slip.department_id in scope.reach(STEPS["answer_slip"]).departments


def visible_to(staff):
    """Slips of the cases in scope, and those that the person's department got once."""
    mine = SupervisionSlip.objects.visible_to(staff)
    departments = Scope.of(staff).reach("case.view").departments
    if not departments:
        return mine
    got = SupervisionSlip.objects.filter(department__in=departments)
    both = mine.order_by().values("pk").union(got.order_by().values("pk"))
    return SupervisionSlip.objects.filter(pk__in=both)


def in_state(rows, state, now):
    """Slips that wait for an answer (those overdue are among them), are overdue, or are answered."""
    if state == ANSWERED:
        return rows.filter(answered_at__isnull=False)
    rows = rows.filter(answered_at=None)
    return rows.filter(answer_due_at__lte=now) if state == OVERDUE else rows


def state_of(slip, now):
    if slip.answered_at:
        return ANSWERED
    return OVERDUE if slip.answer_due_at and slip.answer_due_at <= now else OPEN


def page_of(rows, *, before=None):
    """(up to PAGE slips, newest first, from key `before` on; key of the next page or None)."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
