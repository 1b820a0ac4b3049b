"""Pinyin keys of names, for sorting and for search by initials."""

import csv
import functools
from pathlib import Path

# Characters that are read differently when they stand first, as a surname.
SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "翟": "zhai",
    "朴": "piao",
    "区": "ou",
    "任": "ren",
    "盖": "ge",
    "华": "hua",
    "缪": "miao",
    "宁": "ning",
    "乐": "yue",
    "尉": "yu",
    "万": "wan",
    "覃": "qin",
    "种": "chong",
    "重": "chong",
    "秘": "bi",
    "冼": "xian",
    "黑": "he",
    "折": "she",
    "员": "yun",
    "祭": "zhai",
    "召": "shao",
    "繁": "po",
    "不": "fou",
    "逄": "pang",
    "芮": "rui",
    "燕": "yan",
    "葛": "ge",
    "那": "na",
    "哈": "ha",
    "洗": "xian",
}
DATA = Path(__file__).parent / "data" / "pinyin.csv"


def keys(name):
    """("wangxiulan", "wxl") for 王秀兰; other characters than Chinese stay, in small letters."""
    readings = _readings()
    syllables = [readings.get(char) or (char.lower() if char.isalnum() else "") for char in name]
    if name and name[0] in SURNAMES:
        syllables[0] = SURNAMES[name[0]]
    return (
        "".join(syllables)[:120],
        "".join([syllable[:1] for syllable in syllables])[:30],
    )


@functools.cache
def _readings():
    """{character: syllable}, the most frequent reading, without tone; ü is v."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {char: row["syllable"] for row in csv.DictReader(file) for char in row["characters"]}


@functools.cache
def syllables():
    """All syllables that a character of the table is read as."""
    return frozenset(_readings().values())


@functools.lru_cache(maxsize=512)
def initials_of(letters):
    """What the initials of full pinyin can be: "xian" -> ("x", "xa"); the last one may be cut off."""
    known = syllables()
    found = set()

    def walk(rest, initials):
        if any(syllable.startswith(rest) for syllable in known):
            found.add(initials + rest[0])
        for length in range(1, min(len(rest), 7)):
            if rest[:length] in known:
                walk(rest[length:], initials + rest[0])

    walk(letters[:24], "")
    shortest = sorted(found, key=len)
    return tuple(one for one in shortest if not _begins_with_another(one, shortest))


def _begins_with_another(one, others):
    return any(one != other and one.startswith(other) for other in others)
