"""The document numbers of a file: what each says, and those of good rows kept until they are sealed.

A number is in Python's memory only, 18 letters a row, until `write` seals it.
"""

from typing import NamedTuple

from grids.workbooks import spelling
from residents.models import Resident
from residents.people import idnumber

ID_SCIENTIFIC, ID_CHECKSUM = "id_scientific", "id_checksum"
ID_CARD, PERMIT, PASSPORT, NO_DOCUMENT = (
    str(Resident.Document[name]) for name in ("ID_CARD", "HMT_PERMIT", "PASSPORT", "NONE")
)


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
        if self.document == PASSPORT:
            return f"{PASSPORT} {self.text}"
        return int(self.text[:17])


class NoNumber(NamedTuple):
    """No number, and why: a reason, and the cell as it was written."""

    reason: str
    written: str


class Reader:
    """Cells of the column of numbers -> Identity, NoNumber, or None for an empty cell."""

    def __init__(self, today):
        self.today = today
        self._tables = idnumber.Tables(today)

    def column(self, cells, documents):
        """A list as long as `cells`; `documents` says for each cell what kind it is, or "" for all."""
        plain = self._tables.read(cells)
        return [
            _identity(cell, *said) if said and document != PASSPORT else self._any(cell, document)
            for cell, said, document in zip(
                cells, plain, documents or [""] * len(cells), strict=True
            )
        ]

    def _any(self, cell, document):
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            if abs(cell) >= 1e15:
                return NoNumber(ID_SCIENTIFIC, f"{cell:.0E}")
            cell = spelling.text(cell)
        written = spelling.said(cell)
        if not written:
            return None
        if document == PASSPORT:
            return Identity(document, written.replace(" ", "").upper()[:18], "", "")
        try:
            number = idnumber.parse(written, self.today)
        except idnumber.NotAnIdNumber as error:
            return NoNumber(error.reason, written)
        text = number.text
        birth = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
        return Identity(PERMIT if number.is_permit else ID_CARD, text, birth, number.sex)


def _identity(text, is_permit, birth, sex):
    return tuple.__new__(Identity, (PERMIT if is_permit else ID_CARD, text, birth, sex))


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
