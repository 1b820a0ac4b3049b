"""The one-trip card: everything to know about a household before somebody rings."""

from dataclasses import dataclass, field

import segno
from django.utils.safestring import mark_safe

from grids.scope import readable_fields
from inspections.models import Visit
from residents.help import of_household
from residents.models import Household
from residents.people import changes
from residents.people.showing import shown

SHOWN = 12
QR = {"scale": 3, "border": 2, "omitsize": False, "svgclass": None, "lineclass": None}


@dataclass(frozen=True)
class News:
    """Whose file changed since the last visit, and which facts: their names, not their values."""

    what: str
    at: object
    facts: list
    note: str


@dataclass
class Trip:
    """What the reader may know; without the right to the register it is empty."""

    members: list = field(default_factory=list)
    help: list = field(default_factory=list)
    news: list = field(default_factory=list)
    last_visit: Visit | None = None


def of(staff, household) -> Trip:
    found = Household.objects.visible_to(staff).filter(pk=household.pk).first()
    if found is None:
        return Trip()
    living = found.residents.live().visible_to(staff).order_by("relation", "pk")
    members = shown(living, staff)
    last = last_meeting(staff, household)
    readable = readable_fields(staff, found)
    people = [one.resident for one in members]
    return Trip(
        members,
        help=[one for one in of_household.help_of(staff, people) if one]
        if "care" in readable
        else [],
        news=news(found, last, readable, staff),
        last_visit=last,
    )


def last_meeting(staff, household):
    """The last visit at which somebody was met."""
    rows = Visit.objects.visible_to(staff).filter(outcome=Visit.Outcome.MET, household=household.pk)
    return rows.order_by("-happened_on", "-pk").first()


def news(found, last, readable, staff) -> list[News]:
    """What was changed in the register after the last visit was logged, newest first."""
    if last is None:
        return []
    return [
        News(one.what, one.at, [fact["label"] for fact in one.facts], one.note)
        for one in changes.of_household(found, readable, staff)
        if one.at > last.logged_at
    ][:SHOWN]


def qr(address):
    """An address as a square to scan; drawn in the page, nothing is fetched."""
    # Made of numbers only; the address is in it as black and white.
    return mark_safe(segno.make(address, error="m").svg_inline(**QR))
