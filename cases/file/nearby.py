"""What a report is told while it is written: is it reported already, and which way will it go."""

from django.utils import timezone

from cases.models import CaseStandard, Loop
from cases.workflow import joint_work, routing

FEW = 3


def alike(staff, *, category, grid, lon=None, lat=None, household=None):
    """Open cases of the last 24 hours that may be the same matter; only those that the person sees."""
    if category is None or grid is None:
        return []
    rows = joint_work.similar(category, grid, lon=lon, lat=lat, household=household)
    visible = rows.visible_to(staff).select_related("grid", "department", "handler")
    found = list(visible.defer("grid__boundary").order_by("-reported_at", "-pk")[:FEW])
    mine = set(staff.supported_cases.filter(case__in=found).values_list("case", flat=True))
    for case in found:
        case.is_mine = case.reporter_id == staff.pk or case.pk in mine
    return found


def way(category, grid, *, is_urgent=False):
    """{"loops", "department", "limits"}: how a matter of the category is sorted here.

    Urgent ones go to the street at least.
    """
    day = timezone.localdate()
    standards = list(
        CaseStandard.objects.in_force(day).filter(category=category).order_by("limit_number")
    )
    found = {standard.loop for standard in standards} or {Loop.STREET}
    if is_urgent or any(standard.is_urgent for standard in standards):
        found = (found - {Loop.GRID, Loop.COMMUNITY}) or {Loop.STREET}
    return {
        "loops": [loop for loop in Loop if loop in found],
        "department": routing.department_for(category, grid, standards[0] if standards else None),
        "limits": list(
            dict.fromkeys(f"{s.limit_number} {s.get_limit_unit_display()}" for s in standards)
        )[:FEW],
    }
