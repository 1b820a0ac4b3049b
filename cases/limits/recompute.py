"""An edit of the work calendar: looked at first, then made, with every open case brought in line.

What moves follows from cases/limits/reckoning.py, as for one case: the standard, the pauses and the
extensions stay as they were decided, only the days under them change. An edit is ONE transaction:
the days, the limits, the alarms that have not fired, an event for each case that moved.
"""

import datetime as dt
import json
import logging
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.calendar import clock, edits, working_days
from cases.limits import of_district
from cases.models import CalendarChange, CalendarDay, Case, WorkCalendar
from grids.refusal import Refused

log = logging.getLogger(__name__)
State = CalendarChange.State

AT_ONCE = 5_000  # open cases; more of them are recomputed by the worker
SHOWN = 20
YEARS = (-1, 10)  # of this one; days outside are a slip of the pen
LATE = dt.timedelta(minutes=5)

PUT_DAYS = """
INSERT INTO cases_calendarday (calendar_id, day, hours, note, is_provisional)
SELECT %s, day, hours, note, false
  FROM jsonb_to_recordset(%s) AS row(day date, hours jsonb, note text)
    ON CONFLICT (calendar_id, day) DO UPDATE
   SET hours = excluded.hours, note = excluded.note, is_provisional = false
"""


@dataclass(frozen=True)
class Effect:
    """What an edit does to the open cases; `moves` are `open_limits.Move`s, the first ones shown."""

    open: int
    moved: int
    turn_red: int
    no_longer_red: int
    moves: list


def draw_up(calendar, days, *, by, at=None):
    """A change to be confirmed, of the days that are not like that already."""
    days = edits.check(days)
    years = {int(row["day"][:4]) for row in days}
    this = timezone.localdate().year
    if any(not this + YEARS[0] <= year <= this + YEARS[1] for year in years):
        raise Refused(
            _("Only days from %(first)s to %(last)s can be edited.")
            % {"first": this + YEARS[0], "last": this + YEARS[1]}
        )
    if not (days := _different(calendar, days)):
        raise Refused(_("The calendar says so already."))
    return CalendarChange.objects.create(
        district_id=calendar.district_id,
        calendar=calendar,
        days=days,
        by=by,
        at=at or timezone.now(),
    )


def preview(change, now):
    """The `Effect` that the change would have; nothing is written."""
    with transaction.atomic():
        calendar = _put_days(change)
        changed = clock.hours_of(calendar)
        transaction.set_rollback(True)
    return _effect(of_district.moves(calendar, changed, count := []), sum(count), now)


def confirm(change, *, by, seen, now):
    """Make the change; True when it is made, False when the worker will make it.

    `seen` is `stamp(change.calendar)` of the preview that was confirmed: a calendar that somebody
    else changed meanwhile is looked at again.
    """
    with transaction.atomic():
        change = CalendarChange.objects.select_for_update(of=["self"]).get(pk=change.pk)
        if change.state != State.PREVIEW:
            raise Refused(_("This change has been decided already."))
        calendar = WorkCalendar.objects.select_for_update().get(pk=change.calendar_id)
        if stamp(calendar) != seen:
            raise Refused(_("The calendar was changed meanwhile. Look at the new preview."))
        change.by, change.state = by, State.QUEUED
        change.save(update_fields=["by", "state"])
        if Case.objects.open().filter(district=change.district_id).count() > AT_ONCE:
            return False
        _make(change, now)
    return True


def drop(change):
    """Not to be made; False when it was decided before."""
    return bool(
        CalendarChange.objects.filter(pk=change.pk, state=State.PREVIEW).update(state=State.DROPPED)
    )


def work(change_id, now):
    """Make a change that waits; nothing when it is made, or another worker is at it."""
    with transaction.atomic():
        change = (
            CalendarChange.objects.select_for_update(of=["self"], skip_locked=True)
            .filter(pk=change_id, state=State.QUEUED)
            .first()
        )
        if change is not None:
            _make(change, now)


def waiting():
    """Keys of the changes that wait for a worker, oldest first."""
    return list(
        CalendarChange.objects.filter(state=State.QUEUED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def catch_late_comers(now):
    """Bring in line what was reported by the old calendar while a change was being made."""
    late = CalendarChange.objects.filter(
        state=State.DONE, applied_at__gt=now - LATE, applied_at__lte=now
    ).select_related("calendar")
    for change in late:
        with transaction.atomic():
            since = (change.applied_at or now) - LATE
            hours = clock.hours_of(change.calendar)
            found = of_district.moves(
                change.calendar,
                hours,
                lock=True,
                since=_first_moment(change),
                reported_at__gte=since,
            )
            of_district.write(list(found), change, now)


def stamp(calendar):
    """What changes whenever the calendar does."""
    return calendar.rebuilt_at.isoformat()


def _make(change, now):
    # One edit of a district at a time: its calendars first, then its cases in their order.
    list(
        WorkCalendar.objects.filter(district=change.district_id).order_by("pk").select_for_update()
    )
    calendar = _put_days(change)
    found = list(
        of_district.moves(
            calendar, clock.hours_of(calendar), lock=True, since=_first_moment(change)
        )
    )
    of_district.write(found, change, now)
    change.state, change.applied_at = State.DONE, now
    change.cases_moved = sum(move.is_moved for move in found)
    change.save(update_fields=["state", "applied_at", "cases_moved"])


def _first_moment(change):
    """When the days begin to be other than they were."""
    day = dt.datetime.fromisoformat(change.days[0]["day"])
    return timezone.make_aware(day, timezone.get_default_timezone())


def _put_days(change):
    """Write the days and lay the calendar out anew, as far as days and cases reach; the calendar, locked."""
    calendar = WorkCalendar.objects.get(pk=change.calendar_id)
    years = {int(row["day"][:4]) for row in change.days}
    years |= of_district.years(change.district_id)
    working_days.build(calendar, *_missing(calendar, years))
    with connection.cursor() as cursor:
        cursor.execute(PUT_DAYS, [calendar.pk, json.dumps(change.days)])
    working_days.lay_out(calendar)
    return calendar


def _missing(calendar, years):
    return sorted(
        year for year in years if not calendar.first_day.year <= year <= calendar.last_day.year
    )


def _different(calendar, days):
    """The days that the calendar does not have like that, or has as provisional ones."""
    found = (
        {
            day.day.isoformat(): (day.hours, day.note, day.is_provisional)
            for day in CalendarDay.objects.filter(
                calendar=calendar, day__range=(days[0]["day"], days[-1]["day"])
            )
        }
        if days
        else {}
    )
    return [row for row in days if found.get(row["day"]) != (row["hours"], row["note"], False)]


def _effect(moves, open_cases, now):
    moved = [move for move in moves if move.is_moved]
    moved.sort(key=lambda move: (move.due_at or move.until, move.pk))
    return Effect(
        open=open_cases,
        moved=len(moved),
        turn_red=sum(move.is_red(now) and not move.was_red(now) for move in moved),
        no_longer_red=sum(move.was_red(now) and not move.is_red(now) for move in moved),
        moves=moved[:SHOWN],
    )
