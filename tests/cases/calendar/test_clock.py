"""Working time: a table of moments, and Python against SQL."""

import random
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError

from cases.calendar import clock, working_days
from cases.models import CalendarDay
from tests import factories
from tests.cases.office import ZONE, at

UNITS = ["minutes", "urgent_hours", "working_hours", "working_days", "calendar_days"]


@pytest.fixture(scope="module")
def hours(django_db_setup, django_db_blocker):
    """The office hours of 2025 to 2028, 08:30-12:00 and 13:30-17:30; pure from here on."""
    with django_db_blocker.unblock(), transaction.atomic():
        calendar = working_days.ensure_calendar(factories.district(), today=date(2026, 11, 22))
        found = clock.hours_of(calendar)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("start", "number", "unit", "due"),
    [
        # inside a day, over lunch, over night
        ("2026-11-20 08:30", 1, "working_hours", "2026-11-20 09:30"),
        ("2026-11-20 10:00", 4, "working_hours", "2026-11-20 15:30"),
        ("2026-11-20 11:00", 1, "working_hours", "2026-11-20 12:00"),
        ("2026-11-20 12:15", 1, "working_hours", "2026-11-20 14:30"),
        ("2026-11-19 16:30", 1, "working_hours", "2026-11-19 17:30"),
        ("2026-11-19 17:00", 1, "working_hours", "2026-11-20 09:00"),
        ("2026-11-19 23:59", 1, "working_hours", "2026-11-20 09:30"),
        # a weekend
        ("2026-11-20 17:00", 4, "working_hours", "2026-11-23 12:00"),
        ("2026-11-21 10:00", 1, "working_hours", "2026-11-23 09:30"),
        # make-up workdays of 2026: all six count
        ("2026-01-04 16:30", 1, "working_hours", "2026-01-04 17:30"),
        ("2026-02-14 08:30", 1, "working_hours", "2026-02-14 09:30"),
        ("2026-02-28 08:30", 1, "working_hours", "2026-02-28 09:30"),
        ("2026-05-09 08:30", 1, "working_hours", "2026-05-09 09:30"),
        ("2026-09-20 08:30", 1, "working_hours", "2026-09-20 09:30"),
        ("2026-10-10 08:30", 1, "working_hours", "2026-10-10 09:30"),
        # Spring Festival: 15 to 23 February; National Day: 1 to 7 October
        ("2026-02-14 17:00", 1, "working_hours", "2026-02-24 09:00"),
        ("2026-09-30 17:00", 1, "working_hours", "2026-10-08 09:00"),
        # urgent hours count nights and holidays
        ("2026-09-30 23:00", 2, "urgent_hours", "2026-10-01 01:00"),
        ("2026-02-17 10:00", 24, "urgent_hours", "2026-02-18 10:00"),
        ("2026-11-20 10:00", 30, "minutes", "2026-11-20 10:30"),
        # working days leave out the first day and end at closing time
        ("2026-11-16 08:00", 1, "working_days", "2026-11-17 17:30"),
        ("2026-11-16 23:00", 1, "working_days", "2026-11-17 17:30"),
        ("2026-11-20 10:00", 1, "working_days", "2026-11-23 17:30"),
        ("2026-11-21 10:00", 1, "working_days", "2026-11-23 17:30"),
        ("2026-02-13 10:00", 2, "working_days", "2026-02-24 17:30"),
        ("2026-09-30 17:00", 3, "working_days", "2026-10-10 17:30"),
        ("2026-05-08 10:00", 1, "working_days", "2026-05-09 17:30"),
        # 30 working days in late November end in a year that nobody has published
        ("2026-11-27 10:00", 30, "working_days", "2027-01-08 17:30"),
        ("2027-02-05 10:00", 1, "working_days", "2027-02-08 17:30"),
        # calendar days: closing time, or 24:00 on a day off
        ("2026-11-16 10:00", 7, "calendar_days", "2026-11-23 17:30"),
        ("2026-11-16 10:00", 5, "calendar_days", "2026-11-22 00:00"),
        ("2026-09-30 17:00", 3, "calendar_days", "2026-10-04 00:00"),
    ],
)
def test_a_limit_is_due(hours, start, number, unit, due):
    assert hours.add(at(start), number, unit).astimezone(ZONE) == at(due)


def test_the_first_weekend_of_a_holiday_is_not_worked_but_its_make_up_day_is(hours):
    assert hours.minutes_between(at("2026-10-10 00:00"), at("2026-10-11 00:00")) == 450
    assert hours.minutes_between(at("2026-10-11 00:00"), at("2026-10-12 00:00")) == 0


def test_2026_has_248_working_days_and_2027_is_provisional(calendar):
    days = CalendarDay.objects.filter(calendar=calendar).exclude(hours=[])

    assert days.filter(day__year=2026).count() == 248
    assert not days.filter(day__year=2026, is_provisional=True).exists()
    assert not days.filter(day__year=2027, is_provisional=False).exists()
    assert {
        day.weekday() for day in days.filter(day__year=2027).values_list("day", flat=True)
    } == set(range(5))


def test_adding_hours_and_measuring_them_gives_back_the_amount(hours):
    chance = random.Random(1)
    for _ in range(500):
        start, number = _moment(chance), chance.randint(1, 300)
        due = hours.add(start, number, "working_hours")
        assert hours.minutes_between(start, due) == pytest.approx(number * 60, abs=1e-6)


def test_later_undoes_elapsed_backwards_too(hours):
    chance = random.Random(2)
    for _ in range(300):
        start, end = sorted((_moment(chance), _moment(chance)))
        for unit in ("working_hours", "urgent_hours"):
            spent = hours.elapsed(start, end, unit)
            assert hours.elapsed(start, hours.later(start, spent, unit), unit) == spent
            assert hours.elapsed(hours.later(end, -spent, unit), end, unit) == spent


def test_gaps_and_worked_time_make_up_all_the_time(hours):
    chance = random.Random(3)
    for _ in range(200):
        start = _moment(chance)
        end = start + timedelta(minutes=chance.randint(1, 30_000))
        skipped = sum((b - a for a, b in hours.gaps(start, end)), timedelta())
        assert skipped + hours.elapsed(start, end, "working_hours") == end - start


def test_python_and_sql_agree_on_random_limits(calendar):
    chance, cases = random.Random(4), []
    for _ in range(600):
        cases.append((_moment(chance), chance.randint(1, 60), chance.choice(UNITS)))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cases_add(%s, start, number, unit, %s) FROM unnest(%s::timestamptz[], %s::int[], %s::text[])"
            " WITH ORDINALITY AS row(start, number, unit, place) ORDER BY place",
            [calendar.pk, "Asia/Shanghai", *map(list, zip(*cases, strict=True))],
        )
        in_sql = [row[0] for row in cursor.fetchall()]

    assert in_sql == [clock.add(calendar, *each) for each in cases]


def test_python_and_sql_agree_on_worked_time(calendar):
    chance = random.Random(5)
    pairs = [(_moment(chance), _moment(chance)) for _ in range(600)]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM cases_worked(%s, b, %s) - cases_worked(%s, a, %s)) / 60"
            " FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS row(a, b, place) ORDER BY place",
            [calendar.pk, "Asia/Shanghai"] * 2 + list(map(list, zip(*pairs, strict=True))),
        )
        in_sql = [float(row[0]) for row in cursor.fetchall()]

    assert in_sql == pytest.approx(
        [clock.minutes_between(calendar, *pair) for pair in pairs], abs=1e-6
    )


def test_a_year_that_is_missing_is_named(hours):
    for start, number in (
        ("2028-12-20 10:00", 30),
        ("2029-01-01 10:00", 1),
        ("2024-12-31 23:00", 1),
    ):
        for unit in ("working_hours", "working_days"):
            with pytest.raises(clock.CalendarEnds, match=r"2024|2029"):
                hours.add(at(start), number * 8, unit)


def test_sql_raises_too_when_the_calendar_ends(calendar):
    with (
        pytest.raises(DatabaseError, match="ends before that"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT cases_add(%s, '2028-12-20 10:00+08', 30, 'working_days', 'Asia/Shanghai')",
            [calendar.pk],
        )


def test_a_half_day_and_a_day_off_by_hand_are_counted_as_such(calendar):
    before = clock.minutes_between(calendar, at("2026-11-23 00:00"), at("2026-11-25 00:00"))
    calendar.days.filter(day=date(2026, 11, 23)).update(hours=[["08:30", "12:00"]])
    calendar.days.filter(day=date(2026, 11, 24)).update(hours=[])
    working_days.lay_out(calendar)

    assert before == 900
    assert clock.minutes_between(calendar, at("2026-11-23 00:00"), at("2026-11-25 00:00")) == 210
    assert clock.add(calendar, at("2026-11-20 10:00"), 1, "working_days") == at("2026-11-23 12:00")


def test_building_a_year_again_keeps_what_was_edited_by_hand(calendar):
    calendar.days.filter(day=date(2026, 11, 23)).update(hours=[])

    working_days.build(calendar, 2026)

    assert calendar.days.get(day=date(2026, 11, 23)).hours == []


def test_building_a_far_year_leaves_no_hole(calendar):
    working_days.build(calendar, 2031)

    days = calendar.days.count()
    assert (calendar.last_day - calendar.first_day).days + 1 == days
    assert calendar.last_day == date(2031, 12, 31)


def test_the_command_lays_out_years_for_one_district(calendar, capsys):
    call_command("build_calendar", "2029", "2030", "--district", "370402")

    assert "2030-12-31" in capsys.readouterr().out
    assert calendar.days.filter(day__year=2030).count() == 365
    with pytest.raises(CommandError, match="999999"):
        call_command("build_calendar", "--district", "999999")


def _moment(chance):
    return at("2025-01-02 00:00") + timedelta(
        minutes=chance.randint(0, 3 * 365 * 24 * 60),
        seconds=chance.choice([0, 0, 0, 17, 59]),
    )
