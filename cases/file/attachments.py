"""Attachments of cases: known by what is in them, never by their name."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from cases.file import photos
from cases.models import CaseFile
from grids.confined import asking
from grids.refusal import Refused

MOST_BYTES = 10 * 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "jpg": "image/jpeg",
}
DOCUMENT = "cases.file.opening:Document"
SECONDS, MEMORY_BYTES = 10, 512 * 1024**2
LONGEST_NAME = 80


@dataclass(frozen=True)
class Accepted:
    """A checked file, under a name whose ending says what it is."""

    name: str
    content: File


def accept(upload) -> Accepted:
    """A document as it is, a picture as a fresh JPEG; all else is refused."""
    if upload.size > MOST_BYTES:
        raise Refused(
            _("“%(name)s” is larger than %(most)s.")
            % {"name": upload.name, "most": filesizeformat(MOST_BYTES)}
        )
    kind, content = _kind_of(upload), upload
    if kind is None:
        kind, content = "jpg", _picture(upload)
    return Accepted(f"{_stem(upload.name)}.{kind}", content)


def attach(case, accepted, *, by, at):
    """Keep accepted files as attachments of the case."""
    kept = []
    for each in accepted:
        row = CaseFile(case=case, name=each.name, size=each.content.size, by=by, at=at)
        each.content.seek(0)
        row.file.save(f"{uuid.uuid4()}{Path(each.name).suffix}", each.content)
        kept.append(row)
    return kept


def media_type(name: str) -> str:
    return KINDS.get(name.rpartition(".")[2], "application/octet-stream")


def _kind_of(upload):
    """pdf, docx or xlsx by the content; None if it is none of them."""
    upload.seek(0)
    try:
        found = asking.call(DOCUMENT, upload.read(), seconds=SECONDS, memory=MEMORY_BYTES)
    except asking.Stopped as stopped:
        if stopped.code != "macros":
            return None
        raise Refused(
            _("“%(name)s” holds a program (macros). Save it without.") % {"name": upload.name}
        ) from stopped
    return found or None


def _picture(upload):
    try:
        return photos.reencode(upload)
    except Refused as error:
        raise Refused(
            _("“%(name)s” cannot be attached: only PDF, Word (docx), Excel (xlsx) and pictures.")
            % {"name": upload.name}
        ) from error


def _stem(name):
    """The name as people read it, without its ending and anything that is not printed."""
    stem = "".join(sign for sign in Path(name).stem if sign.isprintable())
    return stem.strip()[:LONGEST_NAME] or "file"
