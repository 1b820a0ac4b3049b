"""Facts that differ, to be decided: row by row, by fact, or all of one field."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from grids.lists.paging import page_by_key
from residents.imports.batch import asked, decisions
from residents.models import ImportConflict
from residents.views.imports.batch import batch_of

WHICH = {"fact": "pk", "row": "row", "field": "field"}
Decision = ImportConflict.Decision


@require_safe
def import_conflicts(request, pk):
    batch = batch_of(request, pk)
    rows = decisions.waiting(batch.conflicts)
    fields = rows.order_by().values("field").annotate(number=Count("pk"))
    field = request.GET.get("field", "")
    chosen = rows.filter(field=field) if field else rows
    page = page_by_key(request, chosen.order_by("pk"), size=50)
    context = {
        "batch": batch,
        "page": page,
        "conflicts": asked.shown(page.rows, batch, request.user),
        "fields": [
            one | {"label": asked.label(one["field"]), "is_on": one["field"] == field}
            for one in fields.order_by("-number", "field")
        ],
        "field": field,
        "number": rows.count(),
        "decided": batch.conflicts.exclude(decision=Decision.WAITING).count(),
    }
    return render(request, "residents/imports/conflicts.html", context)


@require_POST
def decide_conflicts(request, pk):
    """`decide` is "theirs:fact:12", "ours:row:5" or "theirs:field:phone"."""
    batch = batch_of(request, pk)
    decision, __, what = request.POST.get("decide", "").partition(":")
    kind, __, key = what.partition(":")
    is_number = key.isdecimal() and len(key) < 10
    if (
        decision in (Decision.OURS, Decision.THEIRS)
        and kind in WHICH
        and (kind == "field" or is_number)
    ):
        answer = decisions.decide(
            batch, decision, by=request.user, now=timezone.now(), **{WHICH[kind]: key}
        )
        _say(request, answer)
    address = reverse("residents:import_conflicts", args=[batch.pk])
    field = request.POST.get("field", "") if kind != "field" else ""
    return redirect(f"{address}?field={field}" if field.isidentifier() else address)


def _say(request, answer):
    if answer.decided:
        text = ngettext("%(number)s fact decided.", "%(number)s facts decided.", answer.decided)
        messages.success(request, text % {"number": answer.decided})
    if answer.is_more:
        messages.info(request, _("There are more of them; press again for the next."))
    if answer.outside:
        messages.warning(request, _("Not decided: the person is no longer in your area."))
    if answer.refused:
        messages.error(
            request,
            _(
                "Not taken over: it would contradict the register of today. Please correct the file by hand."
            ),
        )
    if not (answer.decided or answer.outside or answer.refused):
        messages.warning(request, _("This was decided already."))
