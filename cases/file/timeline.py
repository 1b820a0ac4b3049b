"""What happened to a case, in sentences; and how far it has come."""

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext, pgettext_lazy

from cases import wording
from cases.models import (
    Alarm,
    LimitUnit,
    Result,
    Sample,
    Stage,
    SupervisionSlip,
)
from cases.steps.table import EVENTS, LABELS
from grids.models import Department, Staff
from grids.templatetags.office import office_time

SENTENCES = {kind: step.sentence for kind, step in EVENTS.items() if step.sentence}
GRANTED = _lazy("Extension granted: %(number)s %(unit)s, now %(due_at)s")
NOT_GRANTED = _lazy("Extension not granted")
IS_SO, IS_NOT_SO = _lazy("it is as reported"), _lazy("it is not as reported")
SECOND_RETURN = _lazy("Sent back again by %(department)s: %(decider)s decides")
REFUSED_TO_PERSON = _lazy("Refused, and the person was told why")
PASSED_TO = _lazy("%(result)s to %(passed_to)s")
# (label, stage that is over when this step is done, event that did it)
LOOP = [
    (pgettext_lazy("step", "Report"), "report"),
    (pgettext_lazy("step", "Register"), "register"),
    (pgettext_lazy("step", "Dispatch"), "dispatch"),
    (pgettext_lazy("step", "Handle"), "accept"),
    (pgettext_lazy("step", "Feed back"), "feed_back"),
    (pgettext_lazy("step", "Verify"), "verify"),
    (pgettext_lazy("step", "Rate"), "evaluate"),
]
# Events that do the step of another name.
DOES = {"solve": "verify", "answer_person": "verify", "assign": "accept", "decide": "dispatch"}
NOW = {
    Stage.REPORTED: 1,
    Stage.REJECTED: 1,
    Stage.REGISTERED: 2,
    Stage.DISPATCHED: 3,
    Stage.HANDLING: 3,
    Stage.FEEDBACK: 5,
    Stage.CLOSED: 6,
    Stage.EVALUATED: 7,
}


def loop_of(case, events):
    """The seven steps with their state, and the day on which each was done in this run."""
    days = {}
    for event in events:
        if event.kind == "reopen":
            days = {kind: day for kind, day in days.items() if kind in ("report", "register")}
        days[DOES.get(event.kind, event.kind)] = wording.short_day(event.at)
    now = NOW[Stage(case.stage)]
    here = "todo" if case.stage == Stage.REJECTED else "now"  # it goes no further
    return [
        {
            "label": label,
            "state": "done" if place < now else here if place == now else "todo",
            "note": days.get(kind, "") if place < now else "",
        }
        for place, (label, kind) in enumerate(LOOP)
    ]


def tell(case, events):
    """The events as the timeline wants them, newest first."""
    names = _Names(events)
    told = [
        {
            "at": event.at,
            "who": event.by.full_name if event.by else _who(case, event),
            "what": _sentence(event, names),
            "note": event.note,
            "to": _addressed(event, names),
            "kind": event.kind,
            "now": False,
        }
        for event in events
    ]
    told.reverse()
    if told and case.is_open:
        told[0]["now"] = True
    return told


def _who(case, event):
    return _("Resident") if event.kind in ("report", "evaluate") else _("System")


def _addressed(event, names):
    """Whom a remark was written for."""
    return names.people(event.data.get("tell")) if event.kind == "remark" else ""


class _Names:
    """Departments and people that events name by their keys: two queries at most."""

    def __init__(self, events):
        said = [event.data for event in events]
        self.departments = _by_key(Department, _keys(said, "department"), "name")
        self.staff = _by_key(Staff, _keys(said, *PEOPLE), "full_name")

    def people(self, keys):
        keys = keys if isinstance(keys, list) else [keys]
        return pgettext("list", ", ").join(self.staff[key] for key in keys if key in self.staff)


PEOPLE = ("worker", "handler", "decider", "tell")


def _keys(said, *names):
    """The whole numbers that the data of events hold under these names."""
    values = [data.get(name) for data in said for name in names]
    flat = [one for each in values for one in (each if isinstance(each, list) else [each])]
    return {one for one in flat if isinstance(one, int)}


def _by_key(model, keys, name):
    if not keys:
        return {}
    return dict(model.objects.filter(pk__in=keys).values_list("pk", name))


def _sentence(event, names):
    data, sentence = event.data, _template(event)
    if sentence is None:
        return str(LABELS.get(event.kind, event.kind))
    result = _label(Result, data.get("result"))
    number, unit = data.get("asked") or (data.get("number", ""), data.get("unit"))
    if data.get("passed_to"):
        result = PASSED_TO % {"result": result, "passed_to": data["passed_to"]}
    words = {
        "department": names.departments.get(data.get("department"), _("Department")),
        "people": names.people(data.get("worker") or data.get("handler")),
        "decider": names.people(data.get("decider")),
        "other": data.get("number", ""),
        "answer": IS_SO if data.get("is_so") else IS_NOT_SO,
        "result": result,
        "finding": _label(Sample.Finding, data.get("finding")),
        "colour": _label(SupervisionSlip.Colour, data.get("colour")),
        "level": _label(Alarm.Level, data.get("level")),
        "unit": _label(LimitUnit, unit),
        "rating": data.get("rating", ""),
        "number": number,
        "until": _moment(data.get("until")),
        "due_at": _moment(data.get("due_at")),
    }
    return str(sentence) % words


def _template(event):
    if event.kind == "decide_extension":
        return GRANTED if event.data.get("granted") else NOT_GRANTED
    if event.kind == "send_back" and event.data.get("decider"):
        return SECOND_RETURN
    if event.kind == "answer_person" and event.data.get("result") != Result.ANSWERED:
        return REFUSED_TO_PERSON
    return SENTENCES.get(event.kind)


def _label(choices, value):
    return choices(value).label if value in choices.values else ""


def _moment(text):
    moment = parse_datetime(text) if text else None
    return office_time(moment)
