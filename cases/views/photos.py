"""Photos, served through the scope of their case."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cases.models import CasePhoto
from grids.scope import Scope


@require_safe
def photo(request, pk):
    Scope.of(request.user).demand("case.view", "case.report")
    picture = get_object_or_404(CasePhoto.objects.visible_to(request.user), pk=pk)
    return send_photo(picture)


def send_photo(picture):
    """A JPEG, kept by no browser."""
    try:
        file = picture.file.open("rb")
    except OSError as error:
        raise Http404 from error
    return FileResponse(file, content_type="image/jpeg", filename=f"{picture.pk}.jpg")
