"""Published schedules: every spelling of a row, and what the installed package knows."""

from datetime import date, datetime

import pytest

from cases.calendar import published, working_days
from cases.models import CalendarDay
from grids.refusal import Refused
from tests import factories

pytestmark = pytest.mark.django_db

MORNING, AFTERNOON = ["08:30", "12:00"], ["13:30", "17:30"]
WHOLE = [MORNING, AFTERNOON]


def read(calendar, tmp_path, text, *, is_whole_year=False):
    path = tmp_path / "schedule.csv"
    path.write_text(text, encoding="utf-8")
    return published.read_file(path, calendar, is_whole_year=is_whole_year)


def short(days):
    return [(row["day"], row["hours"], row["note"]) for row in days]


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ("2027-02-08,休,春节", [("2027-02-08", [], "春节")]),
        ("2027/2/8,假,", [("2027-02-08", [], "")]),
        ("2027年2月8日,Holiday,", [("2027-02-08", [], "")]),
        ("20270208,休,", [("2027-02-08", [], "")]),
        ("20270208.0,休,", [("2027-02-08", [], "")]),
        ("2027-02-08 00:00:00,休,", [("2027-02-08", [], "")]),
        # a day of work on a weekend is a make-up day, unless it has a note of its own
        ("2027-02-20,班,", [("2027-02-20", WHOLE, "调休上班")]),
        ("2027-02-20,班,开放日", [("2027-02-20", WHOLE, "开放日")]),
        ("2027-02-19,上班,", [("2027-02-19", WHOLE, "")]),
        ("2027-02-20,休,", [("2027-02-20", [], "")]),
        ("2027-02-19,上午,", [("2027-02-19", [MORNING], "")]),
        ("2027-02-21,下午,", [("2027-02-21", [AFTERNOON], "调休上班")]),
        ("2027-02-19,09:00-11:00,", [("2027-02-19", [["09:00", "11:00"]], "")]),
        (
            "2027-02-27~2027-03-01,休,",
            [("2027-02-27", [], ""), ("2027-02-28", [], ""), ("2027-03-01", [], "")],
        ),
        ("2027-02-08至2027-02-08,休,", [("2027-02-08", [], "")]),
        ("2027-02-08,休", [("2027-02-08", [], "")]),  # a row that ends early
    ],
)
def test_a_row_of_a_schedule(calendar, tmp_path, row, days):
    assert short(read(calendar, tmp_path, f"日期,类型,说明\n\n{row}\n")) == days


def test_hours_have_a_column_of_their_own_and_go_before_the_kind(calendar, tmp_path):
    text = "放假安排,,\n日期,办公时间,类型\n2027-02-08,9:00-10:00,休\n2027-02-09,,休\n"

    assert short(read(calendar, tmp_path, text)) == [
        ("2027-02-08", [["09:00", "10:00"]], ""),
        ("2027-02-09", [], ""),
    ]
    assert read(calendar, tmp_path, "日期,办公时间\n2027-02-08,9:00-10:00\n")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2027-02-08~2027-02-07,休", "2027-02-08~2027-02-07"),
        ("2027-02-08~2027-02-09~2027-02-10,休", "2027-02-10"),
        ("2027-02-08~2027-04-10,休", "2027-04-10"),  # 61 days on
        ("2027-13-01,休", "2027-13-01"),
        ("春节,休", "春节"),
        ("2027-02-08,看情况", "看情况"),
        ("2027-02-08,", "休"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_number(calendar, tmp_path, row, why):
    text = f"日期,类型\n2027-01-01,休\n{row}\n2027-01-01,休\n"

    with pytest.raises(published.BadRows) as refused:
        read(calendar, tmp_path, text)

    first, second = refused.value.errors
    assert str(refused.value) == first
    assert "3" in first
    assert why in first
    assert "4" in second
    assert "2027-01-01" in second


def test_a_span_has_sixty_days_behind_its_first_at_most(calendar, tmp_path):
    days = read(calendar, tmp_path, "日期,类型\n2027-02-08~2027-04-09,休\n")

    assert (len(days), days[-1]["day"]) == (61, "2027-04-09")


def test_the_head_stands_in_the_first_ten_rows_and_says_what_counts(calendar, tmp_path):
    head = "日期,类型\n2027-02-08,休\n"

    assert read(calendar, tmp_path, "说明\n" * 9 + head)
    for text in ("说明\n" * 10 + head, "日期,说明\n2027-02-08,休\n", "类型,说明\n休,2027\n"):
        with pytest.raises(Refused, match="日期"):
            read(calendar, tmp_path, text)


def test_two_thousand_rows_at_most_and_one_at_least(calendar, tmp_path):
    one = "日期,类型\n2027-02-08,休\n"

    assert len(read(calendar, tmp_path, one + " ,\n" * 1999)) == 1
    with pytest.raises(Refused, match="太多"):
        read(calendar, tmp_path, one + " ,\n" * 2000)
    with pytest.raises(Refused, match="没有"):
        read(calendar, tmp_path, "日期,类型\n ,\n")


def test_of_a_whole_year_all_other_days_are_an_ordinary_week(calendar, tmp_path):
    text = "日期,类型,说明\n2027-10-01,休,国庆节\n2027-10-09,班,\n"
    days = read(calendar, tmp_path, text, is_whole_year=True)
    by_day = {row["day"]: (row["hours"], row["note"]) for row in days}

    assert (len(days), list(by_day)) == (365, sorted(by_day))
    assert [by_day[f"2027-10-{day:02}"] for day in (1, 2, 4, 8, 9, 10)] == [
        ([], "国庆节"),
        ([], ""),
        (WHOLE, ""),
        (WHOLE, ""),
        (WHOLE, "调休上班"),
        ([], ""),
    ]
    assert sum(bool(hours) for hours, _note in by_day.values()) == 261  # one less, one more
    assert {day[:4] for day in by_day} == {"2027"}


def test_a_cell_that_is_a_date_is_that_day():
    assert published._days(date(2027, 2, 8)) == (date(2027, 2, 8),) * 2
    assert published._days(datetime(2027, 2, 8, 9, 30)) == (date(2027, 2, 8),) * 2  # noqa: DTZ001


def test_the_installed_package_knows_published_years_only(calendar):
    days = {row["day"]: row for row in published.read_package(calendar, 2026)}

    assert len(days) == 365
    assert days["2026-10-01"] == {"day": "2026-10-01", "hours": [], "note": "国庆节"}
    assert days["2026-10-10"] == {"day": "2026-10-10", "hours": WHOLE, "note": "调休上班"}
    assert days["2026-11-21"] == {"day": "2026-11-21", "hours": [], "note": ""}
    with pytest.raises(Refused, match="2028"):
        published.read_package(calendar, 2028)


def test_years_to_publish_are_provisional_and_known_by_now(calendar):
    assert published.years_to_publish(calendar) == []
    own = working_days.give_own(factories.department(), name="夜市")
    CalendarDay.objects.filter(calendar=own, day="2025-03-03").update(is_provisional=True)
    CalendarDay.objects.filter(calendar=calendar, day__month=3).update(is_provisional=True)

    assert published.years_to_publish(calendar) == [2025, 2026]
    assert published.years_to_publish(own) == [2025]


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("休 休息 放假 休假 假 off holiday", []),
        ("班 上班 调休 调休上班 补班 工作日 work workday", WHOLE),
        ("上午 上午班 半天 morning half", [MORNING]),
        ("下午 下午班 afternoon", [AFTERNOON]),
    ],
)
def test_every_word_for_a_kind_of_day(calendar, words, hours):
    for word in words.split():
        assert published._hours({"kind": word.upper()}, calendar) == hours, word


def test_every_head_of_a_column():
    heads = {
        "day": "日期 天 day date",
        "kind": "类型 类别 安排 kind type",
        "hours": "办公时间 时间 hours",
        "note": "说明 备注 节日 名称 note name holiday",
    }
    for name, words in heads.items():
        for word in words.split():
            others = [other for other in ("day", "kind") if other != name]
            assert published._head([[*others, word]])[1][name] == len(others), word
