"""The dictionaries that ship with the product: added once, put back on demand, tied together."""

import csv
from pathlib import Path

import pytest
from django.conf import settings
from django.http import Http404
from django.test import RequestFactory

from gridmgmt import dictionaries
from gridmgmt.home import components, context
from grids.models import Notification
from residents.models import Benefit, CareCategory, Code
from tests import factories as make

pytestmark = pytest.mark.django_db


def lines(name):
    path = Path(settings.BASE_DIR) / f"residents/data/{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_ships_is_there_line_by_line():
    added = dictionaries.seed()

    codes, categories, benefits = (lines(name) for name in ("codes", "care_categories", "benefits"))
    assert (added["codes"], added["care_categories"], added["benefits"]) == (
        len(codes), len(categories), len(benefits),
    )  # fmt: skip
    found = {
        (one.table, one.code): (one.name, "|".join(one.other_words)) for one in Code.objects.all()
    }
    assert found == {
        (row["table"], row["code"]): (row["name"], row["other_words"]) for row in codes
    }
    found = {
        one.code: (
            one.name,
            one.level,
            "yes" if one.is_sensitive else "no",
            "yes" if one.is_guarded else "no",
            "|".join(one.other_words),
        )
        for one in CareCategory.objects.all()
    }
    assert found == {
        row["code"]: (
            row["name"], row["level"], "yes" if row["sensitive"] == "yes" else "no",
            "yes" if row["code"] in ("203", "602") else "no", row["other_words"],
        )
        for row in categories
    }  # fmt: skip
    for row in benefits:
        one = Benefit.objects.get(code=row["code"])
        named = set(filter(None, row["categories"].split("|")))
        assert set(one.categories.values_list("code", flat=True)) == named, row
        assert (one.name, one.needs_all, one.min_age, one.basis, one.district) == (
            row["name"], row["needs_all"] == "yes", int(row["min_age"]) if row["min_age"] else None,
            row["basis"], None,
        )  # fmt: skip


def test_a_second_time_adds_nothing_and_leaves_what_was_edited():
    district = make.district()
    dictionaries.seed()
    Code.objects.filter(table="marital", code="20").update(name="改")
    first = Benefit.objects.get(code="B01")
    first.categories.clear()
    Benefit.objects.filter(pk=first.pk).update(name="改")
    Benefit.objects.create(code="Z1", name="自己的", district=district)

    again = dictionaries.seed()

    assert set(again.values()) == {0}
    assert Code.objects.get(table="marital", code="20").name == "改"
    assert Benefit.objects.get(pk=first.pk).name == "改"
    assert not first.categories.exists()
    dictionaries.seed(overwrite=True)
    assert Code.objects.get(table="marital", code="20").name == "已婚"
    assert Benefit.objects.get(pk=first.pk).name == lines("benefits")[0]["name"]
    assert first.categories.get().code == "101"
    assert Benefit.objects.filter(code="Z1").exists()


def test_what_is_missing_is_added_with_its_categories():
    dictionaries.seed()
    Benefit.objects.filter(code="B02").delete()
    CareCategory.objects.get(code="301").delete()

    added = dictionaries.seed()

    assert (added["benefits"], added["care_categories"], added["codes"]) == (1, 1, 0)
    named = Benefit.objects.get(code="B02").categories.values_list("code", flat=True)
    assert set(named) == {"103", "104"}


# What stands around every page


def test_what_every_page_has_around_it():
    person = make.staff("grid_worker")
    for number in range(3):
        Notification.objects.create(
            recipient=person, kind="x", title="x", key=str(number), created_at="2026-05-01T00:00Z",
            read_at="2026-05-01T00:00Z" if number else None,
        )  # fmt: skip
    request = RequestFactory().get("/people/")
    request.user, request.session = person, {}

    said = context.portal(request)

    around = {"nav", "my_place", "unread", "search_url", "pulse", "today", "may_print_slips"}
    assert set(said) == around
    assert said["search_url"] == "/search/"
    assert int(str(said["unread"])) == 1
    assert [item["count"] for item in said["nav"] if item["key"] == "messages"] == [1]
    assert said["pulse"]["is_stale"] in (True, False)
    del request.user
    assert context.portal(request) == {}


# The gallery of components


def shown(page=None):
    from django.contrib.messages.storage.cookie import CookieStorage

    request = RequestFactory().get("/_components/", {} if page is None else {"page": page})
    request.user, request.session = make.staff("grid_worker"), {}
    request._messages = CookieStorage(request)
    return components.gallery(request), request


@pytest.mark.parametrize("page", ["today", "board", "case", "visit", "import", "household", "wall"])
def test_a_page_of_the_gallery_shows_no_mistakes(page):
    answer, request = shown(page)

    assert answer.status_code == 200
    assert len(request._messages) == 0
    is_of_a_worker = page in ("today", "visit")
    assert ("?as=report" in answer.content.decode()) is is_of_a_worker


def test_the_sheet_of_the_gallery_shows_every_component_with_a_wrong_form():
    answer, request = shown()

    assert answer.status_code == 422
    assert [message.level_tag for message in request._messages] == ["success", "warning", "error"]
    with pytest.raises(Http404):
        shown("else")
