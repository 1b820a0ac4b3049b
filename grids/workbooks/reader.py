"""A sender's file as sheets and rows. It is opened in a child, never in this process."""

import contextlib
import hashlib

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from grids.confined.asking import Confined, Stopped
from grids.workbooks import plain

OPENER = "grids.workbooks.opening:Book"
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

MESSAGES = {
    "wrong_type": _("This is not an Excel workbook. Save it as .xlsx and upload it again."),
    "encrypted": _(
        "The workbook is protected by a password. Remove the password in Excel and upload it again."
    ),
    "corrupt": _(
        "The workbook is damaged and cannot be read. Open it in Excel, save it again and upload the new file."
    ),
    "empty": _("The file is empty. Choose another file."),
    "no_header": _(
        "No row with column heads was found, such as name, ID number and grid. Put them above the data."
    ),
    "sheet_missing": _("The workbook has no sheet of that name."),
    "open_quote": _(
        "Line %(line)s: a quotation mark opens and the rows after it belong to one cell. Remove the mark, or save the table as .xlsx."
    ),
    "wrong_byte": _(
        "Line %(line)s holds a character that cannot be read. Correct the line, or save the table as .xlsx."
    ),
    "broken_at": _(
        "The file breaks off or is damaged at line %(line)s. Open it in Excel, save it as .xlsx and upload that."
    ),
    "too_large": _("The file is too large. Split it and upload the parts."),
    "memory": _(
        "Opened, the workbook takes more memory than is allowed: its cells stand far apart, or it is packed very tightly. Copy only the table into a new workbook and upload that."
    ),
    "time": _(
        "Reading the workbook took too long and was stopped. Copy only the table into a new workbook, or split it."
    ),
}


class WorkbookError(Exception):
    """The file cannot be read; `code` is a key of MESSAGES, with the line after a colon if it names one."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code if code.partition(":")[0] in MESSAGES else "corrupt"

    @property
    def message(self):
        return words_of(self.code)


def words_of(code):
    """The message of a code; None for one of somebody else."""
    name, __, line = code.partition(":")
    text = MESSAGES.get(name)
    return text % {"line": line} if text and line else text


def open_workbook(path):
    """Something with `.sheet_names` and `.rows(name)`; WorkbookError when it cannot be read."""
    return Book(path)


class Book:
    """A workbook that a child reads; where its cells stand far apart, another child, one by one."""

    def __init__(self, path):
        self._path = str(path)
        with _told():
            self._child = self._open(is_sparse=False)
            self.sheet_names = self._child.call("sheet_names")
            self.counts_from_1904 = self._child.call("counts_from_1904")
            self.hidden_sheets = self._child.call("hidden_sheets")

    def rows(self, name):
        with _told():
            self._load(name)
            yield from self._child.stream("rows", name)

    def height(self, name):
        with _told():
            self._load(name)
            return self._child.call("height", name)

    def look(self, name):
        """Begin to look for what is hidden; `hidden` waits for the answer."""
        with _told():
            self._child.call("look", name)

    def hidden(self, name):
        """{"rows": numbers of hidden rows, "columns": places of hidden columns}"""
        with _told():
            return self._child.call("hidden", name)

    def _load(self, name):
        try:
            self._child.call("load", name)
        except Stopped as stopped:
            if stopped.code != "memory":
                raise
            self._child = self._open(is_sparse=True)
            self._child.call("load", name)

    def _open(self, *, is_sparse):
        return Confined(OPENER, self._path, settings.WORKBOOK_CELLS, is_sparse)


@contextlib.contextmanager
def _told():
    try:
        yield
    except Stopped as stopped:
        raise WorkbookError(stopped.code) from stopped


def sniff(upload):
    """Refuse by its first letters what cannot be a workbook; nothing is opened."""
    upload.seek(0)
    start = upload.read(4096)
    upload.seek(0)
    if not start:
        raise WorkbookError("empty")
    if start[:4] not in _WORKBOOK and b"\0" in start and not plain.wide(start):
        raise WorkbookError("wrong_type")


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
