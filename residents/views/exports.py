"""Lists out of the registers: choose columns, fetch the workbook or print; all of it on record."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
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
from grids.throttle import counted
from residents import tasks
from residents.exports import columns, desk, forms, queue, write
from residents.forms.register import ExportForm
from residents.lists import narrowing
from residents.models import Export, ExportList
from residents.models.exports import Subject
from residents.people import finding

RIGHT = "register.export"


@require_safe
def exports(request):
    """Auditors read all of their place, others what they made themselves."""
    scope = Scope.of(request.user)
    scope.demand(RIGHT, "access.view")
    right = "view" if scope.has("access.view") else "fetch"
    rows = Export.objects.visible_to(request.user, right=right)
    rows = rows.select_related("by", "grid").order_by("-pk")
    page = page_by_key(request, rows, descending=True, size=50)
    for one in page.rows:
        chosen = columns.REGISTERS[one.register].columns if one.register else []
        labels = {column.name: column.label for column in chosen}
        labels.setdefault(columns.FULL_NUMBER, _("Full ID number"))
        one.labels = [labels.get(name, name) for name in one.columns]
        one.is_mine = one.by_id == request.user.pk
    context = {
        "page": page,
        "may_export": scope.has(RIGHT),
        "is_audit": right == "view",
    }
    return render(request, "residents/exports/exports.html", context)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request):
    Scope.of(request.user).demand(RIGHT)
    subject, wanted, place = _asked(request)
    if place is None:
        messages.warning(request, _("An ID number cannot be the search of a list."))
        return redirect("residents:people")
    offered = columns.offered(subject, request.user)
    is_sent = request.method == "POST" and "move" not in request.POST
    form = ExportForm(request.POST if is_sent else None, columns=offered)
    if is_sent and form.is_valid():
        export = _export(request, subject, wanted, place, form.cleaned_data)
        if export.format == Export.Format.EXCEL or queue.is_small(export):
            return send(export)
        form.add_error(None, _("Too many rows for paper. Choose a smaller place, or take Excel."))
    context = _choice(request, subject, offered) | {
        "form": form,
        "subject": subject,
        "subjects": Subject.choices,
        "about": narrowing.words_of(subject, wanted, place),
        "query": _query(request),
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/exports/new.html", context, status=status)


def _asked(request):
    """(register, words of the address, place); no place for a search by a secret."""
    subject = request.GET.get("subject", Subject.RESIDENTS)
    if subject not in Subject.values:
        raise Http404
    wanted = narrowing.read(request.GET)
    if finding.secret(wanted.get("q", "")):
        return Subject(subject), {}, None
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    return Subject(subject), wanted, place


def _query(request, **changes):
    query = request.GET.copy()
    for name in ("list", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return query.urlencode()


def _export(request, subject, wanted, place, data):
    how = request.POST.get("format")
    if data["save_as"]:
        queue.keep_list(
            by=request.user,
            subject=subject,
            name=data["save_as"],
            names=data["columns"],
            here=place,
        )
    return queue.begin(
        by=request.user,
        here=place,
        subject=subject,
        names=data["columns"],
        wanted=wanted,
        purpose=data["purpose"],
        title=data["save_as"] or request.POST.get("title", "")[:60],
        format=how if how == Export.Format.PAPER else Export.Format.EXCEL,
    )


def send(export):
    """Paper and small files at once, larger ones by a worker."""
    if export.format == Export.Format.PAPER:
        queue.on_paper(export)
        desk.begun(export)
        return redirect("residents:export_print", pk=export.pk)
    export.save()
    desk.begun(export)
    # A stranger's workbook is never opened by who answers pages.
    if queue.is_small(export) and export.format != Export.Format.FILLED:
        queue.work(export.pk)
    else:
        tasks.run_export.delay(export.pk)
    return redirect("residents:export_detail", pk=export.pk)


def _choice(request, subject, offered):
    """The columns as the page shows them: those chosen first, in their order."""
    lists = ExportList.objects.visible_to(request.user, right="fetch").filter(subject=subject)
    key = request.GET.get("list", "")
    kept = next((one for one in lists if str(one.pk) == key), None)
    if request.method == "POST":
        order, chosen = request.POST.getlist("order"), request.POST.getlist("columns")
    else:
        chosen = kept.columns if kept else columns.usual(subject, request.user)
        order = chosen
    names = [one.name for one in offered]
    order = [name for name in dict.fromkeys([*order, *names]) if name in names]
    by_name = {one.name: one for one in offered}
    moved = _moved(order, request.POST.get("move", ""))
    return {
        "choices": [(by_name[name], name in chosen) for name in moved],
        "moved": _to_focus(moved, request.POST.get("move", "")),
        "lists": lists,
        "kept": kept,
    }


def _moved(order, move):
    """The order after "up:phone" or "down:phone"."""
    direction, __, name = move.partition(":")
    if name in order:
        place = order.index(name)
        other = place + {"up": -1, "down": 1}.get(direction, 0)
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
    return order


def _to_focus(order, move):
    """The arrow on which the keyboard goes on without scripts: an end has only one."""
    direction, __, name = move.partition(":")
    if order and name == order[0]:
        direction = "down"
    elif order and name == order[-1]:
        direction = "up"
    return f"{direction}:{name}"


@require_safe
def export_detail(request, pk):
    export = mine(request, pk)
    context = {
        "export": export,
        "may_fetch": queue.may_fetch(export, timezone.now()),
        "why": forms.why(export),
        "about": _about(export),
    }
    return render(request, "residents/exports/detail.html", context | _progress(export))


def _about(export):
    if export.register:
        return narrowing.words_of(export.register, export.wanted, export.grid)
    return export.wanted["about"]


@require_safe
def export_progress(request, pk):
    export = mine(request, pk)
    response = render(request, "_progress.html", _progress(export))
    if not export.is_working:
        response["HX-Refresh"] = "true"
    return response


def _progress(export):
    is_waiting = export.is_working and not export.leased_until
    waits = _("Waiting for a free worker; this begins by itself within a minute")
    address = reverse("residents:export_progress", args=[export.pk])
    return {
        "poll_url": address if export.is_working else "",
        "label": waits if is_waiting else _writing(export),
        "value": export.rows,
        "max": 0 if is_waiting else export.expected,
        "note": _("You may leave this page; the work goes on."),
    }


def _writing(export):
    is_book = export.format == Export.Format.BOOK
    return _("Writing the book") if is_book else _("Writing the workbook")


@counted("export", on="GET")
@require_safe
def export_file(request, pk):
    export = mine(request, pk)
    is_book = export.format == Export.Format.BOOK
    if is_book or not export.file or not queue.may_fetch(export, timezone.now()):
        raise Http404
    desk.fetched(export)
    name = f"{export.title}-{timezone.localtime(export.created_at):%Y%m%d-%H%M}.xlsx"
    return FileResponse(export.file.open("rb"), as_attachment=True, filename=name)


@counted("export", on="GET")
@require_safe
def export_print(request, pk):
    export = mine(request, pk)
    is_paper = export.format == Export.Format.PAPER
    if not is_paper or not queue.may_fetch(export, timezone.now()):
        raise Http404
    heads, rows = write.paper(export)
    context = {"export": export, "heads": heads, "rows": rows}
    context["headline"] = context["mark"] = write.headline(export, export.created_at)
    return render(request, "residents/exports/print.html", context)


@require_POST
def delete_export_list(request, pk):
    rows = ExportList.objects.visible_to(request.user, right="fetch")
    found = get_object_or_404(rows, pk=pk)
    found.delete()
    messages.success(request, _("The saved list was deleted."))
    address = reverse("residents:export_new")
    return redirect(f"{address}?subject={found.subject}")


def mine(request, pk):
    """404 for everybody but its maker: the file holds what only that person may read."""
    rows = Export.objects.visible_to(request.user, right="fetch")
    return get_object_or_404(rows.select_related("by", "grid"), pk=pk)
