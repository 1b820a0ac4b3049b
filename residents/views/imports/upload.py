"""Step 1: one workbook, or all that were mailed in, at once."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from grids.throttle import counted
from grids.workbooks import reader
from residents import tasks
from residents.forms.imports import UploadForm
from residents.imports.batch import batches, explain, registers
from residents.models import ImportBatch


@counted("upload")
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request):
    open_to = registers.open_to(request.user)
    if not open_to:
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None, registers=open_to)
    if request.method == "POST" and form.is_valid():
        try:
            return _keep(request, **form.cleaned_data)
        except reader.WorkbookError as error:
            form.add_error("file", str(error.message))
    context = {"form": form, "steps": explain.steps(0), "columns": _columns(open_to)}
    status = 422 if form.is_bound else 200
    return render(request, "residents/imports/new.html", context, status=status)


def _keep(request, file, register=ImportBatch.Register.RESIDENTS):
    group = uuid.uuid4() if len(file) > 1 else None
    for one in file:
        batch = batches.accept_upload(one, by=request.user, register=register, group=group)
        tasks.run_import.delay(batch.pk)
    if group:
        return redirect("residents:import_group", group=group)
    return redirect("residents:import_detail", pk=batch.pk)


def _columns(open_to):
    """(register, its label, what its columns may be called: our own words)"""
    return [(register, label, explain.our_columns(register)) for register, label in open_to]
