"""How a door is spelled: building, entrance, room; every spelling of a door is one door (3# = 3号楼)."""

import re

from grids.workbooks.spelling import code_text, small_number, word


def building(cell):
    found = word(cell).replace("＃", "#").removesuffix("楼栋")
    return re.sub(r"^(\d+)(#楼?|号|号楼|楼)?$", r"\1号楼", found)


def entrance(cell):
    found = word(cell)
    if (number := small_number(found.removesuffix("单元"))) is not None:
        return f"{number}单元"
    return found


def room(cell):
    return re.sub(r"(?<=\d)(室|号|房)$", "", code_text(cell))
