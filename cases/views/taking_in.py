"""A workbook that was uploaded and waits to be read: how far it is, and what stands in its way."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import taking_in, tasks
from cases.models import CatalogueUpload, Upload


def take_in(request, file, **about):
    """Keep the file, tell a worker, and go to its page."""
    upload = taking_in.keep(file, by=request.user, **about)
    tasks.read_upload.delay(upload.pk)
    return redirect("cases:upload", pk=upload.pk)


def take_over(request, catalogue):
    """Have a worker write what was confirmed, and go to the page that says how far it is."""
    upload = taking_in.ask_to_take_over(catalogue, by=request.user)
    tasks.read_upload.delay(upload.pk)
    return redirect("cases:upload", pk=upload.pk)


@require_safe
def upload(request, pk):
    found = _upload(request, pk)
    if found.catalogue_id and found.state == Upload.State.READ:
        if found.kind == Upload.Kind.TAKEOVER:
            _say_what_became_of(found.catalogue, request)
        return redirect("cases:catalogue_upload", pk=found.catalogue_id)
    if found.change_id:
        return redirect("cases:calendar_change", pk=found.change_id)
    context = {"upload": found, "back": _form_of(found)} | _progress(found)
    return render(request, "cases/upload.html", context)


@require_safe
def upload_progress(request, pk):
    found = _upload(request, pk)
    response = render(request, "_progress.html", _progress(found))
    if not found.is_working:
        response["HX-Refresh"] = "true"
    return response


def _say_what_became_of(catalogue, request):
    if catalogue.state == CatalogueUpload.State.DONE:
        messages.success(request, _("The catalogue was changed as shown."))
    else:
        messages.warning(
            request,
            _("Nothing was written: something changed meanwhile. Look at it again."),
        )


def _upload(request, pk):
    rows = Upload.objects.visible_to(request.user, right="edit").select_related("by", "catalogue")
    return get_object_or_404(rows, pk=pk)


def _progress(found):
    waits = _("Waiting for a free worker; this begins by itself within a minute")
    address = reverse("cases:upload_progress", args=[found.pk])
    return {
        "poll_url": address if found.is_working else "",
        "label": _doing(found) if found.leased_until else waits,
        "note": _("You may leave this page; the work goes on."),
    }


def _doing(found):
    is_takeover = found.kind == Upload.Kind.TAKEOVER
    return _("Changing the catalogue") if is_takeover else _("Reading the file")


def _form_of(found):
    if found.calendar_id:
        return reverse("cases:calendar_import", args=[found.calendar_id])
    return reverse("cases:catalogue_uploads")
