"""Postings that wait for a second person."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.people import separation
from grids.refusal import Refused
from grids.scope import Scope

SHOWN = 50


@require_safe
def posting_changes(request):
    Scope.of(request.user).demand("staff.confirm")
    waiting = list(separation.waiting(request.user)[: SHOWN * 4])
    for asked in waiting:
        asked.may_decide = separation.may_decide(asked, request.user)
    context = {"waiting": waiting, "decided": separation.decided(request.user, SHOWN)}
    return render(request, "grids/posting_changes.html", context)


@require_POST
def decide(request, pk):
    asked = get_object_or_404(separation.waiting(request.user), pk=pk)
    try:
        if "confirm" in request.POST:
            separation.confirm(asked, by=request.user)
            messages.success(request, _("Confirmed: the posting stands now."))
        else:
            separation.refuse(asked, by=request.user)
            messages.success(request, _("Not confirmed: nothing was changed."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("grids:posting_changes")
