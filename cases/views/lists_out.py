"""The list that is on the page, as a workbook, past the export desk."""

import tempfile

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.lists.excel import COLUMNS, rows_asked_for, write_workbook
from cases.views.asked import asked
from grids.throttle import counted
from residents.exports.desk import mark
from residents.models.exports import Elsewhere
from residents.views import desk


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def excel(request):
    found = asked(request)
    about, rows = [found.show.label, *found.words()], rows_asked_for(found)
    form, back = desk.form_of(request), f"{reverse('cases:list')}?{request.GET.urlencode()}"
    if not form.is_valid():
        return desk.ask(request, form, title=_("Cases"), about=about, number=len(rows), back=back)
    purpose = form.cleaned_data["purpose"]
    # Closed with the answer; a list of 5,000 rows is half a megabyte.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write_workbook(
        file, rows, said=mark(request.user, purpose, found.now), about=about, now=found.now
    )
    return desk.give(
        request,
        file,
        f"{found.show.label}-{timezone.localtime(found.now):%Y%m%d-%H%M}.xlsx",
        what=Elsewhere.CASES,
        title=str(found.show.label),
        about=about,
        heads=[label for label, *_rest in COLUMNS],
        rows=len(rows),
        purpose=purpose,
    )
