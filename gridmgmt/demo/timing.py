"""Limits and alarms of invented cases, asked from the one clock."""

from dataclasses import dataclass
from datetime import datetime

from cases.calendar import clock
from cases.calendar.working_days import ensure_calendar
from cases.limits import of_case, reckoning
from cases.models import Alarm, CaseStandard
from grids.models import Grid


@dataclass(frozen=True)
class Timing:
    """When a case turns yellow and red; `rungs` are the moments of its alarms in `run`."""

    rungs: dict[int, datetime]
    run: int
    minutes: int | None = None
    step_due_at: datetime | None = None

    @property
    def warn_at(self) -> datetime:
        return self.rungs[Alarm.Level.WARN]

    @property
    def due_at(self) -> datetime | None:
        return self.rungs.get(Alarm.Level.DUE)

    def light(self, moment: datetime) -> str:
        if self.due_at is not None and moment >= self.due_at:
            return "red"
        return "yellow" if moment >= self.warn_at else "green"


class Timer:
    """Asks the calendar of a district."""

    def __init__(self, district: int, now: datetime):
        calendar = ensure_calendar(Grid.objects.get(pk=district), today=now.date())
        self.hours = clock.hours_of(calendar)

    def limit(self, standard: CaseStandard, start: datetime) -> Timing:
        """The limit of a standard that begins at `start`."""
        planned = reckoning.settle(self.hours, start, standard.limit_number, standard.limit_unit)
        minutes = round(planned.length / clock.MINUTE)
        return Timing({int(level): at for level, at in planned.rungs.items()}, 1, minutes)

    def unread(self, standard: CaseStandard, start: datetime) -> Timing:
        """How long a report may wait until somebody reads it."""
        due_at = self.hours.add(start, *reckoning.UNREAD[standard.is_urgent])
        return Timing(
            {int(Alarm.Level.WARN): due_at},
            of_case.BEFORE_REGISTRATION,
            step_due_at=due_at,
        )
