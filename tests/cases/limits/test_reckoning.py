"""What a limit comes to, by hand: office hours 08:30-12:00 and 13:30-17:30 from Monday to Friday."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from cases.calendar.clock import Hours
from cases.limits import reckoning
from cases.limits.reckoning import More, Stop
from cases.models import Alarm, Stage
from tests.cases.office import ZONE, at

DAYS = [date(2026, 11, 2) + timedelta(days=number) for number in range(59)]


@pytest.fixture(scope="module")
def hours():
    spans, before = [], 0
    for day in DAYS:
        for begin, end, minutes in (("08:30", "12:00", 210), ("13:30", "17:30", 240)):
            if day.weekday() < 5:
                spans.append((at(f"{day} {begin}"), at(f"{day} {end}"), before))
                before += minutes
    return Hours(DAYS[0], DAYS[-1], spans)


def stop(begin, end):
    return Stop(at(f"2026-11-{begin}"), at(f"2026-11-{end}"))


def more(moment, number, unit):
    return More(at(f"2026-11-{moment}"), number, unit)


# All begin on Friday 2026-11-20 at 10:00: (limit, turns, due, minutes of it that were paused).
TURNS = [
    ((4, "working_hours"), [], "20 15:30", 0),
    ((4, "working_hours"), [stop("20 11:00", "20 14:30")], "20 17:30", 120),
    ((4, "working_hours"), [stop("20 11:00", "23 09:00")], "23 12:00", 330),
    # two pauses, the second one in what the first has moved
    (
        (4, "working_hours"),
        [stop("20 11:00", "20 14:30"), stop("20 17:00", "23 08:30")],
        "23 09:00",
        150,
    ),
    # a pause that begins when the limit is over moves nothing, one a minute earlier does
    ((4, "working_hours"), [stop("20 15:30", "20 16:30")], "20 15:30", 0),
    ((4, "working_hours"), [stop("20 15:29", "20 16:30")], "20 16:31", 61),
    ((6, "urgent_hours"), [stop("20 12:00", "21 12:00")], "21 16:00", 1440),
    ((90, "minutes"), [stop("20 10:30", "20 10:45")], "20 11:45", 15),
    # days move by the days that the pause reached into; hours of one day move nothing
    ((2, "working_days"), [stop("20 10:00", "20 16:00")], "24 17:30", 270),
    ((2, "working_days"), [stop("20 15:00", "22 12:00")], "24 17:30", 150),
    ((2, "working_days"), [stop("20 15:00", "23 09:00")], "25 17:30", 180),
    ((3, "calendar_days"), [], "23 17:30", 0),
    ((3, "calendar_days"), [stop("20 15:00", "22 10:00")], "25 17:30", 43 * 60),
    # extensions count from where the limit has come to
    ((4, "working_hours"), [more("20 14:00", 2, "working_hours")], "20 17:30", 0),
    ((4, "working_hours"), [more("20 14:00", 1, "working_days")], "23 17:30", 0),
    (
        (4, "working_hours"),
        [more("20 14:00", 2, "working_hours"), stop("20 16:30", "20 17:00")],
        "23 09:00",
        30,
    ),
    (
        (2, "working_days"),
        [more("20 14:00", 3, "working_hours"), more("20 15:00", 1, "working_days")],
        "26 17:30",
        0,
    ),
]


@pytest.mark.parametrize(("limit", "turns", "due", "paused"), TURNS)
def test_pauses_and_extensions_move_a_limit_in_their_order(hours, limit, turns, due, paused):
    due_at, length = reckoning.run_to(hours, at("2026-11-20 10:00"), *limit, turns)

    assert due_at.astimezone(ZONE) == at(f"2026-11-{due}")
    assert length == timedelta(minutes=paused)


def moments(limits):
    return {
        level.name: f"{moment.astimezone(ZONE):%d %H:%M}" for level, moment in limits.rungs.items()
    }


def test_rungs_stand_around_the_limit_at_the_shares_of_its_own_length(hours):
    turns = [stop("20 11:00", "20 14:30")]
    found = reckoning.settle(hours, at("2026-11-20 10:00"), 4, "working_hours", turns)

    assert found.length == timedelta(hours=4)  # the pause is no part of it
    assert moments(found) == {
        "WARN": "20 16:30",
        "DUE": "20 17:30",
        "HALF": "23 10:30",
        "FULL": "23 14:00",
        "DOUBLE": "24 09:00",
    }
    assert (found.warn_at, found.due_at) == (at("2026-11-20 16:30"), at("2026-11-20 17:30"))


def test_rungs_of_a_ladder_of_its_own_and_of_time_that_counts_the_night(hours):
    percents = dict(zip(Alarm.Level, (50, 100, 110, 120, 500), strict=True))
    found = reckoning.settle(hours, at("2026-11-20 20:00"), 10, "urgent_hours", (), percents)

    assert moments(found) == {
        "WARN": "21 01:00",
        "DUE": "21 06:00",
        "HALF": "21 07:00",
        "FULL": "21 08:00",
        "DOUBLE": "22 22:00",
    }


def test_the_shipped_ladder():
    assert {level.name: percent for level, percent in reckoning.USUAL.items()} == {
        "WARN": 75,
        "DUE": 100,
        "HALF": 150,
        "FULL": 200,
        "DOUBLE": 300,
    }


LIMITED = SimpleNamespace(
    step_limits={"reported": [10, "minutes"], "handling": [2, "working_days"]}
)
FREE = SimpleNamespace(step_limits={})


@pytest.mark.parametrize(
    ("stage", "standard", "is_urgent", "limit"),
    [
        # nothing that is reported waits unseen
        (Stage.REPORTED, None, False, (4, "working_hours")),
        (Stage.REPORTED, None, True, (30, "minutes")),
        (Stage.REPORTED, FREE, False, (4, "working_hours")),
        (Stage.REPORTED, LIMITED, True, [10, "minutes"]),
        (Stage.HANDLING, LIMITED, False, [2, "working_days"]),
        (Stage.HANDLING, FREE, True, (None, None)),
        (Stage.HANDLING, None, False, (None, None)),
        (Stage.FEEDBACK, LIMITED, False, (None, None)),
    ],
)
def test_the_limit_of_a_step(stage, standard, is_urgent, limit):
    assert reckoning.step_limit(stage, standard, is_urgent) == limit


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        ({"number": 4, "unit": "working_hours"}, True),  # written when nobody had to grant it
        ({"number": "4", "unit": "working_hours", "granted": True}, True),
        ({"number": 4, "unit": "working_hours", "granted": False}, False),
        ({"number": 4}, False),
        ({"unit": "working_hours"}, False),
        ({"granted": True}, False),
        ({}, False),
    ],
)
def test_only_a_granted_extension_is_more_time(data, is_one):
    moment = at("2026-11-20 10:00")

    assert reckoning.more_of(moment, data) == (More(moment, 4, "working_hours") if is_one else None)


def test_stops_of_a_step_are_the_pauses_from_its_beginning_on():
    before, within = stop("20 09:59", "20 12:00"), stop("20 10:00", "20 11:00")
    turns = [before, within, more("20 10:30", 1, "working_hours")]

    assert reckoning.stops_since(at("2026-11-20 10:00"), turns) == [within]
    assert reckoning.in_order(turns[::-1]) == turns
