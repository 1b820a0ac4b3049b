"""Days, outcomes and doors in the words of the street."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from inspections import wording
from inspections.models import Mode, Visit

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("days", "zh"),
    [(-3, "逾期3天"), (-1, "逾期1天"), (0, "今日"), (1, "明日")],
)
def test_when_somebody_is_due(days, zh):
    assert wording.due(TODAY + timedelta(days=days), TODAY) == zh


def test_a_day_further_on_is_a_date_and_today_is_that_of_the_clock():
    assert wording.due(TODAY + timedelta(days=2), TODAY) == wording.day(date(2026, 11, 24))
    assert wording.due(timezone.localdate()) == "今日"


def test_the_year_is_said_when_it_is_not_this_one():
    year = timezone.localdate().year

    assert wording.day(date(year, 3, 5)) == "3月5日"
    assert wording.day(date(year + 1, 3, 5)) == f"{year + 1}年3月5日"
    assert wording.day(None) == ""


@pytest.mark.parametrize(
    ("day", "weekday"), list(zip(range(16, 23), "一二三四五六日", strict=True))
)
def test_a_day_with_its_weekday(day, weekday):
    assert wording.long_day(date(2026, 11, day)).endswith(f"周{weekday}")


OUTCOMES = {
    ("home", "met"): "Met in person",
    ("home", "nobody"): "Nobody home",
    ("home", "refused"): "Refused",
    ("home", "moved"): "Moved away",
    ("call", "met"): "Spoken to",
    ("call", "nobody"): "No answer",
    ("call", "refused"): "Did not want to talk",
    ("call", "moved"): "Moved away",
}


def test_every_outcome_has_words_for_the_door_and_for_the_call():
    with translation.override("en"):
        said = {
            (str(mode), str(outcome)): wording.outcome(SimpleNamespace(mode=mode, outcome=outcome))
            for mode in Mode.values
            for outcome in Visit.Outcome.values
        }

    assert said == OUTCOMES


@pytest.mark.parametrize(("number", "end"), [("13812345678", "*5678"), ("12", "*12"), ("", "")])
def test_the_end_of_a_phone(number, end):
    assert wording.phone_end(number) == end


@pytest.mark.parametrize(
    ("compound", "building", "entrance", "place"),
    [
        ("龙凤家园", "1号楼", "1单元", "龙凤家园 1号楼 1单元 202"),
        (None, "1号楼", "", "1号楼 202"),
        (None, None, "1单元", "光明路7号"),
    ],
)
def test_where_a_door_is(compound, building, entrance, place):
    house = building and SimpleNamespace(
        name=building, compound=compound and SimpleNamespace(name=compound)
    )
    door = SimpleNamespace(building=house, entrance=entrance, room="202", address="光明路7号")

    assert wording.place(door) == place
