"""Photos of cases: checked, turned upright, made small, stripped of everything but the picture."""

import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from cases.models import CasePhoto
from grids.confined import asking
from grids.refusal import Refused

PICTURE = "cases.file.opening:Picture"
SECONDS, MEMORY_BYTES = 30, 1024**3


def reencode(upload) -> ContentFile:
    """A fresh JPEG of an uploaded file, at most 1600 px, without EXIF, comments or colour profile."""
    if upload.size > settings.MAX_PHOTO_BYTES:
        most = filesizeformat(settings.MAX_PHOTO_BYTES)
        raise Refused(_("The photo is larger than %(most)s.") % {"most": most})
    upload.seek(0)
    try:
        jpeg = asking.call(PICTURE, upload.read(), seconds=SECONDS, memory=MEMORY_BYTES)
    except asking.Stopped as stopped:
        if stopped.code == "pixels":
            text = _("The photo has too many pixels. Take it with a lower resolution.")
            raise Refused(text) from stopped
        text = _("“%(name)s” is not a photo that can be read. Use JPEG, PNG or WebP.")
        raise Refused(text % {"name": upload.name}) from stopped
    return ContentFile(jpeg, name=f"{uuid.uuid4()}.jpg")


def attach(case, pictures, *, moment, by, at):
    """Keep re-encoded pictures as the case's photos of before or after."""
    return [
        CasePhoto.objects.create(case=case, file=picture, moment=moment, by=by, at=at)
        for picture in pictures
    ]
