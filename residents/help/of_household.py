"""The help of a household as its file shows it: care, plans, what was given, benefits."""

from dataclasses import dataclass, field

from django.utils import timezone

from residents.help import benefits
from residents.models import BenefitRecord, Resident, SupportPlan

GIVEN_SHOWN = 3


@dataclass
class Help:
    """What one person gets, as far as the reader may know."""

    person: Resident
    care: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    benefits: list = field(default_factory=list)
    missed: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.care or self.plans or self.benefits or self.missed)


def help_of(staff, people):
    """[Help] for these residents, who carry `current_care`. A fixed number of queries."""
    today = timezone.localdate()
    found = {one.pk: Help(one, care=one.current_care) for one in people}
    plans = SupportPlan.objects.filter(resident__in=found).on(today).readable_by(staff)
    plans = plans.select_related("helper", "department").prefetch_related("aids")
    for plan in plans.order_by("since", "pk"):
        plan.is_late = plan.review_on is not None and plan.review_on < today
        plan.given = list(plan.aids.all())[:GIVEN_SHOWN]
        found[plan.resident_id].plans.append(plan)
    records = BenefitRecord.objects.filter(resident__in=found).on(today)
    for record in records.readable_by(staff).select_related("benefit").order_by("since"):
        found[record.resident_id].benefits.append(record)
    for key, rows in benefits.missed_by(staff, people).items():
        found[key].missed = rows
    return list(found.values())
