"""Working time: ONE definition, in Python (`Hours`) and in SQL (`cases_worked`, `cases_moment`, `cases_add`).

Both read the same `WorkSpan` rows. A test holds them together.
- minutes and urgent hours count all the time, nights and holidays too
- working hours count the minutes inside office intervals; an amount that is used up exactly at
  closing time is due at closing time, not on the next morning
- working days exclude the first day; the N-th working day after it ends the limit at its closing time
- calendar days exclude the first day; the N-th day after it ends the limit at its closing time, or,
  on a day off, at 24:00
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import LimitUnit, WorkSpan
from grids.refusal import Refused

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
ALL_TIME = frozenset({LimitUnit.URGENT_HOURS, LimitUnit.CALENDAR_DAYS, "minutes"})
ONE = {
    "minutes": MINUTE,
    LimitUnit.URGENT_HOURS: 60 * MINUTE,
    LimitUnit.WORKING_HOURS: 60 * MINUTE,
}


class CalendarEnds(Refused):
    """The calendar has no days for what was asked; `year` is the year that is missing."""

    def __init__(self, year):
        self.year = year
        super().__init__(_("The work calendar has no days for %(year)s.") % {"year": year})


class Hours:
    """The office intervals of a calendar in memory. Pure: it has no clock of its own."""

    def __init__(self, first_day, last_day, spans):
        """`spans`: (starts_at, ends_at, minutes_before) in order, from first_day to last_day."""
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.first_day, self.last_day = first_day, last_day
        self.starts = [span[0] for span in spans]
        self.ends = [span[1] for span in spans]
        self.before = [span[2] for span in spans]
        closing = {
            self.day_of(start): end for start, end in zip(self.starts, self.ends, strict=True)
        }
        self.days, self.closings = list(closing), list(closing.values())

    def day_of(self, moment):
        return moment.astimezone(self.zone).date()

    def worked(self, moment):
        """Office time from the beginning of the calendar to `moment`."""
        self._demand(self.day_of(moment))
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return dt.timedelta()
        return self.before[index] * MINUTE + min(moment, self.ends[index]) - self.starts[index]

    def moment(self, worked):
        """The first moment at which `worked` office time has passed."""
        index = max(bisect_left(self.before, worked / MINUTE) - 1, 0)
        found = self.starts[index] + worked - self.before[index] * MINUTE
        if found > self.ends[index]:
            raise CalendarEnds(self.last_day.year + 1)
        return found

    def add(self, start, number, unit):
        """When a limit of `number` `unit` that begins at `start` is due."""
        if unit == LimitUnit.WORKING_DAYS:
            return self._closing_of(self._working_day(self.day_of(start), number))
        if unit == LimitUnit.CALENDAR_DAYS:
            return self._closing_of(self.day_of(start) + number * DAY)
        return self.later(start, number * ONE[unit], unit)

    def elapsed(self, start, end, unit):
        """The time between two moments that this unit counts."""
        return end - start if unit in ALL_TIME else self.worked(end) - self.worked(start)

    def later(self, start, length, unit):
        """The inverse of `elapsed`; `length` may be negative."""
        return start + length if unit in ALL_TIME else self.moment(self.worked(start) + length)

    def minutes_between(self, start, end):
        return (self.worked(end) - self.worked(start)) / MINUTE

    def gaps(self, start, end):
        """(from, to) of each stretch between two moments that office hours leave out."""
        index = bisect_right(self.ends, start)
        at = start
        while index < len(self.starts) and self.starts[index] < end:
            if self.starts[index] > at:
                yield at, self.starts[index]
            at = self.ends[index]
            index += 1
        if at < end:
            yield at, end

    def is_between_hours(self, start, end):
        """Whether office hours of the same day lie before `start` and after `end`."""
        index = bisect_left(self.days, self.day_of(start))
        first = bisect_left(self.starts, start) - 1
        return (
            index < len(self.days)
            and self.days[index] == self.day_of(start)
            and first >= 0
            and self.day_of(self.starts[first]) == self.day_of(start)
            and end < self.closings[index]
        )

    def working_days_between(self, first, last):
        """Working days after `first` up to and with `last`."""
        return bisect_right(self.days, last) - bisect_right(self.days, first)

    def _working_day(self, day, number):
        self._demand(day)
        index = bisect_right(self.days, day) + number - 1
        if index >= len(self.days):
            raise CalendarEnds(self.last_day.year + 1)
        return self.days[index]

    def _closing_of(self, day):
        self._demand(day)
        index = bisect_left(self.days, day)
        if index < len(self.days) and self.days[index] == day:
            return self.closings[index]
        return dt.datetime.combine(day + DAY, dt.time(), self.zone).astimezone(dt.UTC)

    def _demand(self, day):
        if day < self.first_day or day > self.last_day:
            raise CalendarEnds(day.year)


_in_memory: dict = {}


def hours_of(calendar):
    """The `Hours` of a calendar, read again only when its intervals were laid out anew."""
    key, found = _in_memory.get(calendar.pk, (None, None))
    if key != calendar.rebuilt_at or found is None:
        if calendar.first_day is None:
            raise CalendarEnds(timezone.localdate().year)
        spans = WorkSpan.objects.filter(calendar=calendar).order_by("starts_at")
        found = Hours(
            calendar.first_day,
            calendar.last_day,
            list(spans.values_list("starts_at", "ends_at", "minutes_before")),
        )
        _in_memory[calendar.pk] = (calendar.rebuilt_at, found)
    return found


def add(calendar, start, number, unit):
    return hours_of(calendar).add(start, number, unit)


def minutes_between(calendar, start, end):
    return hours_of(calendar).minutes_between(start, end)
