"""What a cell of these registers means: text for COPY, or the reason why it cannot be right.

A kind is a function of a cell; it gives text ("" for nothing), or raises Wrong. Spellings are
those of the residents' workbooks (`grids.workbooks.spelling`).
"""

import re
from decimal import Decimal, InvalidOperation

from grids.workbooks import spelling
from grids.workbooks.words import simplified
from residents.imports.workbook import words
from residents.people import credit_codes, idnumber
from residents.places import phones
from residents.places.buildings import is_year_of_building

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_ID_NUMBER = re.compile(r"\d{17}[\dXx]")
_UNITS = re.compile(r"(人|名|个|户|平方米|平方|平米|㎡|m2|m²|元/月|元每月|元|层|栋|单元)+$")
_FOREVER = {"长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限", "至今"}
_DURATION = re.compile(r"(?:(\d+|半|[一二两三四五六七八九十]+)(年|个月)(半?))(?:租期|整)?")
_TWO_DAYS = re.compile(
    r"(.+?)起?(?:至|到|—+|－|~|～|-+)((?:19|20)\d\d.*|今|长期.*|永久.*|无固定期限|无期限)"
)
OPEN_END = "infinity"  # as PostgreSQL says it
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Wrong(ValueError):
    """The cell cannot be right; `reason` is a key of `reasons`. `is_fatal`: the row with it."""

    def __init__(self, reason, *, is_fatal=True):
        super().__init__(reason)
        self.reason, self.is_fatal, self.written = reason, is_fatal, ""


def harmless(written):
    """What may be shown of a cell: an ID number that got into a wrong column stays hidden."""
    return _ID_NUMBER.sub(lambda found: idnumber.mask(found[0]), written)


def phone(cell):
    """One or several numbers; several are joined by 、."""
    try:
        return phones.checked(cell)
    except phones.WrongPhone as error:
        raise Wrong("phone_wrong", is_fatal=False) from error


def mail(cell):
    said = spelling.code_text(cell)
    if said and _MAIL.fullmatch(said) is None:
        raise Wrong("mail_wrong", is_fatal=False)
    return said


def credit_code(cell):
    """GB 32100, with its check character."""
    if isinstance(cell, float) and abs(cell) >= 1e15:
        raise Wrong("credit_code_scientific")
    try:
        return credit_codes.checked(cell)
    except credit_codes.WrongCreditCode as error:
        raise Wrong("credit_code_wrong", is_fatal=False) from error


def code(cell):
    if isinstance(cell, float) and abs(cell) >= 1e15:
        raise Wrong("number_damaged")
    return spelling.code_text(cell)


def day(cell):
    """ISO date. One that says only the year or month is left out: it is never guessed."""
    if spelling.word(cell) in _FOREVER:
        return ""
    said = spelling.day(cell)
    if said is None:
        raise Wrong("date_unreadable", is_fatal=False)
    if said and len(said) < 10:
        raise Wrong("date_unreadable", is_fatal=False)
    return said


def first_day(cell):
    """ISO date; of a cell that says both ends of a period, "first/last"."""
    try:
        return day(_without_words(cell))
    except Wrong:
        found = _TWO_DAYS.fullmatch(spelling.code_text(cell))
        if found is None:
            raise
    first, last = found.groups()
    return f"{day(_without_words(first))}/{last_day('长期' if last == '今' else last)}"


def last_day(cell):
    """ISO date, OPEN_END, "first/last" of a whole period, or "+12" of so many months."""
    said = spelling.word(cell)
    if said in _FOREVER:
        return OPEN_END
    if found := _DURATION.fullmatch(said):
        return f"+{_months(*found.groups())}"
    return first_day(cell)


def _without_words(cell):
    """2026年1月1日起, 2026.12.31止 are days."""
    return cell.rstrip("起止 ") if isinstance(cell, str) else cell


def _months(number, unit, half):
    if number == "半":
        return 6
    many = spelling.small_number(number.replace("两", "二")) or 0
    return many * (12 if unit == "年" else 1) + (6 if half else 0)


def count(cell):
    return _whole(cell, 2_147_483_647)


def small(cell):
    return _whole(cell, 32_767)


def year(cell):
    said = spelling.day(cell) if not isinstance(cell, float) else spelling.text(cell)
    said = (said or spelling.said(cell)).rstrip("年代")[:4]
    if not said:
        return ""
    if not re.fullmatch(r"\d{4}", said) or not is_year_of_building(int(said)):
        raise Wrong("number_unreadable", is_fatal=False)
    return said


def _whole(cell, most):
    said = amount(cell)
    if not said:
        return ""
    number = Decimal(said)
    if number != number.to_integral_value() or number > most:
        raise Wrong("number_unreadable", is_fatal=False)
    return str(int(number))


def amount(cell):
    """A number that may have a fraction, without its unit."""
    said = _UNITS.sub("", spelling.word(cell).replace(",", "").replace("，", ""))
    if not said:
        return ""
    if _NUMBER.fullmatch(said) is None:
        raise Wrong("number_unreadable", is_fatal=False)
    return said


def fraction(digits, places):
    """A kind: an amount that a column of so many digits takes."""

    def kind(cell):
        said = amount(cell)
        if not said:
            return ""
        try:
            number = round(Decimal(said), places)
        except InvalidOperation as error:
            raise Wrong("number_unreadable", is_fatal=False) from error
        if number >= 10 ** (digits - places):
            raise Wrong("number_unreadable", is_fatal=False)
        return f"{number:f}"

    return kind


def listed(name, reason="word_unknown", *, is_fatal=False):
    """A kind: one of a list in words.csv; a word that is not there is left out."""

    def kind(cell):
        said = spelling.word(cell)
        found = words.spellings(name).get(said) or words.spellings(name).get(said.lower())
        if said and found is None:
            raise Wrong(reason, is_fatal=is_fatal)
        return found or ""

    return kind


def yes_no(cell):
    """t or f. "无" and "否" say no here; elsewhere they say nothing."""
    said = simplified(spelling.text(cell)).replace(" ", "").lower()
    if not said or said in "-—/":
        return ""
    found = words.spellings("yes_no").get(said)
    if found is None:
        raise Wrong("word_unknown", is_fatal=False)
    return found
