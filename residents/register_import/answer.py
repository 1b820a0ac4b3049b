"""The sender's own workbook back, with status and remedy beside each row."""

import tempfile
from pathlib import Path

from django.core.files import File
from django.utils.translation import gettext as _

from residents.register_import import reader, reasons

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}  # fmt: skip


def save(batch, book, found, statuses):
    """Write the workbook and keep it as `batch.result_file`; its name in the storage.

    `statuses` is {row key: action} of the rows that were not plainly unchanged or rejected.
    """
    problems = dict(batch.problems.values_list("row", "reason"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.xlsx"
        write(path, book, found, statuses, problems)
        with path.open("rb") as file:
            batch.result_file.save(f"result-{batch.pk}.xlsx", File(file), save=False)
    type(batch).objects.filter(pk=batch.pk).update(result_file=batch.result_file.name)
    return batch.result_file.name


def write(path, book, found, statuses, problems):
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), OPTIONS) as workbook:
        bold, marked = (
            workbook.add_format({"bold": True}),
            workbook.add_format({"bg_color": "#E8ECF1"}),
        )
        text = {code: str(label) for code, label in reasons.STATUSES.items()}
        for table in found:
            sheet = workbook.add_worksheet(table.sheet[:31])
            _write_sheet(sheet, book, table, statuses, problems, text, bold, marked)


def _write_sheet(sheet, book, table, statuses, problems, text, bold, marked):
    offset = table.index * reader.SHEET_STEP
    sheet.freeze_panes(table.head_row, 0)
    width = max(table.columns.values()) + 1
    for number, cells in enumerate(book.rows(table.sheet), start=1):
        row, key = number - 1, offset + number
        width = max(width, len(cells))
        look = bold if number == table.head_row else marked if key in problems else None
        for column, cell in enumerate(cells):
            _write_cell(sheet, row, column, cell, look)
        if number == table.head_row:
            sheet.set_column(0, width - 1, 14)
            sheet.set_column(width, width + 1, 40)
            if "id_number" in table.columns:
                sheet.set_column(
                    table.columns["id_number"], table.columns["id_number"], 22
                )
            sheet.write_string(row, width, _("Import status"), bold)
            sheet.write_string(row, width + 1, _("What to do"), bold)
        elif number > table.head_row:
            status, remedy = _say(key, cells, statuses, problems, text)
            if status:
                sheet.write_string(row, width, status, look)
                sheet.write_string(row, width + 1, remedy, look)


def _say(key, cells, statuses, problems, text):
    if key in problems:
        reason = reasons.of(problems[key])
        return f"{text['rejected']}：{reason.text}", str(reason.remedy)
    if key in statuses:
        return text[statuses[key]], ""
    return "", ""


def _write_cell(sheet, row, column, cell, look):
    if cell == "" or cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:32767], look)
    elif isinstance(cell, bool | int | float):
        sheet.write(row, column, cell, look)
    elif hasattr(cell, "year"):
        sheet.write_datetime(row, column, cell, look)
    else:
        sheet.write_string(row, column, str(cell), look)
