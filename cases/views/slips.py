"""Supervision slips: the list by state, and each as a sheet of paper on which it is answered."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import wording
from cases.forms.slips import AnswerForm
from cases.workflow import slips
from grids.refusal import Refused
from grids.scope import Scope

TABS = {
    slips.OPEN: gettext_lazy("Waiting for an answer"),
    slips.OVERDUE: gettext_lazy("Answer overdue"),
    slips.ANSWERED: gettext_lazy("Answered"),
}


@require_safe
def slip_list(request):
    Scope.of(request.user).demand("case.view", "case.report")
    state = request.GET.get("state")
    state = state if state in slips.STATES else slips.OPEN
    now = timezone.now()
    rows = slips.in_state(_rows(request.user), state, now)
    before = request.GET.get("before", "")
    found, next_key = slips.page_of(rows, before=int(before) if before.isdecimal() else None)
    for slip in found:
        slip.state = slips.state_of(slip, now)
    context = {
        "found": found,
        "state": state,
        "tabs": TABS.items(),
        "next_url": next_key and f"?state={state}&before={next_key}",
        "previous_url": before and f"?state={state}",
    }
    return render(request, "cases/slips/slips.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def slip(request, pk):
    Scope.of(request.user).demand("case.view", "case.report")
    found = get_object_or_404(_rows(request.user), pk=pk)
    if request.method != "POST":
        return _show(request, found, AnswerForm())
    if not slips.may_answer(found, request.user):
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            slips.answer_slip(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The explanation is on the slip."))
            return redirect(found)
    return _show(request, found, form, status=422)


def _show(request, slip, form, status=200):
    now = timezone.now()
    may_answer = slip.answered_at is None and slips.may_answer(slip, request.user)
    context = {
        "slip": slip,
        "case": slip.case,
        "late": wording.late_at(slip.case, slip.issued_at),
        "state": slips.state_of(slip, now),
        "form": form if may_answer else None,
        "sees_case": _sees(request.user, slip),
        "printed_at": now,
    }
    return render(request, "cases/slips/slip.html", context, status=status)


def _sees(staff, slip):
    """A department that no longer holds the case still reads its slip, not the case."""
    return type(slip.case).objects.visible_to(staff).filter(pk=slip.case_id).exists()


def _rows(staff):
    return (
        slips.visible_to(staff)
        .select_related(
            "case__grid",
            "case__district",
            "case__category",
            "case__standard",
            "department",
            "issued_by",
            "answered_by",
        )
        .defer("case__grid__boundary", "case__district__boundary")
    )
