"""The one clock: thousands of random limits, by Python and by SQL, over every kind of day."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.calendar import clock, working_days
from cases.limits import recompute
from cases.models import Stage
from tests import factories
from tests.cases.calendar.test_clock import UNITS
from tests.cases.office import at, bring, open_office

PAIRS = 10_000
BEGIN = at("2025-01-02 00:00")
MINUTES = 3 * 365 * 24 * 60  # to the end of a year that nobody has published
HOURS = [
    [["08:30", "12:00"]],
    [["13:30", "17:30"]],
    [["00:00", "06:00"], ["22:00", "24:00"]],
    [["07:15", "07:16"], ["09:00", "11:45"], ["12:00", "12:30"], ["18:00", "20:00"]],
    [],
]


@pytest.fixture(scope="module")
def calendar(django_db_setup, django_db_blocker):
    """Holidays, make-up days, provisional years, and two hundred days edited by hand."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        found = working_days.ensure_calendar(factories.district(), today=date(2026, 11, 22))
        chance = random.Random(11)
        boss = factories.staff("administrator", factories.district())
        days = chance.sample(range(4 * 365), 200)
        rows = [
            {
                "day": str(date(2025, 1, 1) + timedelta(days=day)),
                "hours": chance.choice(HOURS),
                "note": "手工",
            }
            for day in days
        ]
        change = recompute.draw_up(found, rows, by=boss)
        found.refresh_from_db()
        recompute.confirm(change, by=boss, seen=recompute.stamp(found), now=BEGIN)
        found.refresh_from_db()
        yield found
        transaction.set_rollback(True)


def moment(chance):
    seconds = chance.choice([0, 0, 0, 17, 59])
    return BEGIN + timedelta(minutes=chance.randint(0, MINUTES), seconds=seconds)


def in_sql(statement, *columns):
    with connection.cursor() as cursor:
        cursor.execute(statement, list(columns))
        return [row[0] for row in cursor.fetchall()]


def test_python_and_sql_agree_on_ten_thousand_limits(calendar, django_db_blocker):
    chance = random.Random(4)
    limits = [(moment(chance), chance.randint(1, 60), chance.choice(UNITS)) for _ in range(PAIRS)]

    with django_db_blocker.unblock():
        found = in_sql(
            "SELECT cases_add(%s, start, number, unit, %s) FROM unnest(%s::timestamptz[], %s::int[], %s::text[])"
            " WITH ORDINALITY AS row(start, number, unit, place) ORDER BY place",
            calendar.pk,
            "Asia/Shanghai",
            *map(list, zip(*limits, strict=True)),
        )
        hours = clock.hours_of(calendar)

    assert found == [hours.add(*each) for each in limits]


def test_python_and_sql_agree_on_the_time_between_ten_thousand_pairs(calendar, django_db_blocker):
    chance = random.Random(5)
    pairs = [(moment(chance), moment(chance)) for _ in range(PAIRS)]

    with django_db_blocker.unblock():
        found = in_sql(
            "SELECT cases_worked(%s, b, %s) - cases_worked(%s, a, %s) FROM unnest(%s::timestamptz[], %s::timestamptz[])"
            " WITH ORDINALITY AS row(a, b, place) ORDER BY place",
            *[calendar.pk, "Asia/Shanghai"] * 2,
            *map(list, zip(*pairs, strict=True)),
        )
        hours = clock.hours_of(calendar)

    assert found == [hours.worked(b) - hours.worked(a) for a, b in pairs]


@pytest.fixture(scope="module")
def hours(calendar, django_db_blocker):
    with django_db_blocker.unblock():
        return clock.hours_of(calendar)


seconds = st.integers(0, MINUTES * 60)


@settings(max_examples=1000, deadline=None)
@given(
    begin=seconds,
    number=st.integers(1, 400),
    unit=st.sampled_from(["working_hours", "urgent_hours", "minutes"]),
)
def test_what_is_added_is_what_is_measured(hours, begin, number, unit):
    begin = BEGIN + timedelta(seconds=begin)

    due = hours.add(begin, number, unit)

    assert hours.elapsed(begin, due, unit) == number * clock.ONE[unit]


@settings(max_examples=500, deadline=None)
@given(begin=seconds, number=st.integers(1, 90))
def test_a_limit_of_days_ends_with_a_day_and_grows_with_its_number(hours, begin, number):
    begin = BEGIN + timedelta(seconds=begin)

    due = hours.add(begin, number, "working_days")

    assert due in hours.ends
    assert (
        hours.working_days_between(hours.day_of(begin), hours.day_of(due - clock.MINUTE)) == number
    )
    assert hours.add(begin, number + 1, "working_days") > due


@settings(max_examples=500, deadline=None)
@given(one=seconds, other=seconds)
def test_gaps_and_counted_time_are_all_the_time(hours, one, other):
    begin, end = (BEGIN + timedelta(seconds=each) for each in sorted((one, other)))
    assume(end - begin < timedelta(days=200))

    skipped = sum((b - a for a, b in hours.gaps(begin, end)), timedelta())

    assert skipped + hours.elapsed(begin, end, "working_hours") == end - begin


@pytest.mark.django_db
def test_a_registered_case_is_due_when_sql_says(django_db_blocker):
    case = bring(open_office(factories.standard(11, "working_hours")), Stage.HANDLING)

    (due,) = in_sql(
        "SELECT cases_add(%s, %s, 11, 'working_hours', 'Asia/Shanghai')",
        working_days.calendar_of(case.district_id).pk,
        case.registered_at,
    )

    assert due == case.due_at
