"""The limits and alarms of one case: set from its standard by the clock, moved by pauses.

The functions that set limits change attributes only (`FIELDS`); who calls them saves.
"""

import datetime as dt
from dataclasses import dataclass

from cases import clock
from cases.calendars import calendar_of, reaching
from cases.models import Alarm, LightPolicy, LimitUnit, Pause, Stage
from cases.steps import FINISHED

FIELDS = ("step_due_at", "limit_warn_at", "warn_at", "due_at", "limit_minutes")

# Per cent of the limit at which each rung is reached; the first one is the district's own.
RUNGS = {
    Alarm.Level.DUE: 100,
    Alarm.Level.HALF: 150,
    Alarm.Level.FULL: 200,
    Alarm.Level.DOUBLE: 300,
}
USUAL_WARN_PERCENT = 75

# Standards name the limits of their steps; nothing reported waits unseen in any case.
UNREAD = {True: (30, "minutes"), False: (4, LimitUnit.WORKING_HOURS)}
YEARS_AHEAD = 2  # red alarms come long after the limit
BEFORE_REGISTRATION = 0  # the run of the alarm of a report that nobody has read


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


def plan(hours, standard, start, warn_percent=USUAL_WARN_PERCENT):
    """The `Limits` of a standard from `start` on. Pure."""
    unit = standard.limit_unit
    due_at = hours.add(start, standard.limit_number, unit)
    return rungs_around(
        hours, due_at, hours.elapsed(start, due_at, unit), unit, warn_percent
    )


def rungs_around(hours, due_at, length, unit, warn_percent=USUAL_WARN_PERCENT):
    """The `Limits` of that length that end at `due_at`. Pure."""
    rungs = {
        level: hours.later(due_at, length * (percent - 100) / 100, unit)
        if percent != 100
        else due_at
        for level, percent in {Alarm.Level.WARN: warn_percent, **RUNGS}.items()
    }
    return Limits(length, rungs)


def start(case, at):
    """Begin the limit of the case's standard at `at`."""
    _set(case, plan(hours_for(case, at), case.standard, at, _warn_percent(case)))


def enter_stage(case, at):
    """Set the clock of the stage that the case has come to."""
    number, unit = _step_limit(case)
    case.step_due_at = hours_for(case, at).add(at, number, unit) if number else None
    _set_warn(case)


def begin_pause(case, at, until):
    """Move the limits as if the clock stood still from `at` to `until`."""
    hours = hours_for(case, until)
    if case.step_due_at and case.step_due_at > at:
        case.step_due_at = hours.moment(
            hours.worked(until) + hours.worked(case.step_due_at) - hours.worked(at)
        )
    _shift(case, hours, case.due_at, at, until)


def end_pause(case, at):
    """Pull the limits back by what a pause did not use; True if one was running."""
    running = Pause.objects.filter(case=case, ended_at=None).first()
    if running is None:
        return False
    running.ended_at = min(at, running.until_at)
    running.save(update_fields=["ended_at"])
    if running.ended_at < running.until_at:
        hours = hours_for(case, running.until_at)
        if case.step_due_at and case.step_due_at > running.until_at:
            case.step_due_at = hours.moment(
                hours.worked(at)
                + hours.worked(case.step_due_at)
                - hours.worked(running.until_at)
            )
        _shift(case, hours, running.due_before, running.started_at, running.ended_at)
    return True


def extend(case, number, unit):
    """Move the limit by that much; alarms begin a new run."""
    hours = hours_for(case, case.due_at)
    case.due_at = hours.add(case.due_at, number, unit)
    case.run += 1
    _measure(case, hours)


def write_alarms(case):
    """Bring the alarms that have not fired in line with the limits of the case."""
    unfired = Alarm.objects.filter(case=case, fired_at=None)
    if case.stage in FINISHED:
        unfired.delete()
        return
    wanted, run = _rungs(case)
    unfired.exclude(run=run).delete()
    fired = set(
        Alarm.objects.filter(case=case, run=run)
        .exclude(fired_at=None)
        .values_list("level", flat=True)
    )
    Alarm.objects.bulk_create(
        [
            Alarm(case=case, run=run, level=level, fires_at=moment)
            for level, moment in wanted.items()
            if level not in fired and moment is not None
        ],
        update_conflicts=True,
        unique_fields=["case", "run", "level"],
        update_fields=["fires_at"],
    )


def move_warning(case):
    """The same for a step that leaves the limit alone: only the yellow rung can move."""
    Alarm.objects.filter(
        case=case, run=case.run, level=Alarm.Level.WARN, fired_at=None
    ).update(fires_at=case.warn_at)


def over_pause(hours, due_at, begin, end, unit):
    """Where a limit ends that was to end at `due_at`, after a pause. Pure.

    Hours go on with what was left of them; days move by the days that the pause reached into.
    """
    if unit not in (LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS):
        return hours.later(end, hours.elapsed(begin, due_at, unit), unit)
    first, last = hours.day_of(begin), hours.day_of(end)
    calendar_days = (last - first).days
    days = (
        hours.working_days_between(first, last)
        if unit == LimitUnit.WORKING_DAYS
        else calendar_days
    )
    return hours.add(due_at, days, unit) if days else due_at


def started_at(case):
    """When the limit of the present run began."""
    return (
        case.events.filter(kind__in=["register", "reopen"])
        .order_by("-id")
        .values_list("at", flat=True)[0]
    )


def pauses_since(case, moment):
    """(from, to) of each pause since `moment`; one that is running counts to its cap."""
    return [
        (pause.started_at, pause.ended_at or pause.until_at)
        for pause in case.pauses.filter(started_at__gte=moment).order_by("started_at")
    ]


def _rungs(case):
    """(alarm level -> moment, run)"""
    if case.due_at is None:
        return {Alarm.Level.WARN: case.warn_at}, BEFORE_REGISTRATION
    unit, length = case.standard.limit_unit, case.limit_minutes * clock.MINUTE
    found = rungs_around(hours_for(case, case.due_at), case.due_at, length, unit)
    return found.rungs | {Alarm.Level.WARN: case.warn_at}, case.run


def _shift(case, hours, due_before, begin, end):
    case.due_at = over_pause(hours, due_before, begin, end, case.standard.limit_unit)
    _measure(case, hours)


def _measure(case, hours):
    """Set the length of the limit, and its yellow rung, from where it begins and ends now."""
    unit, begin = case.standard.limit_unit, started_at(case)
    length = hours.elapsed(begin, case.due_at, unit)
    for pause in pauses_since(case, begin):
        length -= hours.elapsed(*pause, unit)
    _set(case, rungs_around(hours, case.due_at, length, unit, _warn_percent(case)))


def _set(case, limits):
    case.due_at, case.limit_warn_at = limits.due_at, limits.warn_at
    case.limit_minutes = round(limits.length / clock.MINUTE)
    _set_warn(case)


def _set_warn(case):
    case.warn_at = min(
        filter(None, (case.limit_warn_at, case.step_due_at)), default=None
    )


def _step_limit(case):
    """(number, unit) of the present stage; (None, None) where only the whole limit counts."""
    limits = case.standard.step_limits if case.standard else {}
    if case.stage in limits:
        return limits[case.stage]
    return UNREAD[case.is_urgent] if case.stage == Stage.REPORTED else (None, None)


def _warn_percent(case):
    found = LightPolicy.objects.filter(district=case.district_id).values_list(
        "warn_percent", flat=True
    )
    return next(iter(found), USUAL_WARN_PERCENT)


def hours_for(case, moment):
    """The office hours of the case's district, some years beyond `moment`.

    The whole limit runs by the district's calendar, so that it does not change with the
    department that holds the case.
    """
    calendar = reaching(calendar_of(case.district_id), moment, ahead=YEARS_AHEAD)
    return clock.hours_of(calendar)
