"""Cells that show something else than their bare value, in lists of people and of premises."""

import openpyxl
import pytest
import xlsxwriter

from residents.models import Dwelling, Household, Resident
from tests.residents.sheets import run, shop
from tests.residents.workbooks import HEADS, UNIT, person


def test_a_number_is_taken_as_its_cell_shows_it(ground, tmp_path):
    path = tmp_path / "底册.xlsx"
    row = person(室号=101.0, 户号=1.0, 网格编码=1.0)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, zeros = book.add_worksheet(), book.add_format({"num_format": "0000"})
        code = book.add_format({"num_format": f'"{UNIT[:-3]}"000'})
        sheet.write_row(0, 0, HEADS)
        sheet.write_row(1, 0, [row.get(head, "") for head in HEADS])
        sheet.write(1, HEADS.index("网格编码"), 1, code)
        sheet.write(1, HEADS.index("户号"), 1, zeros)
        sheet.write(1, HEADS.index("室号"), 101, zeros)

    assert run(path, "residents")["created"] == 1
    assert Household.objects.get().number == "0001"
    assert Dwelling.objects.get().room == "101"  # one room with 0101, see doors


def made(path, rows):
    book = openpyxl.Workbook()
    heads = list(rows[0])
    for line in (heads, *([row.get(head, "") for head in heads] for row in rows)):
        book.active.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize("head", ["姓名", "公民身份号码", "室号", "联系电话"])
def test_a_row_with_a_formula_that_nobody_calculated_is_refused(ground, tmp_path, head):
    path = made(tmp_path / "底册.xlsx", [person(), person(**{head: '=UPPER("x")'})])

    answer = run(path, "residents")

    assert answer["created"] == 1
    assert answer["rejected_by_reason"] == {"not_calculated": 1}
    assert Resident.objects.count() == 1


def test_a_formula_that_nobody_calculated_is_no_name_of_premises(ground, tmp_path):
    path = made(tmp_path / "单位.xlsx", [shop(), shop(单位名称='="店"')])

    answer = run(path, "premises")

    assert (answer["created"], answer["rejected_by_reason"]) == (1, {"not_calculated": 1})
