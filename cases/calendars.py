"""Work calendars: the days of a year, and the office intervals laid out from them."""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import CalendarDay, WorkCalendar

LAY_OUT = """
INSERT INTO cases_workspan (calendar_id, starts_at, ends_at, minutes_before, closes_day, is_provisional)
SELECT calendar_id, starts_at, ends_at,
       coalesce(sum(length) OVER before_it, 0),
       CASE WHEN is_last THEN count(*) FILTER (WHERE is_last) OVER (ORDER BY starts_at) END,
       is_provisional
  FROM (SELECT calendar_id, is_provisional,
               (day + (pair ->> 0)::time) AT TIME ZONE %(zone)s AS starts_at,
               (day + (pair ->> 1)::time) AT TIME ZONE %(zone)s AS ends_at,
               extract(epoch FROM (pair ->> 1)::time - (pair ->> 0)::time) / 60 AS length,
               row_number() OVER (PARTITION BY day ORDER BY pair ->> 0 DESC) = 1 AS is_last
          FROM cases_calendarday, jsonb_array_elements(hours) AS pair
         WHERE calendar_id = %(calendar)s) AS interval_of_day
WINDOW before_it AS (ORDER BY starts_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""


def calendar_of(district, department=None):
    """The calendar of the department if it has its own, else of the district, made if need be."""
    if department is not None:
        own = (
            WorkCalendar.objects.filter(department=department)
            .exclude(last_day=None)
            .first()
        )
        if own:
            return own
    found = WorkCalendar.objects.filter(district=district, department=None).first()
    return found if found and found.last_day else ensure_calendar(district)


def reaching(calendar, moment, *, ahead):
    """The calendar, with years laid out from the one before `moment` to `ahead` years after it."""
    first, last = moment.year - 1, moment.year + ahead
    if calendar.first_day.year <= first and last <= calendar.last_day.year:
        return calendar
    return build(
        calendar, *(year for year in (first, last) if not _has_year(calendar, year))
    )


def ensure_calendar(district, *, today=None):
    """The calendar of a district (or its key): last year, this year and two more."""
    year = (today or timezone.localdate()).year
    calendar, created = WorkCalendar.objects.get_or_create(
        district_id=getattr(district, "pk", district),
        department=None,
        defaults={"name": _("Office hours")},
    )
    if created or calendar.last_day is None:
        return build(calendar, year - 1, year, year + 2)
    return reaching(calendar, dt.date(year, 1, 1), ahead=2)


@transaction.atomic
def build(calendar, *years):
    """Lay out years and those between; days edited by hand or published before stay.

    Provisional days (Monday to Friday) are replaced once the year has been published.
    """
    calendar.refresh_from_db(from_queryset=WorkCalendar.objects.select_for_update())
    for year in _without_a_hole(calendar, years):
        CalendarDay.objects.filter(
            calendar=calendar, day__year=year, is_provisional=True
        ).delete()
        days = [
            CalendarDay(calendar=calendar, **day)
            for day in days_of(year, calendar.hours)
        ]
        CalendarDay.objects.bulk_create(days, ignore_conflicts=True)
    lay_out(calendar)
    return calendar


@transaction.atomic
def lay_out(calendar):
    """Make the intervals of the calendar anew from its days, in one statement."""
    calendar.spans.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(LAY_OUT, {"calendar": calendar.pk, "zone": settings.TIME_ZONE})
        cursor.execute(
            "UPDATE cases_workcalendar SET rebuilt_at = clock_timestamp(), (first_day, last_day) ="
            " (SELECT min(day), max(day) FROM cases_calendarday WHERE calendar_id = %s) WHERE id = %s",
            [calendar.pk, calendar.pk],
        )
    calendar.refresh_from_db()


def days_of(year, hours):
    """The days of a year as published; Monday to Friday, provisional, when nobody published it."""
    first = dt.date(year, 1, 1)
    published = _published(year)
    for number in range((dt.date(year + 1, 1, 1) - first).days):
        day = first + dt.timedelta(days=number)
        is_workday, note = published(day) if published else (day.weekday() < 5, "")
        yield {
            "day": day,
            "hours": hours if is_workday else [],
            "note": note,
            "is_provisional": published is None,
        }


def _published(year):
    """Function day -> (is a workday, name of the holiday), or None for a year not yet known."""
    from chinese_calendar import get_holiday_detail, is_holiday

    try:
        is_holiday(dt.date(year, 1, 1))
    except NotImplementedError:
        return None

    def ask(day):
        name = get_holiday_detail(day)[1]
        is_workday = not is_holiday(day)
        if is_workday and day.weekday() >= 5:
            return True, "调休上班"
        return is_workday, HOLIDAYS.get(name, "")

    return ask


HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def _without_a_hole(calendar, years):
    """The years, and those between them and the years that the calendar has."""
    had = [calendar.first_day.year, calendar.last_day.year] if calendar.last_day else []
    first, last = min([*years, *had]), max([*years, *had])
    return [
        year
        for year in range(first, last + 1)
        if year in years or not had or not had[0] <= year <= had[1]
    ]


def _has_year(calendar, year):
    return calendar.first_day.year <= year <= calendar.last_day.year
