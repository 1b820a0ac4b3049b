"""How a door is spelled: building, entrance, room; every spelling of a door is one door (3# = 3号楼).

The words stand here, once: cells of workbooks, pages and the search box are read by them, and
`doors_in_sql` says the same of what the register holds already.
"""

import functools
import re
from dataclasses import dataclass

from grids.models import DistrictProfile
from grids.workbooks.spelling import code_text, word

BUILDINGS = ("号楼", "號樓", "号楼栋", "#楼", "#", "号栋", "栋", "棟", "幢", "橦", "座")
# Words of streets and floors too: alone they name no building in the middle of an address.
WEAK = ("号", "號", "楼栋", "楼", "樓")
BEFORE = r"第|[Nn][Oo]\.?|№"
ENTRANCES = ("单元", "單元", "门", "門")
ROOMS = ("号室", "号房", "室", "号", "號", "房")
ZEROS, DIGITS = "〇○零", "一二三四五六七八九"
HAN = f"[{DIGITS}]?十[{DIGITS}]?|[{ZEROS}{DIGITS}]{{1,4}}"
NUMBER = f"0*[1-9][0-9]{{0,3}}|{HAN}"
LEADING_ZEROS = "^0+(?=[1-9])"
_ARABIC = str.maketrans(ZEROS + DIGITS, "0" * len(ZEROS) + "123456789")
_ENTRANCE = re.compile(f"第?({NUMBER})(?:{'|'.join(ENTRANCES)}|#)?")
_ENDING = re.compile(f"(.*[0-9][A-Za-z]?)(?:{'|'.join(ROOMS)})")
_HAN_ROOM = re.compile(f"({HAN})(?:{'|'.join(ROOMS)})?")
_LEADING_ZEROS = re.compile(LEADING_ZEROS)
# Part of an address, as a pattern.
_ENTRANCE_IN = f"(?:第?(?P<entrance>0*[1-9][0-9]?|{HAN})(?:{'|'.join(ENTRANCES)}))"
_ROOM_IN = f"(?P<room>[0-9]{{2,5}}[A-Za-z]?|[{ZEROS}{DIGITS}]{{2,4}})(?:{'|'.join(ROOMS)})?"
_BEFORE = ("(?P<place>.*?)", "")
_ENTRANCE_AND_ROOM = re.compile(_ENTRANCE_IN + _ROOM_IN)


# Two words of which the second may be a district's own for a building: 3排.
MAY_BE_OWN = re.compile(f"(?:{NUMBER})[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Door:
    """The parts that were said; "" for those that were not. Numbers stand alone: "3", "2", "502"."""

    place: str = ""
    building: str = ""
    entrance: str = ""
    room: str = ""


def own_words(**where):
    """{district: its own words for a building}, of the districts that have some (排, 组)."""
    rows = DistrictProfile.objects.filter(**where).exclude(building_words="").order_by()
    return {
        district_id: tuple(words.split("、"))
        for district_id, words in rows.values_list("district", "building_words")
    }


def building(cell, own=()):
    """The name of the building: 3号楼, if it has a number; `own` are further words for one."""
    found = word(cell)
    match = _numbered(own).fullmatch(found)
    said = number(match[1]) if match else None
    return f"{said}号楼" if said else found


def entrance(cell):
    found = word(cell)
    match = _ENTRANCE.fullmatch(found)
    said = number(match[1]) if match else None
    return f"{said}单元" if said else found


def room(cell):
    """101 of 101室, 一〇一, 0101."""
    return without_zeros(room_as_said(cell))


def room_as_said(cell):
    """The same with the zeros before it: where the register has 0101 and 101, they are two."""
    found = code_text(cell)
    if found.isdecimal():
        return found
    if match := _HAN_ROOM.fullmatch(found):
        return number(match[1]) or found
    match = _ENDING.fullmatch(found)
    return match[1] if match else found


def without_zeros(said):
    return _LEADING_ZEROS.sub("", said) if said[:1] == "0" else said


def number(said):
    """The digits of a number from 1, or "": 12 of 012, 十二 and 一二; 101 of 一〇一."""
    if "十" in said:
        tens, __, ones = said.partition("十")
        said = (tens or "一") + (ones or "〇")
    return said.translate(_ARABIC).lstrip("0")


def parts(words, own=()):
    """The Door in words that name one, with what stands before it as its place; else None."""
    found = _match(words, own)
    return found and Door(
        found["place"],
        _number_or_letter(found["building"]),
        number(found["entrance"] or ""),
        room(found["room"] or ""),
    )


def in_one(cell, own=()):
    """(building, entrance, room) of a cell that says a door and nothing else, else None.

    The room has the zeros that it was written with; 3-502 alone may be anything.
    """
    found = _match(cell, own, is_whole=True)
    if found is None or not found["room"] or not (found["word"] or found["entrance"]):
        return None
    name = building(found["building"] + (found["word"] or "号楼"), own)
    return name, entrance(found["entrance"] or ""), room_as_said(found["room"])


def entrance_and_room(said):
    """(entrance, room) of 1单元101, else None."""
    found = _ENTRANCE_AND_ROOM.fullmatch(said)
    return found and (entrance(found["entrance"]), room_as_said(found["room"]))


def of_dwelling(said, room_said):
    """(entrance, room) of a dwelling in our spelling, also where its room says both."""
    both = None if said else entrance_and_room(room_said)
    first, second = both or (said, room_said)
    return entrance(first), room(second)


def spellings(said, own=()):
    """Names under which the register may know the building of this number or letter."""
    names = [f"{said}{one}" for one in ("", *BUILDINGS, *WEAK, *own)]
    if said.isdecimal():
        names += [f"{begin}{name}" for begin in ("0", "第") for name in names]
    return names


def entrances(said):
    """The same of an entrance."""
    return [f"{said}{one}" for one in ("", *ENTRANCES)]


def rooms(said):
    """The same of a room."""
    return [f"{zero}{said}{ending}" for zero in ("", "0") for ending in ("", "室", "号", "房")]


def _match(words, own, is_whole=False):
    """What the pattern finds; `is_whole` where nothing stands before the building."""
    said = code_text(words).replace("—", "-").replace("－", "-")
    for pattern in (_in_address(own, is_whole), _dashes(is_whole)):
        if match := pattern.fullmatch(said):
            found = {"place": "", "word": ""} | match.groupdict()
            return None if _is_a_street(found) else found
    return None


def _is_a_street(found):
    """光明路12号 is no building; 12号502 by itself is one."""
    is_weak = found["word"] in WEAK and not found["entrance"]
    return is_weak and bool(found["place"] or not found["room"])


def _number_or_letter(said):
    return said.upper() if said[0].isascii() and said[0].isalpha() else number(said)


@functools.cache
def _numbered(own):
    words = "|".join((*BUILDINGS, *WEAK, *own))
    return re.compile(f"(?:{BEFORE})?({NUMBER})(?:{words})?")


@functools.cache
def _in_address(own, is_whole):
    words = "|".join((*BUILDINGS, *WEAK, *own))
    return re.compile(
        f"{_BEFORE[is_whole]}(?:{BEFORE})?(?P<building>{NUMBER}|[A-Za-z][0-9]{{0,2}})"
        f"(?P<word>{words}){_ENTRANCE_IN}?(?:{_ROOM_IN})?"
    )


@functools.cache
def _dashes(is_whole):
    """3-2-502: building, entrance, room, as people write it on forms."""
    return re.compile(
        f"{_BEFORE[is_whole]}(?P<building>0*[1-9][0-9]{{0,2}})-(?:(?P<entrance>0*[1-9][0-9]?)-)?"
        f"(?P<room>[0-9]{{3,4}})(?:{'|'.join(ROOMS)})?"
    )
