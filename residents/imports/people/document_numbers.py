"""The document numbers of a file: what each says, and those of good rows kept until they are sealed.

A number is in Python's memory only, 18 letters a row, until `write` seals it.
"""

import re
from typing import NamedTuple

from grids.workbooks import spelling
from residents.imports.people import masked
from residents.imports.workbook import words
from residents.models import Resident
from residents.people import idnumber
from residents.people.documents import SHAPES, kind_of_number, shaped

_BETWEEN = re.compile(r"[.,，。、·\s-]")
_DIGITS = re.compile(r"\d[\d.,，。、·\s-]{13,}[\dXx.]?")
ID_SCIENTIFIC, ID_CHECKSUM = "id_scientific", "id_checksum"
_Document = Resident.Document
ID_CARD, PERMIT, PERMANENT, NO_DOCUMENT = (
    str(one)
    for one in (_Document.ID_CARD, _Document.HMT_PERMIT, _Document.PERMANENT, _Document.NONE)
)
WRONG_SHAPE = "document_wrong"
# Those that are known by the number alone.
PLAIN = (str(_Document.HM_PASS), PERMANENT)


class Identity(NamedTuple):
    """A document: its number, and what that says ("" when it says nothing)."""

    document: str
    text: str
    birth: str
    sex: str

    @property
    def mask(self):
        return idnumber.mask(self.text)

    @property
    def key(self):
        """What may be once in a file. The last character of a number follows from the others."""
        if not self.birth:
            return f"{self.document} {self.text}"
        return int(self.text[:17])


class NoNumber(NamedTuple):
    """No number, and why: a reason, and the cell as it was written."""

    reason: str
    written: str


class Reader:
    """Cells of the column of numbers -> Identity, NoNumber, Masked, or None for an empty cell."""

    def __init__(self, today):
        self.today = today
        self._tables = idnumber.Tables(today)

    def column(self, cells, documents):
        """A list as long as `cells`; `documents` says for each cell what kind it is, or "" for all."""
        plain = self._tables.read(cells)
        return [
            _identity(cell, *said) if said else self._any(cell, document)
            for cell, said, document in zip(
                cells, plain, documents or [""] * len(cells), strict=True
            )
        ]

    def _any(self, cell, document):
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            if abs(cell) >= 1e15:
                return NoNumber(ID_SCIENTIFIC, f"{cell:.0E}")
            cell = spelling.text(cell)
        written = _number_alone(spelling.said(cell))
        if not written.strip("0") or written in words.spellings("no_document"):
            return None
        if found := masked.read(written):
            return found
        try:
            number = idnumber.parse(written, self.today)
        except idnumber.NotAnIdNumber as error:
            return _of_another_kind(written, document) or NoNumber(error.reason, written)
        text = number.text
        birth = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
        return _identity(text, number.is_permit, birth, number.sex)


def _number_alone(written):
    """The number without what Excel and people put between its digits: dots, commas, an end of ".0"."""
    if _DIGITS.fullmatch(written):
        alone = _BETWEEN.sub("", re.sub(r"\.0*$", "", written))
        if len(alone) in (15, 18):
            return alone
    return written


def _of_another_kind(written, document):
    """The Identity of a document that has no ID number, NoNumber where it does not look like its
    kind, None where it may be a wrong ID number."""
    if document in SHAPES:
        number = shaped(document, written)
        return Identity(document, number, "", "") if number else NoNumber(WRONG_SHAPE, written)
    kind = next((kind for kind in PLAIN if shaped(kind, written)), "")
    return Identity(kind, shaped(kind, written), "", "") if kind else None


def _identity(text, is_permit, birth, sex):
    """A citizen's number counts as one whatever kind the file says; cards for good begin with 9."""
    return tuple.__new__(Identity, (kind_of_number(text, is_permit), text, birth, sex))


class Numbers:
    """The numbers of good rows, one text for each chunk: a dict of them
    takes ten times the memory.
    """

    def __init__(self):
        self.chunks = []

    def add(self, numbers):
        """{row: number} of a chunk."""
        if numbers:
            rows = " ".join(map(str, numbers))
            self.chunks.append((rows, "\n".join(numbers.values())))

    def all(self):
        """(row, number) of every good row that has one."""
        for rows, texts in self.chunks:
            yield from zip(map(int, rows.split(" ")), texts.split("\n"), strict=True)

    def of(self, wanted):
        """(row, number) of those of the rows `wanted` (a set) that have one."""
        return ((row, text) for row, text in self.all() if row in wanted)
