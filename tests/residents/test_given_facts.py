"""What a department is told of a person, fact by fact; how long, and what stays on record."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from grids.refusal import Refused
from residents.data_requests import answers, askable
from residents.models import AccessRecord, Benefit, BenefitRecord, DataRequest, Resident
from tests import factories as make
from tests.residents.test_data_requests import _ask

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(number):
    return TODAY + timedelta(days=number)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def officer(ground):
    return make.staff("community_staff", make.street())


@pytest.fixture
def wang(ground):
    home = make.household(ground[0], head_name="王秀兰")
    found = make.resident(
        home, name="王秀兰", phone="13800005678", marital="30", registered_address="和平路",
        employer="学校", kind="floating", relation="02",
    )  # fmt: skip
    make.resident(home, name="李强", relation="20")
    make.resident(home, name="李走", relation="20", ended_on=day(-1))
    make.care_record(found, make.care_category("低保"))
    make.care_record(found, make.care_category("独居"), until=day(-1))
    benefit = Benefit.objects.create(code="X", name="补贴")
    BenefitRecord.objects.create(resident=found, benefit=benefit, since=day(-9))
    return found


def texts(person, staff, *names):
    return askable.texts_of([person], names or list(askable.FACTS), staff)[person.pk]


def test_every_fact_of_a_person(wang, officer):
    assert texts(wang, officer) == {
        "lives": f"{wang.grid} · {wang.get_kind_display()}",
        "address": wang.household.dwelling.address,
        "registered_address": "和平路",
        "members": "李强（子）",
        "birth_on": "1950-05-01",
        "phone": "13800005678",
        "marital": "丧偶",
        "employer": "学校",
        "care": "低保",
        "benefits": "补贴",
    }


def test_what_is_not_known_is_said_so(ground, officer):
    alone = make.resident(grid=ground[0], name="赵独", phone="", marital="", relation="02")
    Resident.objects.filter(pk=alone.pk).update(birth_on=None)
    alone.refresh_from_db()

    said = texts(alone, officer)

    assert [said[name] for name in ("phone", "marital", "employer", "birth_on")] == ["—"] * 4
    assert (said["members"], said["care"], said["benefits"]) == ("lives alone", "none", "none")
    other = make.resident(alone.household, name="钱客", relation="")
    assert texts(alone, officer, "members")["members"] == f"{other.name}（member）"


def test_only_what_the_one_who_answers_may_read_is_given(wang, ground):
    reader = make.staff("information_officer", ground[0])
    elsewhere = make.staff("information_officer", ground[1])

    assert set(texts(wang, reader)) == set(askable.FACTS) - {"care", "benefits"}
    assert set(texts(wang, elsewhere)) == set()
    request = DataRequest(facts=["care", "phone", "made_up", "lives"])
    assert [name for name, _ in askable.offered_facts(reader, request)] == ["phone", "lives"]
    assert [str(label) for label in askable.labels_of(["phone", "made_up"])] == ["phone"]


@pytest.mark.parametrize(
    ("name", "starred"),
    [("王秀兰", "王*兰"), ("王兰", "王*"), ("王", "王*"), ("欧阳明珠", "欧**珠"), ("", "*")],
)
def test_a_name_on_a_public_notice(name, starred):
    assert answers._starred(name) == starred


@pytest.mark.parametrize(
    ("since", "days", "ends", "waits"),
    [
        (None, 0, None, False),
        (None, 7, None, True),
        (0, 7, 6, True),
        (-6, 7, 0, True),
        (-7, 7, -1, False),
        (0, 1, 0, True),
        (0, 0, -1, False),
    ],
)
def test_how_long_a_notice_lasts(since, days, ends, waits):
    request = DataRequest(notice_since=None if since is None else day(since), notice_days=days)

    assert answers.notice_ends_on(request) == (None if ends is None else day(ends))
    assert answers.waits_for_notice(request, TODAY) is waits


@pytest.mark.parametrize(("until", "last"), [(10, 10), (90, 90), (91, 90), (0, 0)])
def test_an_answer_is_there_until_the_end_of_the_day(until, last):
    request = DataRequest(use_until=day(until))
    now = timezone.now()

    expires = timezone.localtime(answers._expiry(request, now))

    assert expires.date() == day(last + 1)
    assert (expires.hour, expires.minute) == (0, 0)


@pytest.fixture
def request_of(wang):
    bureau = make.department("民政办", make.street(), line="civil_affairs")
    coordinator = make.staff("department_coordinator", department=bureau)
    found = _ask(
        bureau, coordinator, wang.id_sealed, make.id_number(date(1931, 5, 1)),
        facts=["address", "phone"],
    )  # fmt: skip
    found.lines.filter(pk=found.lines.order_by("pk").first().pk).update(name="王秀兰")
    return found


def test_the_lines_of_an_answer(request_of, wang, officer):
    first, second = answers.lines_for_answer(request_of, officer)
    assert (first.found, second.found) == (wang, None)
    assert (first.is_named_otherwise, second.is_named_otherwise) == (False, False)
    Resident.objects.filter(pk=wang.pk).update(name="王改名")
    [first, _] = answers.lines_for_answer(request_of, officer)
    assert first.is_named_otherwise is True
    stranger = make.staff("community_staff", make.street("370402002", "龙山路街道"))
    assert [one.found for one in answers.lines_for_answer(request_of, stranger)] == [None, None]
    Resident.objects.filter(pk=wang.pk).update(ended_on=day(-1), end_reason="moved")
    assert [one.found for one in answers.lines_for_answer(request_of, officer)] == [None, None]


def test_what_is_answered_is_read_until_its_end_and_is_on_record(request_of, wang, officer):
    answers.answer(request_of, by=officer, facts=["phone", "care"], refused={}, note="好")
    request_of.refresh_from_db()
    first, second = request_of.lines.order_by("pk")

    assert (request_of.state, request_of.answered_by, request_of.answer_note) == (
        "answered", officer, "好",
    )  # fmt: skip
    assert (first.state, first.facts, first.resident, first.id_sealed) == (
        "approved", ["phone"], wang, None,
    )  # fmt: skip
    assert (second.state, second.resident, second.answer_sealed, second.id_sealed) == (
        "unknown", None, None, None,
    )  # fmt: skip
    [record] = AccessRecord.objects.all()
    assert (record.resident, record.by, record.field) == (wang, officer, "data_request")
    assert record.purpose == f"{request_of.number} {request_of.purpose}"
    reader, now = request_of.asked_by, timezone.now()
    for _ in range(2):
        lines = answers.read(request_of, by=reader, now=now)
        assert [one.answer for one in lines] == [{"phone": "13800005678"}, {}]
    assert AccessRecord.objects.filter(by=reader).count() == 1
    answers.read(request_of, by=reader, now=now + timedelta(days=1))
    assert AccessRecord.objects.filter(by=reader).count() == 2
    lines = answers.read(request_of, by=reader, now=request_of.expires_at)
    assert [one.answer for one in lines] == [{}, {}]
    assert answers.expire(request_of.expires_at - timedelta(seconds=1)) == 0
    assert answers.expire(request_of.expires_at) == 1
    assert answers.expire(request_of.expires_at) == 0


def test_a_line_that_is_refused_says_why_and_gives_nothing(request_of, wang, officer):
    first = request_of.lines.order_by("pk").first()

    answers.answer(request_of, by=officer, facts=["phone"], refused={first.pk: "不符"})

    first.refresh_from_db()
    assert (first.state, first.reason, first.answer_sealed) == ("refused", "不符", None)
    assert not AccessRecord.objects.exists()
    with pytest.raises(answers.AlreadyAnswered):
        answers.refuse(request_of, by=officer, note="晚了")


def test_while_a_notice_lasts_nothing_is_answered(request_of, officer):
    DataRequest.objects.update(notice_days=7)
    request_of.refresh_from_db()
    assert answers.may_answer(officer, request_of)
    with pytest.raises(Refused):
        answers.answer(request_of, by=officer, facts=["phone"], refused={})
    answers.begin_notice(request_of, text="公示", today=day(-7))
    request_of.refresh_from_db()
    assert (request_of.state, request_of.notice_text, request_of.notice_since) == (
        "notice", "公示", day(-7),
    )  # fmt: skip
    answers.answer(request_of, by=officer, facts=["phone"], refused={})
    request_of.refresh_from_db()
    assert not answers.may_answer(officer, request_of)


def test_a_request_that_is_refused_as_a_whole(request_of, officer):
    answers.refuse(request_of, by=officer, note="理由" * 150)

    request_of.refresh_from_db()
    lines = list(request_of.lines.all())
    assert {(one.state, one.reason, one.id_sealed) for one in lines} == {
        ("refused", ("理由" * 150)[:200], None)
    }
    assert (request_of.state, request_of.answered_by) == ("refused", officer)
