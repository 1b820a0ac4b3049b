"""What the map draws, cell by cell; what a phone is told; what a cache says while Redis is away."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.utils import timezone, translation
from redis.exceptions import ConnectionError as AwayError

from gridmgmt.cache import ForgivingRedisCache
from gridmgmt.home.language import PortalLocaleMiddleware
from gridmgmt.map import layers
from gridmgmt.offline.middleware import QueueMiddleware
from grids.models import Grid
from tests import factories as make
from tests.portal.test_map import case, square

TODAY = timezone.localdate()


# The map


@pytest.mark.parametrize(
    ("late", "total", "level"),
    [
        (0, 0, ""), (0, 10, 0), (1, 100, 1), (9, 100, 1), (10, 100, 2), (29, 100, 2), (30, 100, 3),
        (100, 100, 3),
    ],
)  # fmt: skip
def test_the_level_of_a_share(late, total, level):
    assert layers._level(late, total) == level


def test_the_table_lists_the_most_unseen_first_and_no_empty_grid():
    cells = [
        {"properties": {"all": total, "households": late}}
        for total, late in ((5, 1), (0, 0), (9, 4))
    ]

    assert layers.to_read(cells, "lights") == cells
    assert [cell["properties"]["households"] for cell in layers.to_read(cells, "unseen")] == [4, 1]


@pytest.fixture
def ground(db):
    cells = []
    for number in range(1, 4):
        cell = make.unit(f"37040200102800{number}")
        cell.boundary = square(117.5 + number / 100, 34.8)
        cell.save(update_fields=["boundary"])
        cells.append(cell)
    return cells


@pytest.mark.parametrize(("most", "tier"), [(3, "unit"), (2, "base")])
def test_few_units_are_drawn_and_of_many_the_next_level(ground, monkeypatch, most, tier):
    monkeypatch.setattr(layers, "MOST_UNITS", most)
    make.unit("370402001029001")
    ended = make.unit("370402001028009")
    Grid.objects.filter(pk=ended.pk).update(valid_to=TODAY - timedelta(days=1))
    leader = make.staff("grid_leader", make.street())

    drawn = layers.grids_under(make.community(), leader)

    assert {cell.tier for cell in drawn} == {tier}
    assert [cell.code for cell in drawn] == sorted(cell.code for cell in drawn)
    assert len(drawn) == (3 if tier == "unit" else 1)
    assert layers.grids_under(ground[0], leader) == [ground[0]]


def test_a_cell_says_who_answers_for_it_and_how_its_cases_stand(ground):
    leader = make.staff("grid_leader", make.community(), full_name="李长")
    workers = [make.staff("grid_worker", ground[0], full_name=name) for name in ("乙", "甲")]
    make.staff("supervisor", ground[0], full_name="督")
    make.staff("assistant", ground[0], full_name="协")
    house = make.building(ground[0])
    make.staff("grid_worker", ground[0], full_name="楼", building=house)
    make.staff("grid_worker", ground[0], full_name="后", since=TODAY + timedelta(days=1))
    hour = timedelta(hours=1)
    for grid, due in ((0, 5), (0, -1), (0, -2), (0, 0.5), (1, 9), (2, 0.5), (2, 9)):
        case(ground[grid], due=due * hour)
    closed = case(ground[1], due=-hour)
    type(closed).objects.filter(pk=closed.pk).update(stage="rejected", closed_at=timezone.now())
    ground[2].boundary = None
    ground[2].save(update_fields=["boundary"])

    with translation.override("en"):
        found = layers.features(make.community(), leader, now=timezone.now())

    cells = {one["properties"]["code"][-1]: one["properties"] for one in found["features"]}
    assert set(cells) == {"1", "2"}
    names = ("red", "yellow", "green", "light")
    assert [tuple(cells[key][name] for name in names) for key in "12"] == [
        (2, 1, 1, "red"), (0, 0, 1, "green"),
    ]  # fmt: skip
    assert {one["name"] for one in cells["1"]["people"]} == {"甲", "乙", "督"}
    assert cells["2"]["people"] == []
    assert (cells["1"]["name"], cells["1"]["tier"], cells["1"]["opens"]) == (
        ground[0].name, "unit", False,
    )  # fmt: skip
    assert cells["1"]["id"] == ground[0].pk
    assert found["features"][0]["geometry"] == ground[0].boundary
    steward = make.staff("building_steward", ground[0])
    dark = layers.features(ground[0], steward, now=timezone.now())["features"]
    assert [one["properties"]["light"] for one in dark] in ([""], [])
    assert len(workers) == 2


def test_a_case_counts_for_the_cell_above_it(ground, monkeypatch):
    monkeypatch.setattr(layers, "MOST_UNITS", 1)
    base = ground[0].parent
    base.boundary = square(117.5, 34.8, 0.1)
    base.save(update_fields=["boundary"])
    for grid in ground:
        case(grid, due=timedelta(hours=5))
    leader = make.staff("grid_leader", make.community())

    [cell] = layers.features(make.community(), leader, now=timezone.now())["features"]

    assert (cell["properties"]["green"], cell["properties"]["opens"]) == (3, True)


# What a phone is told


@pytest.mark.parametrize(
    ("typed_by", "answer", "status", "words"),
    [
        (None, HttpResponse("x", status=200), 200, None),
        ("7", HttpResponse("x", status=422), 422, None),
        ("7", HttpResponseRedirect("/visits/1/?a=b"), 201, {"url": "/visits/1/?a=b"}),
        ("7", HttpResponseRedirect("https://host/visits/1/"), 201, {"url": "/visits/1/"}),
        ("8", HttpResponse("x", status=200), 401, {"reason": "login"}),
        ("", HttpResponse("x", status=200), 401, {"reason": "login"}),
    ],
)
def test_what_became_of_what_a_phone_sent(typed_by, answer, status, words):
    headers = {} if typed_by is None else {"X-Queue": typed_by}
    request = RequestFactory().post("/x/", headers=headers)
    request.user = SimpleNamespace(pk=7)

    told = QueueMiddleware(lambda _: answer)(request)

    assert told.status_code == status
    if words is not None:
        assert json.loads(told.content) == words


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_facts_that_wait_and_messages_go_along(status):
    answer = HttpResponse(status=status, headers={"Location": "/v/1/", "X-Undecided": "2"})
    answer.set_cookie("messages", "kept")
    request = RequestFactory().post("/x/", headers={"X-Queue": "7"})
    request.user = SimpleNamespace(pk=7)

    told = QueueMiddleware(lambda _: answer)(request)

    assert told.cookies["messages"].value == "kept"
    if status == 307:
        assert told is answer
    else:
        assert json.loads(told.content) == {"url": "/v/1/", "undecided": 2}


# The language


@pytest.mark.parametrize(
    ("path", "cookie", "accepts", "language"),
    [
        ("/people/", None, "en", "zh-hans"),
        ("/people/", "en", "zh", "en"),
        ("/people/", "xx", "en", "zh-hans"),
        ("/report/", None, "en", "en"),
        ("/track/1/", None, "en", "en"),
        ("/report/", None, "zh", "zh-hans"),
    ],
)
def test_which_language_a_page_speaks(path, cookie, accepts, language):
    request = RequestFactory().get(path, headers={"Accept-Language": accepts})
    if cookie:
        request.COOKIES["django_language"] = cookie

    with translation.override("de"):
        PortalLocaleMiddleware(HttpResponse).process_request(request)
        assert translation.get_language() == request.LANGUAGE_CODE == language


# The cache


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("get", ("a", "b"), "b"), ("get", ("a",), None), ("get_many", (["a"],), {}), ("add", ("a", 1), False),
        ("set", ("a", 1), None), ("touch", ("a",), False), ("delete", ("a",), False), ("has_key", ("a",), False),
        ("incr", ("a",), 1), ("incr", ("a", 5), 5), ("set_many", ({"a": 1},), ["a"]),
        ("delete_many", (["a"],), None), ("clear", (), False),
    ],
)  # fmt: skip
def test_a_cache_that_is_away_is_an_empty_one(name, arguments, answer):
    cache = ForgivingRedisCache("unix:///nowhere/at/all.sock", {})

    assert getattr(cache, name)(*arguments) == answer
    assert issubclass(AwayError, Exception)
