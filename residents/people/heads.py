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
    former = household.residents.live().filter(relation=HEAD_OF_HOUSEHOLD).exclude(pk=member.pk)
    for one in former.select_for_update():
        save(one, relation="")
    save(member, relation=HEAD_OF_HOUSEHOLD)


def is_without_head(household_id, name):
    """Whether the household waits for a head of this name."""
    home = Household.objects.get(pk=household_id)
    living = home.residents.live()
    return home.head_name == name and not living.filter(relation=HEAD_OF_HOUSEHOLD).exists()


def make_head_named(household, name):
    """The member of this name is the head; without a member so called, only while nobody else is."""
    members = list(household.residents.live().select_for_update().order_by("pk"))
    found = next((one for one in members if one.name == name), None)
    if found is not None:
        make_head(household, found)
    elif any(one.relation == HEAD_OF_HOUSEHOLD for one in members):
        raise Refused(_("Nobody of the household is called %s.") % name)
    else:
        save(household, head_name=name)


def is_head(resident):
    household = resident.household
    return head_of(household, list(household.residents.live().order_by("pk"))) == resident


def check_relation(resident, relation):
    """The head changes by a change of head, not by the word for a relation."""
    if relation == HEAD_OF_HOUSEHOLD and not is_head(resident):
        raise Refused(_("There is a head already. Change the head instead."))
    if resident.relation == HEAD_OF_HOUSEHOLD != relation and is_head(resident):
        raise Refused(_("This person is the head. Change the head instead."))
