"""One's own account: what there is to it, and where one is logged in."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.accounts import sessions as rules


@require_safe
def account(request):
    return render(request, "accounts/account.html")


@require_safe
def sessions(request):
    found = rules.running(request.user, here=request.session.session_key)
    return render(request, "accounts/sessions.html", {"found": found})


@require_POST
def end_session(request, pk):
    if not rules.end_one(request.user, pk):
        raise Http404
    messages.success(request, _("The session is ended."))
    return redirect("sessions")


@require_POST
def end_others(request):
    rules.end_all(request.user, but=request)
    messages.success(request, _("All other sessions are ended."))
    return redirect("sessions")
