"""What became of the matters that a visit brought up."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from grids.refusal import Refused
from grids.scope import Scope
from inspections.forms.visits import RaiseCaseForm
from inspections.models import DiaryItem
from inspections.views.onwards import onwards
from inspections.visits import visit_log


@require_POST
def strike_off(request, pk):
    Scope.of(request.user).demand("visit.log")
    item = _item(request.user, pk)
    if visit_log.strike_off(item, on=timezone.localdate()):
        messages.success(request, _("Struck off: %(text)s") % {"text": item.text})
    visit = reverse("inspections:visit", args=[item.visit_id])
    return redirect(onwards(request, request.POST.get("next", ""), visit))


def raise_case(request, pk):
    scope = Scope.of(request.user)
    scope.demand("visit.log")
    scope.demand("case.report")
    item = _item(request.user, pk)
    if item.case_id:
        return redirect("inspections:visit", item.visit_id)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RaiseCaseForm(*sent, staff=request.user, initial={"description": item.text})
    if sent and form.is_valid() and (case := _raise(request, item, form)):
        messages.success(request, _("Reported: %(number)s") % {"number": case.number})
        return redirect("inspections:visit", item.visit_id)
    context = {"form": form, "item": item, "visit": item.visit}
    return render(
        request, "inspections/visits/raise_case.html", context, status=422 if sent else 200
    )


def _raise(request, item, form):
    names = ("category", "description", "is_urgent")
    fields = {name: form.cleaned_data[name] for name in names}
    try:
        return visit_log.raise_case(
            item, by=request.user, pictures=form.cleaned_data["photos"], **fields
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))


def _item(staff, pk):
    rows = DiaryItem.objects.visible_to(staff, right="log")
    return get_object_or_404(rows.select_related("visit__household__dwelling__building"), pk=pk)
