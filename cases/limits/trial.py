"""A limit tried out: when it would be due, and what counts and what is left out on the way."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from cases.calendar import clock, left_out, working_days
from cases.limits import of_case, reckoning
from cases.models import LimitUnit

MINUTE = clock.MINUTE
WORDS = {
    "pause": _lazy("paused"),
    "lunch": _lazy("lunch"),
    "night": _lazy("night"),
    "day_off": _lazy("days off"),
}


@dataclass
class Piece:
    """kind: counted, pause, lunch, night or day_off. `total`: counted up to its end.

    `day`: the number that a working or calendar day has in a limit of days; None: not one of them.
    """

    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    name: str = ""
    minutes: float = 0
    total: float = 0
    day: int | None = None

    @property
    def is_in_a_day(self):
        return timezone.localdate(self.starts_at) == timezone.localdate(self.ends_at)


@dataclass
class Trial:
    due_at: dt.datetime
    warn_at: dt.datetime
    minutes: float
    pieces: list = field(default_factory=list)


def try_out(calendar, begin, number, unit, pause=None):
    """The `Trial` of a limit that begins at `begin`; `pause`: (from, to) or None."""
    reach = max(begin, pause[1]) if pause else begin
    calendar = working_days.reaching(calendar, reach, ahead=of_case.YEARS_AHEAD)
    hours = clock.hours_of(calendar)
    turns = [reckoning.Stop(*pause)] if pause else []
    percents = of_case.ladders_of(calendar.district_id)(None)
    found = reckoning.settle(hours, begin, number, unit, turns, percents)
    trial = Trial(found.due_at, found.warn_at, 0)
    for is_paused, first, last in _cut(begin, found.due_at, pause):
        if is_paused:
            trial.pieces.append(Piece("pause", first, last))
        else:
            trial.pieces += _pieces(hours, first, last, unit)
    left_out.name_days_off(trial.pieces, calendar=calendar)
    for piece in trial.pieces:
        piece.name = piece.name or str(WORDS.get(piece.kind, ""))
    _count(trial, hours, begin, unit)
    return trial


def _cut(begin, end, pause):
    """(is paused, from, to) from begin to end."""
    if not pause or pause[0] >= end:
        return [(False, begin, end)]
    parts = [(False, begin, pause[0]), (True, *pause), (False, pause[1], end)]
    return [part for part in parts if part[1] < part[2]]


def _pieces(hours, begin, end, unit):
    """What counts and what does not between two moments, in order."""
    if unit in clock.ALL_TIME:
        return [Piece("counted", begin, end)]
    found, at = [], begin
    for skip in left_out.between(hours, begin, end):
        if skip.starts_at > at:
            found.append(Piece("counted", at, skip.starts_at))
        found.append(Piece(skip.kind, skip.starts_at, skip.ends_at))
        at = skip.ends_at
    if at < end:
        found.append(Piece("counted", at, end))
    return found


def _count(trial, hours, begin, unit):
    first, total = hours.day_of(begin), 0
    for piece in trial.pieces:
        if piece.kind == "counted":
            piece.minutes = (piece.ends_at - piece.starts_at) / MINUTE
            total += piece.minutes
            if unit == LimitUnit.WORKING_DAYS:
                day = hours.day_of(piece.starts_at)
                piece.day = hours.working_days_between(first, day)
        piece.total = total
    trial.minutes = total
