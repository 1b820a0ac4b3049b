"""A case on A4 paper: facts, photos, steps, signatures."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import lights, wording
from cases.file import dossier, timeline
from cases.views.detail import find_case, side_by_side


@require_safe
def paper(request, number):
    case, now = find_case(request, number), timezone.now()
    events = list(case.events.select_related("by").order_by("at", "id"))
    light = lights.light(case, now)
    context = {
        "case": case,
        "light": light,
        "light_text": wording.light_text(case, light) if case.is_open else "",
        "events": timeline.tell(case, events)[::-1],
        "photos": side_by_side(list(case.photos.all())),
        "slips": case.slips.select_related("department").order_by("issued_at", "id"),
        "now": now,
        **dossier.of(case, events, request.user),
    }
    return render(request, "cases/file/print.html", context)
