"""The limits and alarms of a case, and when it turns yellow (预警): they follow from its standard, its pauses and its extensions.

The rule is in cases/limits/reckoning.py, for one case as for all of a district (cases/limits/recompute.py).
The functions that set limits change attributes only (`FIELDS`); who calls them saves.
"""

from django.db.models import Q

from cases.calendar import clock
from cases.calendar.working_days import calendar_for, calendar_of, reaching
from cases.limits.reckoning import (
    USUAL,
    More,
    Stop,
    in_order,
    more_of,
    run_to,
    rungs_around,
    settle,
    step_limit,
    stops_since,
)
from cases.models import FINISHED, WITH_DEPARTMENT, Alarm, LadderPolicy, Pause

FIELDS = ("step_due_at", "limit_warn_at", "warn_at", "due_at", "limit_minutes")

YEARS_AHEAD = 2  # red alarms come long after the limit
BEFORE_REGISTRATION = 0  # the run of the alarm of a report that nobody has read

STARTS = ("register", "reopen")  # events that begin a limit
EXTENDS = ("extend", "decide_extension")  # events that say by how much it was extended


def start(case, at):
    """Begin the limit of the case's standard at `at`."""
    number, unit = case.standard.limit_number, case.standard.limit_unit
    _set(case, settle(hours_for(case, at), at, number, unit, (), percents_of(case)))


def enter_stage(case, at):
    """Set the clock of the stage that the case has come to."""
    _set_step(case, at, ())
    _set_warn(case)


def begin_pause(case, at, until):
    """Move the limits as if the clock stood still from `at` to `until`; the pause is stored."""
    _settle_again(case, until)


def end_pause(case, at):
    """Pull the limits back by what a pause did not use; True if one was running."""
    running = Pause.objects.filter(case=case, ended_at=None).first()
    if running is None:
        return False
    running.ended_at = min(at, running.until_at)
    running.save(update_fields=["ended_at"])
    if running.ended_at < running.until_at:
        _settle_again(case, running.until_at)
    return True


def extend(case, number, unit):
    """Move the limit by that much (its event is still to be recorded); alarms begin a new run."""
    case.run += 1
    _settle_again(case, case.due_at, More(case.due_at, number, unit))


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
    Alarm.objects.filter(case=case, run=case.run, level=Alarm.Level.WARN, fired_at=None).update(
        fires_at=case.warn_at
    )


def started_at(case):
    """When the limit of the present run began."""
    return (case.events.filter(kind__in=STARTS).order_by("-id").values_list("at", flat=True))[0]


def pauses_since(case, moment):
    """(from, to) of each pause since `moment`; one that is running counts to its cap."""
    return [
        (pause.started_at, pause.ended_at or pause.until_at)
        for pause in case.pauses.filter(started_at__gte=moment).order_by("started_at")
    ]


def turns_since(case, moment):
    """What has moved the limit since it began at `moment`, in its order."""
    stops = [Stop(*pause) for pause in pauses_since(case, moment)]
    if case.run == 1:  # never reopened, never extended
        return stops
    events = case.events.filter(kind__in=EXTENDS, at__gte=moment).values_list("at", "data")
    return in_order([*stops, *(more for row in events if (more := more_of(*row)))])


def percents_of(case):
    """Alarm level -> per cent of the limit, of the category if it has a ladder of its own."""
    return ladders_of(case.district_id, case.category_id)(case.category_id)


def ladders_of(district_id, *categories):
    """A look-up of per cents by category, from two queries (of these categories, or of all)."""
    wanted = Q(category__in=categories) | Q(category=None) if categories else Q()
    found = {
        policy.category_id: {
            Alarm.Level.WARN: policy.warn_percent,
            Alarm.Level.DUE: 100,
            Alarm.Level.HALF: policy.half_percent,
            Alarm.Level.FULL: policy.full_percent,
            Alarm.Level.DOUBLE: policy.double_percent,
        }
        for policy in LadderPolicy.objects.filter(wanted, district=district_id)
    }
    usual = found.get(None, USUAL)
    return lambda category: found.get(category, usual)


def hours_for(case, moment):
    """The office hours of the case's district, some years beyond `moment`.

    The whole limit runs by the district's calendar, so that it does not change with the
    department that holds the case.
    """
    calendar = reaching(calendar_of(case.district_id), moment, ahead=YEARS_AHEAD)
    return clock.hours_of(calendar)


def step_hours_for(case, moment):
    """The hours of the department that has the case in hands: it works by its own calendar."""
    if case.stage not in WITH_DEPARTMENT or case.department_id is None:
        return hours_for(case, moment)
    calendar = calendar_for(case.district_id, case.department_id)
    return clock.hours_of(reaching(calendar, moment, ahead=YEARS_AHEAD))


def _settle_again(case, moment, *more):
    begin, standard = started_at(case), case.standard
    turns = [*turns_since(case, begin), *more]
    found = settle(
        hours_for(case, max(moment, case.due_at)),
        begin,
        standard.limit_number,
        standard.limit_unit,
        turns,
        percents_of(case),
    )
    _set_step(case, moment, turns)
    _set(case, found)


def _set_step(case, moment, turns):
    number, unit = step_limit(case.stage, case.standard, case.is_urgent)
    case.step_due_at = None
    if number:
        hours, begin = step_hours_for(case, moment), case.stage_since
        case.step_due_at = run_to(hours, begin, number, unit, stops_since(begin, turns))[0]


def _rungs(case):
    """(alarm level -> moment, run)"""
    if case.due_at is None:
        return {Alarm.Level.WARN: case.warn_at}, BEFORE_REGISTRATION
    unit, length = case.standard.limit_unit, case.limit_minutes * clock.MINUTE
    hours = hours_for(case, case.due_at)
    found = rungs_around(hours, case.due_at, length, unit, percents_of(case))
    return found.rungs | {Alarm.Level.WARN: case.warn_at}, case.run


def _set(case, limits):
    case.due_at, case.limit_warn_at = limits.due_at, limits.warn_at
    case.limit_minutes = round(limits.length / clock.MINUTE)
    _set_warn(case)


def _set_warn(case):
    case.warn_at = min(filter(None, (case.limit_warn_at, case.step_due_at)), default=None)
