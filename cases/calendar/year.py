"""A year of a work calendar as a page shows it: twelve months, and the days that have a name."""

import calendar as months_of
import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.calendar import edits
from cases.models import CalendarDay

YEARS_SHOWN = 5


@dataclass
class Cell:
    """A day of a month; kind is work, off, holiday, makeup, half or other (hours of its own)."""

    day: dt.date
    kind: str
    is_provisional: bool
    is_today: bool
    text: str
    mark: str = ""


def months(calendar, number, today):
    """[(month, weeks of `Cell`s and None)] of a year."""
    found = {
        row.day: row for row in CalendarDay.objects.filter(calendar=calendar, day__year=number)
    }
    weeks = months_of.Calendar(firstweekday=0)
    return [
        (
            dt.date(number, month, 1),
            [
                [
                    _cell(found[day], calendar, today)
                    if day.month == month and day in found
                    else None
                    for day in week
                ]
                for week in weeks.monthdatescalendar(number, month)
            ],
        )
        for month in range(1, 13)
    ]


def named(calendar, number):
    """The days of a year that are unlike an ordinary week, in spans: (first, last, kind, hours, note)."""
    spans: list = []
    rows = CalendarDay.objects.filter(calendar=calendar, day__year=number)
    for row in rows.order_by("day"):
        kind = kind_of(row, calendar)
        if kind == "work" or (kind == "off" and row.day.weekday() >= 5):
            continue
        last = spans[-1] if spans else None
        if (
            last
            and last["last"] == row.day - edits.DAY
            and (last["hours"], last["note"]) == (row.hours, row.note)
        ):
            last["last"] = row.day
            last["number"] += 1
        else:
            spans.append(
                {
                    "first": row.day,
                    "last": row.day,
                    "kind": kind,
                    "words": words_of(kind),
                    "hours": row.hours,
                    "text": edits.text_of_hours(row.hours),
                    "note": row.note,
                    "number": 1,
                }
            )
    return spans


def around(calendar, number):
    """The years to choose from: those laid out near this one."""
    first, last = calendar.first_day.year, calendar.last_day.year
    start = max(first, min(number - 2, last - YEARS_SHOWN + 1))
    return list(range(start, min(last, start + YEARS_SHOWN - 1) + 1))


def lines(days, was):
    """The days of a change beside what they are now; equal neighbours are one line."""
    found: list = []
    for row in days:
        day = dt.date.fromisoformat(row["day"])
        old = was.get(row["day"])
        line = {
            "first": day,
            "last": day,
            "number": 1,
            "old": _hours(old.hours) if old else "",
            "is_provisional": bool(old and old.is_provisional),
            "new": _hours(row["hours"]),
            "note": row["note"],
        }
        last = found[-1] if found else None
        if (
            last
            and last["last"] == day - edits.DAY
            and all(last[name] == line[name] for name in ("old", "new", "note", "is_provisional"))
        ):
            last["last"], last["number"] = day, last["number"] + 1
        else:
            found.append(line)
    return found


def kind_of(row, calendar):
    if not row.hours:
        return "holiday" if row.note or row.day.weekday() < 5 else "off"
    if row.hours == calendar.hours:
        return "makeup" if row.day.weekday() >= 5 else "work"
    return "half" if len(row.hours) < len(calendar.hours) else "other"


def words_of(kind):
    return {
        "work": _("Workday"),
        "off": _("Day off"),
        "holiday": _("Day off"),
        "makeup": _("Workday"),
        "half": _("Half day"),
        "other": _("Hours of its own"),
    }[kind]


def _cell(row, calendar, today):
    kind = kind_of(row, calendar)
    words = [words_of(kind), edits.text_of_hours(row.hours), row.note]
    marks = {
        "holiday": pgettext("mark of a day", "off"),
        "makeup": pgettext("mark of a day", "on"),
        "half": "½",
        "other": "±",
    }
    return Cell(
        row.day,
        kind,
        row.is_provisional,
        row.day == today,
        " · ".join(filter(None, words)),
        marks.get(kind, ""),
    )


def _hours(hours):
    return edits.text_of_hours(hours) or _("Day off")
