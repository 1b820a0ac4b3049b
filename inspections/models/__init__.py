from inspections.models.cadence import (
    HouseholdToVisit,
    Mode,
    Reminder,
    Schedule,
    VisitRule,
)
from inspections.models.visit import DiaryItem, Visit

__all__ = [
    "DiaryItem",
    "HouseholdToVisit",
    "Mode",
    "Reminder",
    "Schedule",
    "Visit",
    "VisitRule",
]
