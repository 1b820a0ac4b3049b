"""A yes from the other grid: what was asked for happens now."""

from django.utils import timezone
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import because
from residents.life import coming, ground, regrouping
from residents.models import HEAD_OF_HOUSEHOLD, Dwelling, Household, Resident
from residents.people import stays


def carry_out(request, plan, *, by):
    """What a request asked for, now that the other grid agreed. The caller holds the transaction."""
    if plan["plan"] == "move":
        household = _locked_in(request.from_grid_id, plan["household"], request)
        stay = stays.from_text(plan.get("stay", {}))
        regrouping.move_now(household, request.to_grid, plan["place"], by, "", stay)
        return
    resident = Resident.objects.select_for_update(of=("self",)).get(pk=request.resident_id)
    if resident.ended_on is not None:
        raise Refused(_("This person is not in the register any more."))
    on = timezone.localdate()
    with because(by, _("Moved in"), ""):
        if plan["plan"] == "join":
            household = _locked_in(request.to_grid_id, plan["household"], request)
            if plan["relation"] == HEAD_OF_HOUSEHOLD and ground.members(household):
                raise Refused(_("There is a head already. Change the head instead."))
            coming.bring_over(resident, household, plan["relation"], on)
            coming.lead_empty(household, resident)
        else:
            dwelling = Dwelling.objects.filter(pk=plan["dwelling"]).first()
            if dwelling is None:
                raise Refused(_("The dwelling is not in the register any more."))
            household = ground.new_household(
                dwelling, resident.name, plan["number"], plan["phone"], on
            )
            coming.bring_over(resident, household, HEAD_OF_HOUSEHOLD, on)


def _locked_in(grid_id, key, request):
    """The household of the plan, which must still live where it lived when the plan was made."""
    household = ground.lock(Household(pk=key, district_id=request.district_id))
    ground.check_live(household)
    if household.grid_id != grid_id:
        raise Refused(_("The household has moved in the meantime."))
    return household
