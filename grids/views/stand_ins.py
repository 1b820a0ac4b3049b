"""Who is away and who stands in, for administrators."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grids.forms.stand_ins import StandInForm
from grids.models import Staff, StandIn
from grids.people import stand_ins as rules
from grids.refusal import Refused
from grids.scope import Scope

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def stand_ins(request):
    Scope.of(request.user).demand("staff.edit")
    people = Staff.objects.visible_to(request.user, right="edit").filter(is_active=True)
    form = StandInForm(request.POST or None, staff=people)
    if form.is_valid():
        try:
            rules.appoint(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved; both are told."))
            return redirect("grids:stand_ins")
    today = timezone.localdate()
    rows = _rows(request).order_by("-until", "-pk")[:SHOWN]
    context = {
        "now": [row for row in rows if row.since <= today <= row.until],
        "coming": [row for row in rows if row.since > today],
        "over": [row for row in rows if row.until < today],
        "people": people.order_by("full_name").only("username", "full_name"),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "grids/stand_ins.html", context, status=status)


@require_POST
def end(request, pk):
    found = get_object_or_404(_rows(request), pk=pk)
    try:
        rules.end(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Ended; both are told."))
    return redirect("grids:stand_ins")


def _rows(request):
    rows = StandIn.objects.visible_to(request.user, right="edit")
    return rows.select_related("staff", "stand_in", "by")
