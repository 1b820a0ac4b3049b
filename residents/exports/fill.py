"""An empty workbook of somebody else's form comes back with rows in it.

openpyxl keeps the form as it is (titles, merged heads, widths, styles); the rows are written
into the XML of its sheet one by one, as text and numbers, in bounded memory: no cell of ours
becomes a formula. Formulas of the form stay only if they do nothing but add up.
"""

import pickle
import re
import tempfile
import zipfile
from copy import copy
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from residents.exports import columns, forms, write
from residents.models.exports import Subject

TELL_EVERY = 2_000
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
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_filled(path, export, tell):
    """(number of rows, Seen). `tell(rows)` is called after each chunk."""
    by_position = {int(at): name for at, name in export.layout["columns"].items()}
    names = [name for name in by_position.values() if name != forms.SERIAL]
    chosen = columns.named(Subject(export.subject), export.by, names)
    order = {column.name: place for place, column in enumerate(chosen)}
    places = {at: order.get(name) for at, name in by_position.items()}
    serials = [at for at, name in by_position.items() if name == forms.SERIAL]
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows"
        count, seen = _spool(spool, export, chosen, tell)
        prepared = Path(folder) / "form.xlsx"
        with export.template.open("rb") as file:
            sheet, look = _prepare(forms.open_form(file), export, count, prepared)
        rows = _rows_xml(spool, places, serials, look, lambda: tell(count))
        _splice(prepared, path, sheet, look, rows)
    return count, seen


def _spool(path, export, chosen, tell):
    eyes, seen, count = columns.Eyes(export.by, chosen, export.wanted), write.Seen(), 0
    with path.open("wb") as file:
        for chunk in write.chunks(export, chosen, eyes):
            pickle.dump(chunk, file)
            count += len(chunk)
            seen.note(eyes)
            tell(count)
    return count, seen


class Look:
    """How a row of the form looks: the style of each cell, the height, where the rows begin."""

    def __init__(self, sheet, first, template):
        from openpyxl.utils import get_column_letter

        self.first, self.height = first, sheet.row_dimensions[template].height
        self.letters, self.styles = {}, {}
        for column in range(1, min(sheet.max_column, forms.WIDEST) + 1):
            self.letters[column] = get_column_letter(column)
            self.styles[column] = sheet.cell(template, column).style_id


def _prepare(book, export, count, path):
    """Save the form with room for `count` rows; (name of the sheet's part, Look)."""
    sheet = book[export.layout["sheet"]]
    first = export.layout["head_row"] + 1
    _drop_formulas(book)
    end = _end_of_room(sheet, first)
    _clear_room(sheet, first, end)
    if end > first:
        look = Look(sheet, first, first)
    else:
        look = _look_like_head(sheet, first)
    if count > end - first:
        _move_down(sheet, first, end, count - (end - first))
    for row in range(first, first + count):
        for column in range(1, len(look.letters) + 1):
            sheet._cells.pop((row, column), None)
        sheet.row_dimensions.pop(row, None)
    book.properties.creator = str(export.by)
    book.properties.description = write.headline(export)
    part = f"xl/worksheets/sheet{book.worksheets.index(sheet) + 1}.xml"
    book.save(path)
    return part, look


def _drop_formulas(book):
    book.defined_names.clear()
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
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
    spare, width = sheet.max_row + 10, min(sheet.max_column, forms.WIDEST)
    for column in range(1, width + 1):
        head, cell = sheet.cell(first - 1, column), sheet.cell(spare, column)
        cell.border, cell.alignment = copy(head.border), copy(head.alignment)
    look = Look(sheet, first, spare)
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


def _rows_xml(spool, places, serials, look, tell):
    """<row> elements. `places` {position: place in the spooled row, or None}."""
    height = f' ht="{look.height}" customHeight="1"' if look.height else ""
    number = 0
    with spool.open("rb") as file:
        while True:
            try:
                chunk = pickle.load(file)
            except EOFError:
                return
            for cells in chunk:
                row = look.first + number
                number += 1
                if number % TELL_EVERY == 0:
                    tell()
                said = {at: cells[place] for at, place in places.items() if place is not None}
                said |= dict.fromkeys(serials, number)
                inner = "".join(
                    _cell_xml(f"{letter}{row}", look.styles[at], said.get(at))
                    for at, letter in look.letters.items()
                )
                yield f'<row r="{row}"{height}>{inner}</row>'


def _cell_xml(address, style, value):
    if value is None or value == "":
        return f'<c r="{address}" s="{style}"/>' if style else ""
    if isinstance(value, int | Decimal):
        return f'<c r="{address}" s="{style}"><v>{value}</v></c>'
    text = escape(_NOT_XML.sub("", str(value))[:32767])
    return (
        f'<c r="{address}" s="{style}" t="inlineStr">'
        f'<is><t xml:space="preserve">{text}</t></is></c>'
    )


def _splice(prepared, path, part, look, rows):
    """The prepared workbook with the rows put in where the room of its sheet begins."""
    with (
        zipfile.ZipFile(prepared) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            if item.filename != part:
                target.writestr(item, source.read(item.filename))
        before, after = _parted(source.read(part).decode(), look.first)
        with target.open(part, "w") as file:
            file.write(before.encode())
            for row in rows:
                file.write(row.encode())
            file.write(after.encode())


def _parted(xml, first):
    """The sheet's XML before and after its first row from `first` on."""
    xml = re.sub(r"<dimension [^>]*/>", "", xml, count=1)
    xml = xml.replace("<sheetData/>", "<sheetData></sheetData>").replace(
        "<sheetData />", "<sheetData></sheetData>"
    )
    for match in re.finditer(r'<row r="(\d+)"', xml):
        if int(match[1]) >= first:
            return xml[: match.start()], xml[match.start() :]
    place = xml.index("</sheetData>")
    return xml[:place], xml[place:]
