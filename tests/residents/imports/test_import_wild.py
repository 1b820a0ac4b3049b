"""Workbooks in the forms that exist: two-row heads, several sheets, blank rows, traditional characters."""

import pytest
import xlsxwriter

from grids.workbooks import reader
from residents.imports.batch import batches
from residents.imports.workbook import sheets
from residents.models import Household, Resident
from tests import factories
from tests.residents.workbooks import HEADS, person


def run(path):
    return batches.run_file(path)


def write(path, sheets):
    """{sheet: [lines]}; merges are given as (row, first, last, text) in place of a line's cells."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, (lines, merges) in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                for column, value in enumerate(line):
                    if value != "":
                        sheet.write(number, column, value)
            for first_row, first, last_row, last, text in merges:
                sheet.merge_range(first_row, first, last_row, last, text)
    return path


def lines(rows, heads=HEADS):
    return [[row.get(head, "") for head in heads] for row in rows]


def test_heads_in_two_rows_under_merged_group_titles(ground, tmp_path):
    rows = [person(特殊群体类别="低保户") for __ in range(5)]
    ours = [
        "网格编码",
        "楼栋",
        "单元",
        "室号",
        "户号",
        "户主姓名",
        "姓名",
        "公民身份号码",
        "性别",
        "联系电话",
        "特殊群体类别",
    ]
    below = [
        "",
        "楼号",
        "单元",
        "室号",
        "户号",
        "姓名",
        "姓名",
        "身份证号",
        "性别",
        "电话",
        "",
    ]
    merges = [
        (1, 0, 2, 0, "所属网格"),
        (1, 1, 1, 3, "房屋"),
        (1, 4, 1, 5, "户主"),
        (1, 6, 1, 9, "成员"),
        (1, 10, 2, 10, "特殊人群"),
    ]
    above = [["人口信息登记表"], []]
    path = write(tmp_path / "two.xlsx", {"表": ([*above, below, *lines(rows, ours)], merges)})

    __, [table] = sheets.read(path)
    answer = run(path)

    assert table.head_row == 3
    assert (table.columns["head_name"], table.columns["name"]) == (5, 6)
    assert (answer["rows"], answer["created"]) == (5, 5)
    home = Household.objects.get(number=rows[0]["户号"])
    assert home.head_name == rows[0]["户主姓名"]
    assert Resident.objects.filter(care_records__category__code="101").count() == 5


def test_a_head_of_one_row_is_not_read_together_with_the_row_above(ground, workbook):
    rows = [person() for __ in range(3)]

    answer = run(workbook(rows, above=[["公园社区", "姓名", "电话"]]))

    assert answer["created"] == 3


def test_every_sheet_that_is_a_register_is_read(ground, tmp_path):
    first, second = [person(), person()], [person()]
    other = [["费用编号", "费用类型", "收费项目"], ["1", "物业费", "一"]]
    path = write(
        tmp_path / "sheets.xlsx",
        {
            "一号楼": ([HEADS, *lines(first)], []),
            "费用": (other, []),
            "二号楼": (
                [["二号楼住户"], list(reversed(HEADS)), *lines(second, list(reversed(HEADS)))],
                [],
            ),
        },
    )

    answer = run(path)

    assert (answer["rows"], answer["created"]) == (3, 3)


def test_blank_rows_inside_the_data_end_nothing(ground, workbook):
    assert run(workbook([person(), {}, {}, person(), {}, person()]))["created"] == 3


TRADITIONAL = dict(
    zip(
        [
            "網格編碼",
            "樓棟",
            "單元",
            "室號",
            "戶號",
            "戶主姓名",
            "與戶主關係",
            "姓名",
            "身分證號",
            "性別",
            "出生日期",
            "民族",
            "文化程度",
            "婚姻狀況",
            "聯繫電話",
            "人口類型",
            "戶籍地址",
            "工作單位",
            "特殊群體類別",
            "備註",
        ],
        HEADS,
        strict=True,
    )
)


def test_traditional_heads_and_values_are_the_same_facts(ground, workbook):
    row = person(婚姻状况="离婚", 特殊群体类别="低保户", 民族="满族", 人口类型="流动人口")
    run(workbook([row]))
    spelled = row | {
        "楼栋": "1號樓",
        "单元": "1單元",
        "与户主关系": "戶主",
        "民族": "滿族",
        "婚姻状况": "離婚",
        "人口类型": "流動人口",
        "特殊群体类别": "低保戶",
        "备注": "無",
    }

    answer = run(
        workbook(
            [
                spelled,
                {"网格编码": "總計"},
                {"网格编码": "審核人：", "楼栋": "王", "单元": "李"},
            ],
            heads=TRADITIONAL,
        )
    )

    assert answer["rejected_by_reason"] == {}
    assert (answer["rows"], answer["unchanged"]) == (1, 1)


def test_a_persons_name_keeps_its_characters(ground, workbook):
    run(workbook([person(姓名="張麗華")], heads=TRADITIONAL))

    assert Resident.objects.get().name == "張麗華"


def test_a_column_of_id_numbers_is_recognised_by_what_is_in_it(ground, workbook):
    rows = [person() for __ in range(6)]
    for head in ("编码（市）", "编号", ""):
        heads = {
            ("公民身份号码" if head == "" else head) if one == "公民身份号码" else one: one
            for one in HEADS
        }
        path = workbook(rows, heads=heads)

        assert sheets.read(path)[1][0].columns["id_number"] == HEADS.index("公民身份号码")

    assert run(path)["created"] == 6


def test_a_column_of_other_numbers_is_no_id_number(ground, workbook):
    rows = [person(备注=str(10**17 + number)) for number in range(6)]
    heads = {("流水" if one == "备注" else one): one for one in HEADS if one != "公民身份号码"}

    [table] = sheets.read(workbook(rows, heads=heads))[1]

    assert "id_number" not in table.columns
    assert table.not_understood == ["流水"]


def test_notes_beside_the_data_are_no_rows(ground, tmp_path):
    row = person()
    wide = [*HEADS, "", "", ""]
    beside = ["" for __ in HEADS]
    data = [
        wide,
        [*lines([row])[0], "", "说明", "请认真填写"],
        [*beside, "网格编码", "15位", "必填"],
        [*beside, "姓名", "与身份证一致", "必填"],
    ]

    answer = run(write(tmp_path / "notes.xlsx", {"表": (data, [])}))

    assert (answer["rows"], answer["created"]) == (1, 1)


def test_an_estates_workbook_is_understood_as_far_as_it_goes(ground, tmp_path):
    heads = [
        "楼号",
        "单元",
        "房间",
        "楼层",
        "业主名称",
        "性别",
        "手机号",
        "身份证号",
        "业主类型",
    ]
    line = [
        1.0,
        1.0,
        1001.0,
        1.0,
        "吴学文",
        "女",
        19900001000.0,
        factories.id_number(),
        1001.0,
    ]

    path = write(tmp_path / "estate.xlsx", {"资产": ([heads, line, [], []], [])})
    [table] = sheets.read(path)[1]

    assert table.heads["name"] == "业主名称"
    assert set(table.not_understood) == {"业主类型"}
    assert run(path)["rejected_by_reason"] == {"grid_unknown": 1}


def test_a_workbook_of_something_else_is_still_refused(tmp_path):
    path = write(
        tmp_path / "fees.xlsx",
        {"费用": ([["费用编号", "类型", "项目"], ["1", "a", "b"]], [])},
    )

    with pytest.raises(reader.WorkbookError) as refused:
        sheets.read(path)
    assert refused.value.code == "no_header"
