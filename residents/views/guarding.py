"""Guarded care categories: which they are, who asks to take a guard off, who confirms."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.refusal import Refused
from grids.scope import Scope
from residents.help import guarding
from residents.models import CareCategory

ASK, CONFIRM = "dictionary.edit", "staff.confirm"


@require_safe
def guarded(request):
    scope = Scope.of(request.user)
    scope.demand(ASK, CONFIRM)
    waiting = list(guarding.waiting())
    for asked in waiting:
        asked.may_decide = scope.has(CONFIRM) and asked.asked_by_id != request.user.pk
    context = {
        "guarded": CareCategory.objects.filter(is_guarded=True).exclude(
            pk__in=[asked.category_id for asked in waiting]
        ),
        "others": CareCategory.objects.filter(is_guarded=False),
        "waiting": waiting,
        "takes_two": guarding.takes_two(),
        "may_ask": scope.has(ASK),
    }
    return render(request, "residents/help/guarded.html", context)


@require_POST
def guard(request, pk):
    """Put a guard on, or ask to take it off."""
    _demand(request, ASK)
    category = get_object_or_404(CareCategory, pk=pk)
    try:
        if "off" not in request.POST:
            guarding.guard(category, by=request.user)
            messages.success(request, _("Guarded: only who has the right of its own reads it."))
        elif guarding.take_off(category, by=request.user):
            messages.success(request, _("Asked for: a second person confirms it first."))
        else:
            messages.success(request, _("No longer guarded."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("residents:guarded")


@require_POST
def guard_decide(request, pk):
    _demand(request, CONFIRM)
    asked = get_object_or_404(guarding.waiting(), pk=pk)
    try:
        guarding.decide(asked, is_confirmed="confirm" in request.POST, by=request.user)
        messages.success(request, _("Saved."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("residents:guarded")


def _demand(request, right):
    if not Scope.of(request.user).has(right):
        raise Http404
