"""Who asks too often is told until when, in the form that the asker can use, and loses nothing."""

import pytest
from django.conf import settings as installed
from django.core.cache import cache
from django.urls import reverse

from grids import audit
from grids.models.audit import AuditEntry
from tests import factories as make
from tests.test_setup import PRODUCTION, load_settings

pytestmark = pytest.mark.django_db
KINDS = ("search", "reveal", "export", "upload", "report")


@pytest.fixture
def clerk(client, settings):
    cache.clear()
    settings.THROTTLES = {kind: [(1, 86400)] for kind in KINDS}
    clerk = make.staff("community_staff", make.community())
    client.force_login(clerk, "grids.auth.StaffBackend")
    return clerk


def ask(client, kind, **options):
    """One request of this kind."""
    if kind == "search":
        return client.get(reverse("residents:people"), {"q": "王"}, **options)
    if kind == "reveal":
        resident = make.resident(make.household(make.unit("370402001028001")))
        address = reverse("residents:reveal", args=[resident.pk])
        return client.post(address, {"about": "身份核对", "purpose": "核对登记"}, **options)
    if kind == "report":
        return client.post(reverse("cases:report"), {"description": "灯不亮\n第二行"}, **options)
    name = {"export": "residents:export_new", "upload": "residents:import_new"}[kind]
    return client.post(reverse(name), {}, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_limited_by_person(client, clerk, kind):
    assert ask(client, kind).status_code in {200, 422}

    refused = ask(client, kind)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 86400
    assert "次数" in refused.content.decode()
    client.force_login(make.staff("community_staff", make.community()), "grids.auth.StaffBackend")
    assert ask(client, kind).status_code in {200, 422}, "another person is not stopped"


def test_the_audit_says_once_that_a_limit_was_reached(client, clerk):
    for _ in range(4):
        ask(client, "search")

    [entry] = AuditEntry.objects.filter(kind=audit.Kind.LIMIT)
    assert (entry.by, entry.result) == (clerk, audit.Result.REFUSED)
    assert entry.detail["limit"] == "search"


def test_looking_at_lists_is_not_searching(client, clerk):
    for _ in range(3):
        assert client.get(reverse("residents:people")).status_code == 200


def test_what_was_typed_is_in_the_page_to_be_sent_again(client, clerk):
    ask(client, "report")

    page = ask(client, "report").content.decode()

    assert 'name="description" value="灯不亮\n第二行"' in page
    assert f'action="{reverse("cases:report")}"' in page
    assert "data-failed" in page, "drafts are not taken for sent"


def test_secrets_are_not_put_into_the_page(client, clerk):
    ask(client, "report")

    answer = client.post(reverse("cases:report"), {"password": "geheim", "description": "灯"})

    assert "灯" in answer.content.decode()
    assert "geheim" not in answer.content.decode()


def test_a_page_of_which_a_part_was_asked_for_says_it_in_a_line(client, clerk):
    ask(client, "search")

    answer = ask(client, "search", headers={"HX-Request": "true"})

    assert answer.status_code == 429
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content.decode().startswith("查询")


def test_what_a_phone_sends_later_waits_as_long_as_it_is_told(client, clerk):
    ask(client, "report")

    answer = ask(client, "report", headers={"X-Queue": str(clerk.pk)})

    assert answer.status_code == 429
    assert answer.json() == {"reason": "too_often", "again": int(answer["Retry-After"])}


def test_english_readers_are_told_in_english(client, clerk):
    client.cookies[installed.LANGUAGE_COOKIE_NAME] = "en"
    ask(client, "search")

    assert "Too many in a short time" in ask(client, "search").content.decode()


@pytest.mark.parametrize("text", ["60", "0/minute", "x/hour", "5/week", "5/minute;9/hour"])
def test_a_limit_that_cannot_be_understood_stops_the_start(text):
    done = load_settings(PRODUCTION | {"GRIDMGMT_THROTTLE_SEARCH": text})

    assert done.returncode != 0
    assert "GRIDMGMT_THROTTLE_SEARCH" in done.stderr
