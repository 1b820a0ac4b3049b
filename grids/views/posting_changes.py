"""Postings and settings that wait for a second person."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.people import separation, switching_off
from grids.refusal import Refused
from grids.scope import Scope

SHOWN = 50


@require_safe
def posting_changes(request):
    Scope.of(request.user).demand("staff.confirm")
    context = {}
    for name, rules in {"postings": separation, "settings": switching_off}.items():
        waiting = list(rules.waiting(request.user)[: SHOWN * 4])
        for asked in waiting:
            asked.may_decide = rules.may_decide(asked, request.user)
        context[name] = waiting
        context[f"decided_{name}"] = rules.decided(request.user, SHOWN)
    return render(request, "grids/posting_changes.html", context)


@require_POST
def decide(request, pk):
    return _decide(request, pk, separation, _("Confirmed: the posting stands now."))


@require_POST
def decide_setting(request, pk):
    return _decide(request, pk, switching_off, _("Confirmed: it is switched off now."))


def _decide(request, pk, rules, done):
    asked = get_object_or_404(rules.waiting(request.user), pk=pk)
    try:
        if "confirm" in request.POST:
            rules.confirm(asked, by=request.user)
            messages.success(request, done)
        else:
            rules.refuse(asked, by=request.user)
            messages.success(request, _("Not confirmed: nothing was changed."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("grids:posting_changes")
