"""Limits in the words of the office, out and in: 2 urgent hours, 3 working days."""

import re

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import LimitUnit

_WRITTEN = re.compile(r"(?:紧急)?\s*(\d+)\s*(.*)")
# Other spellings of the units than the two that `limit` and the unit's own label give.
_SPELLINGS = {
    "minutes": ["分", "分钟", "minute", "minutes", "min"],
    LimitUnit.URGENT_HOURS: ["紧急工时", "紧急小时", "urgent hour", "urgent hours"],
    LimitUnit.WORKING_HOURS: [
        "工作时", "工作小时", "working hour", "working hours",
    ],
    LimitUnit.WORKING_DAYS: ["工作日", "working day", "working days"],
    LimitUnit.CALENDAR_DAYS: [
        "自然日", "日历天", "天", "日", "calendar day", "calendar days",
    ],
}  # fmt: skip
UNITS = {word: unit for unit, words in _SPELLINGS.items() for word in words}


def limit(number, unit):
    """A limit in words."""
    text = {
        "minutes": ngettext("%(number)d minute", "%(number)d minutes", number),
        LimitUnit.URGENT_HOURS: ngettext(
            "%(number)d urgent hour", "%(number)d urgent hours", number
        ),
        LimitUnit.WORKING_HOURS: ngettext(
            "%(number)d working hour", "%(number)d working hours", number
        ),
        LimitUnit.WORKING_DAYS: ngettext(
            "%(number)d working day", "%(number)d working days", number
        ),
        LimitUnit.CALENDAR_DAYS: ngettext(
            "%(number)d calendar day", "%(number)d calendar days", number
        ),
    }[unit]
    return text % {"number": number}


def read_limit(text):
    """[number, unit] of a limit in words; ValueError when the unit is not said."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    number, said = int(found[1]), found[2].strip().lower().removeprefix("个")
    unit = UNITS.get(said)
    if text.startswith("紧急") and said in ("小时", "工时"):
        unit = LimitUnit.URGENT_HOURS
    if not unit or not number:
        raise ValueError(text)
    return [number, str(unit)]


def in_all_languages(lazy):
    """Every spelling of a translated word, in small letters."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.add(str(lazy).lower())
    return found


def yes_or_no(is_so):
    return _("Yes") if is_so else _("No")
