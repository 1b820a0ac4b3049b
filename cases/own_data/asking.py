"""Who asks about the own data, what they wish, and how that was checked (核实身份).

The case of an erasure lets go of its household.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, OwnDataRequest
from grids import audit
from grids.refusal import Refused
from residents.models import Resident

# The shipped categories of the kind; any other of a district is an explanation.
WISHES = {
    "01001": OwnDataRequest.Wish.COPY,
    "01002": OwnDataRequest.Wish.CORRECT,
    "01003": OwnDataRequest.Wish.DELETE,
}
SHOWN = 12


def wish_of(case):
    return WISHES.get(case.category.code, OwnDataRequest.Wish.EXPLAIN)


def candidates(staff, name):
    """People of this name, those who have left too, where `staff` sees them."""
    rows = Resident.objects.visible_to(staff).filter(name=name)
    return rows.select_related("household__dwelling", "grid").order_by("ended_on", "pk")[:SHOWN]


@transaction.atomic
def identify(case, *, name, resident, how, note, by):
    """Put on record who asks; once for a case."""
    if case.category.kind != case.category.Kind.OWN_DATA:
        raise Refused(_("This case is no request about own data."))
    if OwnDataRequest.objects.filter(case=case).exists():
        raise Refused(_("Who asks is on record already."))
    if wish_of(case) == OwnDataRequest.Wish.DELETE:  # its own case does not keep the person
        Case.objects.filter(pk=case.pk).update(household=None)
    asked = OwnDataRequest.objects.create(
        case=case,
        wish=wish_of(case),
        name=name,
        resident=resident,
        checked_how=how,
        checked_note=note,
        checked_by=by,
        checked_at=timezone.now(),
    )
    record(asked, by, "identified", how=how)
    return asked


def record(asked, by, what, *, result=audit.Result.DONE, **more):
    """An entry of the audit; it names the case, not the person."""
    audit.record(
        audit.Kind.REQUEST,
        of=asked.case,
        words=asked.case.number,
        purpose=asked.get_wish_display(),
        by=by,
        result=result,
        detail={"own_data": what, "wish": asked.wish} | more,
    )
