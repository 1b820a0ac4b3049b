"""Persons of the register who died, left or were entered by mistake; leases that ended."""

from django.db.models import F, Q

from residents.models import (
    HEAD_OF_HOUSEHOLD,
    BenefitRecord,
    CareRecord,
    DataRequest,
    DataRequestLine,
    Household,
    ImportConflict,
    Lease,
    MoveInRequest,
    Resident,
    Stay,
    SupportAid,
    SupportPlan,
)
from residents.models.lasting import EndReason
from residents.retention import forgetting, papers
from residents.retention.forgetting import ERASED

OPEN_REQUESTS = (DataRequest.State.WAITING, DataRequest.State.NOTICE)


def ended(*reasons):
    """The `rows` of a kind: ended for one of these reasons before a day, and not erased yet."""

    def rows(district, before):
        found = Resident.objects.filter(district=district, ended_on__lt=before)
        return found.filter(end_reason__in=reasons).exclude(name=ERASED)

    return rows


DIED = ended(EndReason.DIED)
MOVED = ended(EndReason.MOVED)
MISTAKEN = ended(EndReason.MERGED, EndReason.MISTAKE)


def erase(keys):
    """Strip the personal columns of these residents; care, help, benefits and stays go whole.

    Where a household is over and nobody of it is left, it is stripped too. {table: rows}.
    """
    people = Resident.objects.filter(pk__in=keys, ended_on__isnull=False)
    keys = list(people.values_list("pk", flat=True))
    counts = {Resident._meta.db_table: len(keys)}
    for personal, rows in (
        (forgetting.AID, SupportAid.objects.filter(plan__resident__in=keys)),
        (forgetting.PLAN, SupportPlan.objects.filter(resident__in=keys)),
        (forgetting.BENEFIT, BenefitRecord.objects.filter(resident__in=keys)),
        (forgetting.CARE, CareRecord.objects.filter(resident__in=keys)),
        (forgetting.STAY, Stay.objects.filter(resident__in=keys)),
    ):
        counts |= forgetting.remove(personal, rows)
    counts |= papers.forget_persons(keys)
    forgetting.forget(forgetting.RESIDENT, keys)
    homes = Household.objects.filter(residents__in=keys)
    return counts | _erase_empty(list(homes.values_list("pk", flat=True)))


def _erase_empty(homes):
    """Of these households, those that are over and have nobody left whose name is known."""
    named = Resident.objects.exclude(name=ERASED).filter(household__in=homes)
    empty = Household.objects.filter(pk__in=homes, ended_on__isnull=False)
    empty = empty.exclude(pk__in=named.values("household")).exclude(head_name=ERASED)
    keys = list(empty.values_list("pk", flat=True))
    if keys:
        forgetting.forget(forgetting.HOUSEHOLD, keys)
    return {Household._meta.db_table: len(keys)} if keys else {}


# --- what keeps a person that is due ---


def in_an_open_case():
    homes = Household.objects.filter(cases__isnull=False, cases__closed_at=None)
    return Q(household__in=homes.order_by().values("pk"))


def asked_for():
    lines = DataRequestLine.objects.filter(request__state__in=OPEN_REQUESTS)
    return Q(pk__in=lines.filter(resident__isnull=False).order_by().values("resident"))


def asks_about_the_own_data():
    """A request to be deleted is no reason to be kept."""
    asking = Resident.objects.filter(
        own_data_requests__answered_at=None,
        own_data_requests__wish__in=["copy", "correct", "explain"],
    )
    return Q(pk__in=asking.order_by().values("pk"))


def in_an_open_import():
    conflicts = ImportConflict.objects.filter(decision=ImportConflict.Decision.WAITING)
    moves = MoveInRequest.objects.filter(state=MoveInRequest.State.WAITING)
    return Q(pk__in=conflicts.order_by().values("resident")) | Q(
        pk__in=moves.order_by().values("resident")
    )


def heads_a_living_household():
    return Q(
        household__ended_on=None,
        household__head_name=F("name"),
        relation=HEAD_OF_HOUSEHOLD,
    )


# --- leases ---


def leases(district, before):
    rows = Lease.objects.filter(district=district, ended_on__lt=before)
    return rows.exclude(tenant_name=ERASED)


def erase_leases(keys):
    forgetting.forget(forgetting.LEASE, keys)
    return {Lease._meta.db_table: len(keys)}
