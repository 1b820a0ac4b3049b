"""A supervision slip as a sheet of paper; the answer is given on the case's page."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import wording
from cases.models import SupervisionSlip
from cases.steps import STEPS
from grids.scope import Scope


@require_safe
def slip(request, pk):
    scope = Scope.of(request.user)
    scope.demand("case.view", "case.report")
    rows = (
        SupervisionSlip.objects.visible_to(request.user)
        .select_related(
            "case__grid",
            "case__category",
            "case__standard",
            "department",
            "issued_by",
            "answered_by",
        )
        .defer("case__grid__boundary")
    )
    departments = scope.reach(STEPS["answer_slip"]).departments
    slip = get_object_or_404(rows, pk=pk)
    context = {
        "slip": slip,
        "case": slip.case,
        "late": wording.late_at(slip.case, slip.issued_at),
        "may_answer": slip.answered_at is None and slip.department_id in departments,
        "printed_at": timezone.now(),
    }
    return render(request, "cases/slip.html", context)
