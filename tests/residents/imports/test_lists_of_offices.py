"""Lists as offices have them: merged, without numbers, of the police, with a stray fact in them."""

import datetime as dt

import pytest
import xlsxwriter

from grids.workbooks.writing import sheet_names
from residents.models import Dwelling, Household, ImportBatch, Premises, Resident
from tests import factories
from tests.residents.sheets import run, shop
from tests.residents.workbooks import HEADS, person


def member(name, relation, **said):
    return person(姓名=name, 与户主关系=relation, 户主姓名="", 户号="", 室号="101") | said


def homes():
    return {
        one.head_name: sorted(one.residents.live().values_list("name", flat=True))
        for one in Household.objects.live()
    }


@pytest.mark.parametrize("nothing", ["", "0", "无"])
def test_members_below_a_head_at_the_same_door_are_a_household(workbook, ground, nothing):
    rows = [
        member("张一", "户主"), member("李二", "配偶"), member("张三", "子"),
        member("王四", "户主", 室号="102"), member("赵五", "妻", 室号="102"),
    ]  # fmt: skip

    rows = [row | {"户号": nothing} for row in rows]

    assert run(workbook(rows), "residents")["created"] == 5
    assert homes() == {"张一": ["张一", "张三", "李二"], "王四": ["王四", "赵五"]}
    assert run(workbook(rows), "residents")["rows"] == 5
    assert Household.objects.live().count() == 2


@pytest.mark.parametrize("said", [{"室号": "102"}, {"网格编码": "370402001028002"}])
def test_a_member_at_another_door_is_nobodys(workbook, ground, said):
    answer = run(workbook([member("张一", "户主"), member("李二", "配偶", **said)]), "residents")

    assert answer["rejected_by_reason"] == {"household_missing": 1}


def test_the_police_write_the_place_of_registration(workbook, ground):
    heads = [
        "户号",
        "户主或与户主关系",
        "姓名",
        "性别",
        "出生日期",
        "公民身份证号码",
        "户籍地址",
        "网格编码",
    ]
    columns = dict(
        zip(
            heads,
            [
                "户号",
                "与户主关系",
                "姓名",
                "性别",
                "出生日期",
                "公民身份号码",
                "户籍地址",
                "网格编码",
            ],
            strict=True,
        )
    )
    rows = [member("癸大", "户主", 户号="123", 户籍地址="公园路12号")]

    assert run(workbook(rows, heads=columns), "residents")["created"] == 1
    assert Dwelling.objects.get().address == "公园路12号"


def test_another_number_under_a_known_name_is_one_person_and_a_question(workbook, ground):
    row = person(姓名="沙大", 户号="WX1")
    run(workbook([row]), "residents")

    other = {"公民身份号码": factories.id_number(), "出生日期": "", "性别": ""}
    answer = run(workbook([row | other]), "residents")

    assert answer["rejected_by_reason"] == {"number_differs": 1}
    assert Resident.objects.count() == 1


def test_a_door_in_one_cell_is_the_door_in_three(workbook, ground):
    row = person(楼栋="6号楼", 单元="1单元", 室号="101", 户号="W1")
    run(workbook([row]), "residents")
    whole = {**row, "楼栋": "", "单元": "", "室号": "", "住址": "6栋1单元101室"}

    answer = run(workbook([whole], heads=[*HEADS, "住址"]), "residents")

    assert answer["unchanged"] == 1
    assert Dwelling.objects.count() == 1


def test_a_door_that_is_an_address_in_the_register_stays_that_dwelling(workbook, ground):
    Dwelling.objects.create(
        district=ground[0].district,
        grid=ground[0],
        entrance="",
        room="",
        address="6号楼1单元101",
        use="own",
    )

    run(workbook([person(楼栋="6号楼", 单元="1单元", 室号="101")]), "residents")

    assert Dwelling.objects.get().building is None


@pytest.mark.parametrize("fact", ["备注", "工作单位", "户籍地址", "联系电话"])
def test_a_side_fact_that_is_too_long_refuses_nobody(workbook, ground, fact):
    row = person(**{fact: "长" * 400})

    assert run(workbook([row]), "residents")["created"] == 1


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("联系电话", "13800000000转801"),
        ("从业人数", "约三五个"),
        ("经营面积", "约50左右"),
        ("统一社会信用代码", "123"),
    ],
)
def test_nor_does_one_that_cannot_be_read(workbook, ground, head, said):
    row = shop(**{head: said})

    assert run(workbook([row], heads=list(row)), "premises")["created"] == 1
    assert Premises.objects.count() == 1


def test_text_as_excel_writes_it_into_separated_values(ground, tmp_path):
    row = person()
    path = tmp_path / "a.csv"
    cells = [f'="{row[head]}"' if head == "公民身份号码" else row.get(head, "") for head in HEADS]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    path.write_text(f"{','.join(HEADS)}\n{quoted}\n", encoding="utf-8")

    assert run(path, "residents")["created"] == 1


def test_a_long_number_of_a_document_is_masked_to_what_the_column_takes(workbook, ground):
    row = person(公民身份号码="A" * 28, 出生日期="1980-01-01")
    heads = [*HEADS, "证件类型"]

    assert run(workbook([row | {"证件类型": "护照"}], heads=heads), "residents")["created"] == 1
    found = Resident.objects.get()
    assert (found.document, found.kind, len(found.id_mask)) == ("passport", "registered", 20)


@pytest.mark.parametrize(
    ("document", "number", "kind"),
    [
        ("护照", "G12345678", "foreign"),
        ("台胞证", "12345678", "hmt"),
        ("军官证", "军字第123号", "registered"),
    ],
)
def test_the_kind_of_resident_follows_from_the_document(workbook, ground, document, number, kind):
    row = person(公民身份号码=number, 证件类型=document, 人口类型="")

    assert run(workbook([row], heads=[*HEADS, "证件类型"]), "residents")["created"] == 1
    assert Resident.objects.get().kind == kind


@pytest.mark.parametrize(
    "names", [["2026/12 人口[1]", "History"], ["a" * 40, "a" * 41], ["人口:", "人口?"]]
)
def test_the_result_comes_back_whatever_the_sheets_are_called(tmp_path, names):
    found = sheet_names(names)

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name in found:
            book.add_worksheet(name)
    assert len({name.lower() for name in found}) == len(names)


def test_days_of_a_workbook_that_counts_from_1904(ground, tmp_path):
    path, day = tmp_path / "a.xlsx", dt.date(2020, 5, 6)
    row = person(公民身份号码="", 与户主关系="子", 户主姓名="郝大", 姓名="郝三")
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADS)
        for at, head in enumerate(HEADS):
            if head == "出生日期":
                sheet.write_number(1, at, (day - dt.date(1904, 1, 1)).days)
            else:
                sheet.write_string(1, at, row.get(head, ""))

    assert run(path, "residents")["created"] == 1
    assert Resident.objects.get().birth_on == day


def test_rows_that_are_no_data_are_listed(workbook, ground):
    rows = [person(), {"网格编码": "合计：2 人"}, person(), {"姓名": "丁某"}]

    answer_ = run(workbook(rows), "residents")

    assert answer_["rejected"] == 1  # nothing but a name is judged
    assert ImportBatch.objects.get().result["left_out"] == {"count": 1, "rows": [3]}
