"""What was drawn by lot: a list for the phone on the way, and one for the desk with the telephone."""

from django.db.models import F
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.lists import samples
from cases.models import Sample
from cases.views.tabs import tabs
from grids.lists.paging import page_by_key
from grids.scope import Scope

PAGE = 50


@require_safe
def rechecks(request):
    return _show(request, Sample.Kind.RECHECK)


@require_safe
def call_backs(request):
    return _show(request, Sample.Kind.CALL_BACK)


def _show(request, kind):
    Scope.of(request.user).demand(samples.RIGHTS[kind])
    rows = samples.waiting(kind, request.user).annotate(
        number=F("case__number"),
        title=F("case__title"),
        address=F("case__address"),
        place=F("case__grid__name"),
        closed_at=F("case__closed_at"),
        solved_by=F("case__handler__full_name"),
        what_was_done=F("case__result_note"),
        reporter=F("case__reporter__full_name"),
        phone=F("case__reporter__phone"),
    )
    page = page_by_key(request, rows, size=PAGE)
    now = timezone.now()
    for sample in page.rows:
        address = reverse("cases:detail", args=[sample.number])
        sample.url = f"{address}?step={kind}#step"
        sample.days = (now - sample.closed_at).days if sample.closed_at else None
    context = {
        "kind": kind,
        "title": samples.TITLES[kind],
        "tabs": tabs(request, kind),
        "page": page,
    }
    return render(request, "cases/lists/samples.html", context)
