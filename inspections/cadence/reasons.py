"""To whom a due date says by which rule somebody is due: whom a rule means tells of care."""

from django.utils import timezone

from grids.scope import Scope
from inspections.models import VisitRule
from residents.models import CareCategory, CareRecord
from residents.models.care import open_to, reads_all


def with_reasons(schedules, household, staff):
    """Give each schedule of the household `tells_why`: whether `staff` may know its rule.

    To somebody for whom a category is closed, the ordinary rule at one door and the rule of care
    at another say the same as the category: they learn it only where care that they read is there.
    """
    schedules = list(schedules)
    if not Scope.of(staff).grants("register.read_care", household):
        told = set()
    elif reads_all(staff):
        told = {one.rule for one in schedules}
    else:
        told = _explained(schedules, household, staff)
    for one in schedules:
        one.tells_why = one.rule in told
    return schedules


def _explained(schedules, household, staff):
    care = CareRecord.objects.on(timezone.localdate()).readable_by(staff)
    care = care.filter(resident__household=household, resident__ended_on=None)
    if not care.filter(category__level=CareCategory.Level.CARE).exists():
        return {one.rule for one in schedules if one.rule.target == VisitRule.Target.NEW}
    known = set(open_to(staff).values_list("pk", flat=True)) | {None}
    return {one.rule for one in schedules if one.rule.care_category_id in known}
