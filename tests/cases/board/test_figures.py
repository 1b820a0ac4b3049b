"""Figures by hand: bars, sheets, stamps, and every edge of a period, of a rate and of a light."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.board import board, charts, closed_figures, freshness, sheets, trends
from cases.lists import scope_of_board
from cases.models import Case, CaseEvent, Loop, Stage
from grids.models import Grid
from grids.tree import add_grid
from tests import factories as make
from tests.cases.office import at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 14:00")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


def case(**fields):
    grid = fields.pop("grid", None) or make.unit()
    fields = {
        "grid": grid,
        "district_id": grid.district_id,
        "category": make.category(),
        "title": "井盖",
        "source": "patrol",
        "reported_at": NOW - timedelta(hours=5),
        "stage_since": NOW,
        "number": f"N{Case.objects.count():05}",
    } | fields
    return Case.objects.create(**fields)


def closed(when, light="green", **fields):
    fields = {"stage": Stage.CLOSED, "closed_at": when, "closing_light": light} | fields
    if fields["stage"] != Stage.REJECTED:
        fields["result"] = "fixed"
    return case(**fields)


def test_bars_stand_on_the_floor_as_high_as_their_share():
    rows = [("solid", "结案", [2, None, 4], ["2", "", "4"]), ("striped", "上报", [0, 1, 3], "013")]
    chart = charts.draw("每月", ["九月", "十月", "本月"], rows)

    assert (chart.title, chart.looks) == ("每月", [("solid", "结案"), ("striped", "上报")])
    assert (chart.width, chart.height, chart.floor) == (960, 240, 210)
    # fewer than six places are six: 160 each, two bars of 72 in it
    assert chart.ticks == [(80, "九月"), (240, "十月"), (400, "本月")]
    assert [
        (bar.look, bar.x, bar.width, bar.height, bar.text, bar.middle) for bar in chart.bars
    ] == [
        ("solid", 8, 68, 91, "2", 42),
        ("striped", 80, 68, 0, "0", 114),
        ("striped", 240, 68, 46, "1", 274),
        ("solid", 328, 68, 182, "4", 362),
        ("striped", 400, 68, 136, "3", 434),
    ]
    assert {bar.y + bar.height for bar in chart.bars} == {chart.floor}


def test_bars_of_many_places_and_under_a_top_of_their_own():
    chart = charts.draw("", list("abcdefgh"), [("solid", "", [1] * 8, [""] * 8)], top=2)

    assert [x for x, _text in chart.ticks] == [60 + 120 * n for n in range(8)]
    assert {(bar.width, bar.height) for bar in chart.bars} == {(100, 91)}
    empty = charts.draw("", ["a"], [("solid", "", [0], ["0"])])
    assert [bar.height for bar in empty.bars] == [0]
    assert charts.draw("", [], [("solid", "", [], [])]).bars == []


def line(**fields):
    return trends.Line(None, date(2026, 11, 1), date(2026, 11, 30), **fields)


def test_the_sheets_of_the_trends():
    found = trends.Trends(NOW, "month", line(reported=3, closed=2, on_time=1, overdue=2))
    found.periods = [line(reported=3, closed=2, on_time=1, median=1.25, p80=2.55, overdue=1)]
    found.groups = [line()]
    found.groups[0].of = "网格"
    periods, groups = sheets.of_trends(found, str, "grid")

    span = "2026-11-01 – 2026-11-30"
    assert (periods.title, groups.title) == ("按时段", "按网格")
    assert periods.rows == [[span, 3, 2, 1, 1, Decimal("33.3"), Decimal("1.2"), Decimal("2.5")]]
    assert groups.rows == [
        ["网格", 0, 0, 0, 0, None, None, None],
        ["合计", 3, 2, 1, 2, Decimal("25.0"), None, None],
    ]
    assert groups.heads[0] == "按网格"
    assert len(periods.heads) == len(groups.heads) == 8
    memory = BytesIO()
    sheets.write(memory, [periods, groups], "街道 · 近十二月")
    page = openpyxl.load_workbook(BytesIO(memory.getvalue()))["按时段"]
    assert page["A1"].value == "街道 · 近十二月"
    assert [cell.value for cell in page[2]] == periods.heads
    assert [cell.value for cell in page[3]][:3] == [span, 3, 2]
    assert page["A2"].font.bold
    assert page.freeze_panes == "B3"


def test_the_sheets_of_a_board():
    lines = {"department": [board.Line("城管", red=1, yellow=2, total=6)], "loop": []}
    first, second = sheets.of_board(SimpleNamespace(lines=lines), str)

    assert (first.title, first.rows) == ("按部门", [["城管", 1, 2, 3, 6]])
    assert (second.title, second.rows) == ("按循环", [])
    assert len(first.heads) == 5
    assert sheets.WAYS["category"]


def test_a_stamp_holds_for_its_reader_for_a_minute_while_nothing_happens(office):
    who = office.supervisor
    happened, reader = freshness.happened(), freshness.reader(who, "zh", "1")
    stamp = freshness.put("一", happened=happened, reader=reader, now=NOW)
    again = freshness.read(str(stamp))
    end = at("2026-11-20 14:01")

    assert again == stamp
    assert stamp.until == end.timestamp()
    assert stamp.holds(happened, reader, end - SECOND)
    assert not stamp.holds(happened, reader, end)
    assert not stamp.holds("1.1", reader, NOW)
    assert not stamp.holds(happened, freshness.reader(who, "en", "1"), NOW)
    assert freshness.reader(office.leader, "zh", "1") != reader
    for text in ("", None, str(stamp)[1:], str(stamp) + "x", '"1-a-1-b"'):
        assert freshness.read(text) is None
    other = freshness.put("二", happened=happened, reader=reader, now=NOW)
    later = freshness.put("一", happened="9.9", reader=reader, now=end)
    assert stamp.says_the_same(later)
    assert not stamp.says_the_same(other)
    elsewhere = freshness.put("一", happened=happened, reader="x", now=NOW)
    assert not stamp.says_the_same(elsewhere)


def test_what_happened_is_the_last_key_and_how_many_are_near_it(office):
    assert freshness.happened() == "0.0"
    one = case()
    events = [CaseEvent.objects.create(case=one, kind="urge", at=NOW) for _ in range(3)]
    assert freshness.happened() == f"{events[-1].pk}.3"
    late = CaseEvent.objects.create(pk=events[-1].pk + 500, case=one, kind="urge", at=NOW)
    assert freshness.happened() == f"{late.pk}.1"
    CaseEvent.objects.create(pk=events[-1].pk + 1, case=one, kind="urge", at=NOW)
    assert freshness.happened() == f"{late.pk}.2"


def settled(office, now=NOW, **more):
    shares = scope_of_board.shares(office.supervisor, make.street())
    return closed_figures.read(office.supervisor, shares, now, **more)


def test_what_was_closed_in_the_last_thirty_days(office):
    begin = at("2026-10-21 00:00")
    closed(begin, loop=Loop.GRID)
    closed(begin - SECOND, loop=Loop.GRID)
    closed(NOW, "red", loop=Loop.GRID)
    closed(NOW, "yellow", loop=Loop.DISTRICT, stage=Stage.EVALUATED)
    closed(NOW + SECOND, loop=Loop.STREET)
    closed(NOW, stage=Stage.REJECTED)
    closed(NOW, grid=make.unit("370402002001001"))
    case()

    found = settled(office)
    assert (found.at, found.since, found.on_time) == (NOW, date(2026, 10, 21), 2)
    assert found.by_loop == {"grid": 2, "district": 1}
    assert found.total == 3
    assert found.shares() == [(Loop.GRID, 2, 2 / 3), (Loop.DISTRICT, 1, 1 / 3)]
    assert (found.rate(0), found.rate(1)) == (2 / 3, 2 / 4)
    nothing = closed_figures.Settled(NOW, NOW.date())
    assert (nothing.rate(0), nothing.rate(2), nothing.shares()) == (None, 0, [])


def test_figures_are_kept_for_two_minutes_and_not_from_the_future(office):
    first = settled(office)
    closed(NOW)
    kept = timedelta(seconds=120)

    assert settled(office, NOW + kept - SECOND) == first
    assert settled(office, NOW - SECOND).at == NOW - SECOND
    cache.clear()
    settled(office)
    assert settled(office, NOW + kept).at == NOW + kept


def numbers(found):
    return found.reported, found.closed, found.on_time, found.overdue


def test_trends_are_kept_for_five_minutes_and_not_from_the_future(office):
    first = trends.read(office.supervisor, now=NOW)
    case()
    kept = timedelta(seconds=300)

    assert trends.read(office.supervisor, now=NOW + kept - SECOND).at == first.at == NOW
    for words in (
        {"unit": "week"},
        {"by": "loop"},
        {"chosen": {"urgent": "1"}},
        {"place": make.unit()},
    ):
        assert trends.read(office.supervisor, now=NOW + SECOND, **words).at == NOW + SECOND
    assert trends.read(office.supervisor, now=NOW - SECOND).at == NOW - SECOND
    assert trends.read(office.supervisor, now=NOW + kept).at == NOW + kept


@pytest.mark.parametrize(
    ("now", "unit", "first", "last"),
    [
        ("2026-11-20 14:00", "month", date(2025, 12, 1), date(2026, 11, 1)),
        ("2026-12-31 23:59", "month", date(2026, 1, 1), date(2026, 12, 1)),
        ("2026-01-01 00:00", "month", date(2025, 2, 1), date(2026, 1, 1)),
        ("2026-11-20 14:00", "week", date(2026, 8, 31), date(2026, 11, 16)),
        ("2026-11-16 00:00", "week", date(2026, 8, 31), date(2026, 11, 16)),
        ("2026-11-22 23:59", "week", date(2026, 8, 31), date(2026, 11, 16)),
    ],
)
def test_the_last_twelve_periods(office, now, unit, first, last):
    found = trends.read(office.supervisor, now=at(now), unit=unit)

    starts = [period.since for period in found.periods]
    assert (len(starts), starts[0], starts[-1]) == (12, first, last)
    assert [one.until + timedelta(days=1) for one in found.periods[:-1]] == starts[1:]
    assert found.periods[-1].until == at(now).date()
    assert (found.total.since, found.total.until) == (first, at(now).date())


def test_what_counts_in_which_month(office):
    noise, bureau = make.category("噪声"), office.department
    begin, month = at("2025-12-01 00:00"), at("2026-11-01 00:00")
    closed(begin, reported_at=begin - SECOND)
    closed(begin - SECOND, reported_at=begin - timedelta(days=2))
    closed(month, "red", reported_at=month - timedelta(days=2), category=noise, department=bureau)
    closed(NOW, "yellow", reported_at=month - SECOND, category=noise, loop=Loop.GRID)
    closed(NOW + SECOND, reported_at=NOW)
    closed(NOW, stage=Stage.REJECTED, reported_at=NOW)
    case(reported_at=NOW, due_at=NOW, department=bureau)
    case(reported_at=NOW + SECOND, due_at=NOW + SECOND)
    case(reported_at=begin, due_at=begin)
    case(reported_at=begin - SECOND, due_at=begin - SECOND)
    case(reported_at=NOW, due_at=NOW, grid=make.unit("370402002001001"))

    found = trends.read(office.supervisor, now=NOW)
    assert [numbers(period) for period in found.periods] == [
        (1, 1, 1, 1),
        *[(0, 0, 0, 0)] * 9,
        (2, 0, 0, 0),
        (1, 2, 1, 1),
    ]
    assert numbers(found.total) == (4, 3, 2, 2)
    assert found.total.rate == 2 / 5
    assert found.periods[1].rate is None
    day = timedelta(days=1)
    assert found.periods[-1].median == 2
    assert found.periods[-1].p80 == (NOW - month + SECOND) / day
    by_category = {str(group.of): numbers(group) for group in found.groups}
    assert by_category == {"城市管理局": (2, 1, 0, 1), "None": (2, 2, 2, 1)}
    assert [group.of for group in found.groups] == [None, bureau]
    groups = trends.read(office.supervisor, now=NOW, by="category").groups
    assert [(group.of.name, numbers(group)) for group in groups] == [
        ("噪声", (2, 2, 1, 0)),
        ("井盖缺失", (2, 1, 1, 2)),
    ]
    loops = trends.read(office.supervisor, now=NOW, by="loop").groups
    assert [(group.of, numbers(group)) for group in loops] == [
        (Loop.STREET, (3, 2, 1, 2)),
        (Loop.GRID, (1, 1, 1, 0)),
    ]
    grids = trends.read(office.dispatcher, now=NOW, by="grid").groups
    assert [(group.of.code, numbers(group)) for group in grids] == [
        ("370402001", (4, 3, 2, 2)),
        ("370402002", (1, 0, 0, 1)),
    ]
    assert (grids[0].since, grids[0].until) == (date(2025, 12, 1), date(2026, 11, 20))
    nobody = trends.read(office.worker, now=NOW)
    assert (numbers(nobody.total), nobody.groups, len(nobody.periods)) == ((0, 0, 0, 0), [], 12)


def on_board(person, **more):
    return board.read(person, now=NOW, **more)


def light(found):
    return found.red, found.yellow, found.green, found.total


def test_lights_change_on_the_second(office):
    case(due_at=NOW)
    case(due_at=NOW + SECOND, warn_at=NOW)
    case(due_at=NOW + SECOND, warn_at=NOW + SECOND)
    case(warn_at=NOW)
    case()
    closed(NOW, due_at=NOW)

    found = on_board(office.supervisor)
    assert light(found.lights) == (1, 2, 2, 5)
    for way in board.WAYS:
        (only,) = found.lines[way]
        assert light(only) == (1, 2, 2, 5)
    assert [str(found.lines[way][0].of) for way in ("department", "category", "loop")] == [
        "None",
        "井盖缺失",
        "street",
    ]
    assert found.lines["grid"][0].of == Grid.objects.get(code="370402001028")
    assert found.on_time_rate == 1 / 2
    assert on_board(office.worker).on_time_rate is None


def test_the_reddest_stand_first_then_the_yellowest_then_the_fullest(office):
    kinds = {name: make.category(name) for name in "甲乙丙丁"}
    late, warned = {"due_at": NOW}, {"warn_at": NOW}
    for name, rows in {
        "甲": [{}, {}, {}],
        "乙": [late],
        "丙": [warned, {}],
        "丁": [warned, {}, {}],
    }.items():
        for fields in rows:
            case(category=kinds[name], **fields)

    found = on_board(office.supervisor, by=("category",))
    assert [one.of.name for one in found.lines["category"]] == ["乙", "丁", "丙", "甲"]
    assert list(found.lines) == ["category"]
    one_way = on_board(
        office.supervisor, by=("loop", "category"), chosen={"category": kinds["丁"].pk}
    )
    assert [light(one) for one in one_way.lines["loop"]] == [(0, 1, 2, 3)]
    assert light(one_way.lights) == (0, 1, 2, 3)


def test_under_each_light_the_earliest_limit_first_and_those_without_one_last(office):
    day = timedelta(days=1)
    rows = {
        "red": [{"due_at": NOW - day}, {"due_at": NOW}],
        "yellow": [
            {"due_at": NOW + day, "warn_at": NOW},
            {"due_at": NOW + 2 * day, "warn_at": NOW},
            {"warn_at": NOW},
        ],
        "green": [{"due_at": NOW + day}, {}, {}],
    }
    made = {name: [case(**fields) for fields in fields_of][::1] for name, fields_of in rows.items()}
    extra = case(due_at=NOW - 2 * day)
    made["red"].insert(0, extra)

    found = on_board(office.supervisor).urgent
    assert found == made
    few = on_board(office.supervisor, limit=2).urgent
    assert few == {name: shown[:2] for name, shown in made.items()}
    assert on_board(office.supervisor, limit=1).urgent["green"] == made["green"][:1]
    with CaptureQueriesContext(connection) as queries:
        board.read(office.supervisor, now=NOW)
    assert len(queries) < 15


def test_of_two_postings_the_urgent_stand_once_and_in_one_order(office):
    parks = make.department("园林局", line="parks")
    make.posting(office.supervisor, "department_head", parks.grid, department=parks)
    here = [case(due_at=NOW - timedelta(hours=n), department=parks) for n in (1, 3)]
    there = case(
        due_at=NOW - timedelta(hours=2), department=parks, grid=make.unit("370402002001001")
    )

    found = board.read(office.supervisor, now=NOW, place=Grid.objects.get(code="370402"))
    assert found.urgent["red"] == [here[1], there, here[0]]
    assert light(found.lights) == (3, 0, 0, 3)


def test_children_of_a_place_pass_through_hidden_levels():
    units = [make.unit(), make.unit("370402001028002"), make.unit("370402001027001")]
    far = make.unit("370402002001001")
    keys = [one.pk for one in [*units, far]]

    def children(place):
        return list(board.children_of(place and Grid.objects.get(pk=place.pk), keys).values())

    assert children(make.district()) == ["370402001"] * 3 + ["370402002"]
    assert children(make.street())[:3] == ["370402001028"] * 2 + ["370402001027"]
    assert children(make.community())[:2] == ["370402001028B01"] * 2
    Grid.objects.filter(code__endswith="B01").update(is_passthrough=True)
    assert children(make.community())[:2] == [one.code for one in units[:2]]
    assert children(units[0])[0] == units[0].code
    assert children(None) == ["370402"] * 4
    city = add_grid(
        parent=None, tier="city", code="370400", name="枣庄市", valid_from=make.LONG_AGO
    )
    assert city
