"""In whose hands a case was, and how long: it adds up exactly to the time that it was open."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from cases.models import FINISHED, WITH_DEPARTMENT, Stage
from grids.models import Department, Staff


@dataclass(frozen=True)
class Hand:
    """A stretch in one pair of hands: a department and its handler, else the desk of the stage.

    `person` is the handler; at a desk it is whoever was named to decide. Both may be "".
    """

    stage: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    department: str = ""
    person: str = ""
    note: str = ""

    @property
    def holder(self):
        return " · ".join(filter(None, (self.department, self.person)))

    @property
    def length(self):
        return self.ends_at - self.starts_at


def hands(case, now):
    """The hands of the case from its first report until `now`, without the time it was closed."""
    events = list(case.events.order_by("at", "id"))
    return hands_of(events, max(case.closed_at or now, events[-1].at))


def hands_of(events, end):
    """The same from a part of the story, in its order, until `end`."""
    turns = [event for event in events if _changes_hands(event) and event.at <= end]
    departments, people = _names(turns)
    found, department, person = [], "", ""
    for event, following in pairwise([*turns, None]):
        department, person = _held_after(event, department, person, departments, people)
        if event.to_stage in FINISHED:
            continue
        found.append(
            Hand(
                stage=event.to_stage,
                starts_at=event.at,
                ends_at=following.at if following else end,
                department=department if event.to_stage in WITH_DEPARTMENT else "",
                person="" if event.to_stage == Stage.FEEDBACK else person,
                note=event.note,
            )
        )
    return found


def _changes_hands(event):
    return event.from_stage != event.to_stage or event.kind == "assign"


def _held_after(event, department, person, departments, people):
    """(department, person) from this event on; they keep it while the result is verified."""
    if event.kind in ("dispatch", "decide"):
        return departments.get(event.data.get("department"), ""), ""
    if event.kind == "accept":
        return department, people.get(event.by_id, "")
    if event.kind == "assign":
        return department, people.get(event.data.get("handler"), "")
    if event.kind in ("feed_back", "verify_failed"):
        return department, person
    return "", people.get(event.data.get("decider"), "")


def _names(events):
    departments = {event.data.get("department") for event in events} - {None}
    people = {event.by_id for event in events if event.kind == "accept"}
    for event in events:
        people |= {event.data.get("handler"), event.data.get("decider")}
    return (
        dict(Department.objects.filter(pk__in=departments).values_list("pk", "name")),
        dict(Staff.objects.filter(pk__in=people - {None}).values_list("pk", "full_name")),
    )
