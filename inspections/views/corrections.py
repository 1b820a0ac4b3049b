"""A fact that two people changed: which of the two holds."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.refusal import Refused
from grids.scope import Scope
from inspections.models import FactConflict, Visit
from inspections.views.onwards import onwards
from inspections.visits import corrections

# For the queue of a phone; see gridmgmt.offline.middleware.
UNDECIDED = "X-Undecided"


def to_decide(visit, asked, onwards):
    """On to the page that asks; tells a phone how many facts wait."""
    page = reverse("inspections:facts_to_decide", args=[visit.pk])
    answer = redirect(f"{page}?{urlencode({'next': onwards})}")
    answer[UNDECIDED] = str(asked)
    return answer


@require_safe
def facts_to_decide(request, pk):
    Scope.of(request.user).demand("visit.log")
    return _page(request, _visit(request.user, pk), request.GET.get("next", ""))


@require_POST
def decide_fact(request, pk):
    Scope.of(request.user).demand("visit.log")
    rows = FactConflict.objects.visible_to(request.user, right="log")
    conflict = get_object_or_404(rows.select_related("visit"), pk=pk)
    takes_mine = request.POST.get("take") == "mine"
    seen = request.POST.get("seen", "")
    address = request.POST.get("next", "")
    try:
        corrections.decide(conflict, by=request.user, takes_mine=takes_mine, seen=seen)
    except Refused as refusal:
        visit = _visit(request.user, conflict.visit_id)
        return _page(request, visit, address, str(refusal))
    messages.success(request, _("Decided."))
    asked = conflict.visit.fact_conflicts.filter(decided_at=None).count()
    if asked:
        return to_decide(conflict.visit, asked, address)
    round_of_today = reverse("inspections:today")
    settled = f"#settled={conflict.visit.client_uuid}"
    return redirect(onwards(request, address, round_of_today) + settled)


def _visit(staff, pk):
    rows = Visit.objects.visible_to(staff, right="log")
    return get_object_or_404(rows.select_related("household__dwelling", "visitor"), pk=pk)


def _page(request, visit, address, refusal=""):
    waiting = visit.fact_conflicts.filter(decided_at=None).order_by("pk")
    context = {
        "visit": visit,
        "questions": [
            corrections.question(one, request.user)
            for one in waiting.select_related("visit", "resident__household")
        ],
        "next": onwards(request, address, reverse("inspections:today")),
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return render(request, "inspections/visits/facts_to_decide.html", context, status=status)
