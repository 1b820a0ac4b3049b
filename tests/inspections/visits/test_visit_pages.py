import io
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.models import Case
from grids.lists import paging
from inspections.cadence import schedules
from inspections.models import DiaryItem, Visit
from inspections.visits import visit_log
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def worker(client):
    person = factories.staff("grid_worker")
    client.force_login(person)
    return person


@pytest.fixture
def home():
    found = factories.household()
    schedules.plan_all(TODAY)
    return found


@pytest.fixture
def visit(home, worker):
    return visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        happened_on=TODAY,
        diary=[visit_log.Matter("楼道灯不亮")],
    )[0]


def form(**fields):
    lines = {f"diary-{place}-{name}": "" for place in range(5) for name in ("text", "then")}
    base = {
        "client_uuid": str(uuid.uuid4()),
        "mode": "home",
        "outcome": "met",
        "is_unchanged": "on",
        "happened_on": TODAY.isoformat(),
        "note": "",
        "diary-TOTAL_FORMS": "5",
        "diary-INITIAL_FORMS": "0",
    }
    return base | lines | fields


def address(home):
    return reverse("inspections:log_visit", args=[home.pk])


def test_a_visit_is_logged_by_one_choice_and_done(client, worker, home):
    page = client.get(address(home)).content.decode()
    assert "checked" in page.split('name="is_unchanged"')[1].split(">")[0]

    response = client.post(address(home), form(), follow=True)

    assert response.redirect_chain == [("/today/", 302)]
    assert f"已登记：{home.head_name}，见到本人。" in response.content.decode()
    logged = Visit.objects.get()
    assert (logged.visitor, logged.outcome, logged.is_unchanged) == (
        worker,
        "met",
        True,
    )


def test_the_same_form_twice_makes_one_visit_and_says_so(client, worker, home):
    sent = form()
    client.post(address(home), sent)

    response = client.post(address(home), sent, follow=True)

    assert Visit.objects.count() == 1
    assert "没有重复记录" in response.content.decode()


def test_a_call_is_asked_for_in_its_own_words(client, worker, home):
    page = client.get(address(home), {"mode": "call"}).content.decode()
    assert "无人接听" in page
    assert "拒访" not in page

    client.post(address(home), form(mode="call"))

    assert Visit.objects.get().mode == "call"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"outcome": ""}, "请选择走访结果。"),
        ({"outcome": "flown"}, "flown"),
        (
            {"happened_on": (TODAY + timedelta(days=1)).isoformat()},
            "日期不能晚于今天。",
        ),
        (
            {"happened_on": (TODAY - timedelta(days=31)).isoformat()},
            "日期不能早于30天前。",
        ),
        ({"happened_on": "yesterday"}, "error-summary"),
        ({"client_uuid": "7"}, "error-summary"),
        ({"note": "长" * 501}, "error-summary"),
        ({"diary-0-text": "长" * 301}, "error-summary"),
        ({"diary-TOTAL_FORMS": "x"}, "error-summary"),
        ({"diary-TOTAL_FORMS": "900"}, "error-summary"),
        ({"diary-0-text": "灯", "diary-0-then": "burn"}, "field__error"),
    ],
)
def test_a_bad_form_comes_back_with_what_was_typed_and_nothing_is_written(
    client, worker, home, fields, says
):
    response = client.post(address(home), form(**{"note": "敲门三次"} | fields))

    assert response.status_code == 422
    assert says in response.content.decode()
    assert "note" in fields or "敲门三次" in response.content.decode()
    assert not Visit.objects.exists()


def test_an_unknown_way_of_visiting_is_not_found(client, worker, home):
    assert client.get(address(home), {"mode": "drone"}).status_code == 404
    assert client.post(address(home), form(mode="drone")).status_code == 404


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("grid_worker", "370402001028001", 200),
        ("assistant", "370402001028001", 200),
        ("community_staff", "370402001028", 200),
        ("grid_worker", "370402001028002", 404),
        ("grid_worker", "520602003003001", 404),
        ("supervisor", "370402001", 403),
        ("dispatcher", "370402", 403),
        ("auditor", "370402", 403),
        ("operator", "370402", 403),
    ],
)
def test_only_who_visits_here_may_log(client, home, role, place, status):
    make = {
        6: factories.district,
        9: factories.street,
        12: factories.community,
        15: factories.unit,
    }[len(place)]
    client.force_login(factories.staff(role, make(place)))

    assert client.get(address(home)).status_code == status
    posted = client.post(address(home), form()).status_code
    assert posted == (302 if status == 200 else status)
    assert Visit.objects.exists() == (status == 200)


def test_a_worker_of_one_grid_who_only_supervises_another_logs_in_the_first_only(client, home):
    person = factories.staff("supervisor", factories.unit())
    factories.posting(person, "grid_worker", factories.unit("370402001028002"))
    client.force_login(person)

    assert client.get(address(home)).status_code == 404


def test_phone_and_care_are_hidden_from_those_who_may_not_read_them(client, worker, home):
    home.phone = "13800001234"
    home.save()
    factories.care_record(factories.resident(home), factories.care_category("低保家庭"))
    page = client.get(address(home)).content.decode()
    assert "13800001234" in page
    assert "低保家庭" in page

    client.force_login(factories.staff("assistant"))

    page = client.get(address(home)).content.decode()
    assert "低保家庭" not in page


def test_diary_lines_are_kept_and_one_of_them_becomes_a_case_with_a_photo(client, worker, home):
    category = factories.category()
    lines = {
        "diary-0-text": "咨询高龄津贴",
        "diary-0-then": "solved",
        "diary-1-text": "门口井盖丢了",
        "diary-1-then": "case",
    }
    response = client.post(address(home), form(**lines))

    item = DiaryItem.objects.get(text="门口井盖丢了")
    assert response.url == reverse("inspections:raise_case", args=[item.pk])
    assert "门口井盖丢了" in client.get(response.url).content.decode()

    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "JPEG")
    picture.seek(0)
    picture.name = "hole.jpg"
    response = client.post(
        response.url,
        {
            "category": category.pk,
            "description": "门口井盖丢了，晚上危险",
            "photos": picture,
        },
    )

    case = Case.objects.get()
    assert response.url == reverse("inspections:visit", args=[item.visit_id])
    assert (case.household, case.description) == (home, "门口井盖丢了，晚上危险")
    assert case.photos.get().moment == "before"
    item.refresh_from_db()
    assert item.case == case
    assert DiaryItem.objects.get(text="咨询高龄津贴").solved_on == TODAY


def test_a_case_from_a_visit_needs_to_know_what_it_is(client, worker, visit):
    item = visit.diary_items.get()
    at = reverse("inspections:raise_case", args=[item.pk])

    response = client.post(at, {"description": "灯"})

    assert response.status_code == 422
    assert "请选择" in response.content.decode()
    bad = io.BytesIO(b"not a photo")
    bad.name = "x.jpg"
    category = factories.category().pk
    assert (
        client.post(at, {"description": "灯", "category": category, "photos": bad}).status_code
        == 422
    )
    assert not Case.objects.exists()


def test_striking_off_happens_once_by_who_may_and_comes_back(client, worker, visit):
    item = visit.diary_items.get()
    at = reverse("inspections:strike_off", args=[item.pk])
    assert client.get(at).status_code == 405

    assert client.post(at, {"next": "/today/"}).url == "/today/"
    assert client.post(at, {"next": "https://evil.example/"}).url == visit_page(visit)

    item.refresh_from_db()
    assert item.solved_on == TODAY


def visit_page(visit):
    return reverse("inspections:visit", args=[visit.pk])


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("community_staff", "370402001028", 200),
        ("supervisor", "370402001", 200),
        ("grid_worker", "370402001028002", 404),
        ("grid_worker", "520602003003001", 404),
        ("department_handler", None, 403),
    ],
)
def test_a_visit_is_read_by_those_of_its_grid(client, visit, role, place, status):
    make = {9: factories.street, 12: factories.community, 15: factories.unit}
    person = (
        factories.staff(role, make[len(place)](place))
        if place
        else factories.staff(role, department=factories.department())
    )
    client.force_login(person)

    assert client.get(visit_page(visit)).status_code == status


@pytest.mark.parametrize("name", ["strike_off", "raise_case"])
def test_the_diary_of_another_grid_is_not_found(client, visit, name):
    client.force_login(factories.staff("grid_worker", factories.unit("370402001028002")))

    at = reverse(f"inspections:{name}", args=[visit.diary_items.get().pk])

    assert client.post(at).status_code == 404
    assert visit.diary_items.get().solved_on is None


def test_who_only_reads_visits_strikes_nothing_off(client, visit):
    client.force_login(factories.staff("supervisor", factories.street()))

    at = reverse("inspections:strike_off", args=[visit.diary_items.get().pk])

    assert client.post(at).status_code == 403


def test_a_worker_lists_his_own_visits_and_can_see_all_of_his_grid(client, worker, visit):
    other = factories.household(head_name="同事走的")
    visit_log.log_visit(other, by=factories.staff("grid_worker"), outcome="met", happened_on=TODAY)

    assert "同事走的" not in client.get("/visits/").content.decode()
    assert "同事走的" in client.get("/visits/", {"who": "all"}).content.decode()


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("grid_worker", "370402001028002"),
        ("community_staff", "370402001027"),
        ("administrator", "520602"),
    ],
)
def test_visits_out_of_scope_are_not_listed(client, visit, role, place):
    make = {6: factories.district, 12: factories.community, 15: factories.unit}[len(place)]
    client.force_login(factories.staff(role, make(place)))

    for query in (
        {"who": "all"},
        {"who": "all", "grid": visit.grid_id},
        {"who": "mine"},
    ):
        assert list(client.get("/visits/", query).context["visits"]) == []


def test_a_supervisor_filters_visits(client, visit):
    client.force_login(factories.staff("supervisor", factories.street()))
    name = visit.household.head_name

    def shown(**query):
        return name in client.get("/visits/", query).content.decode()

    assert shown()
    assert shown(outcome="met", mode="home", since=TODAY.isoformat(), grid=visit.grid_id)
    assert not shown(outcome="nobody")
    assert not shown(mode="call")
    assert not shown(until=(TODAY - timedelta(days=1)).isoformat())
    assert shown(outcome="flown", since="soon", grid="999999")


def test_visits_are_paged_by_key(client, worker, home, monkeypatch):
    monkeypatch.setitem(paging.page_by_day.__kwdefaults__, "size", 2)
    for days in (0, 1, 1, 2):
        visit_log.log_visit(
            home, by=worker, outcome="met", happened_on=TODAY - timedelta(days=days)
        )

    first = client.get("/visits/")
    second = client.get("/visits/" + first.context["next_url"])

    seen = [v.pk for page in (first, second) for v in page.context["visits"]]
    assert len(set(seen)) == 4
    assert not second.context["next_url"]


def test_the_list_costs_the_same_for_few_and_many(
    client, worker, home, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as captured:
            client.get("/visits/", {"who": "all"})
        return len(captured)

    visit_log.log_visit(home, by=worker, outcome="met", happened_on=TODAY)
    count()
    few = count()
    for _ in range(10):
        visit_log.log_visit(factories.household(), by=worker, outcome="met", happened_on=TODAY)

    assert count() == few


def test_a_dispatcher_reads_of_visits_but_not_whose_they_were(client, visit):
    client.force_login(factories.staff("dispatcher", factories.district()))

    for page in (client.get("/visits/"), client.get(visit_page(visit))):
        assert page.status_code == 200
        assert visit.household.head_name not in page.content.decode()


def test_the_form_shows_what_earlier_visits_left_open(client, worker, home, visit):
    closed = visit_log.Matter("已结的案件")
    later = visit_log.log_visit(home, by=worker, outcome="met", happened_on=TODAY, diary=[closed])[
        0
    ]
    case = visit_log.raise_case(
        later.diary_items.get(), by=worker, category=factories.category("路灯不亮")
    )

    page = client.get(address(home)).content.decode()
    assert "楼道灯不亮" in page
    assert "已结的案件" in page
    assert case.number in page

    Case.objects.update(stage="rejected", closed_at=timezone.now())
    visit_log.strike_off(visit.diary_items.get(), on=TODAY)

    page = client.get(address(home)).content.decode()
    assert "楼道灯不亮" not in page
    assert "已结的案件" not in page
