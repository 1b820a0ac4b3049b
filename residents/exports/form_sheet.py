"""Somebody else's form, read and made ready in the child that may end badly. No Django.

openpyxl keeps the form as it is: titles, merged heads, widths, styles. Formulas of it stay only if
they do nothing but add up.
"""

import re
import zipfile
from copy import copy

SEARCH_ROWS, WIDEST = 20, 200
MAX_BYTES, MAX_UNPACKED_BYTES = 2 * 1024**2, 10 * 1024**2
MAX_ROWS, MAX_CELLS = 5_000, 200_000
_ALLOWED = {
    "SUM",
    "COUNT",
    "COUNTA",
    "COUNTIF",
    "AVERAGE",
    "MAX",
    "MIN",
    "ROUND",
    "IF",
    "TODAY",
    "ROW",
    "SUBTOTAL",
}
_FUNCTION = re.compile(r"([A-Z][A-Z0-9.]*)\s*\(")
_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+):(\$?[A-Z]{1,3}\$?)(\d+)")


class Unfit(Exception):
    """`code` is a key of `forms.MESSAGES`."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Form:
    """What is asked of the workbook from the other side of the pipe."""

    def __init__(self, path):
        self._book = _open(path)

    def heads(self):
        """Of each visible sheet: {"title", "rows", "columns", "texts", "first"}.

        `texts` is {(row, column): text} of the first rows; `first`, of merged cells, the first one.
        """
        return [_seen(one) for one in self._book.worksheets if one.sheet_state == "visible"]

    def prepare(self, path, sheet, first, count, creator, description):
        """Save the form with room for `count` rows; what `Look` tells, and the sheet's part."""
        book, sheet = self._book, self._book[sheet]
        _drop_formulas(book)
        end = _end_of_room(sheet, first)
        _clear_room(sheet, first, end)
        look = look_of(sheet, first, first) if end > first else _look_like_head(sheet, first)
        if count > end - first:
            _move_down(sheet, first, end, count - (end - first))
        for place in [place for place in sheet._cells if first <= place[0] < first + count]:
            del sheet._cells[place]
        for row in [row for row in sheet.row_dimensions if first <= row < first + count]:
            del sheet.row_dimensions[row]
        book.properties.creator, book.properties.description = creator, description
        book.save(path)
        number = book.worksheets.index(sheet) + 1
        return look | {"part": f"xl/worksheets/sheet{number}.xml"}


def _open(path):
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Unfit("too_large")
        book = openpyxl.load_workbook(path, keep_links=False)
    except (Unfit, MemoryError):
        raise
    except Exception as error:  # it fails in many ways, all of them the file's
        raise Unfit("wrong_type") from error
    if any(map(_is_too_large, book.worksheets)):
        raise Unfit("too_large")
    return book


def _is_too_large(sheet):
    return (
        sheet.max_row > MAX_ROWS
        or sheet.max_row * sheet.max_column > MAX_CELLS * 5
        or len(sheet._cells) > MAX_CELLS
    )


def _seen(sheet):
    rows, columns = min(sheet.max_row, SEARCH_ROWS), min(sheet.max_column, WIDEST)
    texts = {
        (row, column): cell.value
        for (row, column), cell in sheet._cells.items()
        if row <= rows and column <= columns and _is_text(cell.value)
    }
    first = {}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, min(area.max_row, rows) + 1):
            for column in range(area.min_col, min(area.max_col, columns) + 1):
                first[row, column] = (area.min_row, area.min_col)
    return {"title": sheet.title, "rows": rows, "columns": columns, "texts": texts, "first": first}


def _is_text(value):
    return isinstance(value, str) and bool(value.strip()) and not value.startswith("=")


def look_of(sheet, first, template):
    """How a row of the form looks: the style of each cell, the height, where the rows begin."""
    from openpyxl.utils import get_column_letter

    columns = range(1, min(sheet.max_column, WIDEST) + 1)
    return {
        "first": first,
        "height": sheet.row_dimensions[template].height,
        "letters": {column: get_column_letter(column) for column in columns},
        "styles": {column: sheet.cell(template, column).style_id for column in columns},
    }


def _drop_formulas(book):
    book.defined_names.clear()
    for sheet in book.worksheets:
        for cell in sheet._cells.values():
            if cell.data_type == "f" and not is_harmless(cell.value):
                cell.value = None


def is_harmless(formula):
    """It adds up cells of the same workbook and reaches nothing else."""
    if not isinstance(formula, str) or re.search(r"[\[\]|\"']", formula):
        return False
    return {name.upper() for name in _FUNCTION.findall(formula.upper())} <= _ALLOWED


def _end_of_room(sheet, first):
    """The row after the empty ones below the head; a serial number alone leaves a row empty."""
    for row in range(first, sheet.max_row + 1):
        said = [cell.value for cell in sheet[row] if cell.value not in (None, "")]
        if said and not (len(said) == 1 and str(said[0]).strip().isdecimal()):
            return row
    return sheet.max_row + 1 if sheet.max_row >= first else first


def _clear_room(sheet, first, end):
    for area in list(sheet.merged_cells.ranges):
        if first <= area.min_row < end:
            sheet.unmerge_cells(str(area))
    for row in range(first, end):
        for cell in sheet[row]:
            cell.value = None


def _look_like_head(sheet, first):
    """A form without an empty row: rows get the lines of the head, not its bold letters."""
    spare, width = sheet.max_row + 10, min(sheet.max_column, WIDEST)
    for column in range(1, width + 1):
        head, cell = sheet.cell(first - 1, column), sheet.cell(spare, column)
        cell.border, cell.alignment = copy(head.border), copy(head.alignment)
    look = look_of(sheet, first, spare)
    for column in range(1, width + 1):
        del sheet._cells[spare, column]
    return look


def _move_down(sheet, first, end, by):
    """What stands below the empty rows moves, and its sums count the rows that came between."""
    from openpyxl.worksheet.cell_range import CellRange

    last = sheet.max_row
    for row in range(end, last + 1):
        for cell in sheet[row]:
            if cell.data_type == "f":
                cell.value = _stretched(cell.value, first, end, by)
    if last < end:
        return
    areas = [area for area in sheet.merged_cells.ranges if area.min_row >= end]
    bounds = [area.bounds for area in areas]
    for area in areas:
        sheet.unmerge_cells(str(area))
    heights = {row: sheet.row_dimensions[row].height for row in range(end, last + 1)}
    below = CellRange(min_row=end, max_row=last, min_col=1, max_col=sheet.max_column)
    sheet.move_range(below, rows=by)
    for left, top, right_column, bottom in bounds:
        sheet.merge_cells(
            start_row=top + by, end_row=bottom + by, start_column=left, end_column=right_column
        )
    for row, height in sorted(heights.items(), reverse=True):
        sheet.row_dimensions[row].height = None
        sheet.row_dimensions[row + by].height = height


def _stretched(formula, first, end, by):
    def stretch(match):
        left, top, right, bottom = match[1], int(match[2]), match[3], int(match[4])
        if first <= top <= bottom < end:
            bottom += by
        return f"{left}{top}:{right}{bottom}"

    return _RANGE.sub(stretch, formula)
