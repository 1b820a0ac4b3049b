"""One import in the browser: columns, dry run, confirm, progress, result, undo."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.lists.paging import page_by_key
from grids.people import here
from grids.scope import Scope
from residents import tasks
from residents.exports import desk
from residents.forms.imports import OnConflictForm, WhichGridForm
from residents.imports.batch import (
    answers,
    asked,
    decisions,
    explain,
    family_answers,
    place_answers,
    queue,
    registers,
    undo,
)
from residents.imports.workbook import columns, families, left_out
from residents.models import ImportBatch

State = ImportBatch.State
MANY_GRIDS = 300


@require_safe
def import_detail(request, pk):
    batch = batch_of(request, pk)
    if batch.state == State.MAPPING:
        return redirect("residents:import_columns", pk=batch.pk)
    context = {"batch": batch, "steps": explain.steps(explain.step_of(batch))}
    context |= explain.progress(batch) if batch.is_working else explain.findings(batch)
    if not batch.is_working:
        context |= {
            "here": asked.who_is_here(batch),
            "others": asked.others(batch, request.user),
        }
    if batch.state == State.UNDONE:
        context["left_rows"] = undo.left_rows(batch, request.user)
    elif batch.state == State.DONE:
        problems = page_by_key(request, batch.problems.order_by("row"), key="row", size=100)
        context |= {
            "page": problems,
            "problems": explain.problem_rows(batch, problems.rows),
            "can_undo": _has_written(batch) and undo.is_possible(batch, timezone.now()),
            "to_decide": decisions.waiting(batch.conflicts).count(),
            "can_take_back": answers.can_take_back(batch, timezone.now()),
        }
    elif batch.state == State.CHECKED:
        context |= {
            "same_file": explain.same_file_before(batch, request.user),
            "differing": asked.differing(batch),
            "form": OnConflictForm(initial={"on_conflict": batch.on_conflict}),
            "grid_form": _grid_form(request, batch),
            "new_places": place_answers.shown(batch),
            "families": family_answers.shown(batch),
            "family_choices": families.CHOICES,
        }
    return render(request, "residents/imports/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request, pk):
    batch = batch_of(request, pk)
    if batch.state not in (State.MAPPING, State.CHECKED):
        return redirect("residents:import_detail", pk=batch.pk)
    tables = columns.kept(batch)
    if not (tables and batch.file):
        raise Http404
    chosen, twice = batch.columns, []
    if request.method == "POST":
        chosen, twice = columns.chosen_in(request.POST, tables)
        if not twice and queue.check_again(batch, tables, chosen, by=request.user):
            tasks.run_import.delay(batch.pk)
            if batch.group:  # the answer may be good for others of it
                tasks.nudge_imports.delay()
                return redirect("residents:import_group", group=batch.group)
            return redirect("residents:import_detail", pk=batch.pk)
    context = {
        "batch": batch,
        "steps": explain.steps(1),
        "labels": columns.labels_of(*tables).items(),
        "tables": columns.shown(tables, chosen),
        "twice": twice,
        "other_sheets": batch.mapping.get("other_sheets", []),
        "alike": _alike(batch, tables),
    }
    return render(request, "residents/imports/columns.html", context, status=422 if twice else 200)


@require_safe
def import_progress(request, pk):
    batch = batch_of(request, pk)
    context = explain.progress(batch)
    response = render(request, "_progress.html", context)
    if not batch.is_working:
        response["HX-Refresh"] = "true"
    return response


def _grid_form(request, batch, data=None):
    """Asked where no sheet has a column of grids; None elsewhere."""
    tables = batch.mapping.get("tables", [])
    if batch.register != ImportBatch.Register.RESIDENTS or not (tables and batch.file):
        return None
    if any("grid" in table["heads"] for table in tables):
        return None
    if 0 < batch.preview.get("rows", 0) <= batch.preview.get("known_grids", 0):
        return None
    units = registers.units_of(batch.register, request.user)
    place = here.grid_of(request)
    if place is not None and units.count() > MANY_GRIDS:
        units = units.filter(path__startswith=place.path)
    return WhichGridForm(data, units=units, initial={"grid": batch.default_grid_id})


@require_POST
def import_grid(request, pk):
    """The list is of one grid: looked at again with it."""
    batch = batch_of(request, pk)
    form = _grid_form(request, batch, request.POST)
    if form is not None and form.is_valid() and queue.check_in(batch, form.cleaned_data["grid"]):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("Choose the grid of the list."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_rows(request, pk):
    """Rows that were left out are data: looked at again with them."""
    batch = batch_of(request, pk)
    taken_in = left_out.with_row(batch, request.POST.get("row", "-"))
    if taken_in is not None and batch.file and queue.check_with(batch, taken_in):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("This import is not waiting for that any more."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_places(request, pk):
    """What new compounds and buildings are: looked at again where one of them is known."""
    batch = batch_of(request, pk)
    said = [] if "again" in request.POST else place_answers.with_answers(batch, request.POST)
    if not (batch.file and queue.check_places(batch, said)):
        messages.warning(request, _("This import is not waiting for that any more."))
    batch.refresh_from_db()
    if batch.is_working:
        tasks.run_import.delay(batch.pk)
    elif place_answers.missing(batch):
        messages.warning(request, _("Say of each new place what it is."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_families(request, pk):
    """How the families of the list are told."""
    batch = batch_of(request, pk)
    if family_answers.answer(batch, request.POST.get("families"), by=request.user):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("Choose one of the answers."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_confirm(request, pk):
    batch = batch_of(request, pk)
    form = OnConflictForm(request.POST)
    chosen = form.cleaned_data["on_conflict"] if form.is_valid() else None
    if queue.confirm(batch, chosen):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("This import was already confirmed or cancelled."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_cancel(request, pk):
    batch = batch_of(request, pk)
    was, state = batch.state, queue.cancel(batch)
    if state == State.CANCELLED:
        messages.success(request, _("Cancelled. Nothing was written."))
    elif state == State.DONE and was == State.DECIDING:
        messages.success(request, _("Stopped. Everything is as it was before."))
    elif state == State.DONE:
        messages.success(request, _("The undo was stopped. Nothing was taken back."))
    else:
        messages.warning(request, _("This import was finished already."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_POST
def import_undo(request, pk):
    batch = batch_of(request, pk)
    if queue.ask_undo(batch, by=request.user, now=timezone.now()):
        tasks.run_import.delay(batch.pk)
    else:
        messages.warning(request, _("An import can be undone once, and for 7 days."))
    return redirect("residents:import_detail", pk=batch.pk)


@require_safe
def import_result(request, pk):
    batch = batch_of(request, pk)
    if batch.state != State.DONE or not (batch.result_file or batch.file):
        raise Http404
    if not batch.result_file:
        tasks.write_result.delay(batch.pk)
        context = {"batch": batch, "label": _("Writing the marked workbook")}
        return render(request, "residents/imports/result_waiting.html", context, status=202)
    desk.fetched(batch, words=batch.file_name)
    stored = batch.result_file
    return FileResponse(stored.open("rb"), as_attachment=True, filename=explain.result_name(batch))


def batch_of(request, pk):
    rows = ImportBatch.objects.visible_to(request.user, right="import")
    batch = get_object_or_404(rows.select_related("by", "undone_by"), pk=pk)
    rights = registers.rights(batch.register)
    if not Scope.of(request.user).covers(batch.covers, *rights):
        raise Http404  # its rows are of a place that is no longer the reader's
    return batch


def _has_written(batch):
    """Now, or by what was decided of it later."""
    counts = (batch.result.get(name, 0) for name in ("created", "changed", "waiting"))
    return any(counts) or batch.conflicts.filter(decision="theirs").exists()


def _alike(batch, tables):
    """How many other files of the upload wait for the same answer."""
    if batch.group is None:
        return 0
    forms = {table.fingerprint for table in tables}
    others = ImportBatch.objects.filter(group=batch.group, state=State.MAPPING, by=batch.by)
    return sum(
        {table.fingerprint for table in columns.kept(other)} == forms
        for other in others.exclude(pk=batch.pk)
    )
