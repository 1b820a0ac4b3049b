"""Rows under a register that are about nobody: sums, signatures, notes. Each word on its own.

The words stand here once more, by hand: one that is lost in the program imports a "person".
"""

import pytest

from residents.imports.others import staging
from residents.imports.people import rows
from residents.imports.workbook.heads import Table

OF_PEOPLE = """
合计 总计 小计 共计 审核 填表 填报 制表 负责人 经办 备注 注: 注： 说明 签名 盖章 日期 示例
合計 總計 小計 審核 填報 製表 負責人 經辦 備註 說明 簽名 蓋章
"""
OF_OTHERS = """
合计 总计 小计 共计 审核 填表 填报 制表 经办 注: 注： 说明 签名 签字 盖章 单位负责人 负责人: 负责人：
备注: 备注： 日期 示例
"""


def _table(*fields):
    return Table(
        0, "", 1, {name: at for at, name in enumerate(fields)}, {name: name for name in fields}
    )


PEOPLE = _table("grid", "name", "birth_on", "id_number")
OTHERS = _table("grid", "premises_name", "contact", "phone")


@pytest.mark.parametrize("word", OF_PEOPLE.split())
def test_a_footer_is_no_person(word):
    is_data = rows.row_filter(PEOPLE)

    assert not is_data([word, "40 人", "2026-11-20", ""])
    assert not is_data([f" {word}：张三", "李四", "2026-11-20", ""])


def test_a_newborn_without_a_number_is_a_person():
    is_data = rows.row_filter(PEOPLE)

    assert is_data(["370402001028001", "王小兰", "2026-11-20", ""])
    assert is_data(["公园社区第一网格", "王小兰", "2026-11-20", ""])


def test_whoever_has_a_number_is_a_person_whatever_the_first_cell_says():
    assert rows.row_filter(PEOPLE)(["备注", "", "", "110101199003074515"])


@pytest.mark.parametrize("word", OF_OTHERS.split())
def test_a_footer_is_no_entry_of_another_register(word):
    is_data = staging._row_filter(OTHERS)

    assert not is_data([word, "4家", "李四", "2026-11-20"])
    assert not is_data([f" {word}：张三", "李四", "", ""])


def test_an_entry_of_another_register_is_data():
    is_data = staging._row_filter(OTHERS)

    assert is_data(["370402001028001", "利民超市", "李四", ""])
    assert is_data(["负责人才市场网格", "利民超市", "李四", ""])  # begins like a word, and is none
