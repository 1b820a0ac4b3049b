"""A year as its page shows it, against the schedule that the State Council published for 2026."""

from datetime import date

import pytest
from django.utils import translation

from cases.calendar import clock, left_out, published, working_days, year
from cases.models import CalendarDay
from tests import factories
from tests.cases.office import at

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def in_chinese():
    with translation.override("zh-hans"):
        yield


def spans(calendar, number):
    return [
        (span["first"].isoformat()[5:], span["last"].isoformat()[5:], span["kind"], span["note"])
        for span in year.named(calendar, number)
    ]


def cell(calendar, day):
    month, weeks = year.months(calendar, day.year, TODAY)[day.month - 1]
    assert month == day.replace(day=1)
    (found,) = [one for week in weeks for one in week if one and one.day == day]
    return found


def give_hours(calendar, day, hours, note=""):
    CalendarDay.objects.filter(calendar=calendar, day=day).update(hours=hours, note=note)


def test_the_days_that_are_unlike_an_ordinary_week_are_named_in_spans(calendar):
    assert spans(calendar, 2026) == [
        ("01-01", "01-03", "holiday", "元旦"),
        ("01-04", "01-04", "makeup", "调休上班"),
        ("02-14", "02-14", "makeup", "调休上班"),
        ("02-15", "02-23", "holiday", "春节"),
        ("02-28", "02-28", "makeup", "调休上班"),
        ("04-04", "04-06", "holiday", "清明节"),
        ("05-01", "05-05", "holiday", "劳动节"),
        ("05-09", "05-09", "makeup", "调休上班"),
        ("06-19", "06-21", "holiday", "端午节"),
        ("09-20", "09-20", "makeup", "调休上班"),
        ("09-25", "09-27", "holiday", "中秋节"),
        ("10-01", "10-07", "holiday", "国庆节"),
        ("10-10", "10-10", "makeup", "调休上班"),
    ]


def test_a_year_that_nobody_has_published_has_ordinary_weeks_and_says_so(calendar):
    assert spans(calendar, 2027) == []
    assert cell(calendar, date(2027, 10, 1)).is_provisional
    assert not cell(calendar, date(2026, 10, 1)).is_provisional


def test_neighbours_with_different_hours_are_spans_of_their_own(calendar):
    give_hours(calendar, date(2026, 2, 12), [["08:30", "12:00"]], "小年")
    give_hours(calendar, date(2026, 2, 13), [["09:00", "12:00"], ["13:00", "16:00"]], "小年")

    found = [span for span in year.named(calendar, 2026) if span["note"] == "小年"]

    assert [(span["kind"], span["text"], span["number"]) for span in found] == [
        ("half", "08:30-12:00", 1),
        ("other", "09:00-12:00 13:00-16:00", 1),
    ]


def test_a_span_counts_its_days(calendar):
    found = {span["note"]: span["number"] for span in year.named(calendar, 2026)}

    assert (found["春节"], found["国庆节"], found["中秋节"]) == (9, 7, 3)


@pytest.mark.parametrize(
    ("day", "kind", "mark", "text"),
    [
        (date(2026, 11, 20), "work", "", "上班 · 08:30-12:00 13:30-17:30"),
        (date(2026, 11, 21), "off", "", "休息"),
        (date(2026, 10, 2), "holiday", "休", "休息 · 国庆节"),
        (date(2026, 10, 10), "makeup", "班", "上班 · 08:30-12:00 13:30-17:30 · 调休上班"),
    ],
)
def test_a_day_of_the_year_has_its_mark_and_its_words(calendar, day, kind, mark, text):
    found = cell(calendar, day)

    assert (found.kind, found.mark, found.text) == (kind, mark, text)
    assert found.is_today == (day == TODAY)


def test_a_half_day_is_marked_as_half(calendar):
    give_hours(calendar, date(2026, 11, 20), [["08:30", "12:00"]])

    assert cell(calendar, date(2026, 11, 20)).mark == "½"


def test_five_years_at_most_are_offered_and_this_one_is_among_them(calendar):
    working_days.build(calendar, 2032)

    assert year.around(calendar, 2026) == [2025, 2026, 2027, 2028, 2029]
    assert year.around(calendar, 2028) == [2026, 2027, 2028, 2029, 2030]
    assert year.around(calendar, 2032) == [2028, 2029, 2030, 2031, 2032]


def test_of_a_short_calendar_every_year_is_offered(calendar):
    assert year.around(calendar, 2026) == [2025, 2026, 2027, 2028]


def test_equal_changes_are_one_line_beside_what_was(calendar):
    was = {row.day.isoformat(): row for row in calendar.days.filter(day__year=2027)}
    days = [{"day": f"2027-10-0{n}", "hours": [], "note": "国庆节"} for n in (1, 2, 3)]

    found = [(line["old"], line["new"], line["number"]) for line in year.lines(days, was)]

    assert found == [("08:30-12:00 13:30-17:30", "休息", 1), ("休息", "休息", 2)]
    assert all(line["is_provisional"] for line in year.lines(days, was))


def test_days_off_of_a_district_are_its_weekends_and_holidays(calendar):
    key = calendar.district_id

    assert working_days.days_off([key], date(2026, 9, 30), date(2026, 10, 11)) == {
        (key, date(2026, 10, day)) for day in (1, 2, 3, 4, 5, 6, 7, 11)
    }
    assert working_days.days_off([key], date(2026, 10, 4), date(2026, 10, 4)) == {
        (key, date(2026, 10, 4))
    }


def test_where_a_calendar_has_no_such_day_saturday_and_sunday_are_off(calendar):
    other = factories.district("520602", "碧江区").pk

    assert working_days.days_off([other], date(2026, 10, 2), date(2026, 10, 5)) == {
        (other, date(2026, 10, 3)),
        (other, date(2026, 10, 4)),
    }


def test_a_departments_own_days_are_not_those_of_the_district(calendar):
    own = working_days.give_own(factories.department(), name="窗口")
    give_hours(own, date(2026, 11, 21), [["09:00", "12:00"]])
    saturday = date(2026, 11, 21)

    assert working_days.days_off([calendar.district_id], saturday, saturday)


@pytest.mark.parametrize(
    ("begin", "end", "kinds"),
    [
        ("2026-11-20 09:00", "2026-11-20 12:00", []),
        ("2026-11-20 09:00", "2026-11-20 17:30", ["lunch"]),
        ("2026-11-19 09:00", "2026-11-20 12:00", ["lunch", "night"]),
        ("2026-11-20 17:00", "2026-11-20 18:00", ["night"]),
        ("2026-11-20 17:00", "2026-11-23 09:00", ["day_off"]),
        ("2026-11-20 12:10", "2026-11-20 13:00", ["lunch"]),
    ],
)
def test_what_a_limit_leaves_out_is_lunch_night_or_days_off(calendar, begin, end, kinds):
    found = left_out.between(clock.hours_of(calendar), at(begin), at(end))

    assert [skip.kind for skip in found] == kinds


@pytest.mark.parametrize("head", ["日期", "天", "day", "date", "DATE"])
@pytest.mark.parametrize(("kind", "off"), [("类型", "休"), ("安排", "放假"), ("type", "off")])
def test_a_schedule_is_read_under_each_head_that_offices_use(calendar, tmp_path, head, kind, off):
    path = tmp_path / "schedule.csv"
    path.write_text(f"{head},{kind}\n2027-02-08,{off}\n2027-02-20,班\n", encoding="utf-8")

    found = published.read_file(path, calendar, is_whole_year=False)

    assert found == [
        {"day": "2027-02-08", "hours": [], "note": ""},
        {"day": "2027-02-20", "hours": calendar.hours, "note": "调休上班"},
    ]


def test_a_schedule_with_bad_rows_says_the_first_and_keeps_them_all(calendar, tmp_path):
    path = tmp_path / "schedule.csv"
    path.write_text("日期,类型\n2027-02-30,休\n2027-03-01,谁\n", encoding="utf-8")

    with pytest.raises(published.BadRows, match="2027-02-30") as refused:
        published.read_file(path, calendar, is_whole_year=False)

    assert len(refused.value.errors) == 2
