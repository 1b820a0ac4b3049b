"""Reading a sender's file, in the child that may end badly: its sheets, row by row. No Django.

A sheet whose cells stand far apart is read cell by cell: as a table it would take 549 GB.
"""

import io
import re
import shutil
import zipfile

from grids.workbooks import as_shown
from grids.workbooks.plain import Unreadable, open_text

MOST_ENTRIES = 10_000
MOST_UNPACKED = 2 * 1024**3
RATIO, RATIO_FROM = 200, 64 * 1024**2  # unpacked to packed, of what unpacks to more than that
WIDEST = 1_000  # columns that are read of a sheet with cells far apart
ARCHIVE = b"PK\x03\x04"
# Names of parts that have capitals.
_SPELLED = {
    name.lower(): name
    for name in (
        "sharedStrings",
        "calcChain",
        "customXml",
        "externalLinks",
        "printerSettings",
        "docProps",
    )
}
_USUAL = re.compile("|".join(_SPELLED))
_FROM_1904 = re.compile(rb"""date1904\s*=\s*["'](1|true)["']""")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Book:
    """What is asked of a file from the other side of the pipe."""

    def __init__(self, path, most_cells, is_sparse):
        self._book, self._most = _open(path, is_sparse), most_cells
        self._is_1904 = _is_1904(path)
        self._shown = getattr(self._book, "shown", None)

    def sheet_names(self):
        return list(self._book.sheet_names)

    def hidden_sheets(self):
        """Names of the sheets that are not read because they are hidden."""
        return list(getattr(self._book, "hidden_sheets", ()))

    def look(self, name):
        if self._shown:
            self._shown.look(name)

    def hidden(self, name):
        """{"rows": numbers of hidden rows, "columns": places of hidden columns}, of an .xlsx."""
        return self._shown.hidden(name) if self._shown else {"rows": [], "columns": []}

    def counts_from_1904(self):
        """Whether a number that is a day counts from 1904, as in workbooks of old Macs."""
        return self._is_1904

    def load(self, name):
        self._book.load(name)

    def height(self, name):
        return self._book.height(name)

    def rows(self, name):
        cells, rows = 0, self._book.rows(name)
        for row in self._shown.told(name, rows) if self._shown else rows:
            cells += len(row)
            if cells > self._most:
                raise Unreadable("too_large")
            yield row


def _open(path, is_sparse):
    """By its content; offices name files as they like."""
    with open(path, "rb") as file:
        start = file.read(8)
        if not start:
            raise Unreadable("empty")
        if start == OLE:
            _refuse_encrypted(file)
        elif start[:4] == ARCHIVE:
            return _of_archive(path, is_sparse)
        else:
            return open_text(path)
    if is_sparse:
        raise Unreadable("memory")
    return Excel(path)


def _is_1904(path):
    with open(path, "rb") as file:
        if file.read(4) != ARCHIVE:
            return False
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if _usual(entry.filename) == "xl/workbook.xml":
                with archive.open(entry) as part:
                    return _FROM_1904.search(part.read(1 << 20)) is not None
    return False


def _of_archive(path, is_sparse):
    refuse_bombs(path)
    file = _as_readers_expect(path) or path
    book = Sparse(file) if is_sparse else Excel(file)
    book.shown = as_shown.opened(file)
    return book


def _as_readers_expect(path):
    """A copy whose parts are called as the readers want them (`XL\\Workbook.xml`); None where they are."""
    with zipfile.ZipFile(path) as archive:
        called = {entry: _usual(entry.filename) for entry in archive.infolist()}
        if all(name == entry.filename for entry, name in called.items()):
            return None
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as usual:
            for entry, name in called.items():
                with archive.open(entry) as source, usual.open(name, "w") as target:
                    shutil.copyfileobj(source, target)
    copy.seek(0)
    return copy


def _usual(name):
    """The name of a part of an .xlsx; others, and those of an .ods, stay as they are."""
    name = name.replace("\\", "/")
    low = name.lower()
    if low == "[content_types].xml":
        return "[Content_Types].xml"
    if not low.startswith(("xl/", "_rels/", "docprops/")):
        return name
    return _USUAL.sub(lambda found: _SPELLED[found[0]], low)


class Excel:
    shown: as_shown.AsShown | None = None  # of an .xlsx

    def __init__(self, path):
        import python_calamine

        file = path if hasattr(path, "read") else open(path, "rb")  # noqa: SIM115  it reads later
        self._book = _guard(lambda: python_calamine.CalamineWorkbook.from_filelike(file))
        visible = python_calamine.SheetVisibleEnum.Visible
        sheets = [
            sheet
            for sheet in self._book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        self.sheet_names = [sheet.name for sheet in sheets if sheet.visible == visible]
        self.hidden_sheets = [sheet.name for sheet in sheets if sheet.visible != visible]
        self._sheets = {}

    def load(self, name):
        if name not in self._sheets:
            self._sheets = {name: _guard(lambda: self._book.get_sheet_by_name(name))}
        return self._sheets[name]

    def rows(self, name):
        sheet = self.load(name)
        spans = _reaching_down(sheet)
        yield from _filled_down(sheet.iter_rows(), spans) if spans else sheet.iter_rows()
        self._sheets = {}

    def height(self, name):
        return self.load(name).total_height + 1  # it counts from 0


def _reaching_down(sheet):
    """{row: [(column, last row)]} of merged cells in one column: what stands in the first is said of all."""
    spans: dict = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right and bottom > top:
            spans.setdefault(top, []).append((left, bottom))
    return spans


def _filled_down(rows, spans):
    said: dict = {}  # column: (cell, last row)
    for number, row in enumerate(rows):
        for column, (cell, last) in list(said.items()):
            if number > last:
                del said[column]
            elif column < len(row) and row[column] == "":
                row[column] = cell
        for column, last in spans.get(number, ()):
            if column < len(row) and row[column] != "":
                said[column] = row[column], last
        yield row


class Sparse:
    """Of an .xlsx, the cells that there are."""

    shown: as_shown.AsShown | None = None

    def __init__(self, path):
        import openpyxl

        self._book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = self._book.worksheets
        shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        self.hidden_sheets = [one.title for one in sheets if one.sheet_state != "visible"]
        self._sheets = {sheet.title: sheet for sheet in shown}
        self._heights = {name: sheet.max_row or 0 for name, sheet in self._sheets.items()}
        self.sheet_names = list(self._sheets)

    def load(self, name):
        return self._sheets[name]

    def rows(self, name):
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # what the file says of its size is a claim
        blank = None  # the reader gives the very same row for each that is not there
        for row in sheet.iter_rows(max_col=WIDEST, values_only=True):
            said = [] if row is blank else _trimmed(row)
            blank = blank if said else row
            yield said

    def height(self, name):
        return self._heights[name]


def _trimmed(row):
    width = max((at for at, cell in enumerate(row, start=1) if cell is not None), default=0)
    return ["" if cell is None else cell for cell in row[:width]]


def _guard(read):
    """What the reader of workbooks says about a bad file, as Unreadable."""
    import python_calamine

    try:
        return read()
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted") from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust reader is no Exception
        raise Unreadable("corrupt") from error


def _refuse_encrypted(file):
    """An encrypted .xlsx is an OLE2 container with a stream of this name."""
    file.seek(0)
    while block := file.read(1 << 20):
        if "EncryptedPackage".encode("utf-16-le") in block:
            raise Unreadable("encrypted")
        if len(block) == 1 << 20:
            file.seek(-64, io.SEEK_CUR)


def refuse_bombs(path):
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except Exception as error:  # it fails in many ways, all of them the file's
        raise Unreadable("corrupt") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    is_bomb = unpacked > RATIO_FROM and unpacked > RATIO * packed
    if unpacked > MOST_UNPACKED or len(entries) > MOST_ENTRIES or is_bomb:
        raise Unreadable("too_large")
    names = {_usual(entry.filename) for entry in entries}
    if not any(name.startswith(("xl/", "content.xml")) for name in names):
        raise Unreadable("wrong_type")
