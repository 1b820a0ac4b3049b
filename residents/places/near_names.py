"""Names of places that may be the same place: a character more, less or other (幸福小区, 幸福里小区)."""

import re

from residents.places.doors import DIGITS, ZEROS

# What tells neighbours apart: 一区 and 二区, 东苑 and 西苑 are two.
_TELLING = re.compile(f"[0-9A-Za-z{ZEROS}{DIGITS}十甲乙丙丁东西南北中前后左右上下大小新老]")
_KINDS = re.compile("(小区|花园|家园|花苑|公寓|新村|社区|苑|园|楼|栋|幢|座)$")


def are(one, other):
    """Whether the names differ by one character that is no number or direction, or by the word for
    what they are (幸福, 幸福小区, 幸福花园)."""
    if not one or not other or one == other:
        return False
    core, other_core = _core(one), _core(other)
    if core == other_core:
        return True
    if len(core) < 2 or len(other_core) < 2:
        return False
    found = _difference(one, other)
    return found is not None and not _TELLING.search(found)


def _core(name):
    """Without the word for what it is."""
    return _KINDS.sub("", name) or name


def _difference(one, other):
    """The characters by which they differ when it is one place of the name; else None."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return None
    begin = next(
        (n for n, both in enumerate(zip(short, long, strict=False)) if both[0] != both[1]),
        len(short),
    )
    if len(short) == len(long):
        return short[begin] + long[begin] if short[begin + 1 :] == long[begin + 1 :] else None
    return long[begin] if short[begin:] == long[begin + 1 :] else None
