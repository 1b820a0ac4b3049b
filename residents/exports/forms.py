"""Somebody else's empty workbook: where its head is, and which of our columns its columns ask for."""

import zipfile
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from grids.refusal import Refused
from grids.workbooks.words import fold
from residents import vocabulary
from residents.exports import columns

SERIAL = "serial"
NUMBERS = {columns.MASK, columns.FULL_NUMBER}
SEARCH_ROWS, WIDEST = 20, 200
FEWEST = 2
MAX_BYTES, MAX_UNPACKED_BYTES, MAX_ROWS = 2 * 1024**2, 10 * 1024**2, 5_000

MESSAGES = {
    "wrong_type": _("Only .xlsx can be filled. Open the form in Excel and save it as .xlsx."),
    "too_large": _("The form is too large: it must be an empty table of at most 2 MB."),
    "no_head": _("No row with heads that the register knows was found in the first 20 rows."),
}  # fmt: skip


@dataclass
class Layout:
    """`columns` is {position from 1: name of our column}; `heads` {position: as written}."""

    sheet: str
    head_row: int
    columns: dict
    heads: dict

    def as_json(self):
        return {
            "sheet": self.sheet,
            "head_row": self.head_row,
            "columns": {str(at): name for at, name in self.columns.items()},
            "filled": [self.heads[at] for at in sorted(self.columns)],
            "empty": [self.heads[at] for at in sorted(set(self.heads) - set(self.columns))],
        }


def open_form(file):
    """The workbook; Refused for what is none, is protected, or is far larger than a form."""
    import openpyxl

    file.seek(0, 2)
    if file.tell() > MAX_BYTES:
        raise Refused(MESSAGES["too_large"])
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Refused(MESSAGES["too_large"])
        file.seek(0)
        book = openpyxl.load_workbook(file, keep_links=False)
    except Refused:
        raise
    except Exception as error:  # it fails in many ways, all of them the file's
        raise Refused(MESSAGES["wrong_type"]) from error
    if any(sheet.max_row > MAX_ROWS for sheet in book.worksheets):
        raise Refused(MESSAGES["too_large"])
    return book


def understand(book, subject, staff, *, is_full=False):
    """The Layout of the first sheet with a head that we know; Refused when there is none."""
    known = dictionary(subject, staff, is_full=is_full)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible" and (found := _head_of(sheet, known)):
            return found
    raise Refused(MESSAGES["no_head"])


def dictionary(subject, staff, *, is_full=False):
    """{folded head: name of a column} of what this person may take."""
    offered = {one.name for one in columns.offered(subject, staff)} | {SERIAL}
    known = {fold(head): name for head, name in columns.custom_heads(subject, staff).items()}
    for head, name in vocabulary.form_heads(str(subject)).items():
        if name in NUMBERS:
            name = columns.FULL_NUMBER if is_full else columns.MASK
        if name in offered:
            known[head] = name
    return known


def _head_of(sheet, known):
    """The lowest row in which most columns are understood."""
    grid = _Cells(sheet)
    best = None
    for row in range(1, min(sheet.max_row, SEARCH_ROWS) + 1):
        found = _row_as_head(sheet, grid, row, known)
        if len(found.columns) >= FEWEST and (
            best is None or len(found.columns) >= len(best.columns)
        ):
            best = found
    return best


def _row_as_head(sheet, grid, row, known):
    layout, taken = Layout(sheet.title, row, {}, {}), set()
    for column in range(1, min(sheet.max_column, WIDEST) + 1):
        low, top = grid.text(row, column), grid.text(row - 1, column)
        if not low or grid.is_merged_into_left(row, column):
            continue
        layout.heads[column] = " ".join(low.split())
        name = known.get(fold(top + low)) or known.get(fold(low))
        if name and name not in taken:
            taken.add(name)
            layout.columns[column] = name
    return layout


class _Cells:
    """What stands in a cell for the eye: a merged one says what its first cell says."""

    def __init__(self, sheet):
        self.sheet, self.first = sheet, {}
        for area in sheet.merged_cells.ranges:
            if area.min_row <= SEARCH_ROWS and area.min_col <= WIDEST:
                self._note(area)

    def _note(self, area):
        for row in range(area.min_row, min(area.max_row, SEARCH_ROWS) + 1):
            for column in range(area.min_col, min(area.max_col, WIDEST) + 1):
                self.first[row, column] = (area.min_row, area.min_col)

    def is_merged_into_left(self, row, column):
        return self.first.get((row, column), (row, column))[1] < column

    def text(self, row, column):
        if row < 1:
            return ""
        row, column = self.first.get((row, column), (row, column))
        value = self.sheet.cell(row, column).value
        is_text = isinstance(value, str) and value.strip()
        return value if is_text and not value.startswith("=") else ""
