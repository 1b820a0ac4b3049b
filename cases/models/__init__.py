from cases.models.calendar import CalendarDay, WorkCalendar, WorkSpan
from cases.models.case import Case, Loop, Result, Source, Stage
from cases.models.catalogue import CaseStandard, Category, LimitUnit, Responsibility
from cases.models.record import CaseEvent, CaseNumber, CasePhoto, Pause
from cases.models.supervision import Alarm, LightPolicy, SupervisionSlip

__all__ = [
    "Alarm",
    "CalendarDay",
    "Case",
    "CaseEvent",
    "CaseNumber",
    "CasePhoto",
    "CaseStandard",
    "Category",
    "LightPolicy",
    "LimitUnit",
    "Loop",
    "Pause",
    "Responsibility",
    "Result",
    "Source",
    "Stage",
    "SupervisionSlip",
    "WorkCalendar",
    "WorkSpan",
]
