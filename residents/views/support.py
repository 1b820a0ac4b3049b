"""Care, help and benefits of a household: adding one, and its next step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from grids.refusal import Refused
from grids.scope import Scope
from residents.forms import support as forms
from residents.help import benefits, care, support
from residents.models import BenefitRecord, CareRecord, Household, SupportPlan

READ = "register.read_care"


@dataclass(frozen=True)
class Step:
    title: str
    form: type
    verb: Callable
    model: type | None = None


def _begin_care(member, category, **facts):
    return care.begin(member, category, **facts)


def _receive(member, benefit, **facts):
    return benefits.receive(member, benefit, **facts)


ADD = {
    "care": Step(_("Add a care category"), forms.CareForm, _begin_care),
    "plan": Step(_("Plan help"), forms.PlanForm, support.plan),
    "benefit": Step(_("Record a benefit"), forms.BenefitForm, _receive),
}
STEPS = {
    "care-end": Step(_("End the care category"), forms.EndForm, care.end, CareRecord),
    "plan-review": Step(_("Review the help"), forms.ReviewForm, support.review, SupportPlan),
    "plan-aid": Step(_("Record what was given"), forms.AidForm, support.give, SupportPlan),
    "benefit-end": Step(_("End the benefit"), forms.EndForm, benefits.stop, BenefitRecord),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def help_add(request, pk, what):
    household = get_object_or_404(
        Household.objects.live().select_related("dwelling", "grid").visible_to(request.user), pk=pk
    )
    Scope.of(request.user).demand(READ)
    Scope.of(request.user).demand("register.edit")
    if what not in ADD or not _may(request.user, household):
        raise Http404
    form = ADD[what].form(
        request.POST or None,
        household=household,
        by=request.user,
        chosen=request.GET,
    )
    return _answer(request, ADD[what], form, household, partial(_add, ADD[what], form))


@require_http_methods(["GET", "HEAD", "POST"])
def help_step(request, what, pk):
    if what not in STEPS:
        raise Http404
    Scope.of(request.user).demand(READ)
    Scope.of(request.user).demand("register.edit")
    rows = STEPS[what].model.objects.select_related("resident__household__dwelling")
    row = get_object_or_404(rows.readable_by(request.user), pk=pk)
    household = row.resident.household
    if not _may(request.user, household):
        raise Http404
    form = STEPS[what].form(request.POST or None, row=row)
    return _answer(request, STEPS[what], form, household, partial(STEPS[what].verb, row), row)


def _may(staff, household):
    """Both rights at this household: a category is written only by those who read it."""
    scope = Scope.of(staff)
    return scope.grants("register.edit", household) and scope.grants(READ, household)


def _add(step, form, **facts):
    return step.verb(form.cleaned_data["member"], **facts)


def _answer(request, step, form, household, verb, row=None):
    if form.is_bound and form.is_valid():
        try:
            verb(**form.facts(), by=request.user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _now("Saved."))
            return redirect("residents:household", pk=household.pk)
    context = {"household": household, "step": step, "form": form, "row": row}
    status = 422 if form.is_bound else 200
    return render(request, "residents/help/step.html", context, status=status)
