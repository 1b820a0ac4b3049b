"""The wall screen: a round from the place down to where it is worst, and calm when nothing is open."""

import re

import pytest
import time_machine
from django.urls import reverse

from cases.models import Stage
from tests import factories as make
from tests.cases.office import at, bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
URL = reverse("cases:board")


def next_of(answer):
    return re.search(r'data-next="([^"]+)"', answer.content.decode())[1].replace("&amp;", "&")


def test_the_round_goes_down_to_the_worst_part_and_begins_anew(client, office):
    elsewhere = make.unit("370402001027001")
    bring(office, Stage.HANDLING, day="2026-11-18")
    bring(office, Stage.HANDLING, day="2026-11-18")
    bring(office, Stage.HANDLING, day="2026-11-18", grid=elsewhere)
    client.force_login(office.dispatcher)

    answer, faces = client.get(URL, {"wall": "1"}), []
    for _ in range(6):
        answer = client.get(next_of(answer))
        faces.append((answer.context["face"], answer.context["names"][-1]))

    assert faces == [
        ("parts", "市中区"),
        ("parts", "中心街街道"),
        ("parts", "公园社区"),
        ("parts", "公园社区第1基础网格"),
        ("overview", "市中区"),
        ("parts", "市中区"),
    ]


def test_the_round_stays_on_top_while_all_is_green(client, office):
    bring(office, Stage.REGISTERED)
    client.force_login(office.dispatcher)
    with time_machine.travel(at("2026-11-20 10:30"), tick=False):
        parts = client.get(next_of(client.get(URL, {"wall": "1"})))
        again = client.get(next_of(parts))

    assert parts.context["face"] == "parts"
    assert (again.context["face"], again.context["names"]) == ("overview", ["市中区"])


def test_many_parts_are_shown_page_after_page(client, office):
    grids = []
    for number in range(1, 15):
        make.community(f"3704020010{number:02}", f"第{number}社区")
        grids.append(make.unit(f"3704020010{number:02}001"))
    for grid in grids:
        bring(office, Stage.HANDLING, day="2026-11-18", grid=grid)
    client.force_login(office.supervisor)

    first = client.get(next_of(client.get(URL, {"wall": "1"})))
    second = client.get(next_of(first))

    assert (first.context["page"], first.context["pages"]) == (1, 2)
    assert (len(first.context["lines"]), len(second.context["lines"])) == (12, 2)
    shown = {name for name, _ in [*first.context["lines"], *second.context["lines"]]}
    assert len(shown) == 14


def test_a_face_far_beyond_the_last_one_is_the_first(client, office):
    bring(office, Stage.HANDLING)
    client.force_login(office.supervisor)
    part = reverse("cases:board_part")

    for page in ("99", "-1", "x", "9999999"):
        answer = client.get(part, {"wall": "1", "face": "parts", "page": page})
        assert answer.context["page"] == 1
        assert answer.context["lines"]


def test_a_wall_without_any_case_is_calm(client, office):
    client.force_login(office.supervisor)

    page = client.get(URL, {"wall": "1"})
    again = client.get(next_of(page), headers={"if-none-match": page.context["etag"]})

    assert "wall__calm" in page.content.decode()
    assert "没有在办案件" in page.content.decode()
    assert again.status_code in (200, 304)
    assert next_of(page) == page.context["here_url"]


def test_the_same_face_is_not_sent_twice(client, office):
    bring(office, Stage.HANDLING)
    client.force_login(office.supervisor)
    here = client.get(URL, {"wall": "1"}).context["here_url"]

    first = client.get(here)
    second = client.get(here, headers={"if-none-match": first["ETag"]})

    assert (second.status_code, second.content) == (304, b"")


def test_the_wall_says_how_to_pause_and_how_fresh_the_lights_are(client, office):
    client.force_login(office.supervisor)

    page = client.get(URL, {"wall": "1"}).content.decode()

    assert "空格 暂停" in page
    assert "data-progress" in page
    assert "data-pulse" in page


def test_the_wall_of_another_place_is_not_found(client, office):
    make.street("370402002", "各塔埠街道")
    client.force_login(office.supervisor)

    for url in (URL, reverse("cases:board_part")):
        query = {"wall": "1", "grid": "370402002"}
        assert client.get(url, query).status_code == 404
