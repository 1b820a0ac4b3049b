"""An uploaded workbook as rows of text: {sheet key: {"heads": [fields], "rows": [[number, cells...]]}}."""

from itertools import islice

from django.utils.translation import gettext as _

from cases.catalogue.columns import SHEETS
from grids.refusal import Refused
from grids.workbooks import spelling
from grids.workbooks.reader import WorkbookError, open_workbook

HEAD_IN_FIRST_ROWS = 10
MOST_ROWS, WIDEST = 20_000, 100


def read(path):
    try:
        book = open_workbook(path)
        found = {}
        for name in book.sheet_names:
            for key, table in _tables(book.rows(name)):
                if key in found:
                    raise Refused(
                        _(
                            "Two sheets hold the same columns. Leave one of them and upload the file again."
                        )
                    )
                found[key] = table
    except WorkbookError as error:
        raise Refused(str(error.message)) from error
    if not found:
        raise Refused(
            _(
                "No sheet with the columns of the catalogue was found. Download the workbook or the empty form and fill that in."
            )
        )
    return found


def _tables(rows):
    """The table of a sheet: none or one."""
    rows = enumerate(rows, start=1)
    for _number, cells in islice(rows, HEAD_IN_FIRST_ROWS):
        heads = [spelling.text(cell).lower() for cell in cells[:WIDEST]]
        declared = next((sheet for sheet in SHEETS if _is_head_of(sheet, heads)), None)
        if declared:
            known = declared.heads()
            yield declared.key, _data([known.get(head, "") for head in heads], rows)
            return


def _is_head_of(sheet, heads):
    fields = {sheet.heads().get(head) for head in heads}
    return {"kind", "code", sheet.mark} <= fields


def _data(fields, rows):
    data = []
    for number, cells in rows:
        said = [
            spelling.text(cell) if field else "" for field, cell in zip(fields, cells, strict=False)
        ]
        if any(said):
            data.append([number, *said])
        if len(data) > MOST_ROWS:
            raise Refused(
                _("More than %(number)d rows: split the workbook and upload the parts.")
                % {"number": MOST_ROWS}
            )
    return {"heads": fields, "rows": data}
