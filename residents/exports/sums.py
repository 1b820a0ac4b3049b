"""Tables of numbers as a small workbook: a sheet for each table, no personal data."""

from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from grids.workbooks.writing import mark_pages, new_book, write_cells


def write(file, tables, headline):
    with new_book(file) as book:
        bold = book.add_format({"bold": True})
        for table in tables:
            sheet = book.add_worksheet()
            sheet.freeze_panes(2, 1)
            sheet.set_column(0, 0, 24)
            sheet.set_column(1, len(table.heads), 12)
            sheet.write_string(0, 0, f"{table.title} · {headline}")
            mark_pages(sheet, headline)
            heads = [table.first, *table.heads]
            write_cells(sheet, 1, [str(head) for head in heads], bold)
            for line, (label, cells) in enumerate(table.rows, start=2):
                write_cells(sheet, line, [label, *(cell.value for cell in cells)])
            if table.total:
                total = [_("In all"), *(cell.value for cell in table.total)]
                write_cells(sheet, len(table.rows) + 2, total, bold)


def attachment(name):
    return content_disposition_header(True, name)
