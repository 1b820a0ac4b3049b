"""Where the head of a sheet is, and what each column means: by its words, else by its contents."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from grids.workbooks import spelling
from grids.workbooks.words import fold
from residents import vocabulary
from residents.imports.workbook import families, persons
from residents.imports.workbook.left_out import LeftOut
from residents.imports.workbook.words import RESIDENTS
from residents.people import credit_codes, idnumber

SEARCH_ROWS = 60
SAMPLE_ROWS = 40
NUMBER_DIGITS = 11
FEWEST_COLUMNS = 4, 3  # of residents, of the other registers
# The columns by which a head is known, per register: two of them must be there.
NEEDED = {
    "residents": {"name", "id_number", "grid", "number"},
    "premises": {"premises_name", "grid", "credit_code", "code"},
    "leases": {"tenant_name", "landlord_name", "room", "since", "address"},
    "buildings": {"building", "grid", "compound"},
    "care": {"id_number", "care", "name"},
    "staff": {"full_name", "username", "phone", "role"},
}


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
    samples: dict = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)  # rows that were read and are no data
    # {position: as written}, also of the columns that were not understood
    all_heads: dict = field(default_factory=dict)
    register: str = RESIDENTS
    # {"count", "rows", "columns"} of what Excel does not show, where there is such
    hidden: dict = field(default_factory=dict)
    # Custom fields that a column may be, {name: label}, and as rows of the dictionary
    custom: dict = field(default_factory=dict)
    fields: dict = field(default_factory=dict)
    # {group of columns: index of its rows} where rows name several persons; of the table of one
    # such group also its word, the table as written, and that of the person whose row it is
    persons: dict = field(default_factory=dict)
    person: str = ""
    written: "Table | None" = None
    # Of persons: the sheet of their households; of that: the columns by which they find it; and
    # what it said, once it was read
    home: "Table | None" = None
    gives: tuple = ()
    is_spare: bool = False  # good for that only
    families: str = ""  # how they are told, where somebody was asked
    homes: Any = None
    first: "Table | None" = None

    @property
    def fingerprint(self):
        """The same for every workbook with this head."""
        heads: list = sorted((position, fold(head)) for position, head in self.all_heads.items())
        if self.register != RESIDENTS:
            heads.append(self.register)
        return hashlib.sha256(repr(heads).encode()).hexdigest()

    def choose(self, columns):
        """Take the columns to mean what somebody says: {position: field or ""}."""
        self.families = columns.get(families.KEY, "")
        columns = {int(at): meaning for at, meaning in columns.items() if at != families.KEY}
        self.columns = {meaning: at for at, meaning in columns.items() if meaning}
        self.heads = {meaning: self.all_heads.get(at, "") for meaning, at in self.columns.items()}
        self.not_understood = [head for at, head in self.all_heads.items() if not columns.get(at)]


def find(index, sheet, rows, register=RESIDENTS, is_one=None):
    """The row, or two rows, in which most columns are understood; columns without a head by content.

    `is_one` tells of a table whether its head is one of the register.
    """
    is_one = is_one or _is_head
    best, above = None, []
    for number, cells in enumerate(rows[:SEARCH_ROWS], start=1):
        both = () if _says_a_number(cells) else (_one_row(cells), _two_rows(above, cells))
        for pairs in both:
            table = _understand(Table(index, sheet, number, {}, {}, register=register), pairs)
            persons.settle(table)
            sample = rows[number : number + SAMPLE_ROWS]
            _prefer_full(table, sample)
            _recognise_numbers(table, sample)
            if is_one(table) and (best is None or len(table.columns) > len(best.columns)):
                best = table
        above = cells
    return best


def _says_a_number(cells):
    """Of a document or a telephone: a row of data, at the price of a look."""
    return any(
        cell.__class__ is str and len(cell) >= NUMBER_DIGITS and cell[:NUMBER_DIGITS].isdecimal()
        for cell in cells
    )


def below(table, cells):
    """{position in the table: position in this row} of a row that is a head again; None for others."""
    table = table.written or table
    words = [cell for cell in cells if cell.__class__ is str and cell]
    if len(words) < FEWEST_COLUMNS[table.register != RESIDENTS] or any(
        cell[:1].isdigit() for cell in words
    ):
        return None
    found = _understand(Table(0, "", 0, {}, {}, register=table.register), _one_row(cells))
    persons.settle(found)
    if not _is_head(found):
        return None
    return {at: found.columns[name] for name, at in table.columns.items() if name in found.columns}


def _is_head(table):
    return (
        len(table.columns) >= FEWEST_COLUMNS[table.register != RESIDENTS]
        and len(NEEDED[table.register] & persons.fields(table)) >= 2
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


def _understand(table, pairs):
    known = vocabulary.heads(table.register)
    for position, (cell, spellings) in pairs.items():
        meanings = (_any_meaning(one, known, table.register) for one in spellings)
        meaning = next(filter(None, meanings), None)
        written = table.all_heads[position] = " ".join(cell.split())
        if meaning is None or (meaning in table.columns and meaning != vocabulary.IGNORED):
            table.not_understood.append(written)
        elif meaning != vocabulary.IGNORED:
            table.columns[meaning], table.heads[meaning] = position, written
    return table


def _prefer_full(table, sample):
    """Of several columns of ID numbers, the one that hides the fewest: our own lists have both."""
    known = vocabulary.heads(table.register)
    further = {at for field, at in table.columns.items() if "." in field}
    same = [
        at
        for at, head in table.all_heads.items()
        if at not in further and _meaning(head, known) == "id_number"
    ]
    if len(same) < 2 or "id_number" not in table.columns:
        return
    hidden = [sum(spelling.hides(row[at]) for row in sample if at < len(row)) for at in same]
    best = same[hidden.index(min(hidden))]
    if best != table.columns["id_number"] and max(hidden):
        table.columns["id_number"], table.heads["id_number"] = best, table.all_heads[best]
        table.not_understood.remove(table.all_heads[best])


def _recognise_numbers(table, sample):
    """A column of ID numbers is the ID number, whatever its head says; so are credit codes."""
    for name, is_one in (("id_number", _is_number), ("credit_code", _is_credit_code)):
        if name in vocabulary.labels(table.register) and name not in persons.fields(table):
            _recognise(table, sample, name, is_one)


def _recognise(table, sample, name, is_one):
    if len(table.columns) < 2:
        return
    taken = set(table.columns.values())
    for position in range(max(map(len, sample), default=0)):
        if position not in taken and _are_numbers(sample, position, is_one):
            written = table.all_heads.get(position, "")
            table.columns[name] = position
            table.heads[name] = written
            if written in table.not_understood:
                table.not_understood.remove(written)
            return


def _are_numbers(sample, position, is_one):
    cells = [row[position] for row in sample if position < len(row)]
    said = [cell for cell in map(str, cells) if cell.strip()]
    return bool(said) and sum(map(is_one, said)) * 5 >= len(said) * 4


def _is_number(cell):
    if len(cell) < 15:
        return False
    try:
        idnumber.parse(spelling.said(cell), timezone.localdate())
    except idnumber.NotAnIdNumber:
        return False
    return True


def _is_credit_code(cell):
    return len(cell) >= 18 and credit_codes.is_one(cell)


def _any_meaning(head, known, register):
    return _meaning(head, known) or (
        persons.meaning(head, known) if register == RESIDENTS else None
    )


def _meaning(head, known):
    """The field that a head names: as a whole, or by its first line."""
    first_line = head.strip().splitlines()[0]
    return known.get(fold(head)) or known.get(fold(first_line))
