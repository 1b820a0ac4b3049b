"""Days as somebody writes them: what is taken, and what is refused with the reason."""

from datetime import date

import pytest

from cases.calendar import edits
from grids.refusal import Refused

MORNING, AFTERNOON = ["08:30", "12:00"], ["13:30", "17:30"]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("08:30-12:00 13:30-17:30", [MORNING, AFTERNOON]),
        ("13:30-17:30,8:30-12:00", [MORNING, AFTERNOON]),
        ("8：30—12：00；13：30～17：30", [MORNING, AFTERNOON]),
        ("8:30 至 12:00、13:30到17:30", [MORNING, AFTERNOON]),
        ("8:30 – 12:00，13:30 - 17:30", [MORNING, AFTERNOON]),
        ("08:30-12:00 12:00-13:00", [MORNING, ["12:00", "13:00"]]),  # they touch
        ("18:00-24:00", [["18:00", "24:00"]]),
        ("0:00-23:59", [["00:00", "23:59"]]),
        ("", []),
        ("  ", []),
    ],
)
def test_office_hours_in_words(text, hours):
    assert edits.hours_of_text(text) == hours
    assert edits.hours_of_text(edits.text_of_hours(hours)) == hours


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("08:30", "08:30"),
        ("上午", "上午"),
        ("08:30-12:00-13:00", "12:00-13:00"),
        ("12:00-12:00", "早于"),
        ("12:00-08:30", "早于"),
        ("08:30-12:01 12:00-13:00", "重叠"),
        ("08:30-24:01", "24:01"),
        ("08:60-12:00", "08:60"),
        ("24:00-24:00", "早于"),
    ],
)
def test_what_is_no_interval_is_refused(text, why):
    with pytest.raises(Refused, match=why):
        edits.hours_of_text(text)


def test_days_are_put_in_order_and_their_notes_kept_short():
    days = edits.check(
        [
            {"day": date(2026, 11, 24), "hours": [AFTERNOON, ["8:30", "12:00"]], "note": " 停电 "},
            {"day": "2026-11-23", "hours": [], "note": "长" * 61},
            {"day": "2026-11-25", "hours": [], "note": None},
            {"day": "2026-11-26", "hours": []},
        ]
    )

    assert days == [
        {"day": "2026-11-23", "hours": [], "note": "长" * 60},
        {"day": "2026-11-24", "hours": [MORNING, AFTERNOON], "note": "停电"},
        {"day": "2026-11-25", "hours": [], "note": ""},
        {"day": "2026-11-26", "hours": [], "note": ""},
    ]


@pytest.mark.parametrize(
    ("weekdays", "numbers"),
    [([], [20, 21, 22, 23]), ([5, 6], [21, 22]), ([0, 4], [20, 23]), ([2], [])],
)
def test_hours_are_spread_over_the_weekdays_of_a_span(weekdays, numbers):
    days = edits.spread(date(2026, 11, 20), date(2026, 11, 23), weekdays, [MORNING], "半天")

    assert days == [
        {"day": f"2026-11-{number}", "hours": [MORNING], "note": "半天"} for number in numbers
    ]


def test_a_span_of_one_day_is_that_day():
    day = date(2026, 11, 20)

    assert [row["day"] for row in edits.spread(day, day, [], [], "")] == ["2026-11-20"]
