"""Reading a sender's file: what kind it is, its sheets, row by row."""

import csv
import hashlib
import io
import zipfile

from django.utils.translation import gettext_lazy as _

MAX_UNPACKED_BYTES = 2 * 1024**3

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
    "too_large": _("The file is too large. Split it and upload the parts."),
}


class WorkbookError(Exception):
    """The file cannot be read; `code` is a key of MESSAGES."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code

    @property
    def message(self):
        return MESSAGES[self.code]


def open_workbook(path):
    """Something with `.sheet_names` and `.rows(name)`; WorkbookError when it cannot be read."""
    with open(path, "rb") as file:
        start = file.read(8)
        if not start:
            raise WorkbookError("empty")
        if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            _refuse_encrypted(file)
        elif start[:4] == b"PK\x03\x04":
            _refuse_bombs(path)
        else:
            return Csv(path)
    return Excel(path)


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Excel:
    def __init__(self, path):
        import python_calamine

        self._book = _guard(lambda: python_calamine.CalamineWorkbook.from_path(str(path)))
        self.sheet_names = [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        self._sheets = {}

    def rows(self, name):
        yield from self._sheet(name).iter_rows()
        self._sheets = {}  # comparing and writing want the memory of the cells

    def height(self, name):
        return self._sheet(name).total_height + 1  # it counts from 0

    def _sheet(self, name):
        if name not in self._sheets:
            self._sheets = {name: _guard(lambda: self._book.get_sheet_by_name(name))}
        return self._sheets[name]


class Csv:
    """Comma or tab separated text, UTF-8 or GB 18030."""

    sheet_names = ["CSV"]

    def __init__(self, path):
        with open(path, "rb") as file:
            raw = file.read()
        if b"\0" in raw[:4096]:
            raise WorkbookError("wrong_type")
        self._text = _decode(raw)
        head = self._text[:4096]
        if not any(mark in head for mark in ",\t;"):
            raise WorkbookError("wrong_type")
        self._delimiter = max(",\t;", key=head.count)

    def rows(self, name):
        return csv.reader(io.StringIO(self._text), delimiter=self._delimiter)

    def height(self, name):
        return self._text.count("\n")


def _decode(raw):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WorkbookError("wrong_type")


def _guard(read):
    """What the reader of workbooks says about a bad file, as a WorkbookError."""
    import python_calamine

    try:
        return read()
    except python_calamine.PasswordError as error:
        raise WorkbookError("encrypted") from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust reader is no Exception
        raise WorkbookError("corrupt") from error


def _refuse_encrypted(file):
    """An encrypted .xlsx is an OLE2 container with a stream of this name."""
    file.seek(0)
    while block := file.read(1 << 20):
        if "EncryptedPackage".encode("utf-16-le") in block:
            raise WorkbookError("encrypted")
        if len(block) == 1 << 20:
            file.seek(-64, io.SEEK_CUR)


def _refuse_bombs(path):
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except Exception as error:  # it fails in many ways, all of them the file's
        raise WorkbookError("corrupt") from error
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise WorkbookError("too_large")
    names = {entry.filename for entry in entries}
    if not any(name.startswith(("xl/", "content.xml")) for name in names):
        raise WorkbookError("wrong_type")
