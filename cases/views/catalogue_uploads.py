"""The catalogue from a workbook: for which district, upload, look at what it would change, confirm."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.catalogue import columns, takeover
from cases.forms.catalogue import CatalogueUploadForm
from cases.models import CatalogueUpload, Upload
from cases.views.taking_in import take_in, take_over
from grids.scope import Scope
from grids.throttle import counted

RIGHT = "dictionary.edit"
LISTED = 300
HISTORY = 50


@counted("upload")
def uploads(request):
    _districts(request)
    form = CatalogueUploadForm()
    if request.method == "POST":
        form = CatalogueUploadForm(request.POST, request.FILES)
        if form.is_valid():
            district_id = min(_districts(request))
            kind = Upload.Kind.CATALOGUE
            return take_in(request, form.cleaned_data["file"], district_id=district_id, kind=kind)
    rows = _visible(request).select_related("by")[:HISTORY]
    context = {"form": form, "uploads": [(row, _sums(row)) for row in rows]}
    status = 422 if form.is_bound else 200
    return render(request, "cases/catalogue/uploads.html", context, status=status)


@require_safe
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
    return take_over(request, found)


def _districts(request):
    """Keys of the districts whose dictionaries the person keeps; 403 without any."""
    if found := Scope.of(request.user).reach(RIGHT).districts:
        return found
    raise PermissionDenied


def _visible(request):
    return CatalogueUpload.objects.visible_to(request.user, right="edit")


def _sums(upload):
    """{new, changed, same, problem} over all sheets."""
    counts = upload.findings.get("counts", {}).values()
    kinds = (takeover.NEW, takeover.CHANGED, takeover.SAME, takeover.PROBLEM)
    return {kind: sum(count[kind] for count in counts) for kind in kinds}
