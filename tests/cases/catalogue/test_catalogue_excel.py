"""The catalogue out to Excel, edited, and in again: first shown, then whole or not at all."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import taking_in
from cases.catalogue import reading, shipped, takeover, versions, words, workbook
from cases.models import (
    CaseStandard,
    CatalogueUpload,
    Category,
    Responsibility,
    Stage,
    Upload,
)
from grids.models import AuditEntry
from grids.refusal import Refused
from tests import factories as make
from tests.cases.office import bring, open_office
from tests.test_access import enter

pytestmark = pytest.mark.django_db

NAMES = {"categories": "类别", "standards": "立案标准", "responsibilities": "责任分工"}


@pytest.fixture
def keeper(settings):
    """An administrator of a district with a short catalogue."""
    make.district()
    make.unit()
    make.department("城管局")
    make.department("住建局", line="housing")
    make.standard(
        2, "urgent_hours", of=make.category("井盖缺失", "matter", "01001"), condition="井盖缺失"
    )
    make.standard(
        3, "working_days", of=make.category("乱堆杂物", "matter", "06036"), condition="楼道堆放"
    )
    return make.staff("administrator", make.district())


def rows_of(content, tmp_path):
    """{sheet name: [{head: cell}]} of a workbook."""
    import python_calamine

    path = tmp_path / "out.xlsx"
    path.write_bytes(content)
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    found = {}
    for name in book.sheet_names:
        head, *rows = book.get_sheet_by_name(name).to_python()
        found[name] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


def workbook_of(**sheets):
    """The bytes of a workbook with these rows: {sheet key: [{head: cell}]}."""
    import xlsxwriter

    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        for key, rows in sheets.items():
            sheet = book.add_worksheet(NAMES.get(key, key))
            heads = list(dict.fromkeys(head for row in rows for head in row))
            sheet.write_row(0, 0, heads)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, [row.get(head, "") for head in heads])
    return memory.getvalue()


def standard_row(condition="井盖缺失", **more):
    return {
        "类型": "事件",
        "编码": "01001",
        "立案条件": condition,
        "办理时限": "2个紧急工时",
    } | more


def upload(client, staff, content, name="目录.xlsx"):
    file = io.BytesIO(content)
    file.name = name
    return enter(client, staff).post(reverse("cases:catalogue_uploads"), {"file": file})


def uploaded(client, staff, content):
    assert upload(client, staff, content).status_code == 302
    taking_in.work(Upload.objects.latest("pk").pk)
    return CatalogueUpload.objects.latest("pk")


def ask_to_take_over(client, found):
    """What the button does: a job, whose page says how far it is."""
    page = client.post(reverse("cases:catalogue_confirm", args=[found.pk]))
    return Upload.objects.latest("pk"), page


def confirm(client, found):
    job, page = ask_to_take_over(client, found)
    taking_in.work(job.pk)
    return client.get(page.url, follow=True)


def problems(found):
    return [
        (line["row"], problem["head"], problem["text"])
        for line in found.findings["lines"]
        for problem in line["problems"]
    ]


def sums(found):
    counts = found.findings["counts"].values()
    return {
        kind: sum(count[kind] for count in counts) for kind in ("new", "changed", "same", "problem")
    }


def test_the_whole_catalogue_comes_back_unchanged(client):
    district = make.district()
    shipped.seed()
    keeper = make.staff("administrator", district)
    department = make.department("城管局")
    Responsibility.objects.create(
        district=district, grid=district, category=Category.objects.first(), department=department
    )

    found = uploaded(client, keeper, workbook.write(keeper))

    assert sums(found) == {
        "new": 0,
        "changed": 0,
        "problem": 0,
        "same": 493 + CaseStandard.objects.count() + 1,
    }
    page = client.get(reverse("cases:catalogue_upload", args=[found.pk]))
    assert "没有变更" in page.content.decode()


def test_nothing_is_written_before_it_is_confirmed(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("井盖响动")]))

    assert sums(found)["new"] == 1
    assert CaseStandard.objects.count() == 2

    confirm(client, found)

    assert CaseStandard.objects.filter(condition="井盖响动").exists()


def test_a_worker_writes_what_was_confirmed_and_not_the_page(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("井盖响动")]))

    job, page = ask_to_take_over(client, found)
    again, _page = ask_to_take_over(client, found)

    assert (job, page.url) == (again, reverse("cases:upload", args=[job.pk]))
    assert not CaseStandard.objects.filter(condition="井盖响动").exists()
    assert "目录" in client.get(page.url).content.decode()

    taking_in.work(job.pk)
    taking_in.work(job.pk)
    assert CaseStandard.objects.filter(condition="井盖响动").count() == 1
    assert "目录已按所示" in client.get(page.url, follow=True).content.decode()


def test_the_audit_names_who_confirmed_what_the_worker_writes(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("井盖响动")]))
    rows = AuditEntry.objects.filter(kind="dictionary", object_key=str(found.pk))
    before = rows.count()

    confirm(client, found)

    [entry] = rows.order_by("-pk")[: rows.count() - before]
    assert (entry.by, entry.words) == (keeper, "目录.xlsx")
    assert entry.detail["counts"]["standards"]["new"] == 1


def test_what_was_shown_in_one_language_is_confirmed_in_another(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row(办理时限="4工作时")]))
    client.post(reverse("set_language"), {"language": "en"})

    confirm(client, found)

    found.refresh_from_db()
    assert found.state == "done"


def test_the_same_file_again_says_unchanged(client, keeper):
    case = bring(open_office(CaseStandard.objects.get(condition="井盖缺失")), Stage.HANDLING)
    content = workbook_of(
        categories=[
            {"类型": "事件", "编码": "01001", "名称": "供水井盖异常"},
            {"类型": "事件", "编码": "77001", "名称": "新事项"},
        ],
        standards=[standard_row(办理时限="4工作时"), standard_row("井盖响动")],
        responsibilities=[
            {"类型": "事件", "编码": "01001", "网格编码": "370402", "部门": "城管局"}
        ],
    )
    confirm(client, uploaded(client, keeper, content))

    again = uploaded(client, keeper, content)

    assert sums(again) == {"new": 0, "changed": 0, "same": 5, "problem": 0}
    assert case.standard.replaced_by.limit_unit == "working_hours"


def test_a_standard_in_use_gets_a_new_version_and_the_case_keeps_its_hours(client, keeper):
    case = bring(open_office(CaseStandard.objects.get(condition="井盖缺失")), Stage.HANDLING)
    due_at = case.due_at

    found = uploaded(
        client, keeper, workbook_of(standards=[standard_row(办理时限="4工作时", 派遣时限="30分钟")])
    )
    page = client.get(reverse("cases:catalogue_upload", args=[found.pk]))
    confirm(client, found)
    case.refresh_from_db()
    new = case.standard.replaced_by

    assert "新版本" in page.content.decode()
    assert (case.standard.limit_number, case.due_at) == (2, due_at)
    assert (new.limit_number, new.limit_unit) == (4, "working_hours")
    assert new.step_limits == {"registered": [30, "minutes"]}
    assert new.valid_from == timezone.localdate()


def test_a_row_that_is_wrong_names_its_column_and_what_to_write(client, keeper):
    content = workbook_of(
        standards=[
            standard_row(),
            standard_row("响动", 办理时限="2小时"),
            standard_row("", 办理时限=""),
            standard_row("漏水", 编码="09999"),
            standard_row("漏气", 紧急="可能"),
            standard_row(),
        ]
    )

    found = uploaded(client, keeper, content)

    assert [(row, head) for row, head, _text in problems(found)] == [
        (3, "办理时限"),
        (4, "立案条件"),
        (4, "办理时限"),
        (5, "编码"),
        (6, "紧急"),
        (7, ""),
    ]
    page = client.get(reverse("cases:catalogue_upload", args=[found.pk])).content.decode()
    for words_of_remedy in ("2紧急工时", "请填写", "没有这个类别", "请填“是”或“否”", "与第2行重复"):
        assert words_of_remedy in page


def test_one_wrong_row_keeps_the_whole_file_out(client, keeper):
    content = workbook_of(standards=[standard_row("响动"), standard_row("漏水", 办理时限="很快")])
    found = uploaded(client, keeper, content)

    confirm(client, found)

    assert CaseStandard.objects.count() == 2
    found.refresh_from_db()
    assert found.state == "checked"


def test_what_changed_between_the_check_and_the_confirmation_is_looked_at_again(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row(办理时限="4工作时")]))
    CaseStandard.objects.filter(condition="井盖缺失").update(limit_number=6)

    page = confirm(client, found)

    assert CaseStandard.objects.get(condition="井盖缺失").limit_number == 6
    assert "重新核对" in page.content.decode()
    confirm(client, found)
    assert CaseStandard.objects.get(condition="井盖缺失").limit_number == 4


def test_a_confirmed_upload_is_not_confirmed_twice(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("响动")]))
    confirm(client, found)
    found.refresh_from_db()

    assert (found.state, found.content) == ("done", {})
    assert found.settled_at is not None
    assert not takeover.confirm(found, by=keeper)
    assert CaseStandard.objects.filter(condition="响动").count() == 1


def test_a_dropped_upload_writes_nothing(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("响动")]))

    client.post(reverse("cases:catalogue_confirm", args=[found.pk]), {"drop": "1"})
    found.refresh_from_db()

    assert found.state == "dropped"
    assert not takeover.confirm(found, by=keeper)
    assert not CaseStandard.objects.filter(condition="响动").exists()


def test_columns_that_are_left_out_change_nothing(client, keeper):
    CaseStandard.objects.filter(condition="井盖缺失").update(
        evidence="照片", is_admitted=False, step_limits={"feedback": [1, "working_days"]}
    )

    confirm(
        client, uploaded(client, keeper, workbook_of(standards=[standard_row(办理时限="4工作时")]))
    )
    kept = CaseStandard.objects.get(condition="井盖缺失")

    assert (kept.evidence, kept.is_admitted) == ("照片", False)
    assert kept.step_limits == {"feedback": [1, "working_days"]}
    assert kept.limit_number == 4


def test_an_empty_cell_of_a_column_that_is_there_empties_it(client, keeper):
    CaseStandard.objects.filter(condition="井盖缺失").update(
        evidence="照片", step_limits={"feedback": [1, "working_days"]}
    )

    confirm(
        client,
        uploaded(client, keeper, workbook_of(standards=[standard_row(取证要求="", 核查时限="")])),
    )
    kept = CaseStandard.objects.get(condition="井盖缺失")

    assert (kept.evidence, kept.step_limits) == ("", {})


def test_responsibilities_are_those_of_the_own_district_only(client, keeper, tmp_path):
    other = make.district("520602", "碧江区")
    foreign = make.department("碧江城管局", grid=other)
    category = Category.objects.get(code="01001")
    Responsibility.objects.create(district=other, grid=other, category=category, department=foreign)

    out = rows_of(workbook.write(keeper), tmp_path)
    rows = [
        {"类型": "事件", "编码": "01001", "网格编码": "520602", "部门": "碧江城管局"},
        {"类型": "事件", "编码": "01001", "网格编码": "370402", "部门": "碧江城管局"},
        {"类型": "事件", "编码": "01001", "网格编码": "370402001028001", "部门": "住建局"},
    ]
    found = uploaded(client, keeper, workbook_of(responsibilities=rows))

    assert out["责任分工"] == []
    assert [(row, head) for row, head, _text in problems(found)] == [(2, "网格编码"), (3, "部门")]
    confirm(client, uploaded(client, keeper, workbook_of(responsibilities=rows[2:])))
    mine = Responsibility.objects.exclude(district=other).get()
    assert (mine.grid.code, mine.department.name) == ("370402001028001", "住建局")
    assert mine.district_id == make.district().pk


def test_a_number_that_excel_made_of_a_code_is_read_as_the_code(client, keeper):
    found = uploaded(client, keeper, workbook_of(standards=[standard_row("响动", 编码=1001)]))

    assert found.findings["lines"][0]["what"].startswith("事件 01001")
    assert not problems(found)


def test_text_that_begins_with_an_equals_sign_is_no_formula(client, keeper, tmp_path):
    CaseStandard.objects.filter(condition="井盖缺失").update(closing_condition="=1+1")

    rows = rows_of(workbook.write(keeper), tmp_path)["立案标准"]

    assert "=1+1" in [row["结案条件"] for row in rows]


def test_the_empty_form_explains_each_column_and_holds_no_row(keeper, tmp_path):
    import zipfile

    content = workbook.write(keeper, is_blank=True)

    assert [rows_of(content, tmp_path)[name] for name in NAMES.values()] == [[], [], []]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        comments = "".join(
            archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("xl/comments")
        )
    assert "紧急工时" in comments
    assert "必填" in comments


def test_english_heads_and_words_are_understood(client, keeper):
    rows = [
        {
            "kind": "Matter",
            "code": "01001",
            "filing condition": "noise",
            "limit in all": "3 working days",
            "urgent": "No",
        }
    ]

    confirm(client, uploaded(client, keeper, workbook_of(standards=rows)))

    assert CaseStandard.objects.get(condition="noise").limit_unit == "working_days"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"not a workbook", "不是"),
        (workbook_of(别的=[{"甲": 1}]), "没有找到事项目录"),
    ],
)
def test_a_file_that_is_no_catalogue_says_what_to_do(client, keeper, content, text):
    answer = upload(client, keeper, content)
    taking_in.work(Upload.objects.get().pk)

    assert text in client.get(answer.url).content.decode()
    assert not CatalogueUpload.objects.exists()


@pytest.mark.parametrize(("content", "text"), [(b"", "空"), (bytes(90), "不是 Excel")])
def test_what_is_no_workbook_by_its_first_letters_is_refused_at_once(client, keeper, content, text):
    answer = upload(client, keeper, content)

    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_workbook_waits_on_a_page_and_speaks_the_language_of_its_sender(client, keeper):
    answer = upload(client, keeper, workbook_of(standards=[standard_row("响动")]))
    waiting = client.get(answer.url).content.decode()
    assert "hx-get" in waiting
    assert "http-equiv" in waiting

    found = Upload.objects.get()
    Upload.objects.update(language="en")
    taking_in.work(found.pk)

    assert client.get(answer.url).url == reverse(
        "cases:catalogue_upload", args=[CatalogueUpload.objects.get().pk]
    )
    heads = [
        change["head"]
        for line in CatalogueUpload.objects.get().findings["lines"]
        for change in line["changes"]
    ]
    assert all(head.isascii() for head in heads)
    progress = client.get(reverse("cases:upload_progress", args=[found.pk]))
    assert progress["HX-Refresh"] == "true"


def test_the_history_says_who_uploaded_what(client, keeper):
    confirm(client, uploaded(client, keeper, workbook_of(standards=[standard_row("响动")])))

    page = client.get(reverse("cases:catalogue_uploads")).content.decode()

    assert "目录.xlsx" in page
    assert keeper.full_name in page
    assert "已导入" in page


def test_a_file_with_a_hundred_thousand_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    path = tmp_path / "long.xlsx"
    path.write_bytes(workbook_of(standards=[standard_row(str(n)) for n in range(5)]))

    with pytest.raises(Refused):
        reading.read(path)


def test_a_later_first_day_lets_the_change_wait(client, keeper):
    case = bring(open_office(CaseStandard.objects.get(condition="井盖缺失")), Stage.HANDLING)
    later = timezone.localdate() + dt.timedelta(days=30)

    confirm(
        client,
        uploaded(
            client,
            keeper,
            workbook_of(standards=[standard_row(办理时限="4工作时", 启用日期=later.isoformat())]),
        ),
    )

    assert case.standard.replaced_by.valid_from == later
    assert [s.limit_number for s in versions.in_force().filter(condition="井盖缺失")] == [2]


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (30, "minutes"),
        (2, "urgent_hours"),
        (4, "working_hours"),
        (1, "working_days"),
        (7, "calendar_days"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_limit_in_words_is_read_as_what_it_says(number, unit, language):
    from django.utils import translation

    with translation.override(language):
        said = words.limit(number, unit)

    assert words.read_limit(said) == [number, unit]
