"""Limits and alarms of invented cases, asked from the one clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import clock
from cases.calendars import ensure_calendar
from cases.models import CaseStandard
from grids.models import Grid

# level of the alarm -> how much of the limit has passed
RUNGS = {0: 0.75, 1: 1.0, 2: 1.5, 3: 2.0, 4: 3.0}


@dataclass
class Limits:
    """What the clock says of a standard from a moment on; `rungs` are alarm level -> moment."""

    warn_at: datetime
    due_at: datetime
    minutes: int
    rungs: dict[int, datetime]

    def light(self, moment: datetime) -> str:
        if moment >= self.due_at:
            return "red"
        return "yellow" if moment >= self.warn_at else "green"


def of_district(
    district: int, now: datetime
) -> Callable[[CaseStandard, datetime], Limits]:
    """Function (standard, start) -> Limits by the district's calendar."""
    calendar = ensure_calendar(Grid.objects.get(pk=district), today=now.date())
    hours = clock.hours_of(calendar)

    def limits(standard: CaseStandard, start: datetime) -> Limits:
        unit = standard.limit_unit
        due_at = hours.add(start, standard.limit_number, unit)
        length = hours.elapsed(start, due_at, unit)
        rungs = {
            level: due_at if share == 1 else hours.later(start, length * share, unit)
            for level, share in RUNGS.items()
        }
        return Limits(rungs[0], due_at, round(length / timedelta(minutes=1)), rungs)

    return limits
