"""Every spelling of the same fact is the same fact: properties, not examples."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grids.workbooks import spelling
from grids.workbooks import words as office_words
from grids.workbooks.words import fold
from residents import vocabulary
from residents.imports.people import rows
from residents.imports.people.chunk import Chunk
from residents.imports.people.staging import Stager
from residents.people import idnumber
from residents.places import doors
from tests.residents.workbooks import HEADS, OTHER_UNIT, UNIT

TODAY = date(2026, 11, 22)
FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
DIGITS = "〇一二三四五六七八九"
days = st.dates(date(1900, 1, 1), TODAY)
bodies = st.builds(
    lambda region, born, order: f"{region}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 839999),
    days,
    st.integers(0, 999),
)
numbers = bodies.map(lambda body: body + idnumber.check_character(body))
blanks = st.sampled_from(["", " ", "\u3000", "\xa0", "\n", "\u200b", "  "])


# --- ID numbers ---------------------------------------------------------------------


@given(numbers, st.integers(1, 17), blanks, st.sampled_from(["", "'", "‘", "`"]))
def test_blanks_quotes_and_width_do_not_make_another_number(number, place, blank, quote):
    spelled = quote + number[:place] + blank + number[place:].lower() + blank

    assert idnumber.parse(spelled, TODAY).text == number
    assert idnumber.parse(spelled.translate(FULL_ALNUM), TODAY).text == number


FULL_ALNUM = {code: full for code, full in FULL.items() if chr(code).isalnum()}


@given(
    st.one_of(
        numbers,
        st.text(max_size=20),
        st.from_regex(r"[0-9]{17}[0-9Xx]", fullmatch=True),
    )
)
@example("37040219500230123X")
@example("３７０４０２１９５００１０１１２３４")
@example("123456789012345678")
def test_the_tables_say_what_the_parser_says_or_nothing(text):
    [said] = idnumber.Tables(TODAY).read([text])

    if said is not None:
        found = idnumber.parse(text, TODAY)
        assert said == (found.is_permit, found.birth_on.isoformat(), found.sex)
        assert found.text == text


@given(numbers)
def test_the_tables_know_every_number_in_its_usual_spelling(number):
    assert idnumber.Tables(TODAY).read([number]) != [None]


# --- text -----------------------------------------------------------------------------


@given(st.text(max_size=30))
def test_a_cell_that_is_not_touched_had_nothing_to_be_touched(text):
    plain = " ".join(text.translate(spelling._clean).split())
    assert spelling.text(text) == unicodedata.normalize("NFC", plain)


@given(st.text(max_size=30))
@pytest.mark.parametrize(
    "compute",
    [
        spelling.text,
        spelling.said,
        spelling.name,
        spelling.code_text,
        spelling.phone,
        doors.room,
        doors.building,
        doors.entrance,
    ],
)
def test_what_was_normalised_stays_as_it_is(compute, text):
    once = compute(text)

    assert compute(once) == once


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=20))
def test_full_width_letters_and_digits_are_the_same_text(text):
    assert spelling.text(text.translate(FULL_ALNUM)) == spelling.text(text)


@pytest.mark.parametrize("nothing", [*sorted(office_words.nothing()), "無", "沒有"])
def test_a_word_for_nothing_is_nothing(nothing):
    assert spelling.said(nothing) == spelling.said(f" {nothing}\u3000") == ""


# --- dates ----------------------------------------------------------------------------


def chinese(number):
    """12 -> 十二, 30 -> 三十."""
    tens, ones = divmod(number, 10)
    return (
        ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + (DIGITS[ones] if ones else "")
    )


def spellings(day):
    year = "".join(DIGITS[int(digit)] for digit in str(day.year))
    return [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d} 00:00:00",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02d}月{day.day:02d}日生",
        f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{day.year}-{day.month}-{day.day}",
        f"{year}年{chinese(day.month)}月{chinese(day.day)}日",
    ]


@given(days)
def test_a_day_is_the_same_day_in_every_spelling(day):
    assert {spelling.day(spelled) for spelled in spellings(day)} == {day.isoformat()}


@given(days)
def test_a_day_is_the_same_day_in_full_width(day):
    wide = {spelling.day(spelled.translate(FULL)) for spelled in spellings(day)[:4]}

    assert wide == {day.isoformat()}


@given(days.filter(lambda day: day > date(1906, 1, 9)))
def test_a_day_is_the_same_day_as_a_number_of_excel(day):
    assert spelling.day(float((day - date(1899, 12, 30)).days)) == day.isoformat()


@given(days, st.integers(1, 12))
def test_a_coarse_date_is_the_beginning_of_the_fine_one(day, month):
    assert spelling.day(f"{day.year}年") == str(day.year)
    assert spelling.day(f"{day.year}.{month:02d}") == f"{day.year}-{month:02d}"
    assert spelling.day(f"{day.year}-{month}") == f"{day.year}-{month:02d}"


# --- telephones -------------------------------------------------------------------------


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["-", " ", "—", "－"]),
)
def test_a_mobile_number_is_the_same_with_its_groups_apart(number, mark):
    apart = mark.join([number[:3], number[3:7], number[7:]])

    assert spelling.phone(apart) == spelling.phone("+86 " + apart) == number


@given(st.from_regex(r"0[1-9][0-9]{1,2}-[2-8][0-9]{6,7}", fullmatch=True))
def test_a_land_line_keeps_its_area_code_apart(number):
    assert spelling.phone(number) == spelling.phone(number.translate(FULL)) == number


# --- heads ------------------------------------------------------------------------------


@given(
    st.sampled_from(HEADS),
    blanks,
    st.sampled_from(["", "（必填）", "(1男2女)", "【文本】", "＊", "*", "："]),
)
def test_notes_marks_and_blanks_do_not_change_what_a_head_means(head, blank, note):
    known = vocabulary.heads("residents")
    spelled = f"{head[0]}{blank}{head[1:]}{note}{blank}"

    assert known[fold(spelled)] == known[fold(head)]


@given(st.sampled_from(HEADS))
def test_a_head_in_traditional_characters_means_the_same(head):
    back = {new: old for old, new in office_words._simplified().items()}

    assert fold(head.translate(back)) == fold(head)


# --- rows: what is taken as it stands, and what is judged ---------------------------------


class Suspicious(Chunk):
    """A chunk that trusts no row."""

    def _doubtful(self, identities, homes, columns):
        return set(range(len(self.keys)))


def some(*cells):
    return st.sampled_from(cells)


def _number(born, order=112):
    body = f"370402{born:%Y%m%d}{order:03d}"
    return body + idnumber.check_character(body)


BORN = date(1960, 12, 30)
NUMBERS = [_number(BORN + timedelta(n % 2), 111 + n) for n in range(6)]
row = st.fixed_dictionaries(
    {
        "网格编码": some(UNIT, OTHER_UNIT, "", "nowhere"),
        "楼栋": some("1号楼", "1#楼", "", "长" * 70),
        "室号": some("101", "101室", "202", ""),
        "户号": some("H1", "H2", "", "9" * 40),
        "户主姓名": some("王秀兰", "王 秀兰", "李四", ""),
        "与户主关系": some("户主", "配偶", "子", "谁"),
        "姓名": some("王秀兰", "李四", " 李 四 ", "", "Anna O'Neil", "长" * 70),
        "公民身份号码": some(
            *NUMBERS,
            NUMBERS[0].lower(),
            f" {NUMBERS[1]} ",
            NUMBERS[2][:-1] + "?",
            3.70402e17,
            "",
            "无",
            _number(date(2030, 1, 1)),
            "810000199001011231",
        ),
        "性别": some("男", "女", "", "1", "2", "不知道"),
        "出生日期": some(
            BORN.isoformat(), "1960年12月30日", "1960", "1960-12", "1961-01-01", "", "昨天", BORN
        ),
        "婚姻状况": some("已婚", "是", "", "神秘"),
        "联系电话": some("13812345678", "138-1234-5678", "", "9" * 40),
        "特殊群体类别": some("", "低保户", "低保户、独居老人", "别的"),
        "备注": some("", "无", "a\tb\\c\nd", "长" * 400),
    }
)


def staged(kind, lines, *, reach):
    """[(columns of a row, where it lives)] in the order of the rows, and the counts."""
    stager = Stager(reach, TODAY)
    columns = {
        vocabulary.heads("residents")[fold(head)]: [line[head] for line in lines]
        for head in lines[0]
    }
    found = kind(stager, range(2, len(lines) + 2), columns).block()
    homes = {str(number): key for key, number in stager.dwellings.items()}
    houses = {str(number): key for key, number in stager.household_keys.items()}
    names = [name for name, __ in rows.ROW_COLUMNS]
    at_dwelling, at_house = names.index("dwelling_no"), names.index("household_no")
    parts = sorted((line.split("\t") for line in found.splitlines()), key=lambda line: int(line[0]))
    for line in parts:
        line[at_dwelling] = homes.get(line[at_dwelling])
        line[at_house] = houses.get(line[at_house])
    kept = dict(stager.staged.numbers.of(set(range(2, len(lines) + 2))))
    return parts, kept, stager.staged.rejected, stager.staged.district_ids


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=st.lists(row, min_size=1, max_size=12), is_leader=st.booleans())
def test_a_row_that_is_taken_as_it_stands_would_have_passed_every_question(
    ground, lines, is_leader
):
    from grids.scope import Reach

    reach = Reach(grids=frozenset({ground[0].pk})) if is_leader else None

    assert staged(Chunk, lines, reach=reach) == staged(Suspicious, lines, reach=reach)
