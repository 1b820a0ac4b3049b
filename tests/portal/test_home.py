"""The way in: each role's first page and entries, the place, the language, the search box."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from gridmgmt.home.navigation import entries
from grids.models import Notification
from grids.people import here
from tests import factories as make

pytestmark = pytest.mark.django_db


def enter(client, person):
    client.force_login(person, "grids.auth.StaffBackend")
    return person


def test_a_worker_has_five_entries():
    worker = make.staff("grid_worker")

    assert [entry.key for entry in entries(worker)] == [
        "today",
        "visits",
        "report",
        "people",
        "messages",
    ]


@pytest.mark.parametrize("address", ["/residents/", "/premises/", "/tables/", "/exports/"])
def test_pages_of_the_register_belong_to_its_entry(client, address):
    enter(client, make.staff("community_staff", make.community()))

    nav = client.get(address).context["nav"]

    assert [item["key"] for item in nav if item["active"]] == ["people"]


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("grid_worker", "inspections:today"),
        ("supervisor", "cases:board"),
        ("administrator", "cases:board"),
        ("operator", "system"),
        ("information_officer", "cases:list"),
    ],
)
def test_each_role_begins_on_its_own_page(client, role, page):
    enter(client, make.staff(role, make.district()))

    assert client.get(reverse("home")).url == reverse(page)


@pytest.mark.parametrize("words", ["110101199003074515", "1101 0119 9003 0745 15", "13812345678"])
def test_a_number_of_a_person_comes_into_no_address(client, words):
    enter(client, make.staff("dispatcher"))

    assert client.post(reverse("search"), {"q": words}).url == "/cases/"
    assert client.post(reverse("search"), {"q": "370402-2612-00113"}).url.endswith("-00113")


def test_somebody_without_a_posting_begins_with_the_messages(client):
    enter(client, make.staff())

    assert client.get(reverse("home"), follow=True).status_code == 200


@pytest.mark.parametrize("page", ["cases:board", "cases:trends", "cases:list", "map:map"])
def test_every_page_has_the_switch_of_places(client, page):
    street = make.street("370402001")
    make.community("370402001028")
    enter(client, make.staff("supervisor", street))

    assert reverse("choose_place") in client.get(reverse(page)).content.decode()


def test_a_place_in_scope_is_remembered_and_one_outside_is_not_found(client):
    enter(client, make.staff("supervisor", make.street("370402001")))
    inside, outside = make.community("370402001028"), make.community("370402002001")

    assert client.post(reverse("choose_place"), {"grid": outside.pk}).status_code == 404
    assert client.post(reverse("choose_place"), {"grid": inside.pk}).status_code == 302

    assert client.session[here.SESSION_KEY] == inside.pk


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_choosing_a_place_never_leads_to_another_site(client, target):
    person = enter(client, make.staff("supervisor", make.street()))
    place = person.postings.get().grid_id

    answer = client.post(reverse("choose_place"), {"grid": place, "next": target})

    assert answer.url == reverse("home")


def test_the_menu_of_places_costs_the_same_with_two_streets_and_with_eight(
    client, django_assert_num_queries
):
    enter(client, make.staff("supervisor", make.district()))
    for number in range(1, 3):
        make.street(f"37040200{number}", f"街道{number}")
    with CaptureQueriesContext(connection) as few:
        client.get("/residents/")
    for number in range(3, 9):
        make.street(f"37040200{number}", f"街道{number}")

    with django_assert_num_queries(len(few)):
        page = client.get("/residents/").content.decode()

    assert all(f"街道{number}" in page for number in range(1, 9))


def test_the_frame_that_is_remembered_shows_nobody_the_entries_of_another(client):
    for role, sees in (("administrator", True), ("community_staff", False)) * 2:
        enter(client, make.staff(role, make.district()))

        page = client.get("/residents/").content.decode()

        assert ('data-key="dictionaries"' in page) is sees


def test_a_new_message_is_counted_on_the_next_page(client):
    person = enter(client, make.staff("community_staff", make.community()))
    assert 'class="count"' not in client.get("/residents/").content.decode()

    Notification.objects.create(
        recipient=person, kind="x", title="新", key="x:1", created_at=timezone.now()
    )

    assert '<span class="count">1</span>' in client.get("/residents/").content.decode()


def test_staff_pages_are_chinese_whatever_the_browser_prefers(client):
    page = client.get(reverse("login"), headers={"accept-language": "en"})

    assert page.headers["Content-Language"] == "zh-hans"


def test_somebody_may_choose_english(client):
    client.post(reverse("set_language"), {"language": "en"})

    assert "Log in" in client.get(reverse("login")).content.decode()


def test_an_unknown_language_is_ignored(client):
    client.post(reverse("set_language"), {"language": "../etc"})

    assert client.get(reverse("login")).headers["Content-Language"] == "zh-hans"


def test_the_search_box_opens_a_case_by_its_number(client):
    enter(client, make.staff("supervisor", make.street()))
    now, grid = timezone.now(), make.unit()
    case = Case.objects.create(
        district_id=grid.district_id,
        grid=grid,
        category=make.category(),
        title="井盖缺失",
        number="370402-2611-00007",
        source="patrol",
        reported_at=now,
        stage_since=now,
    )

    assert client.post(reverse("search"), {"q": case.number}).url == case.get_absolute_url()


def test_an_id_number_is_searched_without_standing_in_an_address(client):
    person = make.resident(name="王秀兰", number="370802200304094613")
    enter(client, make.staff("grid_worker", person.grid))

    answer = client.post(reverse("search"), {"q": "370802200304094613"})

    assert answer.status_code == 200
    assert "王秀兰" in answer.content.decode()
    assert "370802200304094613" not in answer.content.decode()


def test_other_words_are_searched_at_an_address_that_can_be_kept(client):
    enter(client, make.staff("grid_worker"))

    answer = client.post(reverse("search"), {"q": "王秀"})

    assert answer.url.startswith(reverse("residents:people"))


def test_a_handler_searches_cases(client):
    enter(client, make.staff("department_handler", department=make.department()))

    assert client.post(reverse("search"), {"q": "井盖"}).url.startswith(reverse("cases:list"))


def test_the_system_page_names_what_does_not_answer(client):
    enter(client, make.staff("operator", make.district()))

    page = client.get(reverse("system")).content.decode()

    assert "数据库" in page
    assert "无响应" in page  # no worker and no beat run here
