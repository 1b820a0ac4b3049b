"""A limit tried out: what counts, what is left out, and how it adds up, piece by piece."""

import pytest

from cases.limits import trial
from cases.models import LadderPolicy
from tests import factories
from tests.cases.office import ZONE, at

pytestmark = pytest.mark.django_db


def pieces(found):
    """(kind, from, to, its minutes, minutes until its end, day), moments as "20 10:00"."""
    return [
        (
            piece.kind,
            f"{piece.starts_at.astimezone(ZONE):%d %H:%M}",
            f"{piece.ends_at.astimezone(ZONE):%d %H:%M}",
            piece.minutes,
            piece.total,
            piece.day,
        )
        for piece in found.pieces
    ]


def day(text):
    return at(f"2026-11-{text}")


def test_working_hours_leave_out_lunch_night_and_weekend(calendar):
    found = trial.try_out(calendar, day("20 10:00"), 8, "working_hours")

    assert pieces(found) == [
        ("counted", "20 10:00", "20 12:00", 120, 120, None),
        ("lunch", "20 12:00", "20 13:30", 0, 120, None),
        ("counted", "20 13:30", "20 17:30", 240, 360, None),
        ("day_off", "20 17:30", "23 08:30", 0, 360, None),
        ("counted", "23 08:30", "23 10:30", 120, 480, None),
    ]
    assert (found.due_at, found.warn_at, found.minutes) == (day("23 10:30"), day("20 17:30"), 480)
    assert [piece.name for piece in found.pieces] == ["", "午休", "", "周末", ""]
    assert [piece.is_in_a_day for piece in found.pieces] == [True, True, True, False, True]


def test_a_pause_stands_between_the_parts_that_it_cuts(calendar):
    pause = day("19 11:00"), day("19 14:30")
    found = trial.try_out(calendar, day("19 10:00"), 5, "working_hours", pause)

    assert pieces(found) == [
        ("counted", "19 10:00", "19 11:00", 60, 60, None),
        ("pause", "19 11:00", "19 14:30", 0, 60, None),
        ("counted", "19 14:30", "19 17:30", 180, 240, None),
        ("night", "19 17:30", "20 08:30", 0, 240, None),
        ("counted", "20 08:30", "20 09:30", 60, 300, None),
    ]
    assert [piece.name for piece in found.pieces] == ["", "暂停", "", "夜间", ""]
    assert found.due_at == day("20 09:30")


# A limit of four hours from 10:00, over at 15:30 without a pause.
@pytest.mark.parametrize(
    ("unit", "pause", "shown"),
    [
        ("working_hours", None, "counted lunch counted"),
        ("working_hours", ("20 10:00", "20 11:00"), "pause counted lunch counted"),
        ("urgent_hours", ("20 10:00", "20 11:00"), "pause counted"),
        ("working_hours", ("20 11:00", "20 12:00"), "counted pause lunch counted"),
        ("working_hours", ("20 15:29", "20 16:00"), "counted lunch counted pause counted"),
        ("working_hours", ("20 15:30", "20 16:00"), "counted lunch counted"),
    ],
)
def test_a_pause_is_shown_where_it_cuts_the_limit(calendar, unit, pause, shown):
    moments = pause and tuple(map(day, pause))
    found = trial.try_out(calendar, day("20 10:00"), 4, unit, moments)

    assert [piece.kind for piece in found.pieces] == shown.split()
    assert found.minutes == 240


def test_working_days_are_numbered_from_the_day_after(calendar):
    found = trial.try_out(calendar, day("19 16:30"), 2, "working_days")

    assert pieces(found) == [
        ("counted", "19 16:30", "19 17:30", 60, 60, 0),
        ("night", "19 17:30", "20 08:30", 0, 60, None),
        ("counted", "20 08:30", "20 12:00", 210, 270, 1),
        ("lunch", "20 12:00", "20 13:30", 0, 270, None),
        ("counted", "20 13:30", "20 17:30", 240, 510, 1),
        ("day_off", "20 17:30", "23 08:30", 0, 510, None),
        ("counted", "23 08:30", "23 12:00", 210, 720, 2),
        ("lunch", "23 12:00", "23 13:30", 0, 720, None),
        ("counted", "23 13:30", "23 17:30", 240, 960, 2),
    ]


@pytest.mark.parametrize("unit", ["urgent_hours", "minutes", "calendar_days"])
def test_time_that_counts_always_is_one_piece(calendar, unit):
    found = trial.try_out(calendar, day("20 22:00"), 3, unit)

    assert [(piece.kind, piece.day) for piece in found.pieces] == [("counted", None)]
    assert found.minutes == (found.due_at - day("20 22:00")).total_seconds() / 60


def test_a_limit_that_begins_at_night_begins_with_what_is_left_out(calendar):
    found = trial.try_out(calendar, day("18 20:00"), 1, "working_hours")

    assert pieces(found) == [
        ("night", "18 20:00", "19 08:30", 0, 0, None),
        ("counted", "19 08:30", "19 09:30", 60, 60, None),
    ]


def test_yellow_is_where_the_districts_own_ladder_says(calendar):
    LadderPolicy.objects.create(district_id=calendar.district_id, warn_percent=50)
    others = factories.category("噪声")
    LadderPolicy.objects.create(district_id=calendar.district_id, category=others, warn_percent=25)

    found = trial.try_out(calendar, day("20 08:30"), 2, "working_hours")

    assert found.warn_at == day("20 09:30")


def test_a_pause_beyond_the_calendar_lays_out_the_years_that_it_needs(calendar):
    begin, until = at("2028-12-27 10:00"), at("2029-12-28 10:00")

    found = trial.try_out(calendar, begin, 4, "working_hours", (at("2028-12-27 11:00"), until))

    assert found.due_at == at("2029-12-28 14:30")
