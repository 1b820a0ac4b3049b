"""What a cell of any workbook says. Every spelling of the same fact becomes the same value.

Normalisers give text; an unreadable optional value is "" and is counted, never guessed.
"""

import datetime as dt
import functools
import re
import unicodedata

from grids.workbooks import words

# Written at half width: digits, letters, and the marks of numbers. Other marks stay as they are.
_HALF_WIDTH = {
    code: code - 0xFEE0
    for code in [
        *range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF03, 0xFF0D, 0xFF0E, 0xFF0F
    ]
}  # fmt: skip
# Characters that only look like others: radicals, and those kept for older encodings.
_LOOKALIKES = (range(0x2E80, 0x2FE0), range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
_SELECTORS = (range(0x180B, 0x180E), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class _Clean(dict):
    """What becomes of a character, by what Unicode says it is; for `str.translate`."""

    def __missing__(self, code):
        self[code] = self._become(code)
        return self[code]

    def _become(self, code):
        letter, kind = chr(code), unicodedata.category(chr(code))
        if code in _HALF_WIDTH:
            return _HALF_WIDTH[code]
        if kind in ("Cf", "Cs") or any(code in some for some in _SELECTORS):
            return None  # cannot be seen
        if kind in ("Cc", "Zs", "Zl", "Zp"):
            return " " if letter.isspace() else None
        if any(code in some for some in _LOOKALIKES):
            return unicodedata.normalize("NFKC", letter)
        return code


_clean = _Clean()
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
# Between the parts of a name; a full stop only where Chinese characters stand on both sides.
_DOTS = str.maketrans(dict.fromkeys("•‧・∙⋅▪●･˙∘‣◦⸱", "·"))
_STOPS = re.compile(r"(?<=[\u3400-\u9fff])[.．。](?=[\u3400-\u9fff])")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Nothing that `text` would change.
_PLAIN = re.compile(
    r"[!-~·，。、：；（）？！《》\u3400-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003ffff]*"
)
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]+")
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_AREA_CODE = re.compile(r"^[(（](0\d{2,3})[)）]-?")
_EXTENSION = re.compile(r"(?<=\d)(转|分机|转分机)(?=\d{1,6}$)")
# Days as Excel counts them; a number below is a year, not a day of 1905.
_SERIAL_DAYS = range(2_200, 80_000)
_TIME = re.compile(r"\s+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
# In place of what is not shown: 3704**********1234, ····6210, 138xxxx1234.
_HIDING = re.compile(r"[*＊✱·•●○×]{2,}|[xX]{4,}")
_HIDDEN_NAME = re.compile(r"[*＊✱]+|[·•●○×]{2,}")
_STARRED_NAME = re.compile(r"([\u3400-\u9fff]{3,})[*＊✱]")  # a mark of a footnote
_BETWEEN = str.maketrans("、。,，\\", "-----")
MOST_KEPT = 5_000  # cells of a column, at most


def text(cell):
    """A cell as text: whole numbers without a point, letters and digits at half width."""
    if isinstance(cell, str):
        if _PLAIN.fullmatch(cell):
            return cell
        return unicodedata.normalize("NFC", " ".join(cell.translate(_clean).split()))
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


def hides(cell):
    """Whether marks stand in a cell in place of what it does not show."""
    return isinstance(cell, str) and _HIDING.search(cell) is not None


def name(cell):
    """A person's name: no blanks between Chinese characters, one kind of middle dot; * for what it hides."""
    found = said(cell)
    if _PLAIN_NAME.fullmatch(found):
        return found
    if starred := _STARRED_NAME.fullmatch(found):
        return starred[1]
    found = _HIDDEN_NAME.sub("*", found)
    found = found.translate(_DOTS)
    if not _HAN.search(found):
        return found
    return _STOPS.sub("·", found.replace(" ", ""))


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
    """Digits of a mobile number; a land line keeps the hyphen after its area code; "" of a hidden one."""
    if _is_mobile(cell):
        return cell
    found = code_text(cell)
    if _is_mobile(found):
        return found
    if hides(found):
        return ""
    found = _AREA_CODE.sub(r"\1-", found.replace("－", "-").replace("—", "-"))
    found = _EXTENSION.sub("-", found)
    digits = re.sub(r"\D", "", found)
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    return digits if len(digits) == 11 and digits.startswith("1") else found


def _is_mobile(cell):
    return cell.__class__ is str and len(cell) == 11 and cell.isascii() and cell.isdecimal()


def day(cell):
    """ISO date, or only its beginning ("1954-06", "1954") when the cell says no more.

    None when the cell says something else, or two things: 1958.1 is January, or October without its
    zero.
    """
    if isinstance(cell, dt.datetime | dt.date):
        return dt.date(cell.year, cell.month, cell.day).isoformat()
    if isinstance(cell, float) and cell.is_integer() and int(cell) in _SERIAL_DAYS:
        return (_EXCEL_EPOCH + dt.timedelta(days=int(cell))).isoformat()
    found = code_text(_TIME.sub("", cell) if isinstance(cell, str) else cell)
    if not found:
        return ""
    return _written_day(found.removeprefix("公元"))


def _written_day(found):
    found = found.split("T")[0].rstrip("生日年" if found.endswith(("生", "年")) else "")
    found = re.sub(r"(?<=\d)00:00(:00)?$", "", found)
    if not found[:1].isdigit():
        found = _chinese_day(found)
    if re.fullmatch(r"(19|20|18)\d\d", found):
        return found
    if re.fullmatch(r"\d{4}\.1", found):
        return None
    found = found.translate(_BETWEEN)
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
