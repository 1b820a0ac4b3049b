"""How calendars are laid out, whose they are, and who is warned before they run out."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.calendar import watch, working_days, year
from cases.models import CalendarDay, WorkCalendar
from grids.models import Notification
from tests import factories
from tests.cases.office import ZONE, at

pytestmark = pytest.mark.django_db

MORNING, AFTERNOON = ["08:30", "12:00"], ["13:30", "17:30"]
TODAY = date(2026, 11, 22)


def district(code="370403"):
    return factories.district(code, "薛城区")


def empty(of, **fields):
    return WorkCalendar.objects.create(district=of, name="未排", **fields)


def with_days(of, rows, **fields):
    """A calendar of these days only: (day, hours, whether it is provisional)."""
    calendar = empty(of, **fields)
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(calendar=calendar, day=day, hours=hours, is_provisional=flag)
            for day, hours, flag in rows
        ]
    )
    working_days.lay_out(calendar)
    return calendar


def test_intervals_are_laid_out_in_order_with_what_lies_before_them(calendar):
    days = [
        ("2026-11-19", [AFTERNOON, MORNING], False),
        ("2026-11-20", [], False),
        ("2026-11-21", [["20:00", "24:00"]], True),
        ("2026-11-23", [["09:00", "09:10"], ["10:00", "10:20"]], False),
    ]
    found = with_days(district(), days)
    before = calendar.spans.count(), calendar.rebuilt_at
    working_days.lay_out(found)

    assert [
        (
            f"{span.starts_at.astimezone(ZONE):%d %H:%M}",
            f"{span.ends_at.astimezone(ZONE):%d %H:%M}",
            span.minutes_before,
            span.closes_day,
            span.is_provisional,
        )
        for span in found.spans.order_by("starts_at")
    ] == [
        ("19 08:30", "19 12:00", 0, None, False),
        ("19 13:30", "19 17:30", 210, 1, False),
        ("21 20:00", "22 00:00", 450, 2, True),
        ("23 09:00", "23 09:10", 690, None, False),
        ("23 10:00", "23 10:20", 700, 3, False),
    ]
    assert (found.first_day, found.last_day) == (date(2026, 11, 19), date(2026, 11, 23))
    calendar.refresh_from_db()
    assert (calendar.spans.count(), calendar.rebuilt_at) == before


def test_a_district_gets_last_year_this_one_and_two_more():
    found = working_days.ensure_calendar(district().pk, today=TODAY)

    assert (found.first_day, found.last_day) == (date(2025, 1, 1), date(2028, 12, 31))
    assert found.name == "办公时间"
    assert working_days.ensure_calendar(district(), today=TODAY) == found
    later = working_days.ensure_calendar(district(), today=date(2029, 1, 1))
    assert (later.pk, later.first_day.year, later.last_day.year) == (found.pk, 2025, 2031)


def test_a_calendar_that_nobody_laid_out_is_laid_out_when_it_is_needed():
    row = empty(district())

    assert working_days.calendar_of(district()) == row
    assert working_days.calendar_of(district().pk).last_day
    assert WorkCalendar.objects.get().days.exists()


def test_a_department_runs_by_its_own_calendar_once_that_has_days(calendar):
    here, there = factories.department(), factories.department("城市管理局", district())
    other = working_days.ensure_calendar(district(), today=TODAY)
    empty_one = empty(factories.district(), department=here)

    def found(where, department):
        return working_days.calendar_for(where, department)

    assert found(calendar.district_id, here) == calendar
    assert found(calendar.district_id, None) == calendar
    empty_one.delete()
    own = working_days.give_own(here, name="夜市")
    assert (found(calendar.district_id, here), found(calendar.district_id, here.pk)) == (own, own)
    assert (found(other.district_id, there), found(other.district_id, here)) == (other, other)
    assert working_days.calendar_of(calendar.district_id) == calendar


def test_an_own_calendar_begins_with_the_days_of_the_district_and_is_given_once(calendar):
    CalendarDay.objects.filter(calendar=calendar, day="2026-11-23").update(hours=[], note="停电")
    own = working_days.give_own(factories.department(), name="夜市", hours=[["18:00", "22:00"]])
    usual = working_days.give_own(factories.department("园林局", line="parks"), name="公园")

    columns = ("day", "hours", "is_provisional", "note")
    for each in (own, usual):
        assert list(each.days.values_list(*columns)) == list(calendar.days.values_list(*columns))
        assert each.spans.count() == calendar.spans.count() - 2
        assert each.district_id == calendar.district_id
    assert (own.hours, usual.hours) == ([["18:00", "22:00"]], calendar.hours)
    assert working_days.give_own(factories.department(), name="又一个") == own
    own.refresh_from_db()
    assert own.name == "夜市"


def test_usual_days_are_the_workdays_with_the_old_hours_after_today(calendar):
    old = calendar.hours
    days = calendar.days.filter(day__year=2028, day__gt=date(2028, 12, 20))
    days.filter(day=date(2028, 12, 26)).update(hours=[MORNING], note="半天")
    days.filter(day=date(2028, 12, 27)).update(note="盘点")
    working_days.give_own(factories.department(), name="夜市")
    calendar.hours = [["09:00", "17:00"]]

    assert [
        (row["day"], row["hours"], row["note"])
        for row in working_days.usual_days(calendar, old, date(2028, 12, 21))
    ] == [
        (f"2028-12-{day}", [["09:00", "17:00"]], "盘点" if day == 27 else "")
        for day in (22, 25, 27, 28, 29)
    ]


@pytest.mark.parametrize(
    ("moment", "ahead", "years"),
    [
        ("2026-01-01 10:00", 2, (2025, 2028)),  # all of it is there
        ("2026-12-31 10:00", 0, (2025, 2028)),
        ("2027-01-01 10:00", 2, (2025, 2029)),
        ("2025-06-01 10:00", 0, (2024, 2028)),
        ("2030-06-01 10:00", 1, (2025, 2031)),
    ],
)
def test_a_calendar_reaches_from_the_year_before_to_the_years_ahead(calendar, moment, ahead, years):
    found = working_days.reaching(calendar, at(moment), ahead=ahead)

    assert (found.first_day.year, found.last_day.year) == years
    assert found.days.count() == (date(years[1] + 1, 1, 1) - date(years[0], 1, 1)).days


def test_what_is_there_already_is_not_laid_out_again(calendar):
    with CaptureQueriesContext(connection) as queries:
        assert working_days.reaching(calendar, at("2026-06-01 10:00"), ahead=2) is calendar

    assert len(queries) == 0


def test_building_takes_the_calendar_for_itself_and_keeps_what_is_published(calendar):
    CalendarDay.objects.filter(calendar=calendar, day="2027-03-01").update(hours=[], note="停电")
    fixed = CalendarDay.objects.filter(calendar=calendar, day="2027-03-02")
    fixed.update(hours=[], is_provisional=False)
    other = working_days.ensure_calendar(district(), today=TODAY)
    other.days.filter(day="2027-03-01").update(hours=[], note="停电")

    with CaptureQueriesContext(connection) as queries:
        working_days.build(calendar, 2027)

    first = queries[0]["sql"] if "SAVEPOINT" not in queries[0]["sql"] else queries[1]["sql"]
    assert 'FROM "cases_workcalendar"' in first
    assert first.endswith("FOR UPDATE")
    hours = dict(calendar.days.filter(day__month=3, day__year=2027).values_list("day", "hours"))
    assert hours[date(2027, 3, 1)] == calendar.hours  # nobody had published it
    assert hours[date(2027, 3, 2)] == []
    assert calendar.days.get(day="2028-03-01").is_provisional
    assert other.days.get(day="2027-03-01").note == "停电"


def test_a_year_far_back_or_ahead_brings_those_between(calendar):
    working_days.build(calendar, 2022)

    assert calendar.first_day == date(2022, 1, 1)
    assert calendar.days.count() == (date(2029, 1, 1) - date(2022, 1, 1)).days
    assert calendar.days.get(day="2023-10-02").note == "国庆节"


def test_days_of_a_year_as_published():
    days = {day: (is_work, note) for day, is_work, note in working_days.days_of(2026)}

    assert (len(days), min(days), max(days)) == (365, date(2026, 1, 1), date(2026, 12, 31))
    assert len(working_days.days_of(2028)) == 366
    for day, said in {
        (2, 14): (True, "调休上班"),
        (2, 17): (False, "春节"),
        (4, 5): (False, "清明节"),
        (5, 1): (False, "劳动节"),
        (6, 19): (False, "端午节"),
        (9, 25): (False, "中秋节"),
        (10, 1): (False, "国庆节"),
        (1, 1): (False, "元旦"),
        (11, 20): (True, ""),
        (11, 21): (False, ""),
    }.items():
        assert days[date(2026, *day)] == said
    ordinary = {day.weekday(): is_work for day, is_work, note in working_days.days_of(2027)}
    assert ordinary == {0: True, 1: True, 2: True, 3: True, 4: True, 5: False, 6: False}
    assert (working_days.is_published(2026), working_days.is_published(2027)) == (True, False)


def test_whose_calendars_somebody_may_look_at(calendar, boss):
    other = working_days.ensure_calendar(district(), today=TODAY)
    parks = factories.department("园林局", line="parks")
    own = [working_days.give_own(one, name="己") for one in (parks, factories.department())]
    empty(factories.district(), department=factories.department("未排局", line="none"))
    stranger = factories.staff("administrator", district())

    assert list(working_days.open_to(boss)) == [calendar, *own]
    assert list(working_days.open_to(stranger)) == [other]
    assert list(working_days.open_to(factories.staff())) == []


@pytest.mark.parametrize(
    ("today", "is_near"),
    [(date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2027, 1, 1), True)],
)
def test_published_days_run_out_sixty_days_before_their_end(calendar, today, is_near):
    own = working_days.give_own(factories.department(), name="夜市")
    own.days.filter(day__gt=today).update(is_provisional=True)
    last = date(2026, 12, 31)

    assert working_days.published_until(calendar, today) == last
    assert working_days.runs_out(calendar, today) == (last if is_near else None)


def test_where_everything_is_published_the_calendar_itself_ends(calendar):
    calendar.days.update(is_provisional=False)

    assert working_days.published_until(calendar, TODAY) == date(2028, 12, 31)
    assert working_days.runs_out(calendar, TODAY) is None
    assert working_days.runs_out(calendar, date(2028, 11, 1)) == date(2028, 12, 31)


def test_who_is_told_that_the_calendar_runs_out(calendar, boss):
    now = at("2026-11-22 10:00")
    second = factories.staff("administrator", factories.district())
    gone = factories.staff("administrator", factories.district(), is_active=False)
    factories.staff("dispatcher", factories.district())
    factories.staff("supervisor", factories.street())
    working_days.give_own(factories.department(), name="夜市")
    empty(district("370404"))
    stranger = factories.staff("administrator", district())
    published = working_days.ensure_calendar(district(), today=TODAY)
    published.days.update(is_provisional=False)

    assert watch.warn(now) == 2
    rows = Notification.objects.all()
    assert {row.recipient_id for row in rows} == {boss.pk, second.pk}
    assert not rows.filter(recipient__in=[gone, stranger]).exists()
    assert {(row.kind, row.title, row.url, row.created_at) for row in rows} == {
        (
            "calendar",
            "工作日历只公布到 2026-12-31",
            reverse("cases:calendar", args=[calendar.pk]),
            now,
        )
    }
    assert watch.warn(at("2026-12-22 10:00")) == 0
    newcomer = factories.staff("administrator", factories.district())
    assert watch.warn(at("2026-12-23 10:00")) == 1
    assert rows.filter(recipient=newcomer).count() == 1


def test_days_off_of_several_districts(calendar):
    other = working_days.ensure_calendar(district(), today=TODAY)
    third = district("370405").pk
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    other.days.filter(day=friday).update(hours=[])
    other.days.filter(day=saturday).update(hours=[MORNING])
    here, there = calendar.district_id, other.district_id

    assert working_days.days_off([here, there, third], friday, saturday) == {
        (here, saturday),
        (there, friday),
        (third, saturday),
    }
    assert working_days.days_off([there], saturday, saturday) == set()


def test_a_change_beside_what_is_there_in_lines(calendar):
    was = {
        str(row.day): row for row in calendar.days.filter(day__range=("2026-12-28", "2027-01-05"))
    }
    days = [
        {"day": day, "hours": hours, "note": note}
        for day, hours, note in (
            ("2026-12-30", [], "盘点"),
            ("2026-12-31", [], "盘点"),
            ("2027-01-01", [], "盘点"),  # provisional: a line of its own
            ("2027-01-04", [], "盘点"),  # not the day after
            ("2027-01-05", [], "停电"),
            ("2032-01-05", [MORNING], ""),
            ("2032-01-06", [MORNING, AFTERNOON], ""),
        )
    ]

    assert [
        (line["first"].isoformat(), line["last"].isoformat(), line["number"], line["old"],
         line["new"], line["note"], line["is_provisional"])
        for line in year.lines(days, was)
    ] == [
        ("2026-12-30", "2026-12-31", 2, "08:30-12:00 13:30-17:30", "休息", "盘点", False),
        ("2027-01-01", "2027-01-01", 1, "08:30-12:00 13:30-17:30", "休息", "盘点", True),
        ("2027-01-04", "2027-01-04", 1, "08:30-12:00 13:30-17:30", "休息", "盘点", True),
        ("2027-01-05", "2027-01-05", 1, "08:30-12:00 13:30-17:30", "休息", "停电", True),
        ("2032-01-05", "2032-01-05", 1, "", "08:30-12:00", "", False),
        ("2032-01-06", "2032-01-06", 1, "", "08:30-12:00 13:30-17:30", "", False),
    ]  # fmt: skip


def test_days_of_hours_of_their_own_are_named_with_them(calendar):
    for day, hours, note in (
        ("2026-11-21", [MORNING], ""),
        ("2026-11-22", [MORNING, AFTERNOON, ["18:00", "19:00"]], ""),
        ("2026-11-24", [MORNING], ""),
        ("2026-11-25", [MORNING], ""),
        ("2026-11-27", [MORNING], ""),
        ("2026-11-28", [], "团建"),
        ("2026-11-30", [], ""),
    ):
        calendar.days.filter(day=day).update(hours=hours, note=note)
    working_days.give_own(factories.department(), name="夜市")

    assert [
        (span["first"].day, span["last"].day, span["number"], span["kind"], span["words"],
         span["text"], span["note"])
        for span in year.named(calendar, 2026) if span["first"].month == 11
    ] == [
        (21, 21, 1, "half", "半天", "08:30-12:00", ""),
        (22, 22, 1, "other", "特定时间", "08:30-12:00 13:30-17:30 18:00-19:00", ""),
        (24, 25, 2, "half", "半天", "08:30-12:00", ""),
        (27, 27, 1, "half", "半天", "08:30-12:00", ""),
        (28, 28, 1, "holiday", "休息", "", "团建"),
        (30, 30, 1, "holiday", "休息", "", ""),
    ]  # fmt: skip


def test_a_year_has_twelve_months_of_whole_weeks(calendar):
    calendar.days.filter(day="2026-11-22").update(hours=[["09:00", "09:30"]] * 2, note="")
    calendar.days.filter(day="2026-11-30").delete()
    months = year.months(calendar, 2026, date(2026, 11, 20))

    assert [month for month, _weeks in months] == [date(2026, n, 1) for n in range(1, 13)]
    november = [[cell and cell.day.day for cell in week] for week in months[10][1]]
    none = None
    assert november == [
        [none] * 6 + [1],
        *[list(range(day, day + 7)) for day in (2, 9, 16, 23)],
        [none] * 7,
    ]
    cells = {cell.day.day: cell for week in months[10][1] for cell in week if cell}
    assert [cells[22].kind, cells[22].mark, cells[22].text] == [
        "other", "±", "特定时间 · 09:00-09:30 09:00-09:30",
    ]  # fmt: skip
    assert [day for day, cell in cells.items() if cell.is_today] == [20]
