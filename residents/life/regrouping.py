"""The same people in another order: change of head, split, merge, move."""

from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import because, check_day, save, verb
from residents.life import asking_the_other_grid, ground
from residents.life.ground import Done
from residents.models import HEAD_OF_HOUSEHOLD
from residents.models.lasting import EndReason
from residents.people import stays
from residents.people.heads import head_of, make_head
from residents.places import dwellings


@verb
def change_head(household, *, by, head, relations, note=""):
    """`relations`: {key of a member: relation to the new head}; who is left out keeps it."""
    household = ground.lock(household)
    ground.check_live(household)
    members = ground.members(household)
    new, old = ground.one_of(members, head), head_of(household, members)
    if new == old:
        raise Refused(_("This person is the head already."))
    if old is not None and relations.get(old.pk, "") in ("", HEAD_OF_HOUSEHOLD):
        raise Refused(_("Say what the former head is to the new head."))
    if HEAD_OF_HOUSEHOLD in {code for key, code in relations.items() if key != new.pk}:
        raise Refused(_("A household has one head."))
    with because(by, _("Change of head"), note):
        for member in members:
            if member != new and relations.get(member.pk):
                save(member, relation=relations[member.pk])
        make_head(household, new)
    return Done(household, _("%s is the head now.") % new.name)


@verb
def split(household, *, by, on, members, head, number="", note=""):
    """Some members become a household of their own in the same dwelling."""
    check_day(on)
    household = ground.lock(household)
    ground.check_live(household)
    staying = ground.members(household)
    going = [ground.one_of(staying, member) for member in members]
    new_head = ground.one_of(going, head)
    if len(going) == len(staying):
        raise Refused(_("Somebody must stay. To move everybody, use a move."))
    if head_of(household, staying) in going:
        raise Refused(_("The head goes too: change the head first."))
    ground.check_made(household, on)
    ground.check_born(on, *(one.birth_on for one in going))
    dwelling = household.dwelling
    with because(by, _("Split"), note):
        new = ground.new_household(dwelling, new_head.name, number, new_head.phone, on)
        for member in going:
            save(member, household=new)
        save(new_head, relation=HEAD_OF_HOUSEHOLD)
    return Done(new, _("The household was split. This is the new one."))


@verb
def merge(household, *, by, on, into, relation, note=""):
    """All members join another household; this one ends. `relation`: of this head to that head."""
    check_day(on)
    household, into = ground.lock(household, into)
    ground.check_live(household, into)
    if household == into or household.district_id != into.district_id:
        raise Refused(_("Choose another household."))
    if not (asking_the_other_grid.may_edit(by, into.grid)):
        raise Refused(_("Choose another household."))
    if relation == HEAD_OF_HOUSEHOLD:
        raise Refused(_("A household has one head."))
    members = ground.members(household)
    for one in (household, into):
        ground.check_made(one, on)
    ground.check_born(on, *(one.birth_on for one in members))
    old_head = head_of(household, members)
    with because(by, _("Merged"), note):
        for member in members:
            changes = {"relation": relation} if member == old_head else {}
            save(member, household=into, grid_id=into.grid_id, **changes)
        save(household, ended_on=on, end_reason=EndReason.MERGED)
        ground.vacate(household.dwelling)
    return Done(into, _("The households are one now."))


@verb
def move(household, *, by, on, grid, place, note="", stay=None):
    """To another dwelling: at once where `by` keeps the register, else that grid answers first.

    `place`: building, entrance, room or address, as in `dwellings.find_or_add`. `stay`: facts of
    `residents.people.stays` for the members whose kind has one; an empty one leaves what is known.
    """
    check_day(on)
    household = ground.lock(household)
    ground.check_live(household)
    ground.check_made(household, on)
    if grid.district_id != household.district_id:
        raise Refused(_("That grid is in another district: record a move away."))
    if not asking_the_other_grid.may_edit(by, grid):
        members = ground.members(household)
        if not members:
            raise Refused(_("The household has no members."))
        plan = {
            "plan": "move",
            "household": household.pk,
            "place": place,
            "on": on.isoformat(),
            "stay": stays.as_text(stay or {}),
        }
        stands_for_all = head_of(household, members) or members[0]
        asking_the_other_grid.offer(stands_for_all, plan, to_grid_id=grid.pk, by=by)
        return Done(household, _("The other grid was asked to take the household in."))
    move_now(household, grid, place, by, note, stay or {})
    return Done(household, _("The household has moved."))


def move_now(household, grid, place, by, note, stay):
    dwelling = dwellings.find_or_add(grid, **place)
    if dwelling.pk == household.dwelling_id:
        raise Refused(_("The household lives there already."))
    left = household.dwelling
    with because(by, _("Moved to another dwelling"), note):
        save(household, dwelling=dwelling, grid=grid, community=ground.community_of(grid))
        for member in ground.members(household):
            if member.grid_id != grid.pk:
                save(member, grid=grid)
            stays.stay_on(member, stay)
        ground.vacate(left)
