"""Rows under a register that are no data: sums, signatures, notes, examples. Each word on its own.

The words stand here once more, by hand: one that is lost in the program imports a "person", and
one that is too short loses a shop.
"""

import pytest

from residents.imports.workbook.heads import Table
from residents.imports.workbook.no_data import row_filter

NUMBER = "110101199003074515"
HEADS = {
    "residents": {"name": "姓名", "id_number": "身份证号", "grid": "网格", "phone": "电话"},
    "premises": {"premises_name": "名称", "grid": "网格", "kind": "类型", "head_count": "人数"},
}


def is_data(register, *cells):
    heads = HEADS[register]
    places = {field: at for at, field in enumerate(heads)}
    return row_filter(Table(0, "表", 1, places, heads, register=register))(list(cells))


WORDS = """
合计 总计 小计 共计 累计 本页小计 本页合计 审核 复核 填表 填报 制表 负责人 经办 备注 注: 注： 说明 签名 签字 盖章 日期 示例
合計 總計 小計 審核 填報 製表 負責人 經辦 備註 說明 簽名 蓋章 负责人: 负责人： 备注: 备注：
"""
SIGNATURES = """
单位负责人 填表人 填报人 制表人 審核人 复核人 经办人 签字人 填表单位 填报单位 制表单位 填表日期 填报日期
制表日期 填表说明 填报说明 填写说明 填表须知 填写须知 注意事项 温馨提示 负责人签字 审核意见 单位盖章
"""


@pytest.mark.parametrize("register", HEADS)
@pytest.mark.parametrize("word", WORDS.split())
def test_each_word_alone_or_before_a_mark_is_no_data(register, word):
    assert not is_data(register, word, "4家", "李四", "2026-11-20")
    assert not is_data(register, f" {word}：张三", "李四", "王五", "")


@pytest.mark.parametrize("register", HEADS)
@pytest.mark.parametrize("word", SIGNATURES.split())
def test_a_signature_is_known_by_its_mark_or_by_saying_little(register, word):
    assert not is_data(register, f" {word}：张三", "李四", "王五", "赵六")
    assert not is_data(register, word, "张三", "", "")
    assert not is_data(register, f"{word}张三", "", "日期", "2026-11-20")
    assert is_data(register, word, "张三", "13800000001", "网格员")


@pytest.mark.parametrize("register", HEADS)
@pytest.mark.parametrize(
    "cells",
    [
        ("合计", "4家", 12, 3),
        ("合 计：", "", 12, 3),
        ("合计32人", "", 12, 3),
        ("總計", "4", "5", "6"),
        ("小计（户）", "4", "5", "6"),
        ("填表人：张三", "", "审核人：李四", "日期：2026-9-1"),
        ("填表人张三", "审核人李四", "", "2026-9-1"),
        ("製表 张三", "", "日期", "2026-9-1"),
        ("審核人：", "王", "李", "赵"),
        ("审核", "王五", "制表", "李四"),
        ("备注1、本表一式两份", "", "", ""),
        ("注：请如实填写", "1", "2", "3"),
        ("说明", "", "", ""),
        ("示例（导入时略过）", "公园", "个体", "3"),
        ("负责人", "签字", "", ""),
        ("", "", "", ""),
        ("公园社区", "", "", ""),
    ],
)
def test_sums_signatures_notes_and_examples_are_no_data(register, cells):
    assert not is_data(register, *cells)


@pytest.mark.parametrize("register", HEADS)
@pytest.mark.parametrize(
    "cells",
    [
        ("签字笔专卖", "公园", "个体", "3"),
        ("普通超市", "公园", "个体", "3"),
        ("合计超市", "公园", "个体", "3"),
        ("备注册公司", "公园", "个体", "审核人：李四"),
        ("日期饼店", "公园", "个体", "填表人张三"),
        ("说明书印刷厂", "公园", "个体", "备注"),
        ("经办人", "张三", "13800000001", "网格员"),
        (3, "合计", "公园", "个体"),
        (1.0, "公园", "个体", "3"),
        ("负责人才市场网格", "利民超市", "李四", ""),
    ],
)
def test_a_row_that_merely_begins_with_such_a_word_is_data(register, cells):
    assert is_data(register, *cells)


@pytest.mark.parametrize("cells", [("签字笔专卖", "公园"), ("负责人超市", "公园", "", "")])
def test_a_shop_with_little_said_of_it_is_data(cells):
    assert is_data("premises", *cells)


def test_a_row_with_an_id_number_is_data_whatever_it_begins_with():
    assert is_data("residents", "合计", NUMBER)
    assert is_data("residents", "填表人张三", NUMBER)
    assert not is_data("residents", "合计", "2")


@pytest.mark.parametrize("register", HEADS)
def test_the_head_once_more_is_no_data(register):
    head = list(HEADS[register].values())

    assert not is_data(register, *head)
    assert not is_data(register, f" {head[0]}\n", "", *head[2:])
    assert is_data(register, head[0], "公园", "个体", "3")


def test_a_resident_needs_three_facts_and_a_shop_two():
    assert not is_data("residents", "", "", "公园", "13800000001")
    assert is_data("residents", "王秀兰", "", "公园", "13800000001")
    assert is_data("premises", "", "公园", "个体", "")


def test_notes_beside_the_columns_are_no_data():
    assert not is_data("premises", "", "", "", "", "说明", "请认真填写")
    assert is_data("premises", "利民超市", "公园", "", "", "说明", "请认真填写")


ENDS = """
以下空白 本页以下空白 以下为空白 以下空行 以下无正文 此页无正文 本页无正文 以下无内容 以下无数据 以下无记录
以下无 此页空白 本页空白 空白页 表格结束 到此为止 （以下空白） ——以下空白—— *以下空白* 以下無正文
"""


@pytest.mark.parametrize("register", HEADS)
@pytest.mark.parametrize("word", ENDS.split())
def test_a_word_that_nothing_follows_is_no_data_while_the_row_says_nothing_else(register, word):
    assert not is_data(register, word, word, word, word)
    assert not is_data(register, 15, word, "/", "——")
    assert not is_data(register, "15.", f" {word} ", "", "/")

    assert is_data(register, word, "王秀兰", "公园", "/")
    assert is_data(register, word, "公园", word, word)
    assert is_data(register, word, "", "13800000001", "/")
    assert is_data(register, f"{word}超市", "/", "/", "15")


def test_a_person_with_a_number_is_entered_whatever_stands_beside():
    assert is_data("residents", "以下空白", NUMBER, "/", "/")
    assert is_data("residents", "以下空白", NUMBER, "以下空白", "以下空白")


def test_marks_and_numbers_alone_are_no_end():
    assert is_data("residents", "1", "2", "3", "")
