"""Work calendars: the days of a year, and the office intervals laid out from them."""

import datetime as dt
import json
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import CalendarDay, WorkCalendar
from grids.scope import Scope

WARN_AHEAD = dt.timedelta(days=60)

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

ADD_DAYS = """
INSERT INTO cases_calendarday (calendar_id, day, hours, is_provisional, note)
SELECT %(calendar)s, day, CASE WHEN is_workday THEN %(hours)s::jsonb ELSE '[]' END, %(is_provisional)s, note
  FROM unnest(%(days)s::date[], %(workdays)s::bool[], %(notes)s::text[]) AS row(day, is_workday, note)
    ON CONFLICT (calendar_id, day) DO NOTHING
"""


def calendar_of(district):
    """The calendar of a district (or its key), made if need be."""
    found = WorkCalendar.objects.filter(district=district, department=None).first()
    return found if found and found.last_day else ensure_calendar(district)


def calendar_for(district, department):
    """The calendar of the department (or its key) if it has its own, else the district's."""
    found = WorkCalendar.objects.filter(department=department, district=district)
    return found.exclude(last_day=None).first() or calendar_of(district)


@transaction.atomic
def give_own(department, *, name, hours=None):
    """A calendar of the department's own, with the days of the district's to begin with.

    `hours`: its usual office hours, for workdays that are laid out or edited from now on.
    """
    source = calendar_of(department.district_id)
    own, created = WorkCalendar.objects.get_or_create(
        department=department,
        defaults={
            "district_id": department.district_id,
            "name": name,
            "hours": hours or source.hours,
        },
    )
    if created:
        days = source.days.values_list("day", "hours", "is_provisional", "note")
        CalendarDay.objects.bulk_create(
            [
                CalendarDay(calendar=own, day=day, hours=hours, is_provisional=flag, note=note)
                for day, hours, flag, note in days
            ]
        )
        lay_out(own)
    return own


def usual_days(calendar, hours, after):
    """The workdays after a day that are to have the usual hours of `calendar` instead of `hours`."""
    rows = CalendarDay.objects.filter(calendar=calendar, day__gt=after, hours=hours)
    return [
        {"day": day.isoformat(), "hours": calendar.hours, "note": note}
        for day, note in rows.order_by("day").values_list("day", "note")
    ]


def reaching(calendar, moment, *, ahead):
    """The calendar, with years laid out from the one before `moment` to `ahead` years after it."""
    first, last = moment.year - 1, moment.year + ahead
    if calendar.first_day.year <= first and last <= calendar.last_day.year:
        return calendar
    return build(calendar, *(year for year in (first, last) if not _has_year(calendar, year)))


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
        CalendarDay.objects.filter(calendar=calendar, day__year=year, is_provisional=True).delete()
        with connection.cursor() as cursor:
            cursor.execute(ADD_DAYS, _columns(calendar, year))
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


def open_to(staff):
    """The calendars that a person may look at: of the own districts, with their departments'."""
    return (
        WorkCalendar.objects.filter(district__in=Scope.of(staff).district_ids)
        .exclude(last_day=None)
        .select_related("district", "department")
        .order_by("district", F("department").asc(nulls_first=True))
    )


def published_until(calendar, today):
    """The last day before the first one that nobody has published."""
    provisional = CalendarDay.objects.filter(calendar=calendar, is_provisional=True, day__gte=today)
    first = provisional.order_by("day").values_list("day", flat=True).first()
    return first - dt.timedelta(days=1) if first else calendar.last_day


def runs_out(calendar, today):
    """The last published day if it is near or past, else None."""
    last = published_until(calendar, today)
    return last if last - today <= WARN_AHEAD else None


def days_off(districts, first, last):
    """{(district key, day)} without office hours, from `first` to `last`: one query.

    Saturday and Sunday where the district's calendar has no such day.
    """
    known = CalendarDay.objects.filter(
        calendar__district__in=districts,
        calendar__department=None,
        day__range=(first, last),
    )
    rows = known.values_list("calendar__district", "day", "hours")
    hours = {(district, day): of_day for district, day, of_day in rows}
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        (district, day)
        for district in districts
        for day in days
        if not hours.get((district, day), day.weekday() < 5)
    }


def _columns(calendar, year):
    days, workdays, notes = zip(*days_of(year), strict=True)
    return {
        "calendar": calendar.pk,
        "hours": json.dumps(calendar.hours),
        "days": list(days),
        "workdays": list(workdays),
        "notes": list(notes),
        "is_provisional": not is_published(year),
    }


@cache
def is_published(year):
    """Whether the days off of the year are known (chinesecalendar ends with 2026)."""
    from chinese_calendar import is_holiday

    try:
        is_holiday(dt.date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@cache
def days_of(year):
    """[(day, is a workday, name of the holiday)] as published; Monday to Friday when nobody did."""
    from chinese_calendar import get_holiday_detail

    first = dt.date(year, 1, 1)
    days = [
        first + dt.timedelta(days=number)
        for number in range((dt.date(year + 1, 1, 1) - first).days)
    ]
    if not is_published(year):
        return [(day, day.weekday() < 5, "") for day in days]
    return [_day(day, *get_holiday_detail(day)) for day in days]


def _day(day, is_day_off, name):
    if not is_day_off:
        return day, True, MAKE_UP if day.weekday() >= 5 else ""
    return day, False, HOLIDAYS.get(name, "")


MAKE_UP = "调休上班"
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
