"""Facts that differ, to be decided: row by row, by fact, or all of one field."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grids.lists.paging import page_by_key
from residents import tasks
from residents.imports.batch import answers, asked, decisions, queue
from residents.models import ImportConflict
from residents.views.imports.batch import batch_of

WHICH = {"fact": "pk", "row": "row"}
Decision = ImportConflict.Decision
ANSWERS = (Decision.OURS, Decision.THEIRS)


@require_safe
def import_conflicts(request, pk):
    batch = batch_of(request, pk)
    if batch.is_working:
        return redirect("residents:import_detail", pk=pk)
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
        "can_take_back": answers.can_take_back(batch, timezone.now()),
    }
    return render(request, "residents/imports/conflicts.html", context)


@require_POST
def decide_conflicts(request, pk):
    """`decide` is "theirs:fact:12" or "ours:row:5"."""
    batch = batch_of(request, pk)
    decision, __, what = request.POST.get("decide", "").partition(":")
    kind, __, key = what.partition(":")
    is_number = key.isdecimal() and len(key) < 10
    if decision in ANSWERS and kind in WHICH and is_number:
        answer = decisions.decide(
            batch, decision, by=request.user, now=timezone.now(), **{WHICH[kind]: key}
        )
        _say(request, answer)
    address = reverse("residents:import_conflicts", args=[batch.pk])
    field = request.POST.get("field", "")
    return redirect(f"{address}?field={field}" if field.isidentifier() else address)


@require_http_methods(["GET", "HEAD", "POST"])
def decide_all(request, pk):
    """What deciding all of it, or all of one fact, would do; and to have it done."""
    batch = batch_of(request, pk)
    said = request.POST or request.GET
    decision, field = said.get("decide", ""), said.get("field", "")
    if decision not in ANSWERS or not (field == "" or field.isidentifier()):
        return redirect("residents:import_conflicts", pk=pk)
    if request.method == "POST":
        asked_for = queue.ask_to_decide(batch, decision, field, by=request.user, now=timezone.now())
        return _to_the_worker(request, batch, asked_for)
    found = answers.preview(batch, by=request.user, field=field)
    context = {"batch": batch, "decision": decision, "field": field} | found
    return render(request, "residents/imports/decide_all.html", context)


@require_POST
def take_answers_back(request, pk):
    batch = batch_of(request, pk)
    asked_for = queue.ask_answers_back(batch, by=request.user, now=timezone.now())
    return _to_the_worker(request, batch, asked_for)


def _to_the_worker(request, batch, asked_for):
    if asked_for:
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("Nothing of it waits any more, or somebody is at it."))
    return redirect("residents:import_detail", pk=batch.pk)


def _say(request, answer):
    if answer.decided:
        text = ngettext("%(number)s fact decided.", "%(number)s facts decided.", answer.decided)
        messages.success(request, text % {"number": answer.decided})
    if answer.outside:
        messages.warning(request, _("Not decided: the person is no longer in your area."))
    for sentence in sorted(answer.why):
        messages.error(
            request, _("Not taken over: %s Please do it in the file by hand.") % sentence
        )
    if answer.refused and not answer.why:
        messages.error(
            request,
            _(
                "Not taken over: it would contradict the register of today. Please correct the file by hand."
            ),
        )
    if not (answer.decided or answer.outside or answer.refused):
        messages.warning(request, _("This was decided already."))
