from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.workbooks import spelling
from grids.workbooks.words import fold
from residents import pinyin, vocabulary
from residents.places import doors

FULL = str.maketrans("0123456789./-", "０１２３４５６７８９．／－")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2003-04-09", "2003-04-09"),
        ("19731028", "1973-10-28"),
        (19731028.0, "1973-10-28"),
        ("1954/6/7", "1954-06-07"),
        ("1960年12月30日", "1960-12-30"),
        ("1960年12月30日生", "1960-12-30"),
        ("2015.05.07", "2015-05-07"),
        ("２０１５．０５．０７", "2015-05-07"),
        ("一九六〇年十二月三十日", "1960-12-30"),
        ("1960-1-1 00:00:00", "1960-01-01"),
        (37720.0, "2003-04-09"),
        (date(2001, 2, 3), "2001-02-03"),
        (datetime(2001, 2, 3), "2001-02-03"),  # noqa: DTZ001
        ("1954年6月", "1954-06"),
        ("1954", "1954"),
        ("", ""),
        ("不详", ""),
        ("2001-02-30", None),
        ("昨天", None),
    ],
)
def test_dates_in_the_spellings_of_offices(cell, day):
    assert spelling.day(cell) == day


@given(
    st.dates(date(1900, 1, 1), date(2026, 12, 31)),
    st.sampled_from(["-", "/", "."]),
    st.booleans(),
)
def test_a_date_survives_every_separator_and_width(day, mark, is_wide):
    written = f"{day.year}{mark}{day.month}{mark}{day.day}"

    assert spelling.day(written.translate(FULL) if is_wide else written) == day.isoformat()


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "+86{}", " {} ", "'{}"]),
)
def test_a_mobile_number_is_its_eleven_digits(number, form):
    assert spelling.phone(form.format(number)) == number
    assert spelling.phone(number.translate(FULL)) == number
    assert spelling.phone(float(number)) == number


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("性别\n1男2女", "sex"),
        ("姓 名", "name"),
        ("备注（可不填）", "note"),
        ("門牌號", "room"),
        ("身份證號碼", "id_number"),
        ("楼 号", "building"),
        ("ID number", "id_number"),
        ("户籍/流动", "kind"),
    ],
)
def test_heads_are_known_in_other_words(head, field):
    from residents.imports.workbook.heads import _meaning

    assert _meaning(head, vocabulary.heads("residents")) == field


@given(
    st.sampled_from(sorted(vocabulary.heads("residents"))),
    st.lists(st.sampled_from(" \n\t　*：:"), max_size=6),
)
def test_blanks_and_line_breaks_in_a_head_do_not_matter(head, marks):
    noisy = "".join(
        char + mark for char, mark in zip(head, [*marks, *[""] * len(head)], strict=False)
    )

    assert fold(noisy) == fold(head)


@given(st.text(max_size=30))
def test_any_cell_has_a_text(cell):
    for compute in (
        spelling.text,
        spelling.name,
        spelling.day,
        spelling.phone,
        doors.building,
        doors.entrance,
        doors.room,
    ):
        assert compute(cell) is None or "\n" not in compute(cell)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("王秀兰", ("wangxiulan", "wxl")),
        ("单英", ("shanying", "sy")),
        ("曾国强", ("zengguoqiang", "zgq")),
    ],
)
def test_a_surname_is_read_as_a_surname(name, keys):
    assert pinyin.keys(name) == keys
