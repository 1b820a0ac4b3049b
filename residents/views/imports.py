"""Imports in the browser: upload, dry run, confirm, result."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.scope import Scope
from residents import tasks
from residents.forms.register import UploadForm
from residents.models import ImportBatch
from residents.paging import page_by_key
from residents.register_import import (
    batches,
    columns,
    explain,
    queue,
    reader,
    undo,
    words,
)

RIGHT = "register.import"


@require_safe
def imports(request):
    Scope.of(request.user).demand(RIGHT)
    rows = ImportBatch.objects.visible_to(request.user, right="import")
    rows = rows.select_related("by").defer("created_places", "mapping")
    page = page_by_key(request, rows.order_by("-pk"), descending=True, size=30)
    return render(request, "residents/imports.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request):
    Scope.of(request.user).demand(RIGHT)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = batches.accept_upload(form.cleaned_data["file"], by=request.user)
        except reader.WorkbookError as error:
            form.add_error("file", str(error.message))
        else:
            if batch.state == ImportBatch.State.MAPPING:
                return redirect("residents:import_columns", pk=batch.pk)
            tasks.run_import.delay(batch.pk)
            return redirect("residents:import_detail", pk=batch.pk)
    context = {"form": form, "steps": explain.steps(0), "labels": explain.our_columns()}
    return render(
        request,
        "residents/import_new.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_safe
@never_cache
def import_detail(request, pk):
    batch = _batch(request, pk)
    if batch.state == ImportBatch.State.MAPPING:
        return redirect("residents:import_columns", pk=batch.pk)
    context = {"batch": batch, "steps": explain.steps(explain.step_of(batch))}
    context |= explain.progress(batch) if batch.is_working else explain.findings(batch)
    if batch.state == ImportBatch.State.UNDONE:
        context["left_rows"] = undo.left_rows(
            batch, lambda model: model.objects.visible_to(request.user)
        )
    elif batch.state == ImportBatch.State.DONE:
        problems = page_by_key(
            request, batch.problems.order_by("row"), key="row", size=100
        )
        context |= {
            "page": problems,
            "problems": explain.problem_rows(batch, problems.rows),
            "can_undo": undo.is_possible(batch, timezone.now()),
        }
    elif batch.state == ImportBatch.State.CHECKED:
        context["same_file"] = explain.same_file_before(batch, request.user)
    return render(request, "residents/import_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def import_columns(request, pk):
    batch = _batch(request, pk)
    if batch.state not in (ImportBatch.State.MAPPING, ImportBatch.State.CHECKED):
        return redirect("residents:import_detail", pk=batch.pk)
    tables, other_sheets = _columns_of(batch)
    chosen, twice = batch.columns, []
    if request.method == "POST":
        chosen, twice = columns.chosen_in(request.POST, tables)
        if not twice and queue.check_again(batch, tables, chosen, by=request.user):
            tasks.run_import.delay(batch.pk)
            return redirect("residents:import_detail", pk=batch.pk)
    context = {
        "batch": batch, "steps": explain.steps(1), "labels": words.labels(batch.register).items(),
        "tables": columns.shown(tables, chosen), "other_sheets": other_sheets, "twice": twice,
    }  # fmt: skip
    return render(
        request, "residents/import_columns.html", context, status=422 if twice else 200
    )


@require_safe
@never_cache
def import_progress(request, pk):
    batch = _batch(request, pk)
    context = explain.progress(batch)
    response = render(request, "_progress.html", context)
    if not batch.is_working:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def import_confirm(request, pk):
    batch = _batch(request, pk)
    if queue.confirm(batch):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("This import was already confirmed or cancelled."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_cancel(request, pk):
    batch = _batch(request, pk)
    if queue.cancel(batch):
        messages.success(request, _("Cancelled. Nothing was written."))
    else:
        messages.warning(request, _("This import was finished already."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_undo(request, pk):
    batch = _batch(request, pk)
    try:
        if undo.undo(batch, by=request.user, now=timezone.now()):
            messages.success(request, _("The import was undone."))
        else:
            messages.warning(
                request, _("An import can be undone once, and for 7 days.")
            )
    except undo.CannotUndo:
        messages.error(
            request,
            _("Not undone: newer entries contradict the contents of before."),
        )
    return redirect("residents:import_detail", pk=batch.pk)


@require_safe
def import_result(request, pk):
    batch = _batch(request, pk)
    if batch.state != ImportBatch.State.DONE or not (batch.result_file or batch.file):
        raise Http404
    stored = batches.result_of(batch)
    return FileResponse(
        stored.open("rb"), as_attachment=True, filename=explain.result_name(batch)
    )


def _batch(request, pk):
    rows = ImportBatch.objects.visible_to(request.user, right="import").select_related(
        "by"
    )
    return get_object_or_404(rows, pk=pk)


def _columns_of(batch):
    """(tables, other sheets) of the uploaded file; 404 when it is no longer kept."""
    try:
        with batches.local_copy(batch.file) as path:
            return columns.read(path, batch.sheet, batch.register)
    except (ValueError, OSError, reader.WorkbookError) as error:
        raise Http404 from error
