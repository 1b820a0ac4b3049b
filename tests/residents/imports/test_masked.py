"""Masked numbers and names find who is registered; they create, move, rename and confirm nobody."""

from datetime import date

import pytest

from residents import pinyin
from residents.imports.people import masked
from residents.models import Household, MoveInRequest, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

NUMBER = factories.id_number(date(1950, 5, 1), sequence=311)
MASK = f"{NUMBER[:4]}**********{NUMBER[-4:]}"


@pytest.fixture
def wang(ground):
    home = factories.dwelling(ground[0], room="101")
    household = factories.household(home=home, head_name="王秀兰", number="N1")
    return factories.resident(
        household,
        name="王秀兰",
        number=NUMBER,
        phone="13812346210",
        relation="02",
        employer="旧厂",
        pinyin=pinyin.keys("王秀兰")[0],
    )


def row(**said):
    """What the row of 王秀兰 says, by mask; nothing else that the register does not know."""
    nothing = dict.fromkeys(
        ["出生日期", "性别", "民族", "文化程度", "婚姻状况", "联系电话", "人口类型"], ""
    )
    return (
        person(姓名="王秀兰", 公民身份号码=MASK, 室号="101", 户号="", 工作单位="新厂")
        | nothing
        | said
    )


def result(answer):
    kept = {name: answer[name] for name in ("created", "changed", "unchanged", "waiting")}
    return {name: count for name, count in kept.items() if count} | answer["rejected_by_reason"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {"changed": 1}),
        ({"公民身份号码": "3****************" + NUMBER[-1]}, {"changed": 1}),
        ({"公民身份号码": "3704xxxxxxxxxx" + NUMBER[-4:]}, {"changed": 1}),
        ({"公民身份号码": "******************"}, {"changed": 1}),
        ({"室号": "909", "户号": "N1"}, {"changed": 1}),
        ({"室号": "", "楼栋": "", "单元": ""}, {"changed": 1}),
        ({"姓名": "王*", "户主姓名": "王*"}, {"changed": 1}),
        ({"姓名": "王**", "户主姓名": ""}, {"changed": 1}),
        ({"姓名": "*秀兰"}, {"changed": 1}),
        ({"室号": "102"}, {"hidden_nobody": 1}),
        ({"姓名": "王秀英"}, {"hidden_nobody": 1}),
        ({"姓名": "李*"}, {"hidden_nobody": 1}),
        ({"姓名": "王%"}, {"hidden_nobody": 1}),
        ({"公民身份号码": "5****************" + NUMBER[-1]}, {"hidden_nobody": 1}),
        ({"公民身份号码": "3****************" + "0123456789"[int(NUMBER[-1] == "0")]},
         {"hidden_nobody": 1}),
    ],
)  # fmt: skip
def test_a_mask_finds_the_person_of_the_name_in_the_household(workbook, wang, said, expected):
    assert result(run(workbook([row(**said)]), "residents")) == expected

    wang.refresh_from_db()
    is_found = "changed" in expected
    assert wang.employer == ("新厂" if is_found else "旧厂")
    assert (wang.name, wang.id_sealed.reveal(), wang.phone) == ("王秀兰", NUMBER, "13812346210")
    assert wang.id_mask == f"3{'*' * 16}{NUMBER[-1]}"
    assert (Resident.objects.count(), Household.objects.get().head_name) == (1, "王秀兰")


@pytest.mark.parametrize("digits", ["", "370402", "370402195005", "999999", "370402194901"])
def test_a_mask_typed_by_hand_confirms_no_more_than_the_page_shows(workbook, wang, digits):
    """Right and wrong digits between the first and the last get the same answer."""
    mask = f"3{digits[1:]}********{NUMBER[-1]}"

    answer = run(workbook([row(公民身份号码=mask)]), "residents", dry_run=True)

    assert result(answer) == {"changed": 1}


def test_who_is_out_of_reach_is_not_found(ground, workbook, wang):
    here, there = (factories.staff("grid_leader", grid) for grid in ground)

    def ask(by, grid):
        said = row(网格编码=grid, 户号="N1", 室号="", 楼栋="", 单元="")
        return result(run(workbook([said]), "residents", by=by, dry_run=True))

    assert ask(here, UNIT) == {"changed": 1}
    assert ask(there, OTHER_UNIT) == {"hidden_nobody": 1}
    assert ask(there, UNIT) == {"outside_scope": 1}


def test_of_two_who_fit_nobody_is_taken(workbook, wang):
    number = next(
        one
        for one in (
            factories.id_number(date(1951, 1, 1 + n % 28), sequence=n) for n in range(1, 99)
        )
        if one[-1] == NUMBER[-1]
    )
    factories.resident(wang.household, name="王秀兰", number=number, birth_on=date(1951, 1, 1))

    assert result(run(workbook([row()]), "residents")) == {"hidden_several": 1}
    wang.refresh_from_db()
    assert wang.employer == "旧厂"


def test_the_household_of_the_grid_comes_before_one_of_the_same_number_elsewhere(
    ground, workbook, wang
):
    there = factories.household(ground[1], head_name="王秀兰", number="N1")
    factories.resident(there, name="王秀兰", birth_on=date(1961, 1, 1))

    said = row(户号="N1", 室号="", 楼栋="", 单元="", 公民身份号码="****")

    assert result(run(workbook([said]), "residents")) == {"changed": 1}
    wang.refresh_from_db()
    assert (wang.employer, wang.household.grid) == ("新厂", ground[0])


def test_one_person_is_not_found_by_two_rows(workbook, wang):
    rows = [row(), row(工作单位="第三厂"), row(公民身份号码=NUMBER, 工作单位="第四厂")]

    answer = run(workbook(rows), "residents", dry_run=True)

    assert result(answer) == {"changed": 1, "person_duplicate_in_file": 2}


def test_a_hidden_telephone_is_not_written(workbook, wang):
    hidden_ones = ["138****6210", "····6210", "138XXXX6210", "1380000****"]

    rows = [row(公民身份号码=NUMBER, 工作单位="", 联系电话=phone) for phone in hidden_ones]

    for one in rows:
        assert result(run(workbook([one]), "residents")) == {"unchanged": 1}
    shown = row(公民身份号码=NUMBER, 工作单位="", 联系电话="13900000009")
    assert result(run(workbook([shown]), "residents")) == {"changed": 1}


def test_a_hidden_name_needs_somebody_who_is_known_by_the_number(ground, workbook, wang):
    known = row(公民身份号码=NUMBER, 姓名="王*", 户主姓名="")
    other = row(公民身份号码=NUMBER, 姓名="李*", 户主姓名="")
    unknown = row(公民身份号码=factories.id_number(date(1990, 1, 1)), 姓名="王*", 户主姓名="")

    assert result(run(workbook([unknown]), "residents")) == {"name_hidden": 1}
    assert result(run(workbook([other]), "residents")) == {"name_hidden": 1}
    assert result(run(workbook([known]), "residents")) == {"changed": 1}
    wang.refresh_from_db()
    assert (wang.name, wang.employer, wang.household.head_name) == ("王秀兰", "新厂", "王秀兰")


def test_a_hidden_name_asks_no_other_grid(ground, workbook, wang):
    there = factories.staff("grid_leader", ground[1])
    said = row(网格编码=OTHER_UNIT, 公民身份号码=NUMBER, 姓名="王*", 户主姓名="")

    assert result(run(workbook([said]), "residents", by=there)) == {"name_hidden": 1}
    assert not MoveInRequest.objects.exists()
    run(workbook([said | {"姓名": "王秀兰"}]), "residents", by=there)
    assert MoveInRequest.objects.exists()


def test_a_star_behind_a_full_name_is_a_mark(workbook, wang):
    assert result(run(workbook([row(公民身份号码=NUMBER, 姓名="王秀兰*")]), "residents")) == {
        "changed": 1
    }
    wang.refresh_from_db()
    assert wang.name == "王秀兰"


def test_a_row_without_number_and_birth_means_the_child_that_has_none(ground, workbook, wang):
    child = factories.resident(wang.household, name="王小宝", birth_on=date(2024, 3, 5))
    Resident.objects.filter(pk=child.pk).update(
        document="none", id_sealed=None, id_index=None, id_mask=""
    )
    mine = row(姓名="王小宝", 户主姓名="王秀兰", 公民身份号码="", 与户主关系="", 工作单位="")
    hers = row(公民身份号码="")

    assert result(run(workbook([mine]), "residents")) == {"unchanged": 1}
    assert result(run(workbook([hers]), "residents")) == {"id_missing": 1}


@pytest.mark.parametrize(
    ("cell", "mask"),
    [
        ("3704**********1234", "3**4"),
        ("3****************x", "3**X"),
        ("E*****567", "E**7"),
        ("**************1234", "**4"),
        ("****", "**"),
        ("370402195005010461", None),
        ("E12345678", None),
        ("", None),
    ],
)
def test_of_a_mask_two_characters_count(cell, mask):
    found = masked.read(cell)

    assert (found and found.mask) == mask
