"""A photo or a document that somebody uploaded, as the child opens it: without Django, without keys.

Whoever answers pages never does (docs/decisions/0025): `photos` and `attachments` ask for it.
"""

import io
import zipfile

FORMATS = ["JPEG", "PNG", "WEBP"]  # pictures in pairs (MPO) open as JPEG
LONGEST_SIDE = 1600
QUALITY = 82
# JPEG is reduced while it is decoded, the others unfold into memory first.
MAX_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000}
MAX_PIXELS_UNFOLDED = 30_000_000
BODIES = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


class Unreadable(Exception):
    """`code`: pixels, macros."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Picture:
    def __init__(self, content):
        self._content = content

    def answer(self):
        """The bytes of a fresh JPEG, without EXIF, comments or colour profile."""
        from PIL import Image

        try:
            picture = _decode(self._content)
        except Image.DecompressionBombError as error:
            raise Unreadable("pixels") from error
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
        return jpeg.getvalue()


class Document:
    def __init__(self, content):
        self._content = content

    def answer(self):
        """pdf, docx or xlsx by the content; "" if it is none of them."""
        if self._content.startswith(b"%PDF-"):
            return "pdf"
        try:
            with zipfile.ZipFile(io.BytesIO(self._content)) as archive:
                inside = set(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return ""
        if any(name.lower().endswith("vbaproject.bin") for name in inside):
            raise Unreadable("macros")
        kinds = [kind for body, kind in BODIES.items() if body in inside]
        return kinds[0] if kinds and "[Content_Types].xml" in inside else ""


def _decode(content):
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS.get(image.format or "", MAX_PIXELS_UNFOLDED):
            raise Unreadable("pixels")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    # A new picture: nothing that came with the file (place, device, comment) can follow.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright.getchannel("A"))
    return clean
