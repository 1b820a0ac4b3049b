"""Empty workbooks to begin with, one for each register."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from residents.imports.batch import registers
from residents.imports.others import blank
from residents.models import ImportBatch

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def import_blank(request):
    labels = dict(registers.open_to(request.user))
    if not labels:
        raise PermissionDenied
    register = request.GET.get("register", ImportBatch.Register.RESIDENTS)
    if register not in labels:
        raise Http404
    name = f"{labels[register]}-{pgettext('workbook', 'empty form')}.xlsx"
    content = blank.workbook(register, str(labels[register]))
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )
