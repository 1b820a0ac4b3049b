"""What belongs to a case besides its own row, as its page and its paper show it."""

from dataclasses import dataclass

from django.db.models import Q

from cases.models import AnswerTemplate, Case, CaseLink, Extension, LimitUnit
from cases.workflow import joint_work
from grids.models import Department

FEW = 5


@dataclass
class Side:
    """Why a department gave a case back."""

    department: str
    reason: str
    who: str
    at: object


def of(case, events, staff):
    """Helps, checks, extension, samples, supporters, attachments and kin.

    What no event speaks of is not looked for; the rest is a fixed number of queries.
    """
    told = {event.kind for event in events}

    def rows(kinds, found):
        return list(found) if told & kinds else []

    helps = rows(
        {"ask_help"},
        case.helps.select_related("department", "done_by").order_by("asked_at", "pk"),
    )
    checks = rows(
        {"ask_check"},
        case.checks.select_related("worker", "asked_by").order_by("-asked_at")[:1],
    )
    return {
        "helps": helps,
        "helps_done": sum(help.done_at is not None for help in helps),
        "check": checks[0] if checks else None,
        "extension": waiting_extension(case) if "ask_extension" in told else None,
        "samples": [] if case.is_open else list(case.samples.filter(done_at=None)),
        "supporters": rows(
            {"support", "absorb"},
            case.supporters.select_related("staff").order_by("at", "pk"),
        ),
        "files": list(case.files.select_related("by")),
        "sides": sides(case, events),
        "kin": kin(case, told, staff),
        "near": near(case, staff),
    }


def waiting_extension(case):
    if not case.is_open:
        return None
    rows = case.extensions.filter(state=Extension.State.WAITING)
    found = rows.select_related("asked_by").first()
    if found:
        found.unit_label = LimitUnit(found.unit).label
    return found


def sides(case, events):
    """The reasons of the departments that gave the case back, while somebody is to decide."""
    if not case.decider_id or case.department_id or not case.is_open:
        return []
    begin = max((n for n, e in enumerate(events) if e.kind == "reopen"), default=0)
    back = [event for event in events[begin:] if event.kind == "send_back"][-2:]
    names = Department.objects.in_bulk([e.data.get("department") for e in back])
    return [
        Side(
            department=str(names.get(event.data.get("department"), "")),
            reason=event.note,
            who=event.by.full_name if event.by else "",
            at=event.at,
        )
        for event in back
    ]


def kin(case, told, staff):
    """Cases linked with this one, merged into it, split off it or the other way round.

    Each with `tie`: link, merged, part, whole, goes_on. Only those that the person may see.
    """
    notes = _links(case) if "link" in told else {}
    ties = dict.fromkeys(notes, "link")
    if "absorb" in told:
        ties |= dict.fromkeys(_keys(merged_into=case), "merged")
    if "split" in told:
        ties |= dict.fromkeys(_keys(split_from=case), "part")
    ties |= {case.split_from_id: "whole", case.merged_into_id: "goes_on"}
    ties.pop(None, None)
    if not ties:
        return []
    rows = Case.objects.visible_to(staff).filter(pk__in=ties)
    found = list(rows.only("number", "title", "stage", "closed_at").order_by("pk"))
    for other in found:
        other.tie, other.tie_note = ties[other.pk], notes.get(other.pk, "")
    return found


def _links(case):
    """{key of the other case: what they have to do with each other}."""
    return {
        (link.other_id if link.case_id == case.pk else link.case_id): link.note
        for link in CaseLink.objects.filter(Q(case=case) | Q(other=case))
    }


def near(case, staff):
    """Other cases within 50 m (with `metres`), then those of the same household; a few of each."""
    family = _few(joint_work.of_household(case), staff)
    around = _few(joint_work.nearby(case), staff)
    for other in around:
        other.metres = round(other.distance)
    known = {other.pk for other in around}
    return around + [other for other in family if other.pk not in known]


def _few(cases, staff):
    rows = cases.visible_to(staff).only("number", "title", "stage", "closed_at")
    return list(rows[:FEW])


def _keys(**conditions):
    return Case.objects.filter(**conditions).values_list("pk", flat=True)


def ready_texts(case, step):
    """Ready texts of the district for a step: those of the category, and those of all."""
    rows = AnswerTemplate.objects.filter(district=case.district_id, step=step)
    fitting = rows.filter(Q(category=None) | Q(category=case.category_id))
    return list(fitting.order_by("category", "name"))


def ready_text(case, step, key):
    """The text that was chosen by its key; empty if there is none."""
    if not key or not key.isdecimal():
        return ""
    return next((t.text for t in ready_texts(case, step) if t.pk == int(key)), "")
