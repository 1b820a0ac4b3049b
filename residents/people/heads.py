"""One household, one head: who it is, and that the name, the relation and the phone change together."""

from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import save
from residents.models import HEAD_OF_HOUSEHOLD, Household


def head_of(household, members):
    """The head among the members; by name where nobody has the relation."""
    named = [one for one in members if one.name == household.head_name]
    return next(
        (one for one in named if one.relation == HEAD_OF_HOUSEHOLD), next(iter(named), None)
    )


def make_head(household, member):
    """The member is the head; what the former head is to the new one has to be said anew."""
    save(household, head_name=member.name, phone=member.phone or household.phone)
    _end_former(household, member)
    save(member, relation=HEAD_OF_HOUSEHOLD)


def make_head_named(household, name):
    """The member of this name is the head, else somebody who is the head and does not live there."""
    members = household.residents.live().select_for_update().order_by("pk")
    found = next((one for one in members if one.name == name), None)
    if found is not None:
        make_head(household, found)
    else:
        save(household, head_name=name)
        _end_former(household)


def _end_former(household, but=None):
    former = household.residents.live().filter(relation=HEAD_OF_HOUSEHOLD).select_for_update()
    for one in former.exclude(pk=but and but.pk):
        save(one, relation="")


def is_without_head(household_id, name):
    """Whether the household waits for a head of this name."""
    home = Household.objects.get(pk=household_id)
    living = home.residents.live()
    return home.head_name == name and not living.filter(relation=HEAD_OF_HOUSEHOLD).exists()


def is_head(resident):
    household = resident.household
    return head_of(household, list(household.residents.live().order_by("pk"))) == resident


def check_relation(resident, relation):
    """Another head comes by a change of head, not by the word for a relation."""
    if relation == HEAD_OF_HOUSEHOLD and not is_head(resident):
        raise Refused(_("There is a head already. Change the head instead."))
