"""How a door is spelled: building, entrance, room; every spelling of a door is one door (3# = 3号楼)."""

import re

from grids.workbooks.spelling import code_text, small_number, word

# A building that has a number: 3, 3#, 3栋, 3幢, 3座, 第3栋, 三号楼, 03, No.3 are one, 3号楼.
_NUMBERED = re.compile(
    r"(?:第|no\.?|№)?(0*\d{1,4}|[一二三四五六七八九十]{1,3})(?:#楼?|号|号楼|楼|栋|幢|座|橦|号栋)?",
    re.IGNORECASE,
)
# The same of a name in the register, as SQL.
SPELLED = "regexp_replace({name}, '^第?0*([0-9]{{1,4}})(#|#楼|号|号楼|楼|栋|幢|座)?$', '\\1号楼')"


def building(cell):
    found = word(cell).replace("＃", "#").removesuffix("楼栋")
    match = _NUMBERED.fullmatch(found)
    number = small_number(match[1]) if match else None
    return found if number is None else f"{number}号楼"


_IN_ONE = re.compile(
    r"(?P<building>第?0*\d{1,4}(?:号楼|号|楼|栋|幢|座|#楼?))(?P<entrance>0*\d{1,2}单元)?0*(?P<room>\d{2,5})[室号]?"
)


def in_one(address):
    """(building, entrance, room) of an address that says a door and nothing else, else None."""
    match = _IN_ONE.fullmatch(address)
    if match is None:
        return None
    return building(match["building"]), entrance(match["entrance"] or ""), match["room"]


def entrance(cell):
    found = word(cell)
    if (number := small_number(found.removesuffix("单元"))) is not None:
        return f"{number}单元"
    return found


def room(cell):
    return re.sub(r"(?<=\d)(室|号|房)$", "", code_text(cell))
