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


def said(kind, cell):
    """(value, None), or ("", (reason, whether the row stays out))."""
    try:
        return kind(cell), None
    except cells.Wrong as wrong:
        return "", (wrong.reason, wrong.is_fatal)


NUMBER = ("", ("number_unreadable", False))
NO_YEAR = ("", ("number_unreadable", False))
SHORT = ("", ("date_unreadable", False))
NO_DAY = ("", ("date_unreadable", False))
NO_WORD = ("", ("word_unknown", False))


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        *((cells.day, word, ("", None)) for word in (
            "长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限", "至今", "長期", "", "不详",
        )),
        (cells.day, "2026年", SHORT),
        (cells.day, "2026-05", SHORT),
        (cells.day, "明天", NO_DAY),
        (cells.day, "2026-05-31", ("2026-05-31", None)),
        (cells.count, "2147483647", ("2147483647", None)),
        (cells.count, "2147483648", NUMBER),
        (cells.count, "0", ("0", None)),
        (cells.small, "32767", ("32767", None)),
        (cells.small, "32768", NUMBER),
        (cells.small, "3.5", NUMBER),
        (cells.small, "3.0", ("3", None)),
        (cells.small, "", ("", None)),
        (cells.small, "无", ("", None)),
        *((cells.small, f"12{unit}", ("12", None)) for unit in (
            "人", "名", "个", "户", "平方米", "平方", "平米", "㎡", "m2", "m²", "元/月", "元每月", "元",
            "层", "栋", "单元", "元 人",
        )),
        (cells.small, "12公里", NUMBER),
        (cells.small, "-1", NUMBER),
        (cells.small, "1e5", NUMBER),
        (cells.small, "1，200", ("1200", None)),
        (cells.amount, "12.50", ("12.50", None)),
        (cells.amount, ".5", NUMBER),
        (cells.amount, "12.", NUMBER),
        (cells.amount, 12.5, ("12.5", None)),
        (cells.fraction(6, 2), "9999.99", ("9999.99", None)),
        (cells.fraction(6, 2), "9999.994", ("9999.99", None)),
        (cells.fraction(6, 2), "9999.996", NUMBER),
        (cells.fraction(6, 2), "10000", NUMBER),
        (cells.fraction(6, 2), "9" * 60, NUMBER),
        (cells.fraction(6, 2), "5", ("5.00", None)),
        (cells.fraction(6, 2), "", ("", None)),
        (cells.year, "1998", ("1998", None)),
        (cells.year, "1998年", ("1998", None)),
        (cells.year, "1998年代", ("1998", None)),
        (cells.year, "1998-05-01", ("1998", None)),
        (cells.year, 1998.0, ("1998", None)),
        (cells.year, 1998, ("1998", None)),
        (cells.year, dt.date(1998, 5, 1), ("1998", None)),
        (cells.year, "90年代", NO_YEAR),
        (cells.year, "说不清", NO_YEAR),
        (cells.year, "1799", NO_YEAR),
        (cells.year, "", ("", None)),
        (cells.code, 999999999999999.0, ("999999999999999", None)),
        (cells.code, 1e15, ("", ("number_damaged", True))),
        (cells.code, -1e15, ("", ("number_damaged", True))),
        (cells.code, "1000000000000000", ("1000000000000000", None)),
        (cells.credit_code, 1e15, ("", ("credit_code_scientific", True))),
        (cells.credit_code, -1e15, ("", ("credit_code_scientific", True))),
        (cells.credit_code, 999999999999999.0, ("", ("credit_code_wrong", False))),
        (cells.credit_code, "", ("", None)),
        (cells.mail, "a@b.cn", ("a@b.cn", None)),
        (cells.mail, "", ("", None)),
        *((cells.mail, wrong, ("", ("mail_wrong", False))) for wrong in (
            "a@b", "@b.cn", "a@.cn", "a@b.cn x@", "ab.cn", "a@b@c.cn",
        )),
        (cells.phone, "12", ("", ("phone_wrong", False))),
        (cells.listed("holding"), "自有", ("own", None)),
        (cells.listed("holding"), "OWN", ("own", None)),
        (cells.listed("holding"), "借用", NO_WORD),
        (cells.listed("holding"), "", ("", None)),
        (cells.listed("role", "role_unknown", is_fatal=True), "队长", ("", ("role_unknown", True))),
        *((cells.yes_no, word, ("t", None)) for word in ("是", "有", "Y", "true", "1", 1.0, " 已 到 场")),
        *((cells.yes_no, word, ("f", None)) for word in ("否", "无", "無", "No", "0", 0.0, "不是")),
        *((cells.yes_no, word, ("", None)) for word in ("", "-", "—", "/", " ")),
        (cells.yes_no, "也许", NO_WORD),
        (cells.yes_no, "-—/x", NO_WORD),
    ],
)  # fmt: skip
def test_what_a_cell_means(kind, cell, expected):
    assert said(kind, cell) == expected


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("超市110101199003074514店", "超市1****************4店"),
        ("11010119900307451x", "1****************x"),
        ("1101011990030745", "1101011990030745"),
        ("超市", "超市"),
    ],
)
def test_an_id_number_in_a_wrong_column_stays_hidden(written, shown):
    assert cells.harmless(written) == shown
