"""The catalogue from a workbook: upload, look at what it would change, confirm."""

import tempfile
from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cases.catalogue import columns, reading, takeover
from cases.forms.catalogue import CatalogueUploadForm
from cases.models import CatalogueUpload
from grids.refusal import Refused
from grids.scope import Scope

RIGHT = "dictionary.edit"
LISTED = 300
HISTORY = 50


def uploads(request):
    _districts(request)
    form = CatalogueUploadForm()
    if request.method == "POST":
        form = CatalogueUploadForm(request.POST, request.FILES)
        if form.is_valid() and (upload := _take_in(request, form)):
            return redirect("cases:catalogue_upload", pk=upload.pk)
    rows = _visible(request).select_related("by")[:HISTORY]
    context = {"form": form, "uploads": [(row, _sums(row)) for row in rows]}
    status = 422 if form.is_bound else 200
    return render(request, "cases/catalogue/uploads.html", context, status=status)


@require_safe
@never_cache
def upload(request, pk):
    found = get_object_or_404(_visible(request), pk=pk)
    lines = found.findings.get("lines", [])
    titles = {sheet.key: sheet.title for sheet in columns.SHEETS}
    for line in lines:
        line["title"] = titles[line["sheet"]]
    problems = [line for line in lines if line["action"] == takeover.PROBLEM]
    changes = [line for line in lines if line["action"] != takeover.PROBLEM]
    context = {
        "upload": found,
        "sums": _sums(found),
        "to_write": _sums(found)["new"] + _sums(found)["changed"],
        "counts": [(titles[key], count) for key, count in found.findings.get("counts", {}).items()],
        "problems": problems[:LISTED],
        "more_problems": max(len(problems) - LISTED, 0),
        "changes": changes[:LISTED],
        "more_changes": max(len(changes) - LISTED, 0),
        "is_open": found.state == CatalogueUpload.State.CHECKED,
    }
    return render(request, "cases/catalogue/upload.html", context)


@require_POST
def confirm(request, pk):
    found = get_object_or_404(_visible(request), pk=pk)
    if "drop" in request.POST:
        takeover.drop(found)
        messages.success(request, _("Dropped. Nothing was written."))
        return redirect("cases:catalogue_uploads")
    if takeover.confirm(found, by=request.user):
        messages.success(request, _("The catalogue was changed as shown."))
    else:
        messages.warning(
            request,
            _("Nothing was written: something changed meanwhile. Look at it again."),
        )
    return redirect("cases:catalogue_upload", pk=pk)


def _districts(request):
    """Keys of the districts whose dictionaries the person keeps; 403 without any."""
    if found := Scope.of(request.user).reach(RIGHT).districts:
        return found
    raise PermissionDenied


def _visible(request):
    return CatalogueUpload.objects.visible_to(request.user, right="edit")


def _take_in(request, form):
    """The upload with its findings; None when the file cannot be read, which the form then says."""
    file = form.cleaned_data["file"]
    try:
        content = _read(file)
    except Refused as error:
        form.add_error("file", str(error))
        return None
    found = CatalogueUpload(
        district_id=min(_districts(request)),
        by=request.user,
        at=timezone.now(),
        file_name=Path(file.name).name[:120],
        content=content,
    )
    found.findings = takeover.check(found).as_data()
    found.save()
    return found


def _read(file):
    with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix) as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        return reading.read(kept.name)


def _sums(upload):
    """{new, changed, same, problem} over all sheets."""
    counts = upload.findings.get("counts", {}).values()
    kinds = (takeover.NEW, takeover.CHANGED, takeover.SAME, takeover.PROBLEM)
    return {kind: sum(count[kind] for count in counts) for kind in kinds}
