from inspections.models.cadence import (
    HouseholdToVisit,
    Mode,
    Reminder,
    Schedule,
    VisitRule,
)
from inspections.models.campaign import Campaign, CampaignTarget
from inspections.models.patrol import Patrol, PatrolFinding, PatrolPoint, PatrolRule
from inspections.models.visit import (
    Appointment,
    DiaryItem,
    DigestDay,
    FactConflict,
    MorningDigest,
    Visit,
    VisitPhoto,
)

__all__ = [
    "Appointment",
    "Campaign",
    "CampaignTarget",
    "DiaryItem",
    "DigestDay",
    "FactConflict",
    "HouseholdToVisit",
    "Mode",
    "MorningDigest",
    "Patrol",
    "PatrolFinding",
    "PatrolPoint",
    "PatrolRule",
    "Reminder",
    "Schedule",
    "Visit",
    "VisitPhoto",
    "VisitRule",
]
