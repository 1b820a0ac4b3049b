"""The auditors' page: what was done here, and by whom."""

from io import BytesIO

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grids import audit as the_audit
from grids.audit import finding
from grids.forms.audit import AuditFilter
from grids.lists.paging import address, page_by_moment
from grids.models import AuditEntry
from grids.scope import Scope
from grids.throttle import counted
from grids.workbooks.writing import who_and_when, write_list

AT_MOST = 20_000  # lines of one workbook
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def audit(request):
    Scope.of(request.user).demand("access.view")
    form = AuditFilter(request.GET)
    wanted = form.wanted
    page = page_by_moment(request, finding.entries(request.user, wanted), "at")
    finding.name(page.rows)
    context = {
        "form": form,
        "page": page,
        "is_narrowed": bool(wanted.keys() - {"kind"} or wanted.get("kind") not in (None, "alarm")),
        "is_alarms": wanted.get("kind") == AuditEntry.Kind.ALARM,
        "excel": address(request),
    }
    return render(request, "grids/audit.html", context)


@counted("export", on="GET")
@require_safe
def excel(request):
    """What is shown, as a workbook; that it was taken is an entry as well."""
    Scope.of(request.user).demand("access.view")
    wanted = AuditFilter(request.GET).wanted
    rows = finding.entries(request.user, wanted).order_by("-at", "-pk")
    found = finding.name(list(rows[:AT_MOST]))
    the_audit.record(
        the_audit.Kind.EXPORT,
        of=AuditEntry,
        detail={"rows": len(found), "wanted": {key: str(value) for key, value in wanted.items()}},
    )
    file = BytesIO()
    said = [who_and_when(request.user), *(str(value) for value in wanted.values())]
    if len(found) == AT_MOST:
        said.append(_("Only the newest %(number)d") % {"number": AT_MOST})
    write_list(file, _("Audit"), said=said, heads=_heads(), rows=map(_cells, found))
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate()}.xlsx"'
    return answer


def _heads():
    return [
        (_("When"), 20),
        (_("Person"), 14),
        (_("Posting"), 30),
        (_("Network address"), 18),
        (_("Kind of entry"), 18),
        (_("Object"), 36),
        (_("Purpose"), 30),
        (_("Result"), 12),
        (_("Detail"), 60),
    ]


def _cells(entry):
    return [
        f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
        str(entry.by or ""),
        "; ".join(entry.held),
        entry.address,
        entry.get_kind_display(),
        f"{entry.what} {entry.words}".strip(),
        entry.purpose,
        entry.get_result_display(),
        "; ".join(f"{key}: {value}" for key, value in entry.detail.items()),
    ]
