"""Several persons in one row: each is a person of the household, with an outcome of its own."""

import datetime as dt

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, explain, queue
from residents.imports.workbook import persons
from residents.models import Household, ImportBatch, Resident
from residents.vocabulary import heads as known_heads
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import UNIT

HIS, HERS, CHILDS = (
    (dt.date(1970, 5, 5), "1"),
    (dt.date(1972, 5, 5), "2"),
    (dt.date(1999, 5, 5), "2"),
)


def number(of):
    return factories.id_number(*of)


def row(**values):
    return {
        "网格编码": UNIT,
        "楼栋": "1号楼",
        "室号": "304",
        "户号": "H12",
        "户主姓名": "壬大",
        "户主身份证号": number(HIS),
        "配偶姓名": "壬妻",
        "配偶身份证号": number(HERS),
        "联系电话": "13800000000",
    } | values


def made(tmp_path, *rows, above=()):
    book = openpyxl.Workbook()
    for line in above:
        book.active.append(line)
    book.active.append(list(rows[0]))
    for one in rows:
        book.active.append(list(one.values()))
    path = tmp_path / "名单.xlsx"
    book.save(path)
    return path


def people():
    return sorted(Resident.objects.live().values_list("name", "relation"))


def test_head_and_spouse_of_one_row_are_a_household(ground, tmp_path):
    answer = run(made(tmp_path, row()), "residents")

    assert (answer["rows"], answer["created"]) == (2, 2)
    assert people() == [("壬大", "02"), ("壬妻", "10")]
    home = Household.objects.get()
    assert (home.number, home.head_name, home.residents.count()) == ("H12", "壬大", 2)
    assert Resident.objects.get(name="壬大").phone == "13800000000"
    assert Resident.objects.get(name="壬妻").phone == ""


def test_the_same_file_again_changes_nothing(ground, tmp_path):
    path = made(tmp_path, row())
    run(path, "residents")

    assert run(path, "residents")["unchanged"] == 2


@pytest.mark.parametrize("nobody", ["", "无", "/"])
def test_no_spouse_is_nobody(ground, tmp_path, nobody):
    answer = run(made(tmp_path, row(配偶姓名=nobody, 配偶身份证号="")), "residents")

    assert (answer["rows"], answer["created"], answer["rejected"]) == (1, 1, 0)


def test_several_members_and_children_by_their_sex(ground, tmp_path):
    more = {
        "子女姓名": "壬囡", "子女身份证号": number(CHILDS),
        "家庭成员1姓名": "壬母", "家庭成员1身份证号": number((dt.date(1945, 1, 1), "2")),
        "家庭成员1与户主关系": "母亲",
        "家庭成员2姓名": "壬客", "家庭成员2身份证号": number((dt.date(1990, 1, 1), "1")),
        "家庭成员2与户主关系": "",
    }  # fmt: skip
    run(made(tmp_path, row(户号="") | more), "residents")

    assert people() == sorted(
        [("壬大", "02"), ("壬妻", "10"), ("壬囡", "30"), ("壬母", "52"), ("壬客", "")]
    )
    assert Household.objects.live().count() == 1


def test_whoever_has_a_row_of_the_own_is_not_read_twice(ground, tmp_path):
    hers, his = number(HERS), number(HIS)
    own = {"网格编码": UNIT, "住址": "公园路1号", "户号": "7"}
    rows = [
        own | {"姓名": "甲大", "身份证号": his, "与户主关系": "户主", "配偶姓名": "乙妻", "配偶身份证号": hers},
        own | {"姓名": "乙妻", "身份证号": hers, "与户主关系": "妻", "配偶姓名": "甲大", "配偶身份证号": his},
    ]  # fmt: skip

    answer = run(made(tmp_path, *rows), "residents")

    assert (answer["rows"], answer["created"]) == (2, 2)
    assert people() == sorted([("乙妻", "12"), ("甲大", "02")])


def test_the_spouse_of_a_child_has_no_relation_to_the_head(ground, tmp_path):
    own = {"网格编码": UNIT, "住址": "公园路1号", "户号": "7", "户主姓名": "甲大"}
    rows = [
        own | {"姓名": "甲大", "身份证号": number(HIS), "与户主关系": "户主", "配偶姓名": "", "配偶身份证号": ""},
        own | {"姓名": "甲二", "身份证号": number(CHILDS), "与户主关系": "女", "配偶姓名": "丙", "配偶身份证号": number(HERS)},
    ]  # fmt: skip

    run(made(tmp_path, *rows), "residents")

    assert ("丙", "") in people() or ("丙", None) in people()
    assert Household.objects.live().count() == 1


def test_a_refused_spouse_is_named_with_the_row(client, ground, tmp_path, enter):
    leader = enter("grid_leader", ground[0].parent)
    path = made(tmp_path, row(配偶身份证号="370402197205050220"))
    batch = batches.accept_upload(SimpleUploadedFile("名单.xlsx", path.read_bytes()), by=leader)
    queue.work(batch.pk)
    batch = ImportBatch.objects.get()
    [kind] = explain.findings(batch)["kinds"]

    assert (batch.state, batch.preview["created"], batch.preview["rejected"]) == ("checked", 1, 1)
    assert kind["examples"][0]["number"] == "2（配偶）"
    assert kind["examples"][0]["head"] == "配偶身份证号"

    queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    with batch.result_file.open("rb") as file:
        lines = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()

    assert "2（配偶）" in page
    assert lines[1][-2].startswith("新增；配偶：不能导入")
    assert people() == [("壬大", "02")]


def test_names_of_every_group_are_masked_where_columns_are_asked_about(ground, tmp_path, enter):
    leader = enter("grid_leader", ground[0].parent)
    path = made(tmp_path, row(奇怪的列="x"))
    batches.accept_upload(SimpleUploadedFile("名单.xlsx", path.read_bytes()), by=leader)
    queue.work(ImportBatch.objects.get().pk)
    batch = ImportBatch.objects.get()

    assert batch.state == "mapping"
    assert "壬" in str(batch.mapping)
    assert "壬妻" not in str(batch.mapping)
    assert "壬大" not in str(batch.mapping)


def test_titles_above_two_rows_of_heads_are_groups(ground, tmp_path):
    top = ["网格编码", "户号", "住址", "户主", "", "配偶信息", ""]
    low = ["", "", "", "姓名", "身份证号", "姓名", "身份证号"]
    book = openpyxl.Workbook()
    for line in (top, low, [UNIT, "9", "公园路9号", "甲", number(HIS), "乙", number(HERS)]):
        book.active.append(line)
    book.save(tmp_path / "名单.xlsx")

    assert run(tmp_path / "名单.xlsx", "residents")["created"] == 2
    assert people() == sorted([("甲", "02"), ("乙", "10")])


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("配偶姓名", "配偶.name"),
        ("配偶电话", "配偶.phone"),
        ("家庭成员2身份证号码", "家庭成员2.id_number"),
        ("家庭成员姓名2", "家庭成员2.name"),
        ("长子出生日期", "长子.birth_on"),
        ("监护人电话", None),
        ("配偶", None),
        ("成员数量", None),
        ("家庭成员身份证号", None),
    ],
)
def test_a_head_of_a_group_is_understood(head, field):
    assert persons.meaning(head, known_heads("residents")) == field
