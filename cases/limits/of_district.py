"""The limits of all open cases of a district, reckoned anew and written, in a few statements."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from cases.calendar import clock, working_days
from cases.limits import of_case, reckoning
from cases.models import WITH_DEPARTMENT, Alarm, Case, CaseEvent, CaseStandard, Pause, WorkCalendar

NO_TURNS: tuple = ()


class Row(NamedTuple):
    """An open case, as far as its clock goes."""

    pk: int
    stage: str
    stage_since: dt.datetime
    is_urgent: bool
    department_id: int | None
    category_id: int
    standard_id: int | None
    registered_at: dt.datetime | None
    run: int
    step_due_at: dt.datetime | None
    limit_warn_at: dt.datetime | None
    warn_at: dt.datetime | None
    due_at: dt.datetime | None
    limit_minutes: int | None


class Move(NamedTuple):
    """A case whose limits come out otherwise than they stand: the row before, and what is new."""

    before: Row
    step_due_at: dt.datetime | None
    limit_warn_at: dt.datetime | None
    warn_at: dt.datetime | None
    due_at: dt.datetime | None
    limit_minutes: int | None
    alarms: dict  # level -> moment
    due_before_pause: dt.datetime | None  # of the pause that is running

    @property
    def pk(self):
        return self.before.pk

    @property
    def until(self):
        """When it is to be done: the limit, or the step while no limit has begun."""
        return self.due_at or self.step_due_at

    @property
    def is_other(self):
        """Whether the case itself changes, not only its later alarms."""
        return self[1:6] != self.before[9:]

    @property
    def is_moved(self):
        """Whether anybody can see the difference: a moment changes, not only a length."""
        before = self.before
        return (before.due_at, before.step_due_at, before.warn_at) != (
            self.due_at,
            self.step_due_at,
            self.warn_at,
        )

    def was_red(self, now):
        return self.before.due_at is not None and self.before.due_at <= now

    def is_red(self, now):
        return self.due_at is not None and self.due_at <= now


def years(district_id):
    """The years that the open cases of a district need a calendar for."""
    cases = Case.objects.open().filter(district=district_id)
    span = cases.aggregate(first=Min("reported_at"), last=Max("due_at"))
    first = span["first"] or timezone.now()
    last = max(span["last"] or first, first)
    return {first.year - 1, last.year + of_case.YEARS_AHEAD}


def moves(calendar, hours, seen=None, *, lock=False, since=None, **only):
    """The `Move`s of the open cases that run by `calendar`, if it had these `hours`.

    `since`: the first moment that is new; alarms from then on are reckoned of all cases, also of
    those whose own limits stay.

    `seen`: a list that gets 1 for each case looked at. Locked rows are read after the lock, so
    that a step taken meanwhile is in them.
    """
    cases = Case.objects.open().filter(district=calendar.district_id, **only)
    if calendar.department_id:
        cases = cases.filter(department=calendar.department_id, stage__in=WITH_DEPARTMENT)
    rows = cases.order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    rows = [Row(*row) for row in rows.values_list(*Row._fields)]
    if seen is not None:
        seen.append(len(rows))
    return _reckon(calendar, hours, rows, cases, since) if rows else []


def _reckon(calendar, hours, rows, cases, since):
    whole, by_department = _hours(calendar, hours, rows)
    standards = CaseStandard.objects.in_bulk({row.standard_id for row in rows} - {None})
    ladders = of_case.ladders_of(calendar.district_id)
    begins, turns, running = _history(cases)
    found = []
    for row in rows:
        standard = standards.get(row.standard_id)
        step_hours = whole
        if row.stage in WITH_DEPARTMENT:
            step_hours = by_department.get(row.department_id, whole)
        move = _move(
            row,
            standard,
            whole,
            step_hours,
            begins.get(row.pk, row.registered_at),
            turns.get(row.pk, NO_TURNS),
            running.get(row.pk),
            ladders(row.category_id),
        )
        if _matters(move, running.get(row.pk), since):
            found.append(move)
    return found


def _move(row, standard, hours, step_hours, begin, turns, running, percents):
    step_due_at, limit_warn_at, due_at, minutes = row[9], row[10], row[12], row[13]
    rungs, due_before = {}, None
    number, unit = reckoning.step_limit(row.stage, standard, row.is_urgent)
    if number and step_due_at:
        stops = reckoning.stops_since(row.stage_since, turns)
        step_due_at = reckoning.run_to(step_hours, row.stage_since, number, unit, stops)[0]
    if due_at and standard and begin:
        turns = [turn for turn in turns if turn.at >= begin]
        limit = (begin, standard.limit_number, standard.limit_unit)
        found = reckoning.settle(hours, *limit, turns, percents)
        limit_warn_at, due_at, rungs = found.warn_at, found.due_at, found.rungs
        minutes = round(found.length / clock.MINUTE)
        if running:
            earlier = [turn for turn in turns if turn.at < running[0]]
            due_before = reckoning.run_to(hours, *limit, earlier)[0]
    warn_at = min(filter(None, (limit_warn_at, step_due_at)), default=None)
    new = (step_due_at, limit_warn_at, warn_at, due_at, minutes)
    return Move(row, *new, rungs | {Alarm.Level.WARN: warn_at}, due_before)


def _matters(move, running, since):
    """Whether there is anything to write: of the case, of a pause that runs, of a later alarm."""
    if move.is_other or (running and running[1] != move.due_before_pause):
        return True
    return since is not None and any(at is not None and at >= since for at in move.alarms.values())


def _hours(calendar, hours, rows):
    """(hours of the whole limit, department -> hours of its steps)"""
    last = max(row.due_at or row.stage_since for row in rows)
    own = {
        found.department_id: found
        for found in WorkCalendar.objects.filter(district=calendar.district_id).exclude(
            last_day=None
        )
    }

    def reach(found):
        if found.pk == calendar.pk:
            return hours
        return clock.hours_of(working_days.reaching(found, last, ahead=of_case.YEARS_AHEAD))

    whole = own.pop(None, None) or working_days.calendar_of(calendar.district_id)
    return reach(whole), {key: reach(found) for key, found in own.items()}


def _history(cases):
    """By case: when the limit began, what moved it in order, and (began, due before) of a running pause."""
    begins, turns, running = {}, defaultdict(list), {}
    keys = cases.order_by().values("pk")
    events = (
        CaseEvent.objects.filter(
            case__in=keys.filter(run__gt=1), kind__in=of_case.STARTS + of_case.EXTENDS
        )
        .order_by("id")
        .values_list("case_id", "kind", "at", "data")
    )
    for case, kind, at, data in events:
        if kind in of_case.STARTS:
            begins[case] = at
        elif more := reckoning.more_of(at, data):
            turns[case].append(more)
    pauses = Pause.objects.filter(case__in=keys).values_list(
        "case_id", "started_at", "ended_at", "until_at", "due_before"
    )
    for case, started_at, ended_at, until_at, due_before in pauses:
        turns[case].append(reckoning.Stop(started_at, ended_at or until_at))
        if ended_at is None:
            running[case] = started_at, due_before
    return (
        begins,
        {case: reckoning.in_order(found) for case, found in turns.items()},
        running,
    )


LIMITS = """
UPDATE cases_case AS old
   SET step_due_at = new.step_due_at, limit_warn_at = new.limit_warn_at, warn_at = new.warn_at,
       due_at = new.due_at, limit_minutes = new.limit_minutes
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[])
       AS new(id, step_due_at, limit_warn_at, warn_at, due_at, limit_minutes)
 WHERE old.id = new.id
"""
ALARMS = """
UPDATE cases_alarm AS old SET fires_at = new.fires_at
  FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[]) AS new(case_id, run, level, fires_at)
 WHERE old.case_id = new.case_id AND old.run = new.run AND old.level = new.level
   AND old.fired_at IS NULL AND old.fires_at <> new.fires_at
"""
PAUSES = """
UPDATE cases_pause AS old SET due_before = new.due_before
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS new(case_id, due_before)
 WHERE old.case_id = new.case_id AND old.ended_at IS NULL
"""
EVENTS = """
INSERT INTO cases_caseevent (case_id, kind, at, by_id, from_stage, to_stage, note, data, notified_at)
SELECT id, 'calendar', %s, %s, stage, stage, %s,
       jsonb_build_object('change', %s::bigint, 'due_before', due_before, 'due_at', due_at, 'until', until),
       %s
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
       AS new(id, stage, due_before, due_at, until)
"""


def write(found, change, now):
    """Save the moves, with their alarms, and an event for each case that moved."""
    if not found:
        return
    alarms = [
        (move.pk, move.before.run if move.due_at else of_case.BEFORE_REGISTRATION, level, at)
        for move in found
        for level, at in move.alarms.items()
        if at is not None
    ]
    told = [
        (
            move.pk,
            str(move.before.stage),
            *map(_text, (move.before.due_at, move.due_at, move.until)),
        )
        for move in found
        if move.is_moved
    ]
    paused = [(m.pk, m.due_before_pause) for m in found if m.due_before_pause]
    rows = [(move.pk, *move[1:6]) for move in found if move.is_other]
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, _columns(rows, 6))
        cursor.execute(ALARMS, _columns(alarms, 4))
        cursor.execute(PAUSES, _columns(paused, 2))
        cursor.execute(
            EVENTS,
            [now, change.by_id, summary(change), change.pk, now, *_columns(told, 5)],
        )


def summary(change):
    """The days of a change in a few words, for the event and for lists."""
    days = [row["day"] for row in change.days]
    span = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"
    notes = dict.fromkeys(row["note"] for row in change.days if row["note"])
    return " · ".join([span, "、".join(notes)] if notes else [span])[:200]


def _columns(rows, width):
    return [list(column) for column in zip(*rows, strict=True)] or [[]] * width


def _text(moment):
    return moment.isoformat() if moment else None
