"""One export on its way out: rows by key, in chunks, into a streamed workbook."""

import tempfile
from array import array
from collections import defaultdict
from pathlib import Path

from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.workbooks.writing import mark_pages, new_book, who_and_when, write_cells
from residents.exports import columns
from residents.lists import narrowing
from residents.models.exports import Subject
from residents.people import looks

CHUNK = 2_000
RECORDS_AT_ONCE = 20_000
SHEET_ROWS = 1_000_000


def rows_of(export):
    """What the export takes, as its maker may take it now."""
    subject = Subject(export.subject)
    found = narrowing.rows(subject, export.by, export.grid, export.wanted)
    return found.visible_to(export.by, right="export")


def chunks(export, chosen, eyes):
    """Lists of rows (each a list of cells), in bounded memory whatever the size."""
    related = {*columns.REGISTERS[Subject(export.subject)].related}
    related |= {column.needs for column in chosen if column.needs}
    rows = rows_of(export).order_by("pk")
    rows = rows.select_related(*related) if related else rows
    last = 0
    while found := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = found[-1].pk
        eyes.prepare(found)
        yield [[column.read(row, eyes) for column in chosen] for row in found]


def headline(export, at=None):
    """Who, when, which list, what for: the first row of every file."""
    parts = [
        who_and_when(export.by, at),
        export.title,
        *narrowing.words_of(Subject(export.subject), export.wanted, export.grid),
        _("Purpose: %(purpose)s") % {"purpose": export.purpose},
    ]
    return " · ".join(str(part) for part in parts)


class Seen:
    """Whose sensitive facts went into the file, 8 bytes a person; by which right rows of which grids."""

    def __init__(self):
        self.numbers, self.care, self.used = array("q"), array("q"), defaultdict(set)

    def note(self, eyes):
        self.numbers.extend(row.pk for row in eyes.revealed)
        self.care.extend(eyes.care_seen)
        for right, grids in eyes.used.items():
            self.used[right] |= grids
        eyes.revealed, eyes.care_seen = [], set()

    def record(self, export):
        """One access record for each person and field, by a few INSERT ... SELECT."""
        for field, keys in ((looks.ID_NUMBER, self.numbers), (looks.CARE, self.care)):
            for start in range(0, len(keys), RECORDS_AT_ONCE):
                part = keys[start : start + RECORDS_AT_ONCE].tolist()
                _record(export, field, part)


def _record(export, field, keys):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO residents_accessrecord"
            " (district_id, grid_id, resident_id, by_id, field, purpose, at)"
            " SELECT district_id, grid_id, id, %s, %s, %s, %s"
            " FROM residents_resident WHERE id = ANY(%s)",
            [export.by_id, field, export.purpose, timezone.now(), keys],
        )


def workbook(path, export, chosen, tell):
    """Write the file; (number of rows, Seen). `tell(rows)` is called after each chunk."""
    eyes, seen, count = columns.Eyes(export.by, chosen, export.wanted), Seen(), 0
    with new_book(str(path), is_streamed=True) as book:
        bold = book.add_format({"bold": True})
        sheet, line = _sheet(book, export, chosen, bold), 2
        for chunk in chunks(export, chosen, eyes):
            for cells in chunk:
                if line >= SHEET_ROWS:
                    sheet, line = _sheet(book, export, chosen, bold), 2
                write_cells(sheet, line, cells)
                line += 1
            count += len(chunk)
            seen.note(eyes)
            tell(count)
    return count, seen


def _sheet(book, export, chosen, bold):
    sheet = book.add_worksheet()
    sheet.freeze_panes(2, 0)
    for number, column in enumerate(chosen):
        sheet.set_column(number, number, column.width)
    sheet.write_string(0, 0, headline(export))
    mark_pages(sheet, headline(export))
    write_cells(sheet, 1, [str(column.label) for column in chosen], bold)
    return sheet


def list_of(path, export, tell):
    """The workbook of the chosen columns."""
    chosen = columns.named(Subject(export.subject), export.by, export.columns)
    return workbook(path, export, chosen, tell)


def to_file(export, make, ending, tell, finish):
    """What `make(path, export, tell)` writes, kept in the storage; `finish(rows, name, used)` makes it public.

    The access records and the end of the export are one transaction: no file without its record.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{ending}"
        count, seen = make(path, export, tell)
        with path.open("rb") as file:
            export.file.save(f"export-{export.pk}.{ending}", File(file), save=False)
    try:
        with transaction.atomic():
            seen.record(export)
            finish(
                count,
                export.file.name,
                {right: sorted(grids) for right, grids in seen.used.items()},
            )
    except BaseException:
        export.file.delete(save=False)
        raise


def paper(export):
    """(columns, rows of (column, cell)) for the print layout.

    Never a full number; whose care categories were printed is on record.
    """
    names = [name for name in export.columns if name != columns.FULL_NUMBER]
    chosen = columns.named(Subject(export.subject), export.by, names)
    eyes = columns.Eyes(export.by, chosen, export.wanted)
    rows = [
        list(zip(chosen, cells, strict=True))
        for chunk in chunks(export, chosen, eyes)
        for cells in chunk
    ]
    seen = Seen()
    seen.note(eyes)
    with transaction.atomic():
        seen.record(export)
    return chosen, rows
