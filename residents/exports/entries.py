"""What stands on paper of a household or of premises, as one person reads it (一户一档, 一企一档)."""

from dataclasses import dataclass, field

from residents.exports.columns import FULL_NUMBER
from residents.housing import running_out
from residents.models import Licence, Resident
from residents.people.showing import with_care


@dataclass
class Member:
    name: str
    relation: str
    sex: str
    birth: str
    number: str
    phone: str
    kind: str
    employer: str
    care: str


@dataclass
class HouseholdEntry:
    household: object
    place: str
    phone: str
    members: list = field(default_factory=list)
    serial: int = 0


@dataclass
class PremisesEntry:
    premises: object
    grid: str
    phone: str
    licences: list = field(default_factory=list)
    serial: int = 0


def of_households(rows, eyes):
    """One entry for each household (with `dwelling__building` read), its live members in order."""
    entries = {row.pk: _of_household(row, eyes) for row in rows}
    people = Resident.objects.live().filter(household__in=list(entries))
    people = list(people.order_by("household", "relation", "pk"))
    with_care(people, eyes.staff)
    for one in people:
        # The scope asks for the dwelling of each: it is here already.
        one.household = entries[one.household_id].household
        entries[one.household_id].members.append(_member(one, eyes))
    for entry in entries.values():
        head = entry.household.head_name
        entry.members.sort(key=lambda member, head=head: member.name != head)
    return list(entries.values())


def of_premises(rows, eyes):
    entries = {
        row.pk: PremisesEntry(row, eyes.grid_names[row.grid_id], eyes.phone(row)) for row in rows
    }
    licences = Licence.objects.live().filter(premises__in=list(entries))
    for one in licences.order_by("expires_on", "pk"):
        one.time_left = running_out.in_words(one.expires_on, eyes.today)
        entries[one.premises_id].licences.append(one)
    return list(entries.values())


def _of_household(row, eyes):
    community, grid = eyes.grid_names[row.community_id], eyes.grid_names[row.grid_id]
    place = grid if grid.startswith(community) else f"{community} {grid}"
    return HouseholdEntry(row, place, eyes.phone(row))


def _member(row, eyes):
    return Member(
        row.name,
        eyes.code("relation", row.relation),
        eyes.sexes.get(row.sex, ""),
        eyes.birth(row),
        eyes.number(row) if FULL_NUMBER in eyes.names else row.id_mask,
        eyes.phone(row),
        eyes.choice(row, "kind"),
        row.employer,
        eyes.care(row),
    )
