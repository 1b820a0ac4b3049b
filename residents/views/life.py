"""The steps in the life of a household, each a form reached from its file."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from grids.refusal import Refused
from grids.scope import Scope
from residents import life
from residents.forms import members, moves
from residents.models import Household
from residents.people import look_ups


def _arrive(household, **facts):
    return life.arrive(household.dwelling, **facts)


@dataclass(frozen=True)
class Step:
    """A form, the verb that takes its facts, and (before harm) the question."""

    title: str
    form: type[members.LifeForm]
    verb: Callable
    question: str = ""
    is_for_ended: bool = False


STEPS = {
    "birth": Step(pgettext_lazy("life of a household", "Birth"), members.BirthForm, life.add_member),
    "member": Step(_("New member"), members.PersonForm, life.add_member),
    "arrive": Step(_("New household in this dwelling"), members.ArriveForm, _arrive, is_for_ended=True),
    "move": Step(_("Move to another dwelling"), moves.MoveForm, life.move),
    "leave": Step(
        _("Move away"), moves.LeaveForm, life.leave,
        _("Those who move away leave the register; their visits are no longer due."),
    ),
    "death": Step(
        pgettext_lazy("life of a household", "Death"), moves.DeathForm, life.die,
        _("The death is recorded and the person leaves the register."),
    ),
    "head": Step(_("Change of head"), moves.HeadForm, life.change_head),
    "split": Step(_("Split the household"), moves.SplitForm, life.split),
    "merge": Step(
        _("Merge into another household"), moves.MergeForm, life.merge,
        _("All members join the other household and this one is closed."),
    ),
    "mistake": Step(
        _("Entered by mistake"), moves.MistakeForm, life.take_out,
        _("The person leaves the register as entered by mistake. The reason stays in the history."),
    ),
}  # fmt: skip


def offered(household):
    """(what, title) of the steps that make sense for it."""
    is_live = household.ended_on is None
    is_new = is_live and life.entered_lately(household, timezone.now()).exists()
    return [
        (what, step.title)
        for what, step in STEPS.items()
        if (step.is_for_ended or is_live) and (is_new or what != "mistake")
    ]


@sensitive_post_parameters("id_number")
@require_http_methods(["GET", "HEAD", "POST"])
def household_life(request, pk, what):
    household = _household(request, pk)
    if what not in dict(offered(household)):
        raise Http404
    step = STEPS[what]
    data = request.POST if request.method == "POST" else None
    form = step.form(data, household=household, by=request.user)
    if form.is_bound and form.is_valid() and (done := _do(step, form, household)):
        messages.success(request, done.message)
        return redirect("residents:household", pk=(done.household or household).pk)
    context = {"household": household, "step": step, "what": what, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "residents/life/step.html", context, status=status)


@require_POST
def bring_back(request, pk):
    household = _household(request, pk)
    try:
        done = life.bring_back(household, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done.message)
    return redirect("residents:household", pk=pk)


def _do(step, form, household):
    """Done, or None when the register refuses; the form then says why."""
    facts = form.facts()
    try:
        if number := facts.get("person", {}).get("number"):
            look_ups.check(number.text, household.district_id, by=form.by)
        return step.verb(household, by=form.by, **facts)
    except (Refused, look_ups.Closed) as error:
        form.add_error(None, str(error))
        return None


def _household(request, pk):
    """404 for whom the household does not exist, 403 for who may see but not edit anywhere."""
    rows = Household.objects.select_related("dwelling__grid", "grid", "community")
    get_object_or_404(rows.visible_to(request.user), pk=pk)
    Scope.of(request.user).demand("register.edit")
    return get_object_or_404(rows.visible_to(request.user, right="edit"), pk=pk)
