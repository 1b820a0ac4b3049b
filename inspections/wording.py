"""Days in the words of the street: "3 days late", "today", "1 December"."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from inspections.models import Mode, Visit

WEEKDAYS = [
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
]
# What came of it, in the words of a visit at the door and of a call.
OUTCOMES = {
    Mode.HOME: {
        Visit.Outcome.MET: pgettext_lazy("outcome of a visit", "Met in person"),
        Visit.Outcome.NOBODY: pgettext_lazy("outcome of a visit", "Nobody home"),
        Visit.Outcome.REFUSED: pgettext_lazy("outcome of a visit", "Refused"),
        Visit.Outcome.MOVED: pgettext_lazy("outcome of a visit", "Moved away"),
    },
    Mode.CALL: {
        Visit.Outcome.MET: pgettext_lazy("outcome of a call", "Spoken to"),
        Visit.Outcome.NOBODY: pgettext_lazy("outcome of a call", "No answer"),
        Visit.Outcome.REFUSED: pgettext_lazy("outcome of a call", "Did not want to talk"),
        Visit.Outcome.MOVED: pgettext_lazy("outcome of a call", "Moved away"),
    },
}


def day(date) -> str:
    """11月22日; with the year when it is not this one."""
    if date is None:
        return ""
    if date.year == timezone.localdate().year:
        return date_format(date, pgettext("format of a day", "j F"))
    return date_format(date, pgettext("format of a day", "j F Y"))


def long_day(date) -> str:
    """11月22日 周日."""
    words = {"day": day(date), "weekday": WEEKDAYS[date.weekday()]}
    return pgettext("day with weekday", "%(weekday)s %(day)s") % words


def late(days) -> str:
    return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}


def due(date, today=None) -> str:
    """When somebody is due, seen from today."""
    days = (date - (today or timezone.localdate())).days
    if days < 0:
        return late(-days)
    if days == 0:
        return _("today")
    return _("tomorrow") if days == 1 else day(date)


def outcome(visit) -> str:
    return str(OUTCOMES[visit.mode][visit.outcome])


def phone_end(number) -> str:
    """A phone for those who may not read it: its last 4 digits."""
    return f"*{number[-4:]}" if number else ""


def place(dwelling) -> str:
    """Where a door is, as one says it here: 龙凤家园 1号楼 1单元 202; the address without a building."""
    building = dwelling.building
    if building is None:
        return dwelling.address
    compound = building.compound.name if building.compound else ""
    return " ".join(filter(None, (compound, building.name, dwelling.entrance, dwelling.room)))
