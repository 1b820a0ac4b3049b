"""A list of cases as a workbook: the same rows, as text, with who and when on top."""

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import urlencode

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.lists import excel
from cases.models import Case, Stage
from tests import factories as make
from tests.cases.office import at, bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]


def sheet(client, person, **query):
    client.force_login(person)
    address = f"{reverse('cases:list_excel')}?{urlencode(query)}"
    answer = client.post(address, {"purpose": "报街道"})
    assert answer.status_code == 200
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_the_workbook_says_who_when_and_what_and_has_a_row_for_each_case(client, office):
    case = bring(office, Stage.HANDLING, day="2026-11-18")

    first, heads, row = sheet(client, office.supervisor, show="open", light="red")

    assert str(office.supervisor) in first[0]
    assert "2026-11-20 14:00 · 用途：报街道 · 全部在办 · 超期" in first[0]
    assert heads[:3] == ["案件编号", "标题", "类别"]
    assert row[0] == case.number
    assert row[1:7] == [
        "井盖缺失",
        "井盖缺失",
        office.unit.name,
        "处理中",
        "超期",
        "2026-11-18 15:30",
    ]
    assert row[8:11] == [str(office.handler), "2026-11-18 09:00", None]
    assert row[12] == 51.8


def test_a_closed_case_is_in_nobodys_hands(client, office):
    bring(office, Stage.CLOSED)

    *__, row = sheet(client, office.supervisor, show="all")

    assert row[10] == "2026-11-20 11:30"
    assert row[11:] == [None, None]


def test_no_title_becomes_a_formula(client, office):
    bring(office, Stage.HANDLING, title='=HYPERLINK("http://x","y")')

    *__, row = sheet(client, office.supervisor, show="open")

    assert row[1] == '=HYPERLINK("http://x","y")'


def test_everybody_takes_what_the_own_list_shows_and_no_more(client, office):
    bring(office, Stage.HANDLING)
    stranger = make.staff("dispatcher", make.district("520602", "碧江区"))

    assert len(sheet(client, office.supervisor, show="open")) == 3
    assert len(sheet(client, stranger, show="open")) == 2


def test_the_household_is_not_in_it(client, office):
    home = make.household(office.unit, head_name="王秀兰")
    bring(office, Stage.HANDLING, household=home)

    cells = sheet(client, office.leader, show="open")

    assert "王秀兰" not in str(cells)


def test_a_long_list_is_cut_and_the_first_row_says_so(client, office, monkeypatch):
    monkeypatch.setattr(excel, "AT_MOST", 2)
    for day in (17, 19, 18):
        bring(office, Stage.HANDLING, day=f"2026-11-{day}")

    first, __, *rows = sheet(client, office.supervisor, show="open")

    assert "前2件" in first[0]
    dues = list(Case.objects.order_by("due_at").values_list("number", flat=True)[:2])
    assert [row[0] for row in rows] == dues


def test_a_workbook_costs_the_same_queries_with_2_cases_and_with_12(client, office):
    client.force_login(office.supervisor)
    counts = []
    for number in (2, 10):
        for __ in range(number):
            bring(office, Stage.HANDLING)
        with CaptureQueriesContext(connection) as queries:
            client.post(reverse("cases:list_excel") + "?show=open", {"purpose": "报街道"})
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_what_stands_in_the_columns_of_a_row():
    now, hour = at("2026-11-20 14:00"), timedelta(hours=1)
    names = {
        "category": "井盖",
        "grid": "一网格",
        "department": "城管",
        "handler": "张三",
        "decider": "李四",
    }

    def row(**fields):
        state = {
            "number": "N1", "title": "缺盖", "stage": "handling", "due_at": now + hour,
            "warn_at": None, "reported_at": now - 2 * hour, "closed_at": None,
            "closing_light": "", "stage_since": now - 1.5 * hour, "is_open": True,
        } | {f"{name}_name": said for name, said in names.items()} | fields  # fmt: skip
        case = SimpleNamespace(**state)
        return [value(case, now) for *_head, value in excel.COLUMNS]

    said = [str(cell) for cell in row()]
    assert said == [
        "N1", "缺盖", "井盖", "一网格", "处理中", "正常", "2026-11-20 15:00", "城管", "张三",
        "2026-11-20 12:00", "", "城管 · 张三", "1.5",
    ]  # fmt: skip
    assert str(row(warn_at=now)[5]) == "临期"
    assert str(row(due_at=now)[5]) == "超期"
    assert row(due_at=None)[6] == ""
    assert row(stage="registered")[11] == "由李四裁定"
    closed = row(stage="closed", closed_at=now, closing_light="red", is_open=False)
    assert [str(closed[5]), *closed[10:]] == ["超期", "2026-11-20 14:00", "", ""]
