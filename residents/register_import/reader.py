"""Reading a sender's file: which sheets, where the head is, what each column means."""

import csv
import datetime as dt
import hashlib
import io
import itertools
import zipfile
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from residents import idnumber
from residents.register_import import values, words

HEAD_SEARCH_ROWS = 20
MAX_UNPACKED_BYTES = 2 * 1024**3
SHEET_STEP = (
    2_000_000  # a row's key: sheet index times this, plus its number in the sheet
)
NEEDED = {"name", "id_number", "grid", "number"}
FEWEST_COLUMNS = 4
SAMPLE_ROWS = 40

MESSAGES = {
    "wrong_type": _(
        "This is not an Excel workbook. Save it as .xlsx and upload it again."
    ),
    "encrypted": _(
        "The workbook is protected by a password. Remove the password in Excel and upload it again."
    ),
    "corrupt": _(
        "The workbook is damaged and cannot be read. Open it in Excel, save it again and upload the new file."
    ),
    "empty": _("The file is empty."),
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


@dataclass
class Table:
    """A sheet with its head found. `columns` is {field: position}, `heads` {field: as written}."""

    index: int
    sheet: str
    head_row: int
    columns: dict
    heads: dict
    not_understood: list = field(default_factory=list)
    height: int = 0
    samples: list = field(default_factory=list)
    # {position: as written}, also of the columns that were not understood
    all_heads: dict = field(default_factory=dict)

    @property
    def fingerprint(self):
        """The same for every workbook with this head."""
        heads = sorted(
            (position, words.fold(head)) for position, head in self.all_heads.items()
        )
        return hashlib.sha256(repr(heads).encode()).hexdigest()

    def choose(self, columns):
        """Take the columns to mean what somebody says: {position: field or ""}."""
        columns = {int(position): meaning for position, meaning in columns.items()}
        self.columns = {meaning: at for at, meaning in columns.items() if meaning}
        self.heads = {
            meaning: self.all_heads.get(at, "") for meaning, at in self.columns.items()
        }
        self.not_understood = [
            head for at, head in self.all_heads.items() if not columns.get(at)
        ]


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


def tables(book, sheet="", chosen=None):
    """The tables of the workbook, or of the one sheet named; WorkbookError when there is none.

    `chosen` is {sheet index: {position: field}} where somebody said what the columns mean.
    """
    found = _tables(book, sheet)
    for table in found:
        if columns := (chosen or {}).get(str(table.index)):
            table.choose(columns)
    found = [table for table in found if table.columns]
    if not found:
        raise WorkbookError("no_header")
    return found


def _tables(book, sheet):
    if sheet and sheet not in book.sheet_names:
        raise WorkbookError("sheet_missing")
    found, saw_rows = [], False
    for index, name in enumerate(book.sheet_names):
        if sheet and name != sheet:
            continue
        first_rows = list(
            itertools.islice(book.rows(name), HEAD_SEARCH_ROWS + SAMPLE_ROWS)
        )
        saw_rows = saw_rows or any(cell != "" for row in first_rows for cell in row)
        if table := _find_head(index, name, first_rows):
            table.height = max(book.height(name) - table.head_row, 0)
            found.append(table)
    if not found:
        raise WorkbookError("no_header" if saw_rows else "empty")
    return found


def data_rows(book, table):
    """(row number as Excel shows it, cells), without the rows above the data and blank ones."""
    rows = enumerate(book.rows(table.sheet), start=1)
    for number, cells in itertools.islice(rows, table.head_row, None):
        if any(cells):
            yield number, cells


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Excel:
    def __init__(self, path):
        import python_calamine

        self._book = _guard(
            lambda: python_calamine.CalamineWorkbook.from_path(str(path))
        )
        self.sheet_names = [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        self._sheets = {}

    def rows(self, name):
        return self._sheet(name).iter_rows()

    def height(self, name):
        return self._sheet(name).total_height

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


def _find_head(index, sheet, rows):
    """The row, or two rows, in which most columns are understood; columns without a head by content."""
    best, above = None, []
    for number, cells in enumerate(rows[:HEAD_SEARCH_ROWS], start=1):
        for pairs in (_one_row(cells), _two_rows(above, cells)):
            table = _understand(index, sheet, number, pairs)
            _recognise_numbers(table, rows[number : number + SAMPLE_ROWS])
            if _is_head(table) and (
                best is None or len(table.columns) > len(best.columns)
            ):
                best = table
        above = cells
    return best


def _is_head(table):
    return (
        len(table.columns) >= FEWEST_COLUMNS
        and len(NEEDED & set(table.columns)) >= 2
        and len(table.heads) >= 2
    )


def _one_row(cells):
    """{position: (as written, spellings to try)}"""
    return {
        position: (cell, [cell])
        for position, cell in enumerate(cells)
        if isinstance(cell, str) and cell.strip()
    }


def _two_rows(above, below):
    """Group titles above, merged over their columns; a head over two rows stands above a blank."""
    pairs, title = {}, ""
    for position in range(max(len(above), len(below)) if above else 0):
        top, low = _text_at(above, position), _text_at(below, position)
        title = top or title
        if low:
            pairs[position] = low, [title + low, low]
        elif top:
            pairs[position] = top, [top]
    return pairs


def _text_at(cells, position):
    cell = cells[position] if position < len(cells) else ""
    return cell if isinstance(cell, str) and cell.strip() else ""


def _understand(index, sheet, number, pairs):
    table = Table(index, sheet, number, {}, {})
    for position, (cell, spellings) in pairs.items():
        meaning = next(filter(None, map(_meaning, spellings)), None)
        written = table.all_heads[position] = " ".join(cell.split())
        if meaning is None or (meaning in table.columns and meaning != "ignored"):
            table.not_understood.append(written)
        elif meaning != "ignored":
            table.columns[meaning], table.heads[meaning] = position, written
    return table


def _recognise_numbers(table, sample):
    """A column of ID numbers is the ID number, whatever its head says."""
    if "id_number" in table.columns or len(table.columns) < 2:
        return
    taken = set(table.columns.values())
    for position in range(max(map(len, sample), default=0)):
        if position not in taken and _are_numbers(sample, position):
            written = table.all_heads.get(position, "")
            table.columns["id_number"] = position
            table.heads["id_number"] = written
            if written in table.not_understood:
                table.not_understood.remove(written)
            return


def _are_numbers(sample, position):
    cells = [row[position] for row in sample if position < len(row)]
    said = [cell for cell in map(str, cells) if cell.strip()]
    return bool(said) and sum(map(_is_number, said)) * 5 >= len(said) * 4


def _is_number(cell):
    if len(cell) < 15:
        return False
    try:
        idnumber.parse(values.said(cell), dt.date.today())  # noqa: DTZ011  a sample
    except idnumber.NotAnIdNumber:
        return False
    return True


def _meaning(head):
    """The field that a head names: as a whole, or by its first line."""
    known = words.columns()
    first_line = head.strip().splitlines()[0]
    return known.get(words.fold(head)) or known.get(words.fold(first_line))
