"""What every step in the life of a household stands on: locked rows, refusals, history."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import save, take_turns
from residents.models import Dwelling, Household, Lease, Resident


@dataclass(frozen=True)
class Done:
    household: Household | None
    message: str


def lock(*households):
    """Fresh rows in the order given; locked in the order of their keys, with their members."""
    take_turns(households[0].district_id)
    keys = [household.pk for household in households]
    rows = Household.objects.select_for_update(of=("self",)).order_by("pk")
    found = {row.pk: row for row in rows.select_related("dwelling", "grid").filter(pk__in=keys)}
    list(Resident.objects.select_for_update().filter(household__in=keys).order_by("pk"))
    if not found.keys() >= set(keys):  # an import that made it was taken back
        raise Refused(_("The household is not in the register any more."))
    locked = [found[key] for key in keys]
    return locked if len(locked) > 1 else locked[0]


def members(household):
    return list(household.residents.live().order_by("pk"))


def one_of(members, member):
    """The locked row of this member; the choice may be older than the register."""
    found = next((one for one in members if one.pk == member.pk), None)
    if found is None:
        raise Refused(_("%s is not a member any more.") % member.name)
    return found


def check_live(*households):
    if any(household.ended_on is not None for household in households):
        raise Refused(_("The household is closed."))


def check_made(household, on):
    """Where it is known since when the household is there; many were there before the register."""
    if household.arrived_on is not None and on < household.arrived_on:
        raise Refused(_("The day is before the household was made."))


def check_born(on, *births):
    if any(born is not None and born > on for born in births):
        raise Refused(_("The day is before the birth."))


def community_of(grid):
    return type(grid).objects.above(grid).get(tier="community")


def new_household(dwelling, head_name, number, phone, on):
    return Household.objects.create(
        district_id=dwelling.district_id,
        grid_id=dwelling.grid_id,
        dwelling=dwelling,
        community=community_of(dwelling.grid),
        number=number,
        head_name=head_name,
        phone=phone,
        arrived_on=on,
    )


def vacate(dwelling):
    """Whether the tenants of a lease that ran out have left is answered once nobody lives there."""
    living = Household.objects.live().filter(dwelling=dwelling)
    if dwelling.use == Dwelling.Use.LAPSED and not living.exists():
        save(dwelling, use=Dwelling.Use.EMPTY)


def ask_again(household):
    """They live there after all: the question of their lease stands again."""
    dwelling = household.dwelling
    leases = Lease.objects.filter(household=household, dwelling=dwelling)
    if dwelling.use == Dwelling.Use.EMPTY and leases.lapsed().exists():
        save(dwelling, use=Dwelling.Use.LAPSED)
