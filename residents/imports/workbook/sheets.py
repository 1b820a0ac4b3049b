"""Which sheets (tabs) of a workbook are a register: every one with a head; and the rows of their data."""

import itertools

from grids.workbooks.reader import WorkbookError, open_workbook
from residents.imports.workbook import heads, hidden, homes, persons, words

MOST_INDEXES = 1_000  # of sheets and groups of persons, whose keys are int4
DAYS_BETWEEN = 1_462  # the day 0 of 1900 and that of 1904
SHEET_STEP = 2_000_000  # a row's key: sheet index times this, plus its number in the sheet


def tables(book, sheet="", chosen=None, register=words.RESIDENTS):
    """The tables of the workbook, or of the one sheet named; WorkbookError when there is none.

    `chosen` is {sheet index: {position: field}} where somebody said what the columns mean.
    """
    found = _tables(book, sheet, register)
    for table in found:
        if columns := (chosen or {}).get(str(table.index)):
            table.choose(columns)
    found = [table for table in found if table.columns]
    if register == words.RESIDENTS and len(found) > 1:
        found = homes.join(found)
    found = [table for table in found if table.gives or not table.is_spare]
    if not found:
        raise WorkbookError("no_header")
    if persons.number(found, first=len(book.sheet_names)) > MOST_INDEXES and any(
        table.persons for table in found
    ):
        raise WorkbookError("too_large")
    return found


def _tables(book, sheet, register):
    if sheet and sheet not in book.sheet_names:
        raise WorkbookError("sheet_missing")
    found, saw_rows = [], False
    for index, name in enumerate(book.sheet_names):
        if sheet and name != sheet:
            continue
        first_rows = list(itertools.islice(book.rows(name), heads.SEARCH_ROWS + heads.SAMPLE_ROWS))
        saw_rows = saw_rows or any(cell != "" for row in first_rows for cell in row)
        table = heads.find(index, name, first_rows, register)
        if table is None and register == words.RESIDENTS:
            table = heads.find(index, name, first_rows, register, homes.may_be_one)
            if table:
                table.is_spare = True
        if table:
            table.height = max(book.height(name) - table.head_row, 0)
            found.append(table)
    if all(table.is_spare for table in found):
        raise WorkbookError("no_header" if saw_rows else "empty")
    return found


def read(path, sheet="", chosen=None):
    """(workbook, tables of residents); WorkbookError when the file cannot be read."""
    book = open_workbook(path)
    return book, tables(book, sheet, chosen)


def chunks(book, table, is_data, size, taken=()):
    """Lists of (row key, cells) of at most `size` rows; `table.left_out` gets the others.

    The rows `taken` are data whatever they look like.
    """
    numbered = _data(book, table, is_data, taken)
    hidden.look(book, table)
    while chunk := list(itertools.islice(numbered, size)):
        yield chunk
    hidden.note(book, table, SHEET_STEP)


def _data(book, table, is_data, taken):
    """A second table below the first has its own head: its cells come in the order of the first."""
    offset, order = table.index * SHEET_STEP, None
    days = _day_columns(table) if getattr(book, "counts_from_1904", False) else ()
    id_at = table.columns.get("id_number", -1)
    for number, cells in data_rows(book, table):
        if not _has_number(cells, id_at) and (found := heads.below(table, cells)):
            order = found
            table.left_out.add(offset + number)
            continue
        said = cells if order is None else _ordered(cells, order)
        if is_data(said) or offset + number in taken:
            _count_from_1900(said, days)
            yield offset + number, said
        else:
            table.left_out.add(offset + number, said)


def _has_number(cells, at):
    """The usual row, at the price of one look."""
    return 0 <= at < len(cells) and cells[at].__class__ is str and cells[at][:1].isdigit()


def _day_columns(table):
    return [
        at
        for name, at in table.columns.items()
        if name.endswith("_on") or name in ("since", "until")
    ]


def _count_from_1900(cells, days):
    for at in days:
        if at < len(cells) and isinstance(cells[at], float):
            cells[at] += DAYS_BETWEEN


def _ordered(cells, order):
    """`order` {position in the first table: position here}"""
    said = [""] * (max(order, default=0) + 1)
    for at, here in order.items():
        if here < len(cells):
            said[at] = cells[here]
    return said


def plain_chunks(book, table, size=2_000):
    """(row numbers, cells) of the rows below the head, many at a time: for a look before the reading."""
    numbered = data_rows(book, table)
    while chunk := list(itertools.islice(numbered, size)):
        yield zip(*chunk, strict=True)


def data_rows(book, table):
    """(row number as Excel shows it, cells), without the rows above the data and blank ones."""
    rows = enumerate(book.rows(table.sheet), start=1)
    for number, cells in itertools.islice(rows, table.head_row, None):
        if any(cells):
            yield number, cells
