"""Attachments, served through the scope of their case and always to be saved, never shown."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cases.file import attachments
from cases.models import CaseFile
from grids.scope import Scope


@require_safe
def file(request, pk):
    Scope.of(request.user).demand("case.view", "case.report")
    kept = get_object_or_404(CaseFile.objects.visible_to(request.user), pk=pk)
    try:
        content = kept.file.open("rb")
    except OSError as error:
        raise Http404 from error
    return FileResponse(
        content,
        as_attachment=True,
        filename=kept.name,
        content_type=attachments.media_type(kept.name),
    )
