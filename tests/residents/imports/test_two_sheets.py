"""Households in one sheet and persons in another are one list."""

import datetime as dt

import openpyxl
import pytest

from grids.workbooks.reader import WorkbookError
from residents.imports.workbook import homes
from residents.models import Household, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import UNIT


def number(sex="2", year=1970):
    return factories.id_number(dt.date(year, 5, 5), sex)


def made(tmp_path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    path = tmp_path / "两张表.xlsx"
    book.save(path)
    return path


def home(number, **values):
    return {"户编号": number, "网格": UNIT, "住址": f"公园路{number}号"} | values


def member(household, name, relation, **values):
    said = {"户编号": household, "姓名": name, "身份证号": number(), "与户主关系": relation}
    return said | values


def people():
    return {
        one.number: (
            one.dwelling.address,
            sorted(one.residents.live().values_list("name", flat=True)),
        )
        for one in Household.objects.live().select_related("dwelling")
    }


@pytest.mark.parametrize("is_first", [True, False])
def test_persons_live_where_the_sheet_of_households_says(ground, tmp_path, is_first):
    sheets = {
        "房屋": [home("7"), home("8")],
        "人员": [member("7", "甲", "户主"), member("7", "乙", "妻"), member("8", "丙", "户主")],
    }
    names = ["房屋", "人员"] if is_first else ["人员", "房屋"]

    answer = run(made(tmp_path, **{name: sheets[name] for name in names}), "residents")

    assert (answer["rows"], answer["created"]) == (3, 3)
    assert people() == {"7": ("公园路7号", ["乙", "甲"]), "8": ("公园路8号", ["丙"])}


def test_a_number_that_no_household_has_is_refused(ground, tmp_path):
    path = made(
        tmp_path, 房屋=[home("7")], 人员=[member("7", "甲", "户主"), member("9", "乙", "户主")]
    )

    answer = run(path, "residents")

    assert (answer["created"], answer["rejected_by_reason"]) == (1, {"grid_unknown": 1})


def test_two_rows_of_households_that_contradict_each_other_say_nothing(ground, tmp_path):
    rows = [home("7"), home("7", 住址="别处"), home("8"), home("8")]
    path = made(tmp_path, 房屋=rows, 人员=[member("7", "甲", "户主"), member("8", "乙", "户主")])

    answer = run(path, "residents")

    assert (answer["created"], answer["rejected_by_reason"]) == (1, {"grid_unknown": 1})
    assert list(people()) == ["8"]


def test_a_room_joins_where_there_is_no_number(ground, tmp_path):
    where = {"网格": UNIT, "楼栋": "3号楼", "房号": "101", "户主": "甲"}
    heads = {
        "楼栋": "3#",
        "房号": "101",
        "姓名": "甲",
        "身份证号": number("1"),
        "与户主关系": "户主",
    }
    child = heads | {"姓名": "乙", "身份证号": number(year=1999), "与户主关系": "女"}

    run(made(tmp_path, 房屋=[where], 人员=[heads, child]), "residents")

    assert set(Resident.objects.values_list("grid__code", flat=True)) == {UNIT}
    assert [one.head_name for one in Household.objects.live()] == ["甲"]
    assert Resident.objects.count() == 2


def test_the_number_of_the_head_joins_and_heads_without_a_row_are_read(ground, tmp_path):
    his = number("1")
    owner = {"网格": UNIT, "住址": "公园路5号", "户主姓名": "甲", "户主身份证号": his}
    hers = {"户主身份证号": his, "姓名": "乙", "身份证号": number(), "与户主关系": "妻"}
    path = made(tmp_path, 户主=[owner], 人员=[hers | {"性别": "女"}])

    answer = run(path, "residents")

    assert answer["created"] == 2
    assert sorted(Resident.objects.values_list("name", "relation")) == [("乙", "12"), ("甲", "02")]
    assert Household.objects.live().count() == 1


def test_heads_with_a_row_of_the_own_are_not_read_twice(ground, tmp_path):
    his = number("1")
    owner = home("7", 户主姓名="甲", 户主身份证号=his)
    path = made(tmp_path, 户主=[owner], 人员=[member("7", "甲", "户主", 身份证号=his)])

    answer = run(path, "residents")

    assert (answer["rows"], answer["created"]) == (1, 1)


def test_too_many_households_are_refused_in_words(ground, tmp_path, monkeypatch):
    monkeypatch.setattr(homes, "MOST", 1)
    path = made(tmp_path, 房屋=[home("7"), home("8")], 人员=[member("7", "甲", "户主")])

    with pytest.raises(WorkbookError, match="too_large"):
        run(path, "residents")


def test_persons_who_say_themselves_where_they_live_are_not_joined(ground, tmp_path):
    row = member("7", "甲", "户主", 网格=UNIT, 住址="自己的路1号")
    run(made(tmp_path, 房屋=[home("7")], 人员=[row]), "residents")

    assert people() == {"7": ("自己的路1号", ["甲"])}
