"""Filters under a name: kept, offered again, renamed, deleted; nobody else's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.lists import saved
from cases.models import SavedView
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST, BOARD = SavedView.Page.LIST, SavedView.Page.BOARD


def keep(client, name="市政超期", query="show=open&light=red", page=LIST):
    data = {"name": name, "query": query, "page": page}
    return client.post(reverse("cases:saved_keep"), data)


def names(staff, page=LIST):
    return [view.name for view in saved.views_of(staff, page)]


def test_a_filter_is_kept_and_offered_on_the_list(client, office):
    client.force_login(office.supervisor)

    answer = keep(client, query="light=red&show=open&after=x&q=")

    assert answer.url == "/cases/?light=red&show=open"
    page = client.get(reverse("cases:list"), {"show": "open"}).content.decode()
    assert '<a class="chip" href="/cases/?light=red&amp;show=open">市政超期</a>' in page


def test_the_chip_of_the_filter_that_is_on_says_so(client, office):
    client.force_login(office.supervisor)
    keep(client)

    page = client.get("/cases/?light=red&show=open&before=").content.decode()

    assert 'aria-current="true">市政超期' in page
    assert "存为常用筛选" not in page


def test_a_name_that_is_there_takes_the_new_filter(client, office):
    client.force_login(office.supervisor)
    keep(client)
    keep(client, query="show=today")

    assert [view.query for view in saved.views_of(office.supervisor, LIST)] == ["show=today"]


def test_the_list_and_the_board_keep_their_own(client, office):
    client.force_login(office.supervisor)

    answer = keep(client, name="街道", query="by=grid", page=BOARD)

    assert answer.url == "/board/?by=grid"
    assert names(office.supervisor, LIST) == []
    assert names(office.supervisor, BOARD) == ["街道"]


@pytest.mark.parametrize("who", ["dispatcher", "head"])
def test_nobody_sees_or_touches_the_filter_of_somebody_else(client, office, who):
    view = saved.keep(by=office.supervisor, page=LIST, name="甲", query="light=red")
    client.force_login(getattr(office, who))

    assert names(getattr(office, who)) == []
    for verb in ("cases:saved_rename", "cases:saved_drop"):
        answer = client.post(reverse(verb, args=[view.pk]), {"name": "乙"})
        assert answer.status_code == 404
    assert names(office.supervisor) == ["甲"]


def test_a_handler_keeps_filters_too(client, office):
    client.force_login(office.handler)

    keep(client)

    assert names(office.handler) == ["市政超期"]


def test_a_filter_is_renamed_and_deleted(client, office):
    client.force_login(office.supervisor)
    keep(client, name="甲")
    view = SavedView.objects.get()

    client.post(reverse("cases:saved_rename", args=[view.pk]), {"name": "乙"})
    assert names(office.supervisor) == ["乙"]

    client.post(reverse("cases:saved_drop", args=[view.pk]))
    assert names(office.supervisor) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""},
        {"name": "长" * 41},
        {"page": "nowhere"},
        {"query": "q=" + "x" * 500},
    ],
)
def test_a_filter_that_cannot_be_kept_is_refused_with_a_reason(client, office, bad):
    client.force_login(office.supervisor)

    answer = keep(client, **bad)

    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert not SavedView.objects.exists()


def test_a_new_name_that_is_taken_is_refused(client, office):
    client.force_login(office.supervisor)
    keep(client, name="甲")
    keep(client, name="乙")
    view = SavedView.objects.get(name="乙")

    answer = client.post(reverse("cases:saved_rename", args=[view.pk]), {"name": "甲"})

    assert answer.status_code == 422
    assert names(office.supervisor) == ["乙", "甲"]


def test_twenty_are_enough(client, office):
    client.force_login(office.supervisor)
    for number in range(saved.AT_MOST):
        assert keep(client, name=f"筛选{number}").status_code == 302

    assert keep(client, name="再一个").status_code == 422
    assert keep(client, name="筛选3").status_code == 302


def test_who_only_follows_the_own_reports_keeps_nothing(client, office):
    steward = make.staff("building_steward", building=make.building(office.unit))
    client.force_login(steward)

    assert client.get(reverse("cases:list")).context["saved"] is None
    assert keep(client).status_code == 403


def test_filters_cost_one_query_however_many(office):
    counts = []
    for number in range(2):
        for each in range(1 + number * 9):
            saved.keep(by=office.supervisor, page=LIST, name=f"{number}-{each}", query="a=1")
        with CaptureQueriesContext(connection) as queries:
            saved.around(office.supervisor, LIST, "show=open")
        counts.append(len(queries))

    assert counts[0] >= counts[1] == 1
