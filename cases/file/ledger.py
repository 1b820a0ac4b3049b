"""Why is it red? The limit of a case accounted for, minute by minute, in working time.

`of(case, now)` gives a `Ledger`: its lines follow one another without a gap from the start of the
limit (or from the report) until now or the closing, and their minutes add up to what is used.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.calendar import clock, left_out
from cases.file.hands import hands_of
from cases.lights import GREEN, RED, light
from cases.limits import of_case
from cases.models import LimitUnit, Stage


@dataclass
class Line:
    """kind: before (the limit began), step, pause. `holder`: in whose hands. `minutes`: counted."""

    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    text: str
    holder: str = ""
    note: str = ""
    minutes: float = 0
    skipped: list = field(default_factory=list)


@dataclass
class Ledger:
    """False when there is nothing to account for: no limit has begun."""

    light: str
    reason: str
    lines: list = field(default_factory=list)
    limit_minutes: int | None = None
    limit_text: str = ""

    def __bool__(self):
        return bool(self.lines)

    def __iter__(self):
        return iter(self.lines)

    @property
    def used_minutes(self):
        return sum(line.minutes for line in self.lines)


def of(case, now):
    """The ledger of the present run (of the last one, when the case is closed)."""
    shown = Ledger(light(case, now), _reason(case, now))
    if case.due_at is None or case.standard is None:
        return shown
    events = list(case.events.select_related("by").order_by("at", "id"))
    starts = [index for index, event in enumerate(events) if event.kind in ("register", "reopen")]
    if not starts:
        return shown
    begin, end = events[starts[-1]].at, case.closed_at or now
    hours, unit = (
        of_case.hours_for(case, max(end, case.due_at)),
        case.standard.limit_unit,
    )
    steps = _steps(events[starts[-1] :], end)
    pauses = [(max(a, begin), min(b, end)) for a, b in of_case.pauses_since(case, begin)]
    shown.lines = _before(events[: starts[-1] + 1], case) + [
        line for step in steps for line in _split(step, pauses, hours, unit)
    ]
    shown.limit_minutes = case.limit_minutes
    shown.limit_text = _limit_text(case)
    left_out.name_days_off(
        [skip for line in shown.lines for skip in line.skipped],
        calendar__district=case.district_id,
        calendar__department=None,
    )
    return shown


def _before(events, case):
    """From the report (or the last reopening) to the start of the limit: shown, not counted."""
    if events[-1].kind == "reopen":
        return []
    reports = [event.at for event in events if event.to_stage == Stage.REPORTED]
    begin = max([case.reported_at, *reports])
    if events[-1].at <= begin:
        return []
    return [Line("before", begin, events[-1].at, str(Stage.REPORTED.label))]


def _steps(events, end):
    """One line for each stretch in the same hands."""
    return [
        Line(
            kind="step",
            starts_at=hand.starts_at,
            ends_at=hand.ends_at,
            text=str(Stage(hand.stage).label),
            holder=hand.holder,
            note=hand.note,
        )
        for hand in hands_of(events, end)
    ]


def _split(step, pauses, hours, unit):
    """The line of a step, cut where the clock stood still."""
    cuts = [(begin, end) for begin, end in pauses if begin < step.ends_at and end > step.starts_at]
    at = step.starts_at
    for begin, end in cuts:
        begin, end = max(begin, at), min(end, step.ends_at)
        if begin > at:
            yield _counted(step, at, begin, hours, unit)
        yield Line("pause", begin, end, _("Clock paused"), step.holder)
        at = end
    if at < step.ends_at or not cuts:
        yield _counted(step, at, step.ends_at, hours, unit)


def _counted(step, begin, end, hours, unit):
    line = Line(step.kind, begin, end, step.text, step.holder, step.note)
    line.minutes = hours.elapsed(begin, end, unit) / clock.MINUTE
    if unit not in clock.ALL_TIME:
        line.skipped = left_out.between(hours, begin, end)
    return line


def _limit_text(case):
    standard = case.standard
    return _("%(number)s %(unit)s") % {
        "number": standard.limit_number,
        "unit": LimitUnit(standard.limit_unit).label,
    }


def _reason(case, now):
    """One sentence: why the light is what it is, or when it will change."""
    colour = light(case, case.closed_at or now)
    if case.closed_at is not None:
        return _("Closed on %(when)s.") % {"when": _when(case.closed_at)}
    if colour == RED:
        return _("The limit was used up on %(when)s.") % {"when": _when(case.due_at)}
    if colour == GREEN:
        if case.warn_at is None:
            return _("No limit has begun.")
        return _("Near its limit from %(when)s.") % {"when": _when(case.warn_at)}
    if case.step_due_at and case.step_due_at <= now:
        return _("This step should have been done by %(when)s.") % {"when": _when(case.step_due_at)}
    return _("Most of the limit is used up; it ends on %(when)s.") % {"when": _when(case.due_at)}


def _when(moment):
    return date_format(timezone.localtime(moment), "n月j日 H:i")
