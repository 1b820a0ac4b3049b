"""Looking the catalogue up, and editing it in the admin pages."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.catalogue import browse, shipped, versions
from cases.models import (
    AnswerTemplate,
    CaseStandard,
    Category,
    Responsibility,
    ServiceModule,
    Stage,
)
from tests import factories as make
from tests.cases.office import bring, open_office
from tests.test_access import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    return make.staff("administrator", make.district())


def page(client, staff, **query):
    answer = enter(client, staff).get(reverse("cases:catalogue"), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("井盖破损", "供水井盖异常"),
        ("01037", "路灯异常"),
        ("路灯不亮", "路灯异常"),
        ("电梯困人", "公用电梯异常"),
        ("占用消防通道", "占用消防通道"),
        ("暖气", "暖气不热"),
    ],
)
def test_what_people_say_finds_the_category(asked, name):
    shipped.seed()

    found = [entry.category.name for entry in browse.entries(text=asked)]

    assert name in found[:12]


def test_a_worker_looks_up_the_limit_and_who_answers(client):
    shipped.seed()
    worker = make.staff("grid_worker")
    category = Category.objects.get(kind="matter", code="01001")
    Responsibility.objects.create(
        district=make.district(),
        grid=make.district(),
        category=category,
        department=make.department("住建局"),
    )
    Responsibility.objects.create(
        district=make.district(),
        grid=make.street(),
        category=category,
        department=make.department("街道办", make.street()),
    )

    text = page(client, worker, about="井盖破损")

    assert "4个工作时" in text
    assert "2个紧急工时" in text
    assert "街道办" in text
    assert "住建局" not in text
    assert "不准入网格" in text


def test_nothing_found_says_so(client):
    shipped.seed()

    assert "没有找到" in page(client, make.staff("grid_worker"), about="紫禁城龙椅")


def test_the_page_costs_the_same_for_every_class(client, django_assert_max_num_queries):
    shipped.seed()
    worker = make.staff("grid_worker")
    page(client, worker)

    with django_assert_max_num_queries(17):
        page(client, worker, kind="matter", major="市政公用设施类")


def test_only_an_administrator_is_offered_excel(client, keeper):
    assert reverse("cases:catalogue_uploads") in page(client, keeper)
    dispatcher = make.staff("dispatcher", make.district())
    assert reverse("cases:catalogue_uploads") not in page(client, dispatcher)
    assert client.get(reverse("cases:catalogue_uploads")).status_code == 403
    assert client.get(reverse("cases:catalogue_excel")).status_code == 403
    assert client.post(reverse("cases:catalogue_uploads")).status_code == 403


def test_an_ended_standard_is_not_shown(client):
    standard = make.standard(
        4,
        of=make.category("井盖缺失", "matter"),
        condition="老条件",
        valid_to=timezone.localdate() - dt.timedelta(days=1),
    )

    assert "老条件" not in page(client, make.staff("grid_worker"))
    assert standard not in versions.in_force()


def form_of(text):
    """The fields of the admin's form with their values."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_box = 'type="checkbox"' in tag
        if name and 'type="submit"' not in tag and not (is_box and "checked" not in tag):
            fields[name[1]] = value[1] if value else "on" if is_box else ""
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        fields[name] = chosen[1] if chosen else ""
    for name, body in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', text, re.S):
        fields[name] = body.replace("&quot;", '"')
    return fields


def test_the_admin_page_of_a_standard_in_use_makes_a_new_version(client, keeper):
    case = bring(open_office(make.standard(4, "working_hours")), Stage.HANDLING)
    due_at = case.due_at
    address = reverse("admin:cases_casestandard_change", args=[case.standard_id])
    fields = form_of(enter(client, keeper).get(address).content.decode())

    answer = client.post(address, fields | {"limit_number": "9"}, follow=True)
    case.refresh_from_db()

    assert "新版本自" in answer.content.decode()
    assert (case.standard.limit_number, case.due_at) == (4, due_at)
    assert case.standard.replaced_by.limit_number == 9
    old = client.get(address).content.decode()
    assert 'name="_save"' not in old
    assert "9个工作时" in old


def test_the_category_page_of_the_admin_edits_through_versions_too(client, keeper):
    case = bring(open_office(make.standard(4, "working_hours")), Stage.HANDLING)
    address = reverse("admin:cases_category_change", args=[case.category_id])
    fields = form_of(enter(client, keeper).get(address).content.decode())

    answer = client.post(address, fields | {"standards-0-limit_number": "7"})
    case.refresh_from_db()

    assert answer.status_code == 302
    assert case.standard.limit_number == 4
    assert case.standard.replaced_by.limit_number == 7
    assert CaseStandard.objects.count() == 2


def test_the_first_day_of_a_used_standard_is_refused_at_the_form(client, keeper):
    case = bring(open_office(make.standard(4, "working_hours")), Stage.HANDLING)
    address = reverse("admin:cases_casestandard_change", args=[case.standard_id])
    fields = form_of(enter(client, keeper).get(address).content.decode())

    answer = client.post(address, fields | {"valid_from": "2021-01-01"})

    assert answer.status_code == 200
    assert "启用日期不能改" in answer.content.decode()


def test_an_administrator_writes_ready_answers_of_the_own_district_only(client, keeper):
    other = make.district("520602", "碧江区")
    shipped.seed()
    foreign = AnswerTemplate.objects.filter(district=other).first()
    mine = AnswerTemplate.objects.filter(district=make.district()).first()
    enter(client, keeper)

    assert (
        client.get(reverse("admin:cases_answertemplate_change", args=[foreign.pk])).status_code
        == 404
    )
    address = reverse("admin:cases_answertemplate_change", args=[mine.pk])
    fields = form_of(client.get(address).content.decode())
    assert client.post(address, fields | {"text": "已办结。"}).status_code == 302
    mine.refresh_from_db()
    assert mine.text == "已办结。"
    assert client.post(address, fields | {"district": str(other.pk)}).status_code == 200


def test_service_modules_are_renamed_and_added(client, keeper):
    shipped.seed()
    enter(client, keeper)

    client.post(
        reverse("admin:cases_servicemodule_add"), {"code": "18", "name": "文旅", "is_active": "on"}
    )

    assert ServiceModule.objects.get(code="18").name == "文旅"
    assert shipped.seed()["service_modules"] == 0
