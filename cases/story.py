"""What happened to a case, in sentences; and how far it has come."""

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from cases import wording
from cases.models import Alarm, LimitUnit, Result, Stage, SupervisionSlip
from cases.steps import LABELS
from grids.models import Department
from grids.templatetags.office import office_time

SENTENCES = {
    "report": _lazy("Reported"),
    "solve": _lazy("Solved on the spot"),
    "register": _lazy("Registered"),
    "reject": _lazy("Rejected"),
    "dispatch": _lazy("Dispatched to %(department)s"),
    "accept": _lazy("%(department)s has taken it in hand"),
    "send_back": _lazy("Sent back by %(department)s"),
    "feed_back": _lazy("%(department)s reports it done"),
    "verify": _lazy("Verified and closed: %(result)s"),
    "verify_failed": _lazy("Not passed, back to the department"),
    "evaluate": _lazy("Rated %(rating)s of 5"),
    "reopen": _lazy("Reopened"),
    "urge": _lazy("Urged"),
    "pause": _lazy("Clock paused until %(until)s"),
    "resume": _lazy("Clock goes on"),
    "extend": _lazy("Limit extended by %(number)s %(unit)s, now %(due_at)s"),
    "issue_slip": _lazy("%(colour)s supervision slip"),
    "answer_slip": _lazy("%(colour)s supervision slip answered"),
    "alarm": _lazy("Alarm: %(level)s"),
}
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
            days = {
                kind: day
                for kind, day in days.items()
                if kind in ("report", "register")
            }
        days["verify" if event.kind == "solve" else event.kind] = wording.short_day(
            event.at
        )
    now = NOW[Stage(case.stage)]
    return [
        {
            "label": label,
            "state": "done" if place < now else "now" if place == now else "todo",
            "note": days.get(kind, "") if place < now else "",
        }
        for place, (label, kind) in enumerate(LOOP)
    ]


def tell(case, events):
    """The events as the timeline wants them, newest first."""
    names = _departments(events)
    told = [
        {
            "at": event.at,
            "who": event.by.full_name if event.by else _who(case, event),
            "what": _sentence(event, names),
            "note": event.note,
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


def _departments(events):
    keys = {event.data.get("department") for event in events} - {None}
    return dict(Department.objects.filter(pk__in=keys).values_list("pk", "name"))


def _sentence(event, names):
    sentence = SENTENCES.get(event.kind)
    if sentence is None:
        return str(LABELS.get(event.kind, event.kind))
    data = event.data
    words = {
        "department": names.get(data.get("department"), _("Department")),
        "result": _label(Result, data.get("result")),
        "colour": _label(SupervisionSlip.Colour, data.get("colour")),
        "level": _label(Alarm.Level, data.get("level")),
        "unit": _label(LimitUnit, data.get("unit")),
        "rating": data.get("rating", ""),
        "number": data.get("number", ""),
        "until": _moment(data.get("until")),
        "due_at": _moment(data.get("due_at")),
    }
    return str(sentence) % words


def _label(choices, value):
    return choices(value).label if value in choices.values else ""


def _moment(text):
    moment = parse_datetime(text) if text else None
    return office_time(moment)
