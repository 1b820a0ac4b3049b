"""The tables of the board and of the trends as a small workbook: sums only, no case."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from grids.workbooks.writing import new_book, write_cells

WAYS = {
    "department": gettext_lazy("By department"),
    "grid": gettext_lazy("By grid"),
    "category": gettext_lazy("By category"),
    "loop": gettext_lazy("By loop"),
}


@dataclass
class Sheet:
    title: str
    heads: list
    rows: list = field(default_factory=list)


def write(file, sheets, headline):
    with new_book(file) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            page.freeze_panes(2, 1)
            page.set_column(0, 0, 28)
            page.set_column(1, len(sheet.heads), 14)
            page.write_string(0, 0, headline)
            write_cells(page, 1, sheet.heads, bold)
            for number, row in enumerate(sheet.rows, start=2):
                write_cells(page, number, row)


def of_board(board, name_of):
    """[Sheet] of each table of a board; `name_of(row.of)` names a line."""
    heads = [
        pgettext("light", "Overdue"),
        pgettext("light", "Near limit"),
        pgettext("light", "On time"),
        _("Open cases"),
    ]
    return [
        Sheet(
            str(WAYS[way]),
            [str(WAYS[way]), *heads],
            [[name_of(line.of), line.red, line.yellow, line.green, line.total] for line in lines],
        )
        for way, lines in board.lines.items()
    ]


def of_trends(trends, name_of, by):
    """[Sheet]: by period, and by what the trends are asked for."""
    heads = [
        _("Reported"),
        _("Closed"),
        _("Closed on time"),
        _("Open and overdue"),
        _("On-time rate, %"),
        _("Median days"),
        _("Days for four in five"),
    ]
    periods = [[span_of(line), *_cells(line)] for line in trends.periods]
    groups = [[name_of(line.of), *_cells(line)] for line in trends.groups]
    groups.append([_("In all"), *_cells(trends.total)])
    return [
        Sheet(_("By period"), [_("Period"), *heads], periods),
        Sheet(str(WAYS[by]), [str(WAYS[by]), *heads], groups),
    ]


def span_of(line):
    """2026-11-01 – 2026-11-30"""
    return f"{line.since} – {line.until}"


def _cells(line):
    rate = None if line.rate is None else round(Decimal(line.rate * 100), 1)
    days = [
        None if number is None else round(Decimal(number), 1) for number in (line.median, line.p80)
    ]
    return [line.reported, line.closed, line.on_time, line.overdue, rate, *days]
