"""Writing workbooks: no cell becomes a formula or a link; who took it, and when."""

import re
from decimal import Decimal

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

_TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def sheet_names(wanted):
    """Names as Excel takes them, each once: no marks of paths, at most 31 letters, not "History"."""
    taken, found = {"history"}, []
    for name in wanted:
        chosen = plain = _NOT_IN_A_NAME.sub(" ", name).strip(" '")[:31] or "Sheet"
        number = 1
        while chosen.lower() in taken:
            number += 1
            chosen = f"{plain[:25]} ({number})"
        taken.add(chosen.lower())
        found.append(chosen)
    return found


def new_book(target, *, is_streamed=False):
    """An empty workbook that is written to a path or a file in memory.

    A streamed one takes rows from top to bottom only, and any number of them.
    """
    where = "constant_memory" if is_streamed else "in_memory"
    return xlsxwriter.Workbook(target, _TEXT_STAYS_TEXT | {where: True})


def who_and_when(staff, at=None):
    at = timezone.localtime(at or timezone.now())
    who = _("Exported by: %(name)s") % {"name": staff}
    return f"{who} · {at:%Y-%m-%d %H:%M}"


def write_cells(sheet, line, cells, look=None):
    """Numbers as numbers, everything else as text: no cell becomes a formula or a link."""
    for number, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        if isinstance(cell, int | Decimal):
            sheet.write_number(line, number, cell, look)
        else:
            sheet.write_string(line, number, str(cell)[:32767], look)


def mark_pages(sheet, said):
    """What is `said` stands at the foot of each page, should it be printed."""
    text = said.replace("&", "&&")[:200]
    sheet.set_footer(f"&L{text}&R&P / &N")


def write_list(file, title, *, said, heads, rows):
    """One sheet: what is `said` in the first line, `heads` [(label, width)], then rows of cells."""
    with new_book(file, is_streamed=True) as book:
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(2, 1)
        for place, (_label, width) in enumerate(heads):
            sheet.set_column(place, place, width)
        first = " · ".join(map(str, said))
        sheet.write_string(0, 0, first)
        mark_pages(sheet, first)
        labels = [str(label) for label, _width in heads]
        write_cells(sheet, 1, labels, book.add_format({"bold": True}))
        for line, cells in enumerate(rows, start=2):
            write_cells(sheet, line, cells)
