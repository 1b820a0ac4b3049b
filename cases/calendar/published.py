"""The published days off of a year: from a file that somebody uploads, or from the installed package."""

import datetime as dt
import re
from itertools import islice

from django.utils.translation import gettext as _

from cases.calendar import edits, working_days
from cases.models import CalendarDay
from grids.refusal import Refused
from grids.workbooks.reader import WorkbookError, open_workbook

MOST_ROWS, WIDEST = 2000, 50
HEAD_IN_FIRST_ROWS = 10
HEADS = {
    "day": ("日期", "天", "day", "date"),
    "kind": ("类型", "类别", "安排", "kind", "type"),
    "hours": ("办公时间", "时间", "hours"),
    "note": ("说明", "备注", "节日", "名称", "note", "name", "holiday"),
}
OFF = ("休", "休息", "放假", "休假", "假", "off", "holiday")
WORK = ("班", "上班", "调休", "调休上班", "补班", "工作日", "work", "workday")
MORNING = ("上午", "上午班", "半天", "morning", "half")
AFTERNOON = ("下午", "下午班", "afternoon")
DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
SPAN = re.compile(r"\s*[~～至到—–]\s*")


class BadRows(Refused):
    """Rows that cannot be read; `errors`: one sentence for each, with its number."""

    def __init__(self, errors):
        self.errors = errors
        super().__init__(errors[0])


def read_file(path, calendar, *, is_whole_year):
    """The days that a file says; with `is_whole_year` all other days of its years are Monday to Friday."""
    try:
        book = open_workbook(path)
        first = islice(book.rows(book.sheet_names[0]), MOST_ROWS + HEAD_IN_FIRST_ROWS + 1)
        rows = [cells[:WIDEST] for cells in first]
    except WorkbookError as error:
        raise Refused(error.message) from None
    head, columns = _head(rows)
    if len(rows) - head > MOST_ROWS:
        raise Refused(_("The file has too many rows."))
    found, errors = {}, []
    for number, cells in enumerate(rows[head:], start=head + 1):
        if not any(str(cell).strip() for cell in cells):
            continue
        try:
            _take(found, _cells(cells, columns), calendar)
        except Refused as error:
            errors.append(_("Row %(number)s: %(why)s") % {"number": number, "why": error})
    if errors:
        raise BadRows(errors)
    if not found:
        raise Refused(_("The file names no day."))
    years = {day.year for day in found} if is_whole_year else ()
    return [*_whole(calendar, years, found)]


def read_package(calendar, year):
    """The year as the installed package has it; Refused when it does not know it yet."""
    if not working_days.is_published(year):
        raise Refused(
            _(
                "The days off of %(year)s are not in this version yet. Upload the published schedule."
            )
            % {"year": year}
        )
    return [
        _row(day, calendar.hours if is_workday else [], note)
        for day, is_workday, note in working_days.days_of(year)
    ]


def years_to_publish(calendar):
    """Years of the calendar that are provisional although the installed package knows them."""
    years = (
        CalendarDay.objects.filter(calendar=calendar, is_provisional=True)
        .values_list("day__year", flat=True)
        .distinct()
    )
    return [year for year in sorted(set(years)) if working_days.is_published(year)]


def _head(rows):
    """(number of rows down to the head, column -> its place)"""
    for number, cells in enumerate(rows[:HEAD_IN_FIRST_ROWS], start=1):
        words = [str(cell).strip().lower() for cell in cells]
        columns = {
            name: place
            for name, known in HEADS.items()
            for place, word in enumerate(words)
            if word in known
        }
        if "day" in columns and ("kind" in columns or "hours" in columns):
            return number, columns
    raise Refused(_("No row with the heads day, kind and note (日期、类型、说明) was found."))


def _cells(cells, columns):
    return {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}


def _take(found, cells, calendar):
    first, last = _days(cells["day"])
    hours = _hours(cells, calendar)
    note = str(cells.get("note", "")).strip()
    if hours and not note and first.weekday() >= 5:
        note = working_days.MAKE_UP
    for number in range((last - first).days + 1):
        day = first + number * edits.DAY
        if day in found:
            raise Refused(_("%(day)s is named twice.") % {"day": day.isoformat()})
        found[day] = _row(day, hours, note)


def _days(cell):
    if isinstance(cell, dt.date):
        day = cell.date() if isinstance(cell, dt.datetime) else cell
        return day, day
    text = str(cell).strip().removesuffix(".0")
    ends = [_date(part) for part in SPAN.split(text)]
    if len(ends) > 2 or ends[-1] < ends[0] or (ends[-1] - ends[0]).days > 60:
        raise Refused(_("“%(text)s” is not a day or a span of days.") % {"text": text})
    return ends[0], ends[-1]


def _date(text):
    match = DATE.fullmatch(text)
    try:
        year, month, day = map(int, match.groups()) if match else (0, 0, 0)
        return dt.date(year, month, day)
    except ValueError:
        raise Refused(_("“%(text)s” is not a day.") % {"text": text}) from None


def _hours(cells, calendar):
    text = str(cells.get("hours", "") or "").strip()
    if text:
        return edits.hours_of_text(text)
    kind = str(cells.get("kind", "") or "").strip().lower()
    if kind in OFF:
        return []
    if kind in WORK:
        return calendar.hours
    if kind in MORNING:
        return calendar.hours[:1]
    if kind in AFTERNOON:
        return calendar.hours[1:]
    try:
        return edits.hours_of_text(kind or "-")
    except Refused:
        raise Refused(
            _(
                "“%(text)s” is neither a day off (休), a workday (班), a half day (上午, 下午) nor hours."
            )
            % {"text": kind}
        ) from None


def _whole(calendar, years, found):
    """The days found, and all others of these years as a week without holidays has them."""
    for year in sorted(years):
        day = dt.date(year, 1, 1)
        while day.year == year:
            if day not in found:
                found[day] = _row(day, calendar.hours if day.weekday() < 5 else [], "")
            day += edits.DAY
    return [found[day] for day in sorted(found)]


def _row(day, hours, note):
    return {"day": day.isoformat(), "hours": hours, "note": note}
