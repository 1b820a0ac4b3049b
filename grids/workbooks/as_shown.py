"""What an .xlsx shows and the bare values of its cells do not say. No Django.

Zeros before a number that only its format writes (0000), formulas that nobody calculated, rows and
columns that are hidden. A workbook without such things costs a look at its styles.
"""

import posixpath
import re
import threading
import zipfile
from xml.etree import ElementTree

from grids.workbooks.plain import Unreadable

NOT_CALCULATED = "#公式未计算"  # stands for the value of a formula that has none
_BLOCK = 1 << 20
_MOST_EXACT = 10**15  # a number with more digits has lost some
# Zeros only, perhaps after letters in quotation marks ("H"000), before blanks and other sections.
_ZEROS = re.compile(r'(?:\[[^\]]*\])?(?:"([A-Za-z0-9-]*)"|\\([A-Za-z-]))?(0+)(?:_.)*(?:;.*)?')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*[^>/])>(.*?)</(?:\w+:)?row>", re.DOTALL)
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="(\d+)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_SAID = re.compile(rb"<(?:\w+:)?(?:v|t)(?: [^>]*)?>[^<]")
_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*\br="([A-Z]{1,3})(\d+)"[^>]*?)(/?)>')
_STYLE = re.compile(rb'\bs="(\d+)"')
_NO_VALUE = re.compile(
    rb"\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_FORMULA = (b"<f>", b"<f ", b":f>", b":f ")


class AsShown:
    """Of the sheets of one .xlsx, by their names."""

    def __init__(self, file):
        self._archive = zipfile.ZipFile(file)
        names = set(self._archive.namelist())
        self._parts = _parts(self._archive) if "xl/workbook.xml" in names else {}
        has_styles = self._parts and "xl/styles.xml" in names
        self._formats = _formats(self._archive.read("xl/styles.xml")) if has_styles else {}
        # Excel and its like say who they are, and keep the value of each formula.
        self._of_program = bool(self._parts) and not _names_its_maker(self._archive)
        self._looking: dict = {}

    def told(self, name, rows):
        """The rows, with the cells that show something else as they are shown."""
        part = self._parts.get(name)
        has_formulas = part and self._of_program and self._has_formulas(part)
        if not part or not (self._formats or has_formulas):
            return rows
        return _told(rows, self._cells(part))

    def look(self, name):
        """Begin to look for what is hidden, while the rows are read."""
        if name in self._parts and name not in self._looking:
            found: dict = {}
            thread = threading.Thread(target=_look, args=(self._archive, self._parts[name], found))
            thread.start()
            self._looking[name] = thread, found

    def hidden(self, name):
        """{"rows": numbers of those that say something, "columns": their places, from 0}"""
        self.look(name)
        if name not in self._looking:
            return {"rows": [], "columns": []}
        thread, found = self._looking[name]
        thread.join()
        return found

    def _has_formulas(self, part):
        with self._archive.open(part) as source:
            return any(_begins_formula(block) for block in _overlapping(source))

    def _cells(self, part):
        """(row, column, format or None for a formula without value), from 0, in their order."""
        with self._archive.open(part) as source:
            for block in _by_rows(source):
                for found in _CELL.finditer(block):
                    attributes, letters, number, is_empty = found.groups()
                    place = int(number) - 1, _place(letters)
                    style = _STYLE.search(attributes)
                    if shown := style and self._formats.get(int(style[1])):
                        yield (*place, shown)
                    if is_empty or not self._of_program or b't="str"' in attributes:
                        continue
                    if _NO_VALUE.match(block, found.end()):
                        yield (*place, None)


def opened(path):
    """The AsShown of a file; None of one that is no .xlsx, or whose parts cannot be read so."""
    try:
        return AsShown(path)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, OSError):
        return None


def _told(rows, cells):
    found = next(cells, None)
    for number, row in enumerate(rows):
        while found is not None and found[0] <= number:
            at, column, shown = found
            if at == number:
                _tell(row, column, shown)
            found = next(cells, None)
        yield row


def _tell(row, column, shown):
    if shown is None:
        row += [""] * (column + 1 - len(row))
        row[column] = row[column] or NOT_CALCULATED
    elif column < len(row) and _is_plain_number(row[column]):
        before, width = shown
        row[column] = f"{before}{int(row[column]):0{width}d}"


def _is_plain_number(cell):
    return cell.__class__ in (int, float) and 0 <= cell < _MOST_EXACT and float(cell).is_integer()


def _look(archive, part, found):
    rows, columns, is_head = [], [], True
    with archive.open(part) as source:
        for block in _by_rows(source) if _says_hidden(archive, part) else ():
            if is_head:
                columns = _hidden_columns(block.partition(b"sheetData")[0])
                is_head = False
            if _HIDDEN.search(block):
                rows += [int(number) for number in _hidden_rows(block)]
    found |= {"rows": rows, "columns": columns}


def _says_hidden(archive, part):
    with archive.open(part) as source:
        return any(b'hidden="' in block for block in _overlapping(source))


def _hidden_rows(block):
    for row in _ROW.finditer(block):
        attributes, cells = row.groups()
        number = _NUMBER.search(attributes)
        if number and _HIDDEN.search(attributes) and _SAID.search(cells):
            yield number[1]


def _hidden_columns(head):
    found: list = []
    for column in _COLUMN.finditer(head):
        if _HIDDEN.search(column[1]):
            said = dict(re.findall(rb'\b(min|max)="(\d+)"', column[1]))
            if said.keys() == {b"min", b"max"}:
                last = min(int(said[b"max"]), 16_384)
                found += range(int(said[b"min"]) - 1, last)
    return found


def _begins_formula(block):
    return any(sign in block for sign in _FORMULA)


def _overlapping(source):
    """Blocks of bytes; a short word across two of them stands in the second."""
    end = b""
    while block := source.read(_BLOCK):
        yield end + block
        end = block[-16:]


def _by_rows(source):
    """Blocks of bytes that end before the beginning of a row."""
    rest = b""
    while block := source.read(_BLOCK):
        rest += block
        if len(rest) > 64 * _BLOCK:
            raise Unreadable("memory")
        cut = max(rest.rfind(b"<row"), rest.rfind(b"<", 0, max(rest.rfind(b":row "), 0)))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _place(letters):
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def _parts(archive):
    """{name of a sheet: its part}"""
    places = {
        one.get("Id"): posixpath.normpath(posixpath.join("xl", one.get("Target", "")))
        for one in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    found = {}
    for sheet in _elements(archive, "xl/workbook.xml", "sheet"):
        key = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        part = places.get(key, "").removeprefix("/")
        if part in archive.NameToInfo:
            found[sheet.get("name")] = part
    return found


def _elements(archive, part, name):
    root = ElementTree.fromstring(archive.read(part))
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == name]


def _names_its_maker(archive):
    with archive.open("xl/workbook.xml") as part:
        return b"fileVersion" in part.read(_BLOCK)


def _formats(styles):
    """{number of a style: (letters before, digits)} of those that write zeros."""
    if b"formatCode" not in styles:
        return {}
    root = ElementTree.fromstring(styles)
    zeros, found = {}, {}
    for one in root.iter():
        name = one.tag.rpartition("}")[2]
        if name == "numFmt" and (match := _ZEROS.fullmatch(one.get("formatCode", ""))):
            before, digits = match[1] or match[2] or "", len(match[3])
            if before or digits > 1:
                zeros[one.get("numFmtId")] = before, digits
        elif name == "cellXfs":
            keys = [style.get("numFmtId") for style in one]
            found = {at: zeros[key] for at, key in enumerate(keys) if key in zeros}
    return found
