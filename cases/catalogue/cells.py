"""What a cell of the catalogue's workbook means, and how a value is written into one."""

import datetime as dt
import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.catalogue import words
from cases.models import Category, Loop
from cases.models.catalogue import STAGES_WITH_LIMIT
from grids.workbooks import spelling

YES, NO = gettext_lazy("Yes"), gettext_lazy("No")


class Wrong(ValueError):
    """The cell cannot be taken over; the text says why and what to write instead."""


def text(longest):
    def read(said):
        if len(said) > longest:
            raise Wrong(_("Longer than %(number)d characters: shorten it.") % {"number": longest})
        return said

    return read


def code(said):
    """Five digits; Excel may have dropped the zeros in front."""
    said = said.zfill(5) if said.isdecimal() else said
    if said and not re.fullmatch(r"[0-9A-Za-z-]{1,10}", said):
        raise Wrong(_("Write the five digits of the class, e.g. 01001."))
    return said


def key(said):
    if said and not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", said):
        raise Wrong(
            _("Write the key of the department's line in small letters, e.g. city_management.")
        )
    return said


def limit(said):
    if not said:
        return None
    try:
        found = words.read_limit(said)
    except ValueError:
        found = None
    if found is None or found[0] > 9_999:
        raise Wrong(
            _(
                "Write a number and its unit: 2 urgent hours, 4 working hours, 3 working days or 7 calendar days."
            )
        )
    return found


def yes_or_no(said):
    if not said:
        return None
    said = said.lower()
    for answer, spellings in (
        (True, {"1", "true", "√", "y"}),
        (False, {"0", "false", "×", "n"}),
    ):
        if said in spellings | words.in_all_languages(YES if answer else NO):
            return answer
    raise Wrong(_("Write yes or no."))


def day(said):
    if not said:
        return None
    found = spelling.day(said)
    if not found or len(found) < 10:
        raise Wrong(_("Write a day, e.g. 2027-01-01."))
    return dt.date.fromisoformat(found)


def one_of(choices):
    """The key of a choice, from its key or its label in any language."""

    def read(said):
        wanted = said.lower()
        for value, label in choices.choices:
            if wanted == value or wanted in words.in_all_languages(label):
                return value
        if not said:
            return ""
        labels = ", ".join(str(label) for label in choices.labels)
        raise Wrong(_("Write one of these: %(words)s.") % {"words": labels})

    return read


def said_of(value):
    """The words of a stored value for a cell."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, list | tuple):
        return words.limit(*value)
    return str(value)


def standard_row(standard):
    """A standard as the columns of its sheet, in values."""
    plain = (
        "condition",
        "closing_condition",
        "evidence",
        "default_line",
        "is_urgent",
        "is_admitted",
        "valid_from",
        "valid_to",
    )
    return {
        "limit": [standard.limit_number, standard.limit_unit],
        **{f"step_{stage}": standard.step_limits.get(stage) for stage in STAGES_WITH_LIMIT},
        **{name: getattr(standard, name) for name in plain},
        "loop": str(Loop(standard.loop).label),
    }


kind, loop = one_of(Category.Kind), one_of(Loop)
