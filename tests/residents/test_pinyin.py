"""How names are read: surnames as surnames, initials from letters that were typed."""

import pytest

from residents import pinyin

# As any dictionary of surnames has them.
SURNAMES = [
    "单shan",
    "曾zeng",
    "仇qiu",
    "解xie",
    "查zha",
    "翟zhai",
    "朴piao",
    "区ou",
    "任ren",
    "盖ge",
    "华hua",
    "缪miao",
    "宁ning",
    "乐yue",
    "尉yu",
    "万wan",
    "覃qin",
    "种chong",
    "重chong",
    "秘bi",
    "冼xian",
    "黑he",
    "折she",
    "员yun",
    "祭zhai",
    "召shao",
    "繁po",
    "不fou",
    "逄pang",
    "芮rui",
    "燕yan",
    "葛ge",
    "那na",
    "哈ha",
    "洗xian",
]


@pytest.mark.parametrize("said", SURNAMES)
def test_a_surname_is_read_as_one_where_it_stands_first(said):
    surname, reading = said[0], said[1:]

    assert pinyin.keys(f"{surname}丽") == (f"{reading}li", f"{reading[0]}l")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("王秀兰", ("wangxiulan", "wxl")),
        ("吕布", ("lvbu", "lb")),
        ("王单", ("wangdan", "wd")),
        ("John 王", ("johnwang", "johnw")),
        ("买买提·艾力", ("maimaitiaili", "mmtal")),
        ("A1", ("a1", "a1")),
        ("", ("", "")),
        ("王" * 50, (("wang" * 50)[:120], "w" * 30)),
    ],
)
def test_the_keys_of_a_name(name, keys):
    assert pinyin.keys(name) == keys


def test_the_syllables_are_those_of_the_table():
    assert {"wang", "xiu", "lan", "lv", "a"} <= pinyin.syllables()
    assert not {"", "w", "wan2"} & pinyin.syllables()
    assert "shan" in pinyin.syllables()


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ("wang", ("w",)),
        ("wangx", ("wx",)),
        ("wangxiulan", ("wxl",)),
        ("wangxiul", ("wxl",)),
        ("xian", ("x",)),
        ("w", ("w",)),
        ("wxl", ()),
        ("v", ()),
        ("zhuang", ("z",)),
        ("zhuangz", ("zz", "zaz")),
    ],
)
def test_what_the_initials_of_typed_letters_can_be(letters, found):
    assert pinyin.initials_of(letters) == found


def test_two_ways_to_read_letters_are_both_tried_and_long_ones_cut():
    assert {"xa", "xn"} & set(pinyin.initials_of("xianan"))
    assert pinyin.initials_of("wang" * 9) == pinyin.initials_of("wang" * 6)
    assert len(pinyin.initials_of("wang" * 9)[0]) == 6
