"""Photos of cases: checked, turned upright, made small, stripped of everything but the picture."""

import io
import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from cases.models import CasePhoto
from grids.refusal import Refused

FORMATS = ["JPEG", "PNG", "WEBP"]  # pictures in pairs (MPO) open as JPEG
LONGEST_SIDE = 1600
QUALITY = 82
# JPEG is reduced while it is decoded, the others unfold into memory first.
MAX_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000}
MAX_PIXELS_UNFOLDED = 30_000_000


def reencode(upload) -> ContentFile:
    """A fresh JPEG of an uploaded file, at most 1600 px, without EXIF, comments or colour profile."""
    if upload.size > settings.MAX_PHOTO_BYTES:
        most = filesizeformat(settings.MAX_PHOTO_BYTES)
        raise Refused(_("The photo is larger than %(most)s.") % {"most": most})
    try:
        picture = _decode(upload)
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused(_too_many_pixels()) from error
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        MemoryError,
    ) as error:
        text = _("“%(name)s” is not a photo that can be read. Use JPEG, PNG or WebP.")
        raise Refused(text % {"name": upload.name}) from error
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    return ContentFile(jpeg.getvalue(), name=f"{uuid.uuid4()}.jpg")


def attach(case, pictures, *, moment, by, at):
    """Keep re-encoded pictures as the case's photos of before or after."""
    return [
        CasePhoto.objects.create(case=case, file=picture, moment=moment, by=by, at=at)
        for picture in pictures
    ]


def _decode(upload):
    upload.seek(0)
    with Image.open(upload, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS.get(image.format or "", MAX_PIXELS_UNFOLDED):
            raise Refused(_too_many_pixels())
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    # A new picture: nothing that came with the file (place, device, comment) can follow.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright.getchannel("A"))
    return clean


def _too_many_pixels():
    return _("The photo has too many pixels. Take it with a lower resolution.")
