"""When the digest of the morning comes."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from grids.scope import Scope
from inspections import telling
from inspections.forms.digest import DigestForm
from inspections.telling import digest_hours, reminders


def digest(request):
    scope = Scope.of(request.user)
    scope.demand("visit.log", "visit.view")
    chosen = {"at": f"{digest_hours.hour_of(request.user):%H:%M}"}
    form = DigestForm(request.POST or None, initial=chosen)
    if form.is_bound and form.is_valid():
        at = form.cleaned_data["at"]
        reminders.choose_hour(request.user, at)
        words = {"at": f"{at:%H:%M}"}
        messages.success(request, _("The morning digest comes at %(at)s.") % words)
        has_round = scope.has("visit.log")
        return redirect("inspections:today" if has_round else "inspections:overdue")
    status = 422 if form.is_bound else 200
    context = {"form": form} | telling.kinds(request.user)
    return render(request, "inspections/telling/digest.html", context, status=status)
