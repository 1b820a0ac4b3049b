"""Who can be told of a step or of lateness: a role and where it is posted, or a person of the case."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.models import LadderHearer
from grids.models import Tier
from grids.roles import Role

DEPARTMENT, ANY, PERSON = "department", "any", "person"


@dataclass(frozen=True)
class Hearer:
    """`desk`: only while no department has the case in hands; `urgent`: only of urgent cases."""

    role: str
    place: str
    desk: bool = False
    urgent: bool = False


HANDLERS = Hearer(Role.DEPARTMENT_HANDLER, DEPARTMENT)
COORDINATOR = Hearer(Role.DEPARTMENT_COORDINATOR, DEPARTMENT)
HEAD = Hearer(Role.DEPARTMENT_HEAD, DEPARTMENT)
WORKER = Hearer(Role.GRID_WORKER, ANY)
LEADER = Hearer(Role.GRID_LEADER, Tier.COMMUNITY)
COMMUNITY = Hearer(Role.COMMUNITY_STAFF, Tier.COMMUNITY)
STREET = Hearer(Role.SUPERVISOR, Tier.STREET)
DISTRICT = Hearer(Role.DISPATCHER, Tier.DISTRICT)


def at_desk(hearer):
    return Hearer(hearer.role, hearer.place, desk=True)


def if_urgent(hearer):
    return Hearer(hearer.role, hearer.place, urgent=True)


REPORTER, HANDLER, DISPATCHED_BY, ISSUER, DECIDER, COMPANION = (
    Hearer(who, PERSON)
    for who in (
        "reporter",
        "handler",
        "dispatched_by",
        "issuer",
        "decider",
        "companion",
    )
)
# Sets of people: those that the step names, and those who reported the same.
NAMED, SUPPORTERS = (Hearer(who, PERSON) for who in ("named", "supporters"))

PERSONS = {
    "reporter": _("who reported it"),
    "handler": _("who handles it"),
    "dispatched_by": _("who dispatched it"),
    "issuer": _("who issued the slip"),
    "decider": _("who decides after the second return"),
    "companion": _("the worker who stays with an urgent case"),
    "named": _("whoever the step names"),
    "supporters": _("who reported the same"),
}


def say(hearer):
    """A hearer in words: "Grid leader · Community"."""
    if hearer.place == PERSON:
        return str(PERSONS[hearer.role])
    words = f"{Role(hearer.role).label} · {LadderHearer.Place(hearer.place).label}"
    if hearer.desk:
        words += _(", only while no department holds it")
    return words
