"""What a limit comes to: from its beginning, its length, and what moved it since. Pure.

The one rule, for one case (cases/limits/of_case.py), for every open case of a district
(cases/limits/recompute.py) and for a limit that somebody tries out (cases/limits/trial.py).
"""

import datetime as dt
from dataclasses import dataclass

from cases.calendar.clock import MINUTE
from cases.models import Alarm, LimitUnit, Stage

# Per cent of the limit at which each rung is reached where a district has no ladder of its own.
USUAL = {
    Alarm.Level.WARN: 75,
    Alarm.Level.DUE: 100,
    Alarm.Level.HALF: 150,
    Alarm.Level.FULL: 200,
    Alarm.Level.DOUBLE: 300,
}

# Standards name the limits of their steps; nothing reported waits unseen in any case.
UNREAD = {True: (30, "minutes"), False: (4, LimitUnit.WORKING_HOURS)}


@dataclass(frozen=True)
class Limits:
    """What the clock says of a limit: its length and its moments, by alarm level."""

    length: dt.timedelta
    rungs: dict

    @property
    def warn_at(self):
        return self.rungs[Alarm.Level.WARN]

    @property
    def due_at(self):
        return self.rungs[Alarm.Level.DUE]


@dataclass(frozen=True)
class Stop:
    """The clock stood still, or is to stand still to the cap of a pause that runs."""

    at: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class More:
    """The limit was extended."""

    at: dt.datetime
    number: int
    unit: str


def settle(hours, begin, number, unit, turns=(), percents=USUAL):
    """The `Limits` that begin at `begin`, after the `turns` (Stop, More) in their order. Pure."""
    due_at, paused = run_to(hours, begin, number, unit, turns)
    return rungs_around(hours, due_at, hours.elapsed(begin, due_at, unit) - paused, unit, percents)


def run_to(hours, begin, number, unit, turns=()):
    """(when a limit ends, how much of what its unit counts was paused). Pure.

    A pause that began when the limit was over (by a calendar that was edited since) moves nothing.
    """
    due_at, paused = hours.add(begin, number, unit), dt.timedelta()
    for turn in turns:
        if isinstance(turn, More):
            due_at = hours.add(due_at, turn.number, turn.unit)
        elif turn.at < due_at:
            due_at = over_pause(hours, due_at, turn.at, turn.until, unit)
            paused += hours.elapsed(turn.at, turn.until, unit)
    return due_at, paused


def rungs_around(hours, due_at, length, unit, percents=USUAL):
    """The `Limits` of that length, in whole minutes, that end at `due_at`. Pure."""
    length = round(length / MINUTE) * MINUTE
    rungs = {
        level: hours.later(due_at, length * (percent - 100) / 100, unit)
        for level, percent in percents.items()
    }
    return Limits(length, rungs | {Alarm.Level.DUE: due_at})


def over_pause(hours, due_at, begin, end, unit):
    """Where a limit ends that was to end at `due_at`, after a pause. Pure.

    Hours go on with what was left of them; days move by the days that the pause reached into.
    """
    if unit not in (LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS):
        return hours.later(end, hours.elapsed(begin, due_at, unit), unit)
    first, last = hours.day_of(begin), hours.day_of(end)
    calendar_days = (last - first).days
    days = (
        hours.working_days_between(first, last) if unit == LimitUnit.WORKING_DAYS else calendar_days
    )
    return hours.add(due_at, days, unit) if days else due_at


def more_of(moment, data):
    """The extension that an event tells of; None if it was not granted."""
    if data.get("number") and data.get("unit") and data.get("granted") is not False:
        return More(moment, int(data["number"]), data["unit"])


def in_order(turns):
    return sorted(turns, key=lambda turn: turn.at)


def step_limit(stage, standard, is_urgent):
    """(number, unit) of a stage; (None, None) where only the whole limit counts."""
    limits = standard.step_limits if standard else {}
    if stage in limits:
        return limits[stage]
    return UNREAD[is_urgent] if stage == Stage.REPORTED else (None, None)


def stops_since(moment, turns):
    """The pauses among `turns` that began since then."""
    return [turn for turn in turns if isinstance(turn, Stop) and turn.at >= moment]
