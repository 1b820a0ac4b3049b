"""Times and hands in the words of the office: "2 days late", "3 hours left", who has it."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

from cases.models import Stage
from grids.models import Grid
from grids.templatetags.office import office_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def span(length: timedelta) -> str:
    """A length in its largest unit, rounded down: 49 hours are 2 days."""
    length = abs(length)
    if length >= DAY:
        number = length // DAY
        return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}
    if length >= HOUR:
        number = length // HOUR
        return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}
    number = max(length // MINUTE, 1)
    return ngettext("%(number)d minute", "%(number)d minutes", number) % {"number": number}


def deadline(case, now=None) -> str:
    """What is left of the limit, or by how much it is passed; empty without a limit."""
    if case.due_at is None:
        return ""
    now = now or timezone.now()
    if case.due_at <= now:
        return _("%(time)s late") % {"time": span(now - case.due_at)}
    return _("%(time)s left") % {"time": span(case.due_at - now)}


def late_at(case, moment) -> str:
    """By how much the limit was passed at a moment; empty if it was not, or only just."""
    if case.due_at is None or moment - case.due_at < MINUTE:
        return ""
    return span(moment - case.due_at)


def light_text(case, light, *, short=False) -> str:
    """The word of a light with its time; the word itself is always in it."""
    now = timezone.now()
    if light == "red":
        return pgettext("light", "Overdue by %(time)s") % {"time": span(now - case.due_at)}
    word = pgettext("light", "Near limit") if light == "yellow" else pgettext("light", "On time")
    if light == "yellow" and case.step_due_at and case.step_due_at <= now:
        return f"{word} {_('step is late')}"
    if short and case.due_at:
        return f"{word} {span(case.due_at - now)}"
    return f"{word} {deadline(case, now)}".strip()


def hands(case, district="") -> str:
    """Who has the case in hands: a person, a department, or the step that it waits for.

    A department is called without the name of the `district` that everything here lies in.
    """
    department, handler = case.department, case.handler
    return in_hands(
        case.stage,
        department and department.name,
        handler and handler.full_name,
        district,
    )


def desk(case) -> str:
    """Who hears of a report first: the community of the grid, of an urgent one the street too."""
    tiers = ["community", "street"] if case.is_urgent else ["community"]
    places = Grid.objects.above(case.grid).filter(tier__in=tiers).order_by("-path")
    return pgettext("list", ", ").join(places.values_list("name", flat=True))


def in_hands(stage, department, handler, district="", decider=None) -> str:
    """The same of names, which may be None."""
    if stage == Stage.REGISTERED and decider:
        return _("%(name)s decides") % {"name": decider}
    if stage in WAITING:
        return str(WAITING[stage])
    short = (department or "").removeprefix(district) or department
    return " · ".join(filter(None, (short, handler)))


def in_hands_for(case) -> str:
    """How long it has been there: waiting for a step, or in somebody's hands."""
    time = span(timezone.now() - case.stage_since)
    text = _("waiting for %(time)s") if case.stage in WAITING else _("for %(time)s")
    return text % {"time": time}


def minutes(number) -> str:
    """Counted time in hours and minutes."""
    hours, rest = divmod(round(number), 60)
    long = ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    short = ngettext("%(number)d minute", "%(number)d minutes", rest) % {"number": rest}
    if hours and rest:
        return _("%(hours)s %(minutes)s") % {"hours": long, "minutes": short}
    return long if hours else short


def skipped(line) -> str:
    """What the clock left out of a line of the ledger: each stretch, or how many of each kind."""
    if not line.skipped:
        return ""
    if len(line.skipped) <= FEW:
        return pgettext("list", ", ").join(_skip(skip) for skip in line.skipped)
    counts = Counter(skip.kind for skip in line.skipped)
    parts = [
        ngettext("%(kind)s %(number)d time", "%(kind)s %(number)d times", number)
        % {"kind": SKIPS[kind], "number": number}
        for kind, number in counts.items()
    ]
    names = dict.fromkeys(skip.name for skip in line.skipped if skip.name)
    return pgettext("list", ", ").join([*parts, *names])


def _skip(skip):
    begin, end = timezone.localtime(skip.starts_at), timezone.localtime(skip.ends_at)
    until = f"{end:%H:%M}" if begin.date() == end.date() else office_time(end)
    return f"{skip.name or SKIPS[skip.kind]} {office_time(begin)}–{until}"


def short_day(moment) -> str:
    """11月22日: a day of this run of the case, without the weekday."""
    return date_format(timezone.localtime(moment), pgettext("pattern of a date", "j M"))


FEW = 2
SKIPS = {"lunch": _lazy("lunch"), "night": _lazy("night"), "day_off": _lazy("days off")}
WAITING = {
    Stage.REPORTED: _lazy("To be registered"),
    Stage.REGISTERED: _lazy("To be dispatched"),
    Stage.FEEDBACK: _lazy("To be verified"),
    Stage.CLOSED: _lazy("To be rated"),
    Stage.EVALUATED: _lazy("Finished"),
    Stage.REJECTED: _lazy("Not filed"),
}
