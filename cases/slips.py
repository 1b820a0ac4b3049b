"""Supervision slips: issued by hand, answered in writing by the department that got them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import SupervisionSlip
from cases.moves import lock, record
from cases.steps import STEPS, Refused
from grids.scope import Scope


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
