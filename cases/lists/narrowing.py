"""What the board, the trends and the lists are narrowed by: one condition for the same words of an address."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from cases.lights import RED

NO_DEPARTMENT = "none"
ON_TIME, LATE = "on_time", "late"
DAYS = {
    f"{moment}_{edge}": f"{moment}_at"
    for moment in ("reported", "closed", "due")
    for edge in ("since", "until")
}


def condition(*, closing="", urgent="", department="", **chosen):
    """The condition of what was chosen; days are dates, the first and the last one included."""
    found = Q()
    for name in ("category", "loop", "source"):
        if chosen.get(name):
            found &= Q(**{name: chosen[name]})
    if urgent:
        found &= Q(is_urgent=True)
    if department:
        found &= Q(department=None if department == NO_DEPARTMENT else department)
    if closing:
        found &= ~Q(closing_light=RED) if closing == ON_TIME else Q(closing_light=RED)
    for name, column in DAYS.items():
        if chosen.get(name):
            found &= _from_or_to(name, column, chosen[name])
    return found


def midnight(day):
    """When a day begins in the office."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _from_or_to(name, column, day):
    if name.endswith("_since"):
        return Q(**{f"{column}__gte": midnight(day)})
    return Q(**{f"{column}__lt": midnight(day + timedelta(days=1))})
