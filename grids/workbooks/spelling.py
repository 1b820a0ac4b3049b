"""What a cell of any workbook says. Every spelling of the same fact becomes the same value.

Normalisers give text; an unreadable optional value is "" and is counted, never guessed.
"""

import datetime as dt
import functools
import re

from grids.workbooks import words

_FULL_WIDTH = {
    code: code - 0xFEE0
    for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
}
_FULL_WIDTH |= {code: code - 0xFEE0 for code in (0xFF03, 0xFF0D, 0xFF0E, 0xFF0F)}
_FULL_WIDTH |= {0x3000: " ", 0xA0: " ", 0: None, 0x200B: None, 0xFEFF: None}
_FULL_WIDTH |= dict.fromkeys(range(0xD800, 0xE000))  # halves of a character
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_DOTS = str.maketrans("•‧・．∙⋅", "······")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Anything that `text` would change: blanks of all kinds, full width, what cannot be seen.
_ODD = re.compile(
    r"[\s\0\xa0\u200b\ufeff\u3000\uff03\uff0d-\uff0f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\ud800-\udfff]"
)
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]+")
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIAL_DAYS = range(1_000, 80_000)
MOST_KEPT = 5_000  # cells of a column, at most


def text(cell):
    """A cell as text: whole numbers without a point, letters and digits at half width."""
    if isinstance(cell, str):
        if not _ODD.search(cell):
            return cell
        return " ".join(cell.translate(_FULL_WIDTH).split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def said(cell):
    """Like `text`, but "none", "-", "不详" and their like are nothing."""
    found = text(cell)
    if found[:1] not in words.beginnings_of_nothing():
        return found
    return "" if words.simplified(found) in words.nothing() else found


def name(cell):
    """A person's name: no blanks between Chinese characters, one kind of middle dot."""
    found = said(cell)
    if _PLAIN_NAME.fullmatch(found):
        return found
    found = found.translate(_DOTS)
    return found.replace(" ", "") if _HAN.search(found) else found


def code_text(cell):
    """Codes and numbers of documents, grids, households: without any blank."""
    found = said(cell)
    if found.isalnum():
        return found
    return found.replace(" ", "").lstrip("'’‘`")


def word(cell):
    """A word of the office: without blanks, in simplified characters."""
    return words.simplified(code_text(cell))


def phone(cell):
    """Digits of a mobile number; a land line keeps the hyphen after its area code."""
    if _is_mobile(cell):
        return cell
    found = code_text(cell)
    if _is_mobile(found):
        return found
    found = found.replace("－", "-").replace("—", "-")
    digits = re.sub(r"\D", "", found)
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    return digits if len(digits) == 11 and digits.startswith("1") else found


def _is_mobile(cell):
    return cell.__class__ is str and len(cell) == 11 and cell.isascii() and cell.isdecimal()


def day(cell):
    """ISO date, or only its beginning ("1954-06", "1954") when the cell says no more.

    None when the cell says something else.
    """
    if isinstance(cell, dt.datetime | dt.date):
        return dt.date(cell.year, cell.month, cell.day).isoformat()
    if isinstance(cell, float) and cell.is_integer() and int(cell) in _SERIAL_DAYS:
        return (_EXCEL_EPOCH + dt.timedelta(days=int(cell))).isoformat()
    found = code_text(cell)
    if not found:
        return ""
    return _written_day(found)


def _written_day(found):
    found = found.split("T")[0].rstrip("生日年" if found.endswith(("生", "年")) else "")
    found = re.sub(r"(?<=\d)00:00(:00)?$", "", found)
    if not found[:1].isdigit():
        found = _chinese_day(found)
    if re.fullmatch(r"(19|20|18)\d\d", found):
        return found
    match = _DATE.fullmatch(found) or _COMPACT_DATE.fullmatch(found)
    if match is None:
        return None
    year, month, date = match.groups()
    try:
        exact = dt.date(int(year), int(month), int(date or 1)).isoformat()
    except ValueError:
        return None
    return exact if date else exact[:7]


def _chinese_day(found):
    """一九六〇年十二月三十日 -> 1960年12月30日."""
    match = re.fullmatch(
        r"([〇○零一二三四五六七八九]{4})年?(?:(\w{1,3})月)?(?:(\w{1,3}?)日?)?", found
    )
    if match is None:
        return found
    year, month, date = match.groups()
    parts = [
        small_number(month) if month else None,
        small_number(date) if date else None,
    ]
    rest = "".join(f"{number}{unit}" for number, unit in zip(parts, "月日", strict=True) if number)
    return f"{year.translate(_CHINESE_DIGITS)}{'年' if rest else ''}{rest}"


@functools.cache
def small_number(found):
    """1-99 in Arabic or Chinese digits, else None."""
    if found.isdecimal():
        return int(found)
    match = re.fullmatch(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?", found)
    if not found or match is None:
        return None
    tens, ten, ones = match.groups()
    if not ten:
        return int((tens or ones).translate(_CHINESE_DIGITS)) if not (tens and ones) else None
    return int((tens or "一").translate(_CHINESE_DIGITS)) * 10 + int(
        (ones or "零").translate(_CHINESE_DIGITS)
    )


class Memo(dict):
    """Computes each distinct cell once. A cell and its type are the key: 1.0 is not "1".

    A full memo begins anew: what a household shares stands in rows that follow each other.
    """

    def __init__(self, compute):
        super().__init__()
        self.compute = compute

    def __missing__(self, cell):
        value = self.compute(cell)
        if len(self) >= MOST_KEPT:
            self.clear()
        self[cell] = value
        return value
