from inspections.models.cadence import Reminder, Schedule, VisitRule
from inspections.models.visit import DiaryItem, Visit

__all__ = ["DiaryItem", "Reminder", "Schedule", "Visit", "VisitRule"]
