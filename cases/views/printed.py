"""A case on A4 paper: facts, photos, steps, signatures."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import lights, wording
from cases.file import dossier, timeline
from cases.views.detail import find_case, side_by_side
from grids.throttle import counted
from residents.views import desk


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request, number):
    """For a purpose, on record: a case names whom it is about."""
    case, now = find_case(request, number), timezone.now()
    form = desk.form_of(request)
    if not form.is_valid():
        back = case.get_absolute_url()
        return desk.ask(
            request, form, title=_("Case sheet"), about=[case.number], back=back, is_print=True
        )
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
        **desk.paper(request, case, form),
        **dossier.of(case, events, request.user),
    }
    return render(request, "cases/file/print.html", context)
