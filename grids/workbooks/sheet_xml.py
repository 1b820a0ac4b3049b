"""Rows of a worksheet as the XML of an .xlsx file, put into a workbook that a library made.

Text is always text: nothing of the sender's becomes a formula or a link.
"""

import datetime as dt
import re
import zipfile
from xml.sax.saxutils import escape

from grids.workbooks.spelling import Memo

PLAIN, BOLD, MARKED, WRONG = "plain", "bold", "marked", "wrong"
_FORMATS = {
    BOLD: {"bold": True},
    MARKED: {"bg_color": "#E8ECF1"},
    WRONG: {"bg_color": "#9FB3C8", "bold": True, "border": 1},
    "date": {"num_format": "yyyy-mm-dd"},
}
_MOST = 32_767  # letters in a cell
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001
_SHEET = "xl/worksheets/sheet{}.xml"
_DATA = re.compile(rb"<sheetData>.*</sheetData>|<sheetData/>", re.DOTALL)
_SHOWN = re.compile(rb'<c r="[A-Z]+1" s="(\d+)"')
# What XML cannot say, and what would be read back as such.
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def looks(workbook):
    return [workbook.add_format(options) for options in _FORMATS.values()]


def show(sheet, looks):
    """Put each look into the first row, where `fill` finds its number."""
    for column, look in enumerate(looks):
        sheet.write_blank(0, column, None, look)


def fill(frame, path, sheets):
    """Copy the workbook `frame`; `sheets` are functions from Cells to the rows of each sheet."""
    with (
        zipfile.ZipFile(frame) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        rows_of = {_SHEET.format(n): rows for n, rows in enumerate(sheets, start=1)}
        for name in old.namelist():
            content = old.read(name)
            if name not in rows_of:
                new.writestr(name, content)
                continue
            before, after = _DATA.split(content, maxsplit=1)
            numbers = dict(zip(_FORMATS, map(int, _SHOWN.findall(content)), strict=True))
            with new.open(name, "w", force_zip64=True) as part:
                part.write(re.sub(rb"<dimension [^>]*/>", b"", before) + b"<sheetData>")
                for block in _blocks(rows_of[name](Cells(numbers))):
                    part.write(block.encode())
                part.write(b"</sheetData>" + after)


def _blocks(rows):
    block = []
    for row in rows:
        block.append(row)
        if len(block) == 1_000:
            yield "".join(block)
            block = []
    yield "".join(block)


class Cells:
    """Writes rows; each distinct cell becomes XML once. `looks` is {look: its number}."""

    def __init__(self, looks):
        self._letters = []
        self._styles = {name: f' s="{looks[name]}"' for name in (BOLD, MARKED, WRONG)} | {PLAIN: ""}
        self._date = f' s="{looks["date"]}"'
        self._xml = Memo(_xml)

    def row(self, number, cells, width, ours, look, wrong=None):
        """The XML of a row: the cells, and from column `width` on the texts `ours`.

        `wrong` is the column of the cell that is marked by itself, an empty one too.
        """
        if len(self._letters) < width + 2:
            self._letters = [_letters(at) for at in range(width + 2)]
        xml_of, style = self._xml, self._styles[look]
        if look == PLAIN:
            xml = (xml_of[cell] if cell.__class__ is str else self._plainly(cell) for cell in cells)
        else:
            xml = (style + _xml(cell) for cell in cells)
        parts = [
            f'<c r="{letters}{number}"{rest}'
            for letters, cell, rest in zip(self._letters, cells, xml, strict=False)
            if cell != "" and cell is not None
        ]
        if wrong is not None and wrong < width:
            parts = self._with_wrong(parts, number, cells, wrong)
        parts += [
            f'<c r="{letters}{number}"{style}{xml_of[text]}'
            for letters, text in zip(self._letters[width:], ours, strict=False)
        ]
        return f'<row r="{number}">{"".join(parts)}</row>'

    def _with_wrong(self, parts, number, cells, at):
        """The cells with the wrong one in its own look, in its place."""
        begin = f'<c r="{self._letters[at]}{number}"'
        cell = cells[at] if at < len(cells) and cells[at] is not None else ""
        before = [
            f'<c r="{letters}{number}"'
            for letters, said in zip(self._letters[:at], cells, strict=False)
            if said != "" and said is not None
        ]
        rest = [part for part in parts[len(before) :] if not part.startswith(begin)]
        style = self._styles[WRONG]
        marked = f"{begin}{style}/>" if cell == "" else f"{begin}{style}{_xml(cell)}"
        return [*parts[: len(before)], marked, *rest]

    def _plainly(self, cell):
        return self._date + _xml(cell) if _is_day(cell) else _xml(cell)


def _xml(cell):
    """The cell after its reference and style."""
    if isinstance(cell, bool):
        return f' t="b"><v>{int(cell)}</v></c>'
    if _is_day(cell):
        moment = dt.datetime(*cell.timetuple()[:6])  # noqa: DTZ001
        days = (moment - _EPOCH) / dt.timedelta(days=1)
        return f"><v>{days:.10g}</v></c>"
    if isinstance(cell, int) or (isinstance(cell, float) and abs(cell) < float("inf")):
        return f"><v>{cell!r}</v></c>"
    text = _UNSAYABLE.sub(_as_code, str(cell)[:_MOST])
    keep = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f' t="inlineStr"><is><t{keep}>{escape(text)}</t></is></c>'


def _is_day(cell):
    return isinstance(cell, dt.date) and cell.year > 1900


def _as_code(match):
    """_x0007_, as Excel writes it; a lone half of a character is lost."""
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"_x{code:04X}_"


def _letters(at):
    """A, B, ... Z, AA."""
    at, letters = at + 1, ""
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
