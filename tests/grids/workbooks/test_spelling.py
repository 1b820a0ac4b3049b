"""What a cell says, whoever wrote it: one form for every spelling, nothing guessed."""

import datetime as dt

import pytest

from grids.workbooks import spelling
from grids.workbooks.words import beginnings_of_nothing, fold, nothing, simplified

NOON = dt.datetime(2001, 2, 3, 12, 30)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("公园", "公园"),
        (" 公 园\n小区\t", "公 园 小区"),
        ("ＡＺａｚ０９", "AZaz09"),
        ("３＃－１．５／Ａ", "3#-1.5/A"),
        ("一\u3000二\xa0三", "一 二 三"),
        ("一\u200b二\ufeff三\0", "一二三"),
        ("好\ud800人\udfff", "好人"),
        ("［＠：｛", "［＠：｛"),  # beside the letters and digits
        (5.0, "5"),
        (5.5, "5.5"),
        (1e17, "100000000000000000"),
        (float("inf"), "inf"),
        (5, "5"),
        (True, "True"),
        (None, ""),
        (NOON, "2001-02-03"),
        (dt.date(2001, 2, 3), "2001-02-03"),
        (dt.time(1, 2), "01:02:00"),
    ],
)
def test_a_cell_as_text(cell, said):
    assert spelling.text(cell) == said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("无", ""), ("無", ""), ("没有", ""), ("沒有", ""), ("不详", ""), (" 不 详 ", "不 详"), ("-", ""),
        ("无名路", "无名路"), ("王无", "王无"), ("", ""), (None, ""), (0.0, "0"), ("0", "0"), ("网", "网"),
    ],
)  # fmt: skip
def test_words_for_nothing_are_nothing(cell, said):
    assert spelling.said(cell) == said


def test_every_word_for_nothing_is_nothing_in_either_script():
    assert {"无", "没有", "暂无", "不详"} <= nothing()
    assert [word for word in nothing() if spelling.said(word)] == []
    assert {"无", "無", "没", "沒", ""} <= beginnings_of_nothing()
    assert "王" not in beginnings_of_nothing()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("王秀兰", "王秀兰"),
        ("王 秀 兰", "王秀兰"),
        ("買買提•艾力", "買買提·艾力"),
        *((f"买买提{dot}艾力", "买买提·艾力") for dot in "•‧・∙⋅·"),
        ("John  Smith", "John Smith"),
        ("John 王", "John王"),
        ("㐀㐀", "㐀㐀"),
        ("\U00020000 丁", "\U00020000丁"),
        ("不详", ""),
        (None, ""),
    ],
)
def test_the_name_of_a_person(cell, said):
    assert spelling.name(cell) == said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("3704 0200 1", "370402001"), ("'00123", "00123"), ("’‘`00123", "00123"), ("00'123", "00'123"),
        ("A-1 2", "A-12"), (370402.0, "370402"), ("无", ""),
    ],
)  # fmt: skip
def test_codes_have_no_blanks(cell, said):
    assert spelling.code_text(cell) == said


def test_a_word_of_the_office_is_simplified():
    assert spelling.word(" 樓 棟 ") == "楼栋"
    assert simplified("abc") == "abc"
    assert simplified("門牌號") == "门牌号"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("13812345678", "13812345678"),
        (13812345678.0, "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("86-13812345678", "13812345678"),
        ("0632-3056789", "0632-3056789"),
        ("0632—3056789", "0632-3056789"),
        ("0632－3056789", "0632-3056789"),
        ("63213056789", "63213056789"),
        ("8623812345678", "8623812345678"),
        ("（0632）3056789", "0632-3056789"),
        ("(0632)-3056789转801", "0632-3056789-801"),
        ("1381234567", "1381234567"),
        ("138123456789", "138123456789"),
        ("138.1234.5678", "13812345678"),
        ("2-3812345678", "2-3812345678"),
        ("无", ""),
        ("１３８１２３４５６７８", "13812345678"),
        ("²3812345678", "²3812345678"),
    ],
)
def test_a_telephone_number(cell, said):
    assert spelling.phone(cell) == said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (dt.date(2001, 2, 3), "2001-02-03"),
        (NOON, "2001-02-03"),
        (37720.0, "2003-04-09"),
        (1000.0, None),
        (999.0, None),
        (79999.0, "2119-01-10"),
        (80000.0, None),
        (37720.5, None),
        (37720, None),
        (1990.0, "1990"),  # a year, not the 1,990th day of Excel
        (2199.0, None),
        (2200.0, "1906-01-08"),
        (1990.1, None),  # January, or October without its zero
        ("1990.1", None),
        (1990.3, "1990-03"),
        ("1990.10", "1990-10"),
        ("1990、6、7", "1990-06-07"),
        ("1990。6。7", "1990-06-07"),
        ("1990\\6\\7", "1990-06-07"),
        ("1990-6-7 0:00:00", "1990-06-07"),
        ("公元1990年6月7日", "1990-06-07"),
        ("1990", "1990"),
        ("1890", "1890"),
        ("2090", "2090"),
        ("2190", None),
        ("1790", None),
        ("1990年", "1990"),
        ("1990年生", "1990"),
        ("199006", "1990-06"),
        ("19900630", "1990-06-30"),
        ("19900631", None),
        ("19901301", None),
        ("1990-6", "1990-06"),
        ("1990年6月", "1990-06"),
        ("1990年6月7日", "1990-06-07"),
        ("1990年6月7日生", "1990-06-07"),
        ("1990.06.07", "1990-06-07"),
        ("1990/6/7", "1990-06-07"),
        ("1990-06-07T10:00:00", "1990-06-07"),
        ("1990-06-07 00:00:00", "1990-06-07"),
        ("1990-06-07 00:00", "1990-06-07"),
        ("1990-06-07 10:00:00", "1990-06-07"),
        ("一九九〇年六月七日", "1990-06-07"),
        ("一九九○年十二月三十一日", "1990-12-31"),
        ("一九九零年二十月", None),
        ("一九九零年十月二十日", "1990-10-20"),
        ("一九九零年", "1990"),
        ("二〇〇一年一月", "2001-01"),
        ("二〇〇一年一月十一", "2001-01-11"),
        ("昨天", None),
        ("零", None),
        ("", ""),
        ("不详", ""),
        (None, ""),
    ],
)
def test_a_day_or_its_beginning(cell, said):
    assert spelling.day(cell) == said


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("7", 7), ("12", 12), ("一", 1), ("九", 9), ("十", 10), ("十一", 11), ("二十", 20), ("二十三", 23),
        ("九十九", 99), ("一二", None), ("百", None), ("", None), ("十十", None), ("零", None), ("a", None),
    ],
)  # fmt: skip
def test_small_numbers_in_chinese(said, number):
    assert spelling.small_number(said) == number


def test_a_cell_is_computed_once_and_a_full_memory_begins_anew(monkeypatch):
    monkeypatch.setattr(spelling, "MOST_KEPT", 2)
    asked = []
    memo = spelling.Memo(lambda cell: asked.append(cell) or cell * 2)

    assert [memo[one] for one in (1, 1, 2, 2)] == [2, 2, 4, 4]
    assert (asked, len(memo)) == ([1, 2], 2)
    assert (memo[3], len(memo)) == (6, 1)
    assert (memo[1], asked) == (2, [1, 2, 3, 1])


@pytest.mark.parametrize(
    ("head", "folded"),
    [
        (" 姓 名* ", "姓名"), ("姓名（必填）", "姓名"), ("姓名(必填", "姓名"), ("身份證號【18位】", "身份证号"),
        ("户〔选〕号[x]", "户号"), ("ID_Number", "idnumber"), ("户籍/流动", "户籍流动"), ("a-b|c·d\\e", "abcde"),
        ("一:二；三、四，五.六;七,八", "一二三四五六七八"), ("ＡＢＣ", "abc"), ("姓\u200b名\ufeff", "姓名"), (5, "5"),
    ],
)  # fmt: skip
def test_a_head_without_blanks_marks_and_notes(head, folded):
    assert fold(head) == folded


@pytest.mark.parametrize(
    "between",
    ["\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u202d", "\u2060", "\ufeff", "\ufe00",
     "\U000e0100", "\x01", "\ud800", "\xa0", "\u3000", "\n", "\t", " "],
)  # fmt: skip
def test_what_cannot_be_seen_is_no_part_of_a_name(between):
    assert spelling.name(f"{between}张{between}三{between}") == "张三"


@pytest.mark.parametrize("dot", "·•‧・∙⋅▪●･˙∘．.。")
def test_the_parts_of_a_name_stand_apart_by_one_kind_of_dot(dot):
    assert spelling.name(f"阿卜杜拉{dot}买买提") == "阿卜杜拉·买买提"
    assert spelling.name(f"阿卜杜拉 {dot} 买买提") == "阿卜杜拉·买买提"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("⽅⼤", "方大"),  # radicals
        ("李\uf9e1", "李李"),  # kept for an older encoding
        ("e\u0301ric", "éric"),
        ("𠮷野", "𠮷野"),
        ("王\ue863", "王\ue863"),  # a character of the police's own
        ("J. Smith", "J. Smith"),
        ("张三（大）", "张三（大）"),
    ],
)
def test_letters_that_look_alike_are_one_and_rare_ones_stay(written, meant):
    assert spelling.name(written) == meant
