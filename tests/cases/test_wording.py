"""Times, lights and hands in words, from the second below each edge to the second on it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from cases import wording
from cases.models import Case, Stage
from cases.models.catalogue import check_step_limits
from tests import factories as make
from tests.cases.office import at, report

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
NOW = at("2026-11-20 14:00")

pytestmark = pytest.mark.usefixtures("friday_afternoon")


@pytest.mark.parametrize(
    ("length", "chinese", "english"),
    [
        (timedelta(), "1分钟", "1 minute"),
        (119 * SECOND, "1分钟", "1 minute"),
        (2 * MINUTE, "2分钟", "2 minutes"),
        (HOUR - SECOND, "59分钟", "59 minutes"),
        (HOUR, "1小时", "1 hour"),
        (-HOUR, "1小时", "1 hour"),
        (DAY - SECOND, "23小时", "23 hours"),
        (DAY, "1天", "1 day"),
        (49 * HOUR, "2天", "2 days"),
    ],
)
def test_a_length_in_its_largest_unit(length, chinese, english):
    assert wording.span(length) == chinese
    with translation.override("en"):
        assert wording.span(length) == english


def case(**fields):
    empty = {"due_at": None, "step_due_at": None, "stage_since": NOW, "stage": Stage.HANDLING}
    return SimpleNamespace(**empty | fields)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, ""),
        (NOW + 2 * HOUR, "还剩2小时"),
        (NOW, "超期1分钟"),
        (NOW - 2 * DAY, "超期2天"),
        (NOW + SECOND, "还剩1分钟"),
    ],
)
def test_what_is_left_of_a_limit(due, said):
    assert wording.deadline(case(due_at=due), NOW) == said
    assert wording.deadline(case(due_at=due)) == said


@pytest.mark.parametrize(
    ("due", "said"),
    [(None, ""), (NOW, ""), (NOW - MINUTE + SECOND, ""), (NOW - MINUTE, "1分钟"), (NOW + DAY, "")],
)
def test_by_how_much_it_was_late_at_a_moment(due, said):
    assert wording.late_at(case(due_at=due), NOW) == said


@pytest.mark.parametrize(
    ("light", "due", "step", "long", "short"),
    [
        ("red", NOW - 2 * HOUR, None, "超期2小时", "超期2小时"),
        ("yellow", NOW + 2 * HOUR, None, "临期 还剩2小时", "临期 2小时"),
        ("yellow", NOW + 2 * HOUR, NOW + SECOND, "临期 还剩2小时", "临期 2小时"),
        ("yellow", NOW + 2 * HOUR, NOW, "临期 环节超时", "临期 环节超时"),
        ("yellow", None, None, "临期", "临期"),
        ("green", NOW + 2 * HOUR, NOW, "正常 还剩2小时", "正常 2小时"),
        ("green", None, None, "正常", "正常"),
    ],
)
def test_a_light_in_words(light, due, step, long, short):
    shown = case(due_at=due, step_due_at=step)

    assert wording.light_text(shown, light) == long
    assert wording.light_text(shown, light, short=True) == short


@pytest.mark.parametrize(
    ("stage", "words", "said"),
    [
        ("reported", {}, "待立案"),
        ("registered", {}, "待派遣"),
        ("registered", {"decider": "李四"}, "由李四裁定"),
        ("feedback", {"decider": "李四"}, "待核查"),
        ("closed", {}, "待评价"),
        ("evaluated", {}, "已办结"),
        ("rejected", {}, "不予立案"),
        ("dispatched", {}, "市中区城管局"),
        ("dispatched", {"district": "市中区"}, "城管局"),
        ("handling", {"handler": "张三", "district": "市中区"}, "城管局 · 张三"),
        ("handling", {"department": "市中区", "district": "市中区"}, "市中区"),
        ("handling", {"department": None, "handler": "张三"}, "张三"),
    ],
)
def test_in_whose_hands(stage, words, said):
    words = {"department": "市中区城管局", "handler": None} | words

    assert wording.in_hands(stage, **words) == said


def test_the_hands_of_a_case():
    held = case(
        department=SimpleNamespace(name="市中区城管局"), handler=SimpleNamespace(full_name="张三")
    )

    assert wording.hands(held) == "市中区城管局 · 张三"
    assert wording.hands(held, "市中区") == "城管局 · 张三"
    assert wording.hands(case(department=None, handler=None)) == ""
    assert wording.in_hands_for(case(stage_since=NOW - 3 * HOUR)) == "手上3小时"
    waits = case(stage=Stage.REPORTED, stage_since=NOW - 3 * HOUR)
    assert wording.in_hands_for(waits) == "已等3小时"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "0分钟"),
        (59.4, "59分钟"),
        (59.6, "1小时"),
        (60, "1小时"),
        (61, "1小时1分钟"),
        (150, "2小时30分钟"),
    ],
)
def test_counted_time(minutes, said):
    assert wording.minutes(minutes) == said


def skip(kind, begin, end, name=""):
    moments = at(f"2026-11-{begin}"), at(f"2026-11-{end}")
    return SimpleNamespace(kind=kind, starts_at=moments[0], ends_at=moments[1], name=name)


def test_what_the_clock_left_out():
    lunch = skip("lunch", "19 12:00", "19 13:30")
    night = skip("night", "19 17:30", "20 08:30")
    weekend = skip("day_off", "20 17:30", "23 08:30", "周末")
    holiday = skip("day_off", "25 17:30", "27 08:30")

    def said(*skips):
        return wording.skipped(SimpleNamespace(skipped=list(skips)))

    assert said() == ""
    assert said(lunch) == "午休 11月19日 12:00–13:30"
    assert said(lunch, night) == "午休 11月19日 12:00–13:30、夜间 11月19日 17:30–11月20日 08:30"
    assert said(weekend) == "周末 11月20日 17:30–11月23日 08:30"
    assert said(holiday) == "休息日 11月25日 17:30–11月27日 08:30"
    assert said(lunch, night, lunch) == "午休2次、夜间1次"
    assert said(lunch, weekend, weekend, holiday) == "午休1次、休息日3次、周末"


def test_a_day_in_short():
    assert wording.short_day(at("2026-11-02 23:30")) == "11月2日"


@pytest.mark.django_db
def test_at_whose_desk_a_report_lies(office):
    usual, urgent = report(office), report(office, is_urgent=True)
    names = make.community().name, make.street().name

    assert wording.desk(usual) == names[0]
    assert wording.desk(urgent) == f"{names[0]}、{names[1]}"


CLOSED = {"stage": Stage.CLOSED, "result": "fixed"}


@pytest.mark.django_db
def test_lights_of_many_as_of_one():
    unit = make.unit()
    rows = [
        ({"due_at": NOW}, "red"),
        ({"due_at": NOW + SECOND, "warn_at": NOW}, "yellow"),
        ({"warn_at": NOW}, "yellow"),
        ({"due_at": NOW + SECOND, "warn_at": NOW + SECOND}, "green"),
        ({}, "green"),
        ({"due_at": NOW, "warn_at": NOW}, "red"),
        ({"due_at": NOW, "closed_at": NOW, "closing_light": "yellow", **CLOSED}, "yellow"),
        ({"closed_at": NOW, "closing_light": "red", **CLOSED}, "red"),
    ]
    made = [
        Case.objects.create(
            district_id=unit.district_id, grid=unit, category=make.category(), title="井盖",
            source="patrol", reported_at=NOW, stage_since=NOW, number=f"N{n}", **fields,
        )
        for n, (fields, _light) in enumerate(rows)
    ]  # fmt: skip
    everything = Case.objects.order_by("pk")

    assert [one.light for one in everything.with_light(NOW)] == [light for _fields, light in rows]
    by_light = {name: [] for name in ("red", "yellow", "green")}
    for one, (fields, light) in zip(made, rows, strict=True):
        if "closed_at" not in fields:
            by_light[light].append(one)
    for name, expected in by_light.items():
        assert list(getattr(everything, name)(now=NOW)) == expected
    assert list(everything.open()) == made[:6]


@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ({}, True),
        ({"reported": [1, "minutes"], "feedback": (9_999, "calendar_days")}, True),
        ({"closed": [1, "minutes"]}, False),
        ({"reported": [0, "minutes"]}, False),
        ({"reported": [10_000, "minutes"]}, False),
        ({"reported": [1.5, "minutes"]}, False),
        ({"reported": [True, "minutes"]}, False),
        ({"reported": [1, "weeks"]}, False),
        ({"reported": [1]}, False),
        ({"reported": [1, "minutes", 2]}, False),
        ({"reported": "1m"}, False),
        ({"reported": None}, False),
        ([], False),
        ("", False),
    ],
)
def test_limits_of_steps_are_a_number_and_a_unit(value, is_right):
    if is_right:
        check_step_limits(value)
        return
    with pytest.raises(ValidationError):
        check_step_limits(value)
