"""Workbooks that were uploaded together."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from residents import tasks
from residents.forms.imports import OnConflictForm
from residents.imports.batch import groups, queue
from residents.models import ImportBatch


@require_safe
def import_group(request, group):
    lines = _lines(request, group)
    context = {
        "group": group,
        "lines": lines,
        "is_working": any(line["batch"].is_working for line in lines),
        "to_map": [line for line in lines if line["batch"].state == ImportBatch.State.MAPPING],
        "clean": sum(line["is_clean"] for line in lines),
        "differing": sum(
            line["batch"].preview.get("conflicts", {}).get("facts", 0)
            for line in lines
            if line["is_clean"]
        ),
        "form": OnConflictForm(),
    }
    part = "residents/imports/_group.html"
    template = part if request.htmx else "residents/imports/group.html"
    return render(request, template, context)


@require_POST
def confirm_group(request, group):
    form = OnConflictForm(request.POST)
    on_conflict = form.cleaned_data["on_conflict"] if form.is_valid() else None
    number = 0
    for line in _lines(request, group):
        if line["is_clean"] and queue.confirm(line["batch"], on_conflict):
            tasks.run_import.delay(line["batch"].pk)
            number += 1
    if number:
        text = ngettext(
            "%(number)s file is being imported.", "%(number)s files are being imported.", number
        )
        messages.success(request, text % {"number": number})
    else:
        messages.warning(request, _("No file was waiting for that."))
    return redirect("residents:import_group", group=group)


def _lines(request, group):
    rows = ImportBatch.objects.visible_to(request.user, right="import")
    batches = rows.filter(group=group).select_related("by").order_by("pk")
    lines = groups.lines(batches.defer("created_places"), request.user)
    if not lines:
        raise Http404
    return lines
