"""Office hours of three days by hand: every edge of an interval, of a day and of the calendar."""

from datetime import date, timedelta

import pytest

from cases.calendar import clock, left_out, working_days
from cases.models import WorkCalendar
from tests import factories
from tests.cases.office import ZONE, at

THURSDAY, FRIDAY, MONDAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23)


def day(text):
    return at(f"2026-11-{text}")


def said(moment):
    return f"{moment.astimezone(ZONE):%d %H:%M}"


@pytest.fixture(scope="module")
def hours():
    spans = []
    for number, of in enumerate((THURSDAY, FRIDAY, MONDAY)):
        spans.append((at(f"{of} 08:30"), at(f"{of} 12:00"), 450 * number))
        spans.append((at(f"{of} 13:30"), at(f"{of} 17:30"), 450 * number + 210))
    return clock.Hours(THURSDAY, MONDAY, spans)


@pytest.mark.parametrize(
    ("moment", "minutes"),
    [
        ("19 00:00", 0),
        ("19 08:30", 0),
        ("19 08:31", 1),
        ("19 12:00", 210),
        ("19 13:00", 210),
        ("19 13:30", 210),
        ("19 17:30", 450),
        ("20 08:30", 450),
        ("22 10:00", 900),
        ("23 23:59", 1350),
    ],
)
def test_office_time_until_a_moment(hours, moment, minutes):
    assert hours.worked(day(moment)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "moment"),
    [
        (0, "19 08:30"),
        (1, "19 08:31"),
        (210, "19 12:00"),
        (211, "19 13:31"),
        (450, "19 17:30"),
        (451, "20 08:31"),
        (1350, "23 17:30"),
    ],
)
def test_the_first_moment_at_which_office_time_has_passed(hours, minutes, moment):
    assert said(hours.moment(timedelta(minutes=minutes))) == moment


@pytest.mark.parametrize(
    ("begin", "number", "unit", "due"),
    [
        ("19 10:00", 2, "working_days", "23 17:30"),
        ("20 10:00", 1, "working_days", "23 17:30"),
        ("21 10:00", 1, "working_days", "23 17:30"),
        ("19 10:00", 1, "calendar_days", "20 17:30"),
        ("20 10:00", 1, "calendar_days", "22 00:00"),
        ("20 10:00", 3, "calendar_days", "23 17:30"),
        ("23 10:00", 3, "urgent_hours", "23 13:00"),
        ("23 10:00", 30, "minutes", "23 10:30"),
        ("23 10:00", 6, "working_hours", "23 17:30"),
    ],
)
def test_a_limit_up_to_the_last_hour_of_the_calendar(hours, begin, number, unit, due):
    assert said(hours.add(day(begin), number, unit)) == due


@pytest.mark.parametrize(
    ("begin", "number", "unit", "year"),
    [
        ("18 23:59", 1, "working_hours", 2026),  # before the calendar
        ("24 00:00", 1, "working_hours", 2026),  # behind it
        ("24 00:00", 1, "working_days", 2026),
        ("23 12:00", 5, "working_hours", 2027),  # it ends first: the next year is missing
        ("20 10:00", 2, "working_days", 2027),
        ("20 10:00", 4, "calendar_days", 2026),
    ],
)
def test_the_year_that_is_missing_is_named(hours, begin, number, unit, year):
    with pytest.raises(clock.CalendarEnds, match=str(year)) as ended:
        hours.add(day(begin), number, unit)

    assert ended.value.year == year


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [(18, 19, 1), (19, 23, 2), (20, 22, 0), (19, 20, 1), (22, 23, 1), (23, 23, 0)],
)
def test_working_days_leave_out_the_first_and_count_the_last(hours, first, last, number):
    days = date(2026, 11, first), date(2026, 11, last)

    assert hours.working_days_between(*days) == number


@pytest.mark.parametrize(
    ("begin", "end", "left"),
    [
        ("19 09:00", "19 12:00", []),
        ("19 12:00", "19 12:00", []),
        ("19 08:00", "19 08:30", [("19 08:00", "19 08:30", "night")]),
        ("19 08:30", "19 12:30", [("19 12:00", "19 12:30", "lunch")]),
        ("19 12:00", "19 13:30", [("19 12:00", "19 13:30", "lunch")]),
        ("19 12:10", "19 13:00", [("19 12:10", "19 13:00", "lunch")]),
        (
            "19 11:59",
            "20 08:31",
            [("19 12:00", "19 13:30", "lunch"), ("19 17:30", "20 08:30", "night")],
        ),
        ("20 06:00", "20 07:00", [("20 06:00", "20 07:00", "night")]),
        ("20 17:30", "20 23:00", [("20 17:30", "20 23:00", "night")]),
        ("20 16:00", "23 09:00", [("20 17:30", "23 08:30", "day_off")]),
        ("20 18:00", "21 00:00", [("20 18:00", "21 00:00", "day_off")]),
        ("21 10:00", "22 10:00", [("21 10:00", "22 10:00", "day_off")]),
        ("22 10:00", "23 08:30", [("22 10:00", "23 08:30", "day_off")]),
        ("23 17:30", "23 18:00", [("23 17:30", "23 18:00", "night")]),
    ],
)
def test_what_a_stretch_leaves_out(hours, begin, end, left):
    found = left_out.between(hours, day(begin), day(end))

    assert [(said(one.starts_at), said(one.ends_at), one.kind) for one in found] == left


@pytest.mark.parametrize(
    ("begin", "end", "is_between"),
    [
        ("19 12:00", "19 13:30", True),
        ("23 12:10", "23 13:00", True),
        ("19 07:00", "19 08:00", False),
        ("19 08:30", "19 12:00", False),
        ("20 07:00", "20 08:00", False),
        ("19 17:30", "19 20:00", False),
        ("19 17:30", "20 08:30", False),
        ("21 12:00", "21 13:00", False),
        ("24 12:00", "24 13:00", False),
    ],
)
def test_lunch_has_office_hours_before_and_after_it(hours, begin, end, is_between):
    assert hours.is_between_hours(day(begin), day(end)) is is_between


@pytest.mark.django_db
def test_hours_are_read_again_only_when_the_calendar_was_laid_out_anew(calendar):
    own = working_days.give_own(factories.department(), name="夜市", hours=[["09:00", "10:00"]])
    own.days.filter(day=FRIDAY).update(hours=own.hours)
    before, night = clock.hours_of(calendar), clock.hours_of(own)
    assert clock.hours_of(calendar) is before
    working_days.lay_out(own)

    length = day("20 00:00"), day("20 23:59")
    assert clock.hours_of(own) is not night
    assert clock.minutes_between(own, *length) == 60
    assert clock.minutes_between(calendar, *length) == 450
    assert clock.add(own, day("19 17:00"), 1, "working_hours") == day("20 09:30")
    assert clock.hours_of(calendar) is before


@pytest.mark.django_db
def test_a_calendar_without_days_has_no_hours():
    empty = WorkCalendar.objects.create(district=factories.district(), name="未排")

    with pytest.raises(clock.CalendarEnds):
        clock.hours_of(empty)
