"""Cells of the other registers, property by property."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from grids.workbooks import spelling
from residents.imports.others import cells
from residents.imports.workbook.copying import copy_text

ANY_CELL = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.none(),
    st.text("0123456789年月日.-/Ee+ 长期人元㎡是否有无", max_size=20),
)
KINDS = [
    cells.phone,
    cells.mail,
    cells.credit_code,
    cells.code,
    cells.day,
    cells.count,
    cells.small,
    cells.year,
    cells.amount,
    cells.fraction(8, 2),
    cells.listed("role"),
    cells.yes_no,
    spelling.said,
    spelling.name,
]


@pytest.mark.parametrize("kind", KINDS)
@given(cell=ANY_CELL)
def test_any_cell_is_text_or_wrong_and_never_an_error(kind, cell):
    try:
        said = kind(cell)
    except cells.Wrong:
        return
    assert "\n" not in copy_text(said)


@given(day=st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2100, 1, 1)))
def test_every_spelling_of_a_day_is_the_same_day(day):
    spellings = [
        day,
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
    ]

    assert {cells.day(one) for one in spellings} == {day.isoformat()}


@given(number=st.integers(0, 32_767))
def test_numbers_with_their_units_are_the_same_number(number):
    spellings = [
        number,
        float(number),
        f"{number}人",
        f" {number:,} 人",
        f"{number}（人）".replace("（人）", "名"),
    ]

    assert {cells.small(one) for one in spellings} == {str(number)}


@given(body=st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_a_credit_code_with_another_check_character_is_wrong(body):
    code = "92370402" + body
    right = code + uscc.calc_check_digit(code)
    wrong = code + ("A" if right[-1] != "A" else "B")

    assert cells.credit_code(right.lower()) == right
    with pytest.raises(cells.Wrong):
        cells.credit_code(wrong)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("138-0000-0001", "13800000001"),
        ("＋86 13800000001", "13800000001"),
        ("0632-3056789", "0632-3056789"),
        ("13800000001/0632-3056789", "13800000001、0632-3056789"),
        ("400-123-4567", "400-123-4567"),
        ("无", ""),
    ],
)
def test_phones_in_the_spellings_of_offices(cell, said):
    assert cells.phone(cell) == said


def test_a_licence_for_ever_has_no_last_day():
    assert cells.day("长期") == cells.day("永久 有效") == ""


@pytest.mark.parametrize("said", ["2090", "2090年", "1799", "98", "0"])
def test_a_year_in_which_nobody_built_is_no_year_of_a_building(said):
    with pytest.raises(cells.Wrong):
        cells.year(said)
