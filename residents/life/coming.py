"""Who comes: a birth, a new member, a new household.

A number that lives elsewhere in the district is brought over, or that grid is asked first.
`person` is a dict: name, relation, number (an IdNumber or None), sex, birth_on, phone, kind,
and stay (facts of `residents.people.stays`) of somebody whose kind has one.
"""

from django.utils.translation import gettext as _

from grids.fields import all_indexes, blind_index, new_keys
from grids.refusal import Refused
from residents import pinyin
from residents.changing import because, check_day, save, take_turns, verb
from residents.life import asking_the_other_grid, going, ground
from residents.life.ground import Done
from residents.models import HEAD_OF_HOUSEHOLD, Dwelling, Household, Resident
from residents.models.lasting import EndReason
from residents.people import stays
from residents.people.heads import head_of, make_head

UNKNOWN_SEX = "9"


@verb
def add_member(household, *, by, on, person, is_birth=False, note=""):
    """A new member. A number that lives elsewhere moves here, or that grid is asked first."""
    check_day(on)
    household = ground.lock(household)
    ground.check_live(household)
    ground.check_made(household, on)
    ground.check_born(on, _birth(person))
    if person["relation"] == HEAD_OF_HOUSEHOLD and ground.members(household):
        raise Refused(_("There is a head already. Change the head instead."))
    why = _("Birth") if is_birth else _("New member")
    found = _living(household.district_id, person)
    if found is None:
        found = _back(household.district_id, person, by, note)
        if found is not None and found.household_id == household.pk:
            return Done(household, _("%s is in the register again.") % found.name)
    if found is None:
        with because(by, why, note):
            lead_empty(household, _create(household, person, on))
        return Done(household, _("%s is in the register now.") % person["name"])
    if found.household_id == household.pk:
        raise Refused(_("This person is a member of this household already."))
    plan = {"plan": "join", "household": household.pk, "relation": person["relation"]}
    if not asking_the_other_grid.may_edit(by, found.grid):
        return _asked(found, plan, household, by)
    _same_person(found, person)
    with because(by, why, note):
        bring_over(found, household, person["relation"], on)
        lead_empty(household, found)
        stays.learn(found, person.get("stay") or {})
    return Done(household, _("%s lived in another household and moved here.") % found.name)


@verb
def arrive(dwelling, *, by, on, person, number="", note=""):
    """A new household in a dwelling, begun with its head."""
    check_day(on)
    ground.check_born(on, _birth(person))
    take_turns(dwelling.district_id)
    dwelling = Dwelling.objects.select_for_update(of=("self",)).get(pk=dwelling.pk)
    found = _living(dwelling.district_id, person) or _back(dwelling.district_id, person, by, note)
    if found is not None and not asking_the_other_grid.may_edit(by, found.grid):
        plan = {
            "plan": "arrive",
            "dwelling": dwelling.pk,
            "number": number,
            "on": on.isoformat(),
            "phone": person.get("phone", ""),
        }
        return _asked(found, plan, dwelling, by)
    with because(by, _("Moved in"), note):
        if found is None:
            household = ground.new_household(dwelling, person["name"], number, person["phone"], on)
            _create(household, person | {"relation": HEAD_OF_HOUSEHOLD}, on)
        else:
            _same_person(found, person)
            household = ground.new_household(dwelling, found.name, number, person["phone"], on)
            bring_over(found, household, HEAD_OF_HOUSEHOLD, on)
            stays.learn(found, person.get("stay") or {})
    return Done(household, _("The household is in the register now."))


def lead_empty(household, newcomer):
    """Who comes as the head, into a household that nobody lived in."""
    if newcomer.relation == HEAD_OF_HOUSEHOLD:
        make_head(household, newcomer)


def _living(district_id, person):
    """The live resident of the district with this number, locked; None without one."""
    number = person.get("number")
    if number is None:
        return None
    rows = Resident.objects.live().select_for_update(of=("self",)).select_related("grid")
    return rows.filter(
        district_id=district_id,
        document=_document(number),
        id_index__in=all_indexes(number.text),
    ).first()


def _back(district_id, person, by, note):
    """Who left with this number is the same person, and is back; the dead come back in their file only."""
    number = person.get("number")
    if number is None:
        return None
    rows = Resident.objects.filter(
        district_id=district_id,
        document=_document(number),
        id_index__in=all_indexes(number.text),
        ended_on__isnull=False,
        end_reason__in=[EndReason.DIED, EndReason.MOVED],
    )
    gone = rows.select_related("grid", "household").order_by("-ended_on", "-pk").first()
    if gone is None:
        return None
    if gone.end_reason == EndReason.DIED:
        raise Refused(
            _(
                "Somebody with this number died on %(day)s. If that is a mistake, undo it in the file."
            )
            % {"day": gone.ended_on}
        )
    if not asking_the_other_grid.may_edit(by, gone.grid):
        return None
    _same_person(gone, person)
    going.come_back(gone, by=by, note=note)
    return _living(district_id, person)


def _document(number):
    if number is None:
        return Resident.Document.NONE
    return Resident.Document.HMT_PERMIT if number.is_permit else Resident.Document.ID_CARD


def _birth(person):
    number = person.get("number")
    return number.birth_on if number else person.get("birth_on")


def _same_person(found, person):
    if found.name != person["name"]:
        raise Refused(_("The number belongs to somebody with another name: check both."))


def _create(household, person, on):
    number = person.get("number")
    full, initials = pinyin.keys(person["name"])
    created = Resident.objects.create(
        pk=new_keys(Resident)[0],
        district_id=household.district_id,
        grid_id=household.grid_id,
        household=household,
        relation=person["relation"],
        name=person["name"],
        pinyin=full,
        initials=initials,
        document=_document(number),
        id_sealed=number.text if number else None,
        id_index=blind_index(number.text) if number else None,
        id_mask=number.mask if number else "",
        sex=number.sex if number else person.get("sex") or UNKNOWN_SEX,
        birth_on=_birth(person),
        phone=person.get("phone", ""),
        kind=person.get("kind") or Resident.Kind.REGISTERED,
    )
    said = person.get("stay") or {}
    stays.write(created, said | {"came_on": said.get("came_on") or on})
    return created


def bring_over(resident, household, relation, on):
    """Into this household; the one that is left empty ends, one that loses its head must not."""
    old = ground.lock(resident.household)
    others = [one for one in ground.members(old) if one.pk != resident.pk]
    if others and head_of(old, [*others, resident]) == resident:
        raise Refused(_("This person is the head of another household: change that head first."))
    save(resident, household=household, grid_id=household.grid_id, relation=relation)
    if not others and old.ended_on is None:
        save(old, ended_on=on, end_reason=EndReason.MOVED)
        ground.vacate(old.dwelling)


def _asked(resident, plan, here, by):
    asking_the_other_grid.ask(resident, plan, to_grid_id=here.grid_id, by=by)
    return Done(
        here if isinstance(here, Household) else None,
        _("This number is registered in another grid. That grid was asked; see Move-in requests."),
    )
