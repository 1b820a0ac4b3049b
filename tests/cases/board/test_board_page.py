"""The board: who sees which numbers, that every number opens its cases, that it is quiet while nothing changes."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import workflow
from cases.models import Stage
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
URL, PART = reverse("cases:board"), reverse("cases:board_part")


@pytest.fixture
def stranger():
    return make.staff("supervisor", make.street("520602003", "市中街道"))


def counts(answer):
    return {lamp["light"]: lamp["count"] for lamp in answer.context["lamps"]}


def fill(office):
    """Two red cases with the department, one yellow, two green (one not dispatched)."""
    for _ in range(2):
        bring(office, Stage.HANDLING, day="2026-11-18")
    bring(office, Stage.HANDLING, day="2026-11-20")
    fresh = report(office, "2026-11-20 13:50")
    workflow.register(
        fresh, by=office.supervisor, standard=office.standard, at=at("2026-11-20 13:55")
    )
    report(office, "2026-11-20 13:58")


def test_the_board_counts_what_lies_in_the_scope(client, office, stranger):
    fill(office)

    client.force_login(office.supervisor)
    mine = counts(client.get(URL))
    client.force_login(stranger)
    theirs = counts(client.get(URL))

    assert mine["red"] == 2
    assert sum(mine.values()) == 5
    assert sum(theirs.values()) == 0


def test_a_department_sees_its_own_board(client, office):
    fill(office)
    client.force_login(office.handler)

    assert sum(counts(client.get(URL)).values()) == 3


@pytest.mark.parametrize("url", [URL, PART])
def test_the_board_is_forbidden_without_the_right(client, office, url):
    for person in (office.worker, make.staff("operator", make.district())):
        client.force_login(person)
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("url", [URL, PART])
@pytest.mark.parametrize("grid", ["520602", "370402002", "370402", "nonsense"])
def test_a_place_outside_the_scope_is_not_found(client, office, stranger, url, grid):
    make.street("370402002", "各塔埠街道")
    client.force_login(office.supervisor)

    assert client.get(url, {"grid": grid}).status_code == 404


@pytest.mark.parametrize("by", ["department", "grid", "category", "loop"])
def test_every_number_opens_exactly_its_cases(client, office, by):
    fill(office)
    client.force_login(office.supervisor)
    answer = client.get(URL, {"by": by})

    numbers = [(lamp["count"], lamp["url"]) for lamp in answer.context["lamps"]]
    for line in answer.context["lines"]:
        numbers += [(number, url) for _, number, url in line["numbers"]] + [
            (line["total"], line["total_url"])
        ]

    assert len(numbers) > 6
    for number, url in numbers:
        assert client.get(url).context["total"] == number, url


def test_the_way_down_ends_at_the_list_of_a_unit_grid(client, office):
    fill(office)
    client.force_login(office.supervisor)

    url, names = URL, []
    while url.startswith(URL):
        answer = client.get(url, {} if "?" in url else {"by": "grid"})
        (line,) = answer.context["lines"]
        names.append(line["name"])
        url = line["url"]

    assert names == ["公园社区", "公园社区第1基础网格", "第1网格"]
    assert client.get(url).context["total"] == 5


def test_the_most_urgent_come_first(client, office):
    late = bring(office, Stage.HANDLING, day="2026-11-18")
    later = bring(office, Stage.HANDLING, day="2026-11-16")
    client.force_login(office.supervisor)

    (red, *_) = client.get(URL).context["lamps"]

    assert [case.number for case in red["cases"]] == [later.number, late.number]


def test_the_part_is_sent_once_while_nothing_changes(client, office):
    fill(office)
    client.force_login(office.supervisor)
    page = client.get(URL)
    etag = re.search(r'data-etag="&quot;(.+?)&quot;"', page.content.decode())

    first = client.get(PART)
    second = client.get(PART, headers={"if-none-match": first["ETag"]})
    report(office, "2026-11-20 13:59")
    third = client.get(PART, headers={"if-none-match": first["ETag"]})

    assert first["ETag"] == f'"{etag[1]}"'
    assert (second.status_code, second.content) == (304, b"")
    assert third.status_code == 200
    assert third["ETag"] != first["ETag"]
    assert "private" in third["Cache-Control"]


def test_the_part_is_of_the_same_place_and_table_as_the_page(client, office):
    fill(office)
    client.force_login(office.dispatcher)
    page = client.get(URL, {"grid": "370402001", "by": "category"})

    part = client.get(page.context["part_url"])

    assert part.content.decode() == page.context["part"]


def test_the_wall_is_the_same_board_on_a_dark_screen(client, office):
    fill(office)
    client.force_login(office.supervisor)

    page = client.get(URL, {"wall": "1"}).content.decode()

    assert '<body class="wall">' in page
    assert "中心街街道" in page
    assert re.search(r"<b>2</b>\s*■ 超期", page)


def test_an_empty_board_says_so(client, office):
    client.force_login(office.supervisor)

    page = client.get(URL).content.decode()

    assert "没有超期案件" in page
    assert "没有在办案件" in page


@pytest.mark.parametrize("query", [{}, {"by": "grid"}, {"by": "category"}, {"wall": "1"}])
def test_the_board_costs_the_same_with_10_cases_and_with_60(client, office, query):
    client.force_login(office.leader)
    counts = []
    for number in (10, 50):
        for each in range(number):
            bring(
                office,
                [Stage.REPORTED, Stage.HANDLING, Stage.FEEDBACK][each % 3],
                day=f"2026-11-{18 + each % 3}",
            )
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, query).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] < 40


def test_no_page_of_the_room_needs_a_script_or_style_of_its_own(client, office):
    """The content policy forbids what is written into the page."""
    case = bring(office, Stage.HANDLING)
    pages = [
        URL,
        f"{URL}?wall=1",
        reverse("cases:list"),
        reverse("cases:report"),
        case.get_absolute_url(),
    ]
    client.force_login(office.leader)
    for url in pages:
        page = client.get(url).content.decode()
        assert not re.search(
            r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)|javascript:", page
        ), url
