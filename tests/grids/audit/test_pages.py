"""The auditors' page: filters, pages and workbook show what is in scope and nothing else."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from grids import audit
from grids.models import AuditEntry
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE = "/audit/"


@pytest.fixture
def auditor(client):
    person = make.staff("auditor", make.district())
    client.force_login(person)
    return person


@pytest.fixture
def three(auditor):
    leader = make.staff("grid_leader", full_name="李组长", username="lizu")
    home = make.household(head_name="王秀兰")
    audit.record(audit.Kind.REVEAL, by=leader, of=home, words="王秀兰", purpose="办理低保")
    audit.record(audit.Kind.EXPORT, by=make.staff("grid_leader"), words="户籍册")
    audit.record(audit.Kind.LOOK_UP, by=leader, words="身份证号查找", result=audit.Result.MISS)
    return home


def shown(client, query=""):
    page = client.get(f"{PAGE}?{query}").context["page"]
    return {one.words for one in page.rows if one.kind != "login"}


ALL = {"王秀兰", "户籍册", "身份证号查找"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("person=lizu", {"王秀兰", "身份证号查找"}),
        ("person=李组", {"王秀兰", "身份证号查找"}),
        ("person=谁", set()),
        ("kind=export", {"户籍册"}),
        ("result=miss", {"身份证号查找"}),
        ("words=秀兰", {"王秀兰"}),
        ("since={today}&until={today}", ALL),
        ("since={tomorrow}", set()),
        ("until={yesterday}", set()),
        ("address=203.0.113.9", set()),
        ("of=residents.household:{home}", {"王秀兰"}),
        ("of=residents.household:0", set()),
        ("kind=nothing&since=2026-99-99&address=x&after=x", ALL),
    ],
)
def test_each_filter_narrows_and_one_that_is_not_understood_does_not(client, three, query, found):
    today = timezone.localdate()
    days = {"today": today, "tomorrow": today + timedelta(1), "yesterday": today - timedelta(1)}

    assert shown(client, query.format(home=three.pk, **days)) == found


def test_an_entry_says_person_posting_object_purpose_and_result(client, three):
    page = client.get(PAGE).content.decode()

    for words in ("李组长", "网格长", "王秀兰", "办理低保", "未查到"):
        assert words in page


def test_pages_follow_one_another_without_a_gap_or_a_twin(client, auditor):
    leader = make.staff("grid_leader")
    for turn in range(120):
        audit.record(audit.Kind.PRINT, by=leader, words=f"第{turn}张")

    seen, address = [], f"{PAGE}?kind=print"
    while address:
        page = client.get(address).context["page"]
        seen += [one.words for one in page.rows]
        address = page.next_url and PAGE + page.next_url

    assert seen == [f"第{turn}张" for turn in reversed(range(120))]


def test_the_workbook_holds_what_is_shown_and_is_recorded_itself(client, three):
    answer = client.get(reverse("grids:audit_excel"), {"kind": "reveal"})

    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    [line] = list(sheet.iter_rows(min_row=3, values_only=True))
    assert "办理低保" in line
    [taken] = AuditEntry.objects.filter(object_type="grids.auditentry")
    assert (taken.kind, taken.detail) == (
        "export",
        {"rows": 1, "wanted": {"kind": "reveal"}},
    )


def test_ten_entries_cost_as_many_queries_as_fifty(client, auditor, django_assert_max_num_queries):
    for _ in range(50):
        audit.record(audit.Kind.PRINT, by=make.staff("grid_leader"))

    with django_assert_max_num_queries(14):
        client.get(PAGE)


def test_an_auditor_of_another_district_reads_nothing_of_it(client, three):
    client.force_login(make.staff("auditor", make.district("110101", "东城区")))

    assert shown(client) == set()


def test_a_change_is_told_in_words(client, auditor):
    person = make.staff("grid_worker", full_name="王秀芬")
    changed = {"role": ["grid_worker", "grid_leader"], "since": ["", "2026-12-01"], "phone": []}
    audit.record(
        audit.Kind.RIGHTS, of=person.postings.get(), words="王秀芬", detail={"changed": changed}
    )

    page = client.get(PAGE).content.decode()

    for words in ("角色 网格员 → 网格长", "起始日期 2026-12-01", "phone"):
        assert words in page


def test_an_account_is_named_and_the_own_one_is_not_said_twice(client, auditor):
    person = make.staff("grid_worker", full_name="王秀芬")
    audit.record(audit.Kind.LOGIN_FAILED, of=person, result=audit.Result.REFUSED)
    audit.record(audit.Kind.ACCOUNT, of=person, by=person)

    own, failed = client.get(f"{PAGE}?since=2020-01-01").context["page"].rows[:2]

    assert (own.what, own.words, own.reference) == ("", "", "")
    assert (failed.words, failed.reference) == ("王秀芬", f"grids.staff:{person.pk}")
