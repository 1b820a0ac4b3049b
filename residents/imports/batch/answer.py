"""The sender's own workbook back, with status and remedy beside each row."""

import contextlib
import tempfile
from itertools import zip_longest
from pathlib import Path

from django.core.files import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from grids import locks
from grids.workbooks import sheet_xml
from grids.workbooks.writing import new_book, sheet_names
from residents.imports.workbook import reasons, sheets
from residents.models import ImportBatch


@contextlib.contextmanager
def alone(batch_id):
    """The batch, if it has no result workbook and nobody else is writing it; else None."""
    rows = ImportBatch.objects.select_related("by").filter(
        pk=batch_id, state=ImportBatch.State.DONE, result_file=""
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [locks.RESULTS, batch_id])
        yield rows.first() if cursor.fetchone()[0] else None


def save(batch, book, found, statuses):
    """Write the workbook and keep it as `batch.result_file`; its name in the storage.

    `statuses` is {row key: action} of the rows that were not plainly unchanged or rejected.
    """
    rows = batch.problems.values_list("row", "reason", "field")
    problems = {row: (reason, field) for row, reason, field in rows}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.xlsx"
        write(path, book, found, statuses, problems)
        with path.open("rb") as file:
            batch.result_file.save(f"result-{batch.pk}.xlsx", File(file), save=False)
    type(batch).objects.filter(pk=batch.pk).update(result_file=batch.result_file.name)
    return batch.result_file.name


def write(path, book, found, statuses, problems):
    """A frame with the sheets, and then all their rows at once: cell by cell takes ten times as long."""
    said = _Said(statuses, problems)
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.xlsx"
        widths = [_width(book, table) for table in found]
        _write_frame(frame, found, widths)
        sheets = [
            lambda cells, table=table, width=width: _rows(cells, book, table, width, said)
            for table, width in zip(found, widths, strict=True)
        ]
        sheet_xml.fill(frame, path, sheets)


def _width(book, table):
    longest = max(map(len, book.rows(table.sheet)), default=0)
    return max(longest, *(at + 1 for at in table.columns.values()))


def _write_frame(path, found, widths):
    with new_book(str(path)) as workbook:
        looks = sheet_xml.looks(workbook)
        names = sheet_names(table.sheet for table in found)
        for table, name, width in zip(found, names, widths, strict=True):
            sheet = workbook.add_worksheet(name)
            sheet_xml.show(sheet, looks)
            sheet.freeze_panes(table.head_row, 0)
            sheet.set_column(0, width - 1, 14)
            sheet.set_column(width, width + 1, 40)
            if "id_number" in table.columns:
                at = table.columns["id_number"]
                sheet.set_column(at, at, 22)


def _rows(cells, book, table, width, said):
    """The rows of a sheet as XML: theirs, and our two columns."""
    offset = table.index * sheets.SHEET_STEP
    heads: tuple[str, ...] = (_("Import status"), _("What to do"))
    for number, row in enumerate(book.rows(table.sheet), start=1):
        key = offset + number
        if number == table.head_row:
            ours, look = heads, sheet_xml.BOLD
        elif number < table.head_row:
            ours, look = (), sheet_xml.PLAIN
        else:
            keys = {"": key, **_further_keys(table, number)}
            ours = said.of_all(keys, table)
            is_marked = not said.problems.keys().isdisjoint(keys.values())
            look = sheet_xml.MARKED if is_marked else sheet_xml.PLAIN
        yield cells.row(number, row, width, ours, look, said.wrong(key, table))


def _further_keys(table, number):
    """{word: key} of the further persons of a row."""
    return {word: index * sheets.SHEET_STEP + number for word, index in table.persons.items()}


class _Said:
    """What we say of a row: (status, what to do), or (). `problems` {row key: (reason, field)}."""

    def __init__(self, statuses, problems):
        self.statuses, self.problems = statuses, problems
        self._texts = {code: str(label) for code, label in reasons.STATUSES.items()}
        self._refusals = {}

    def of_all(self, keys, table):
        """The same of a row of several persons, {word: key}: each under the word."""
        if len(keys) == 1:
            return self.of(keys[""], table.heads)
        heads = {"": table.heads}  # those of a further person are another column
        found = {word: self.of(key, heads.get(word, {})) for word, key in keys.items()}
        columns = zip_longest(*found.values(), fillvalue="")
        joined = [
            "；".join(
                f"{word}：{text}" if word else text
                for word, text in zip(found, texts, strict=True)
                if text
            )
            for texts in columns
        ]
        return tuple(joined)

    def of(self, key, heads):
        if key in self.problems:
            reason, field = self.problems[key]
            return self._refusal(reason, heads.get(field, ""))
        action = self.statuses.get(key)
        return (self._texts[action],) if action else ()

    def wrong(self, key, table):
        """The column of the cell that is wrong, where one is."""
        return table.columns.get(self.problems[key][1]) if key in self.problems else None

    def _refusal(self, code, head):
        """The column stands with the reason, in the sender's words: cells lose their colour in print."""
        if (code, head) not in self._refusals:
            reason = reasons.of(code)
            where = f" [{head}]" if head else ""
            status = f"{self._texts['rejected']}：{reason.text}{where}"
            self._refusals[code, head] = status, str(reason.remedy)
        return self._refusals[code, head]
