"""TEMPORARY until cases.clock is there."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Z = ZoneInfo("Asia/Shanghai")


def spans(first: date, last: date):
    import chinese_calendar

    rows, before, day = [], 0, first
    while day <= last:
        try:
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            works = day.weekday() < 5
        if works:
            for a, b in ((time(8, 30), time(12)), (time(13, 30), time(17, 30))):
                start = datetime.combine(day, a, Z)
                end = datetime.combine(day, b, Z)
                rows.append((start, end, before))
                before += int((end - start).total_seconds() // 60)
        day += timedelta(days=1)
    return rows


class Hours:
    def __init__(self):
        self.rows = spans(date(2026, 1, 1), date(2027, 12, 31))
        self.starts = [r[0] for r in self.rows]
        self.minutes = [r[2] for r in self.rows]

    def worked(self, at):
        i = bisect_right(self.starts, at) - 1
        start, end, before = self.rows[i]
        return before + (min(at, end) - start).total_seconds() / 60

    def at(self, minutes):
        i = bisect_right(self.minutes, minutes) - 1
        start, end, before = self.rows[i]
        return start + timedelta(minutes=minutes - before)

    def add(self, at, number, unit):
        if unit == "urgent_hours":
            return at + timedelta(hours=number)
        if unit == "calendar_days":
            day = (at.astimezone(Z) + timedelta(days=number)).date()
            return datetime.combine(day, time(17, 30), Z)
        if unit == "working_hours":
            return self.at(self.worked(at) + number * 60)
        return self.at(self.worked(at) + number * 450)

    def limits(self, standard, at):
        from gridmgmt.demo.casebook import Limits

        n, u = standard.limit_number, standard.limit_unit
        due = self.add(at, n, u)
        if u in ("urgent_hours", "calendar_days"):
            length = due - at
            later = lambda f: at + length * f
        else:
            a, b = self.worked(at), self.worked(due)
            later = lambda f: self.at(a + (b - a) * f)
        return Limits(
            later(0.75),
            due,
            {0: later(0.75), 1: due, 2: later(1.5), 3: later(2), 4: later(3)},
        )
