"""The board is asked again and again: cheap while nothing happens, never stale, and honest about its age."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.board import freshness
from cases.models import CaseEvent, Stage
from gridmgmt.models import Heartbeat
from gridmgmt.running import heartbeats
from tests import factories as make
from tests.cases.office import at, bring, open_office, report

pytestmark = pytest.mark.django_db
URL, PART, PULSE = reverse("cases:board"), reverse("cases:board_part"), reverse("pulse")
NOW = at("2026-11-20 14:00")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def office(client):
    office = open_office()
    bring(office, Stage.HANDLING, day="2026-11-20")
    client.force_login(office.supervisor)
    return office


def ask(client, etag, **query):
    return client.get(PART, query, headers={"if-none-match": etag})


def test_while_nothing_happens_the_cases_are_not_even_counted(client, office, clock):
    etag = client.get(PART)["ETag"]
    clock.shift(timedelta(seconds=40))

    with CaptureQueriesContext(connection) as queries:
        answer = ask(client, etag)

    assert answer.status_code == 304
    assert answer["ETag"] == etag
    assert not any('"cases_case"' in query["sql"] for query in queries)
    assert len(queries) <= 12


def test_after_a_minute_the_lights_are_looked_at_again(client, office, clock):
    """Handled since 10:10 with 4 working hours: yellow at 14:00, red at 15:30."""
    etag = client.get(PART)["ETag"]
    clock.move_to(at("2026-11-20 15:29:30"))
    etag = ask(client, etag)["ETag"]
    clock.move_to(at("2026-11-20 15:30:31"))

    answer = ask(client, etag)

    assert answer.status_code == 200
    assert {lamp["light"]: lamp["count"] for lamp in answer.context["lamps"]}["red"] == 1


def test_what_happens_elsewhere_changes_nothing_here(client, office):
    etag = client.get(PART)["ETag"]
    far = make.unit("370402002001001")
    report(office, "2026-11-20 13:59", grid=far, by=make.staff("grid_worker", far))

    answer = ask(client, etag)

    assert answer.status_code == 304
    assert answer["ETag"] != etag


def test_what_ends_late_is_seen_though_its_key_is_smaller(office):
    """A transaction takes its keys first and may be committed after one with greater keys."""
    case = bring(office, Stage.REGISTERED)
    last = CaseEvent.objects.order_by("-pk").first().pk
    CaseEvent.objects.create(pk=last + 10, case=case, kind="remark", at=NOW)
    before = freshness.happened()

    CaseEvent.objects.create(pk=last + 5, case=case, kind="remark", at=NOW)

    assert freshness.happened() != before


def test_another_posting_is_another_board(client, office):
    etag = client.get(PART)["ETag"]
    make.posting(office.supervisor, "dispatcher", make.district())
    bring(office, Stage.HANDLING, grid=make.unit("370402002001001"))

    assert ask(client, etag).status_code == 200


@pytest.mark.parametrize("etag", ["", "*", '"x"', '"1.1-a-9999999999-b"', "W/nonsense", '"' * 99])
def test_a_stamp_that_is_not_ours_is_ignored(client, office, etag):
    assert ask(client, etag).status_code == 200


def test_one_stamp_is_good_for_one_filter_only(client, office):
    etag = client.get(PART)["ETag"]

    assert ask(client, etag, source="visit").status_code == 200


@pytest.mark.parametrize(
    ("ages", "text", "is_stale"),
    [
        ({"beat": 5, "worker": 20}, "20 秒前", False),
        ({"beat": 299, "worker": 1}, "4 分钟前", False),
        ({"beat": 301, "worker": 1}, "5 分钟前", True),
        ({"beat": 1, "worker": 7200}, "120 分钟前", True),
        ({"beat": 1}, "没有在更新", True),
        ({}, "没有在更新", True),
    ],
)
@pytest.mark.parametrize("url", [URL, f"{URL}?wall=1", PULSE])
def test_the_board_says_when_the_lights_were_last_computed(
    client, office, url, ages, text, is_stale
):
    for name, age in ages.items():
        Heartbeat.objects.create(name=name, at=timezone.now() - timedelta(seconds=age))

    page = client.get(url).content.decode()

    assert text in page
    assert ('class="pulse is-stale"' in page) is is_stale


def test_a_sign_of_life_makes_the_lights_fresh_again(client, office):
    heartbeats.note("beat")
    heartbeats.note("worker")

    assert "is-stale" not in client.get(PULSE).content.decode()
