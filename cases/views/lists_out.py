"""The list that is on the page, as a workbook."""

import tempfile

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.lists.excel import rows_asked_for, write_workbook
from cases.views.asked import asked


@require_safe
@never_cache
def excel(request):
    found = asked(request)
    # Closed with the answer; a list of 5,000 rows is half a megabyte.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write_workbook(
        file,
        rows_asked_for(found),
        by=request.user,
        about=[found.show.label, *found.words()],
        now=found.now,
    )
    file.seek(0)
    name = f"{found.show.label}-{timezone.localtime(found.now):%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)
