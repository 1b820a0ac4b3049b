"""What offices call the columns of the registers: one list for imports, exports and filled forms.

`data/columns.csv` has a row for each column:
    register  whose column it is; * adds words wherever a register has the field
    field     what an import takes it for; "ignored" is known and not taken over; blank: unknown
    column    its name in exports and in forms of others that we fill; blank: forms take the words
              for another row's column of the field, if there is one; -: import only
    label     what our own workbooks call it, with its English
    words     what others call it
Further rows of a field add words, or another column that says the same fact (an ID number in full
and masked). Exports and forms understand what the import of a field understands.
"""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

from django.utils.functional import lazy
from django.utils.translation import get_language

from grids.workbooks.words import fold

FILE = Path(__file__).parent / "data" / "columns.csv"
IGNORED = "ignored"
_EVERY, _IMPORT_ONLY = "*", "-"
# Registers that are exported, and come in with the workbook of another.
_COMES_WITH = {"households": "residents", "licences": "premises"}


class Row(NamedTuple):
    register: str
    field: str
    column: str
    label: str
    english: str
    words: str

    @property
    def workbook(self):
        return workbook_of(self.register)

    @property
    def labels(self):
        return [label for label in (self.label, self.english) if label]

    @property
    def others(self):
        return self.words.split("|") if self.words else []

    @property
    def heads(self):
        return [*self.labels, *self.others]


def workbook_of(register):
    """The register with whose workbook this one is imported."""
    return _COMES_WITH.get(register, register)


@functools.cache
def rows():
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


@functools.cache
def heads(register):
    """{folded head: field} of the import of a register."""
    own = [row for row in rows() if row.workbook == register and row.field]
    fields = {row.field for row in own}
    shared = [row for row in rows() if row.register == _EVERY and row.field in fields]
    return {fold(head): row.field for row in (*own, *shared) for head in row.heads}


@functools.cache
def labels(register):
    """{field: what the empty workbook of the import calls it}, in its order."""
    found: dict[str, str] = {}
    for row in rows():
        if row.register == register and row.label and row.field not in ("", IGNORED):
            found.setdefault(row.field, row.label)
    return found


@functools.cache
def form_heads(register):
    """{folded head: column} of somebody else's form. A label comes before another column's word."""
    filled = [row for row in rows() if row.column != _IMPORT_ONLY]
    own = [row for row in filled if row.register in (register, _EVERY) and row.column]
    column_of = {row.field: row.column for row in reversed(own) if row.field not in ("", IGNORED)}
    alike = [row for row in filled if row.workbook in (workbook_of(register), _EVERY)]
    found: dict[str, str] = {}
    for head, column in (
        *((label, row.column) for row in own for label in row.labels),
        *((word, row.column) for row in own for word in row.others),
        *((head, column_of.get(row.field)) for row in alike for head in row.heads),
    ):
        if column:
            found.setdefault(fold(head), column)
    return found


def label(register, column):
    """What an export calls its column, in the language of whoever reads it."""
    return _said(_labelled()[register, column])


@functools.cache
def _labelled():
    return {(row.register, row.column): row for row in rows() if row.column and row.label}


def _in_the_language(row):
    is_english = (get_language() or "").startswith("en")
    return row.english if is_english else row.label


_said = lazy(_in_the_language, str)
