"""The list of cases, the page of a case and its slips: who sees them, and what is on them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import workflow
from cases.models import Case, Stage
from cases.views import lists as page_of_the_list
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = "2026-11-20 14:00"


@pytest.fixture
def stranger():
    return make.staff("dispatcher", make.district("520602", "碧江区"))


def open_list(client, person, **query):
    client.force_login(person)
    return client.get(reverse("cases:list"), query)


def titles(answer):
    return [case.title for case in answer.context["page"].rows]


def test_the_list_shows_what_lies_in_the_scope(client, office, stranger):
    bring(office, Stage.HANDLING, title="井盖缺失")

    assert titles(open_list(client, office.supervisor, show="open")) == ["井盖缺失"]
    assert titles(open_list(client, stranger, show="open")) == []


def test_the_list_is_forbidden_to_who_has_nothing_to_do_with_cases(client, office):
    assert open_list(client, make.staff("operator", make.district())).status_code == 403


def test_the_list_asks_a_visitor_to_log_in(client):
    assert client.get(reverse("cases:list")).status_code == 302


def test_each_role_begins_with_its_own_work(client, office):
    bring(office, Stage.REPORTED, title="未立案")
    bring(office, Stage.HANDLING, title="在处理")
    bring(office, Stage.FEEDBACK, title="待核查")

    assert titles(open_list(client, office.handler)) == ["在处理", "待核查"]
    assert titles(open_list(client, office.dispatcher)) == ["未立案"]
    assert titles(open_list(client, office.dispatcher, show="verify")) == ["待核查"]
    assert titles(open_list(client, office.worker, show="mine")) == [
        "在处理",
        "待核查",
        "未立案",
    ]


def test_who_handled_a_case_is_not_asked_to_verify_it(client, office):
    bring(office, Stage.FEEDBACK)
    make.posting(office.handler, "supervisor", make.street())

    assert titles(open_list(client, office.handler, show="verify")) == []


def test_a_department_sees_its_own_cases_only(client, office):
    bring(office, Stage.HANDLING)
    other = make.staff("department_handler", department=make.department("水务局", line="water"))

    for show in ("department", "open", "all"):
        assert titles(open_list(client, other, show=show)) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"light": "red"}, ["超期的"]),
        ({"light": "green"}, ["刚立案的"]),
        ({"stage": "handling"}, ["超期的"]),
        ({"department": "none"}, ["刚立案的"]),
        ({"q": "刚立案"}, ["刚立案的"]),
        ({"grid": "370402001028001"}, ["超期的", "刚立案的"]),
        ({"grid": "370402001027"}, []),
        ({"light": "blue"}, []),
        ({"department": "999999"}, []),
        ({"category": "x"}, []),
        ({"after": "nonsense"}, ["超期的", "刚立案的"]),
    ],
)
def test_a_list_can_be_narrowed(client, office, query, expected):
    make.community("370402001027", "马宅子社区")
    bring(office, Stage.HANDLING, day="2026-11-18", title="超期的")
    fresh = report(office, "2026-11-20 13:40", title="刚立案的")
    workflow.register(
        fresh, by=office.supervisor, standard=office.standard, at=at("2026-11-20 13:50")
    )

    assert titles(open_list(client, office.supervisor, show="open", **query)) == expected


def test_a_place_of_another_district_is_not_found(client, office, stranger):
    assert open_list(client, office.supervisor, grid="520602").status_code == 404


def test_pages_go_forth_and_back_by_key_without_losing_a_case(client, office, monkeypatch):
    monkeypatch.setattr(page_of_the_list, "PAGE", 3)
    for number in range(4):
        bring(office, Stage.HANDLING, title=f"甲{number}")
    for number in range(4):  # not registered: without a limit, so last
        report(office, title=f"乙{number}")
    client.force_login(office.supervisor)
    url, seen, pages = reverse("cases:list") + "?show=open", [], []

    while url:
        answer = client.get(url)
        pages.append(titles(answer))
        seen += pages[-1]
        url = answer.context["next_url"]
    back = client.get(answer.context["previous_url"])

    assert len(seen) == len(set(seen)) == 8
    assert [len(titles_) for titles_ in pages] == [3, 3, 2]
    assert titles(back) == pages[1]
    assert titles(client.get(back.context["previous_url"])) == pages[0]
    assert client.get(back.context["previous_url"]).context["previous_url"] == ""


@pytest.mark.parametrize("show", ["open", "all", "mine", "sort", "verify", "today"])
def test_a_list_costs_the_same_with_10_cases_and_with_60(client, office, show):
    client.force_login(office.leader)
    counts = []
    for number in (10, 50):
        for each in range(number):
            bring(
                office,
                [Stage.REPORTED, Stage.HANDLING, Stage.FEEDBACK, Stage.CLOSED][each % 4],
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("cases:list"), {"show": show}).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] < 25


def test_the_page_of_a_case_tells_what_happened_in_plain_chinese(client, office):
    case = bring(office, Stage.FEEDBACK, address="幸福小区南门")
    client.force_login(office.supervisor)

    page = client.get(case.get_absolute_url()).content.decode()

    for words in (
        case.number,
        "幸福小区南门",
        "派遣给城市管理局",
        "城市管理局反馈：已处理",
        "已补装",
        "待核查",
    ):
        assert words in page


def test_the_page_of_a_case_is_hidden_from_strangers(client, office, stranger):
    case = bring(office, Stage.HANDLING)
    elsewhere = make.staff("department_handler", department=make.department("水务局", line="water"))

    for person in (stranger, elsewhere):
        client.force_login(person)
        assert client.get(case.get_absolute_url()).status_code == 404
    client.force_login(make.staff("operator", make.district()))
    assert client.get(case.get_absolute_url()).status_code == 403


def test_the_household_is_shown_to_who_may_see_it_and_to_nobody_else(client, office):
    home = make.household(office.unit, head_name="王秀兰")
    case = bring(office, Stage.HANDLING, household=home)

    client.force_login(office.worker)
    assert "王秀兰" in client.get(case.get_absolute_url()).content.decode()
    for person in (office.handler, office.dispatcher):
        client.force_login(person)
        assert "王秀兰" not in client.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("stage", "who", "primary"),
    [
        (Stage.REPORTED, "worker", "solve"),
        (Stage.REPORTED, "supervisor", "register"),
        (Stage.REGISTERED, "dispatcher", "dispatch"),
        (Stage.DISPATCHED, "handler", "accept"),
        (Stage.HANDLING, "handler", "feed_back"),
        (Stage.FEEDBACK, "leader", "verify"),
        (Stage.CLOSED, "worker", "evaluate"),
        (Stage.HANDLING, "worker", None),
        (Stage.FEEDBACK, "handler", None),
    ],
)
def test_the_next_thing_is_the_step_that_this_person_may_do(client, office, stage, who, primary):
    case = bring(office, stage)
    client.force_login(getattr(office, who))

    answer = client.get(case.get_absolute_url())

    assert (answer.context["primary"] or {}).get("step") == primary
    assert (
        answer.content.decode().count("btn--primary") == (1 if primary else 0) + 1
    )  # and the dialog's


def test_dangerous_steps_are_not_beside_the_next_thing(client, office):
    case = bring(office, Stage.HANDLING)
    client.force_login(office.handler)

    answer = client.get(case.get_absolute_url())

    assert [door["step"] for door in answer.context["careful"]] == ["send_back"]
    assert "send_back" not in [door["step"] for door in answer.context["aside"]]


def test_a_red_case_says_why(client, office):
    case = bring(office, Stage.HANDLING, day="2026-11-18")
    client.force_login(office.supervisor)

    page = client.get(case.get_absolute_url()).content.decode()

    assert "为什么是红灯" in page
    assert "超期" in page


def test_a_closed_case_shows_the_light_that_it_closed_with(client, office):
    case = bring(office, Stage.EVALUATED)
    client.force_login(office.supervisor)

    page = client.get(case.get_absolute_url()).content.decode()

    assert "用时明细" in page
    assert "5分" in page


@pytest.fixture
def slip(office):
    case = bring(office, Stage.HANDLING, day="2026-11-18")
    return workflow.issue_slip(case, by=office.supervisor, colour="blue", text="请今天办结")


def test_a_slip_is_a_sheet_of_paper_for_who_may_see_the_case(client, office, slip, stranger):
    url = reverse("cases:slip", args=[slip.pk])

    client.force_login(office.handler)
    page = client.get(url).content.decode()
    assert "蓝色" in page
    assert "请今天办结" in page
    assert "回复督办单" in page
    client.force_login(office.supervisor)
    assert "回复督办单" not in client.get(url).content.decode()
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(make.staff("operator", make.district()))
    assert client.get(url).status_code == 403


def test_the_number_of_a_case_that_does_not_exist_is_not_found(client, office):
    client.force_login(office.supervisor)

    assert client.get(reverse("cases:detail", args=["370402-2611-99999"])).status_code == 404
    assert not Case.objects.exists()
