"""Tables that are text: separated values, web pages and XML that Excel opens. Read in the child; no Django.

What a file is says its content, never its name. What cannot be read is refused with its line.
"""

import codecs
import csv
import datetime as dt
import io
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

MARKS = "\t,;|"
LOOKED_AT = 20  # lines, for the mark that separates
SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
WIDEST = 1_000  # columns that a gap or a span may open
FEW_BYTES = 20  # that are no text, in a file that is text otherwise


class Unreadable(Exception):
    """`code` is a key of `reader.MESSAGES`, and the line after a colon where one is to be named."""

    def __init__(self, code, line=None):
        super().__init__(code)
        self.code = code if line is None else f"{code}:{line}"


def open_text(path):
    """The book in a file that is no archive and no old workbook."""
    with open(path, "rb") as file:
        raw = file.read()
    text = decoded(raw)
    start = text[:4096].lstrip().lower()
    if start.startswith("<") and "schemas-microsoft-com:office:spreadsheet" in start:
        return Tables(_spreadsheet(raw))
    if start.startswith("<") and "<table" in text[:65_536].lower():
        return Tables(_web_page(text))
    return Separated(text)


# --- letters --------------------------------------------------------------------------


def decoded(raw):
    """UTF-8, UTF-16, GB 18030 or Big5, by what the bytes are."""
    marked = "utf-8-sig" if raw.startswith(codecs.BOM_UTF8) else wide(raw)
    if marked:
        return _as(raw, marked) or _refuse(raw, marked)
    if b"\0" in raw[:4096]:
        raise Unreadable("wrong_type")
    if (text := _as(raw, "utf-8")) is not None:
        return text
    chinese = [text for text in (_as(raw, "gb18030"), _as(raw, "big5hkscs")) if text is not None]
    if len(chinese) == 2:
        return max(chinese, key=_common)
    return chinese[0] if chinese else _refuse(raw, "utf-8")


def _as(raw, encoding):
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def wide(raw):
    """The encoding of two bytes a letter, or None: by its mark, or because every second byte of plain
    letters is zero."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = raw[:512]
    halves = start[::2], start[1::2]
    zeros = [half.count(0) for half in halves]
    if len(start) < 8 or max(zeros) * 4 < len(halves[0]) or min(zeros) * 8 > max(zeros):
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _refuse(raw, encoding):
    """A few bytes that are none are named by the first line with one; much of it is no text at all."""
    text = raw.decode(encoding, errors="replace")
    wrong = text.count("\N{REPLACEMENT CHARACTER}")
    if not wrong or wrong > FEW_BYTES or wrong * 10 > len(text):
        raise Unreadable("wrong_type")
    before = text[: text.index("\N{REPLACEMENT CHARACTER}")]
    raise Unreadable("wrong_byte", len(re.findall(r"\r\n|\r|\n", before)) + 1)


def _common(text):
    """How many of its Chinese characters are common ones; read wrongly, most are rare."""
    some = [letter for letter in text[:20_000] if "\u3400" <= letter <= "\u9fff"]
    return sum(map(_is_common, some)) / len(some) if some else 0


def _is_common(letter):
    """Of the first level of GB 2312, or of Big5."""
    try:
        first = letter.encode("gb2312")[0]
        if 0xB0 <= first <= 0xD7:
            return True
    except UnicodeEncodeError:
        pass
    try:
        return 0xA4 <= letter.encode("big5")[0] <= 0xC6
    except UnicodeEncodeError:
        return False


# --- separated values -----------------------------------------------------------------


class Separated:
    """Text in rows, separated by the mark that cuts most rows alike."""

    sheet_names = ("CSV",)

    def __init__(self, text):
        self._text = text
        self._mark = _mark_of(text)
        if self._mark is None:
            raise Unreadable("wrong_type")
        self._has_text_cells = '="' in text

    def load(self, name):
        return self._text

    def rows(self, name):
        lines = io.StringIO(self._text, newline=None)
        reader = csv.reader(lines, delimiter=self._mark, strict=False)
        before, width = 0, 0
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable("open_quote", before + 1) from error
            if reader.line_num > before + 1 and _swallows(row, self._mark, width):
                raise Unreadable("open_quote", before + 1)
            before, width = reader.line_num, max(width, len(row))
            yield [_said(cell) for cell in row] if self._has_text_cells else row

    def height(self, name):
        return len(re.findall(r"\r\n|\r|\n", self._text))


def _said(cell):
    """The text of a text cell as Excel writes it: ="0101"."""
    return cell[2:-1] if cell[:2] == '="' and cell[-1] == '"' else cell


def _swallows(row, mark, width):
    """Whether a quoted cell holds whole rows: its quote was never meant to be one."""
    return any(
        line.count(mark) + 1 >= max(width - 1, 2)
        for cell in row
        if "\n" in cell
        for line in cell.split("\n")[1:]
    )


def _mark_of(text):
    lines = io.StringIO(text[:65_536], newline=None).read().split("\n")
    lines = [line for line in lines if line.strip()][:LOOKED_AT]
    said = re.fullmatch(r"\s*sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
    if said and said[1] in MARKS:
        return said[1]
    found = {mark: _alike(lines, mark) for mark in MARKS}
    best = max(MARKS, key=lambda mark: found[mark])
    return best if found[best] > (0, 0) else None


def _alike(lines, mark):
    """(how many rows have equally many of the mark, how many marks that is)"""
    counts = Counter(count for line in lines if (count := line.count(mark)))
    return max(((number, count) for count, number in counts.items()), default=(0, 0))


# --- web pages and XML ----------------------------------------------------------------


class Tables:
    """{name of the sheet: rows}"""

    def __init__(self, tables):
        if not tables:
            raise Unreadable("wrong_type")
        self._tables = tables
        self.sheet_names = tuple(tables)

    def load(self, name):
        return self._tables[name]

    def rows(self, name):
        yield from self._tables[name]

    def height(self, name):
        return len(self._tables[name])


def _web_page(text):
    page = _Page()
    page.feed(text)
    page.close()
    return {f"Sheet{number}": rows for number, rows in enumerate(page.tables, 1) if rows}


class _Page(HTMLParser):
    """The tables of a page; one that stands inside a cell is text of that cell."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tables: list = []
        self._depth = 0
        self._cell: Any = None  # [parts of its text, columns, rows]
        self._row: Any = None
        self._spans: dict = {}

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self._spans = {}
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            self._row = [] if self._row is None else self._row
            said = dict(attrs)
            self._cell = [[], _number(said.get("colspan")), _number(said.get("rowspan"))]
        elif tag == "br" and self._cell is not None:
            self._cell[0].append("\n")

    def handle_endtag(self, tag):
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()

    def handle_data(self, data):
        if self._cell is not None:
            self._cell[0].append(data)

    def _end_cell(self):
        if self._cell is None:
            return
        parts, columns, rows = self._cell
        self._cell = None
        self._skip_spans()
        said = "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()
        for at in range(columns):
            if rows > 1:
                self._spans[len(self._row)] = rows - 1
            self._row.append(said if at == 0 else "")

    def _skip_spans(self):
        """A cell above reaches down to here."""
        while self._spans.get(len(self._row)):
            self._spans[len(self._row)] -= 1
            self._row.append("")

    def _end_row(self):
        self._end_cell()
        if self._row is not None:
            self.tables[-1].append(self._row)
        self._row = None


def _number(text):
    found = int(text) if text and text.isdecimal() and len(text) < 6 else 1
    return min(max(found, 1), WIDEST)


def _spreadsheet(raw):
    """XML of Excel 2003."""
    tables, rows, row = {}, [], []
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(raw), events=("end",)):
            tag = element.tag.removeprefix(SPREADSHEET)
            if tag == "Cell":
                _put(row, element)
            elif tag == "Row":
                at = _number(element.get(f"{SPREADSHEET}Index"))
                rows.extend([] for _ in range(min(at - 1 - len(rows), 100_000)))
                rows.append(row)
                row = []
                element.clear()
            elif tag == "Worksheet":
                tables[element.get(f"{SPREADSHEET}Name") or f"Sheet{len(tables) + 1}"] = rows
                rows = []
                element.clear()
    except ElementTree.ParseError as error:
        raise Unreadable("broken_at", error.position[0]) from error
    return tables


def _put(row, element):
    at = _number(element.get(f"{SPREADSHEET}Index"))
    row.extend([""] * (at - 1 - len(row)))
    data = element.find(f"{SPREADSHEET}Data")
    row.append(
        "" if data is None else _value("".join(data.itertext()), data.get(f"{SPREADSHEET}Type"))
    )
    across = element.get(f"{SPREADSHEET}MergeAcross")
    if across:
        row.extend([""] * _number(across))


def _value(said, kind):
    try:
        if kind == "Number":
            return float(said)
        if kind == "DateTime":
            return dt.datetime.fromisoformat(said)
    except ValueError:
        return said
    return said
