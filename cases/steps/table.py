"""The steps of the loop: ONE row says all of a step but its verb, its obstacle and its form.

`docs/developer/adding.md` says what else a new step needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import FINISHED, OPEN, SOLVED, UNDER_LIMIT, WITH_DEPARTMENT, Stage
from cases.steps.people import (
    COMMUNITY,
    COORDINATOR,
    DECIDER,
    DISPATCHED_BY,
    DISTRICT,
    HANDLER,
    HANDLERS,
    HEAD,
    ISSUER,
    LEADER,
    NAMED,
    REPORTER,
    STREET,
    SUPPORTERS,
    Hearer,
    at_desk,
    if_urgent,
)


@dataclass(frozen=True)
class Step:
    """What is said of a step, who may take it, where it leads, and who hears of it.

    A step leads from stage to stage, or stands `beside` the loop at some stages, or both.
    """

    label: str | Promise = ""  # on its button
    right: str = ""  # what a person needs on the case
    leads: Mapping[Stage, Stage] = field(default_factory=dict)
    beside: frozenset[Stage] = frozenset()
    hearers: Sequence[Hearer] = ()  # told at once, besides the companion of an urgent case
    title: str | Promise = ""  # of the message that they get
    sentence: str | Promise = ""  # in the history of the case; its label where there is none


# In the order in which they are offered.
TABLE: dict[str, Step] = {
    "report": Step(
        label=_("Report"),
        hearers=[LEADER, COMMUNITY, if_urgent(STREET)],
        title=_("New report"),
        sentence=_("Reported"),
    ),
    "ask_check": Step(
        label=_("Send somebody to look"),
        right="case.register",
        beside=frozenset({Stage.REPORTED}),
        hearers=[NAMED],
        title=_("Go and look"),
        sentence=_("%(people)s was sent to look"),
    ),
    "answer_check": Step(
        label=_("Say what you saw"),
        right="case.check",
        beside=frozenset({Stage.REPORTED}),
        hearers=[NAMED],
        title=_("Looked at"),
        sentence=_("Looked at it: %(answer)s"),
    ),
    "solve": Step(
        label=_("Solve on the spot"),
        right="case.solve",
        leads={Stage.REPORTED: Stage.CLOSED},
        hearers=[REPORTER, SUPPORTERS],
        title=_("Your report is closed"),
        sentence=_("Solved on the spot"),
    ),
    "register": Step(
        label=_("Register"),
        right="case.register",
        leads={Stage.REPORTED: Stage.REGISTERED},
        sentence=_("Registered"),
    ),
    "reject": Step(
        label=_("Reject"),
        right="case.reject",
        leads={Stage.REPORTED: Stage.REJECTED},
        hearers=[REPORTER, SUPPORTERS],
        title=_("Your report was not filed"),
        sentence=_("Rejected"),
    ),
    "answer_person": Step(
        label=_("Answer the person"),
        right="case.register",
        leads={Stage.REGISTERED: Stage.CLOSED},
        hearers=[REPORTER, SUPPORTERS],
        title=_("The person was answered"),
        sentence=_("Done, and the person was told"),
    ),
    "dispatch": Step(
        label=_("Dispatch"),
        right="case.dispatch",
        leads={Stage.REGISTERED: Stage.DISPATCHED},
        hearers=[HANDLERS, COORDINATOR],
        title=_("Dispatched to your department"),
        sentence=_("Dispatched to %(department)s"),
    ),
    "decide": Step(
        label=_("Decide who handles it"),
        right="case.dispatch",
        leads={Stage.REGISTERED: Stage.DISPATCHED},
        hearers=[HANDLERS, COORDINATOR],
        title=_("Dispatched for good to your department"),
        sentence=_("Decided: %(department)s handles it"),
    ),
    "accept": Step(
        label=_("Accept"),
        right="case.handle",
        leads={Stage.DISPATCHED: Stage.HANDLING},
        sentence=_("%(department)s has taken it in hand"),
    ),
    "assign": Step(
        label=_("Assign"),
        right="case.assign",
        leads={Stage.DISPATCHED: Stage.HANDLING},
        beside=frozenset({Stage.HANDLING}),
        hearers=[HANDLER],
        title=_("Assigned to you"),
        sentence=_("Assigned to %(people)s"),
    ),
    "feed_back": Step(
        label=_("Feed back"),
        right="case.handle",
        leads={Stage.HANDLING: Stage.FEEDBACK},
        hearers=[LEADER, COMMUNITY, STREET],
        title=_("To be verified"),
        sentence=_("%(department)s reports it done"),
    ),
    "send_back": Step(
        label=_("Send back"),
        right="case.handle",
        leads={Stage.DISPATCHED: Stage.REGISTERED, Stage.HANDLING: Stage.REGISTERED},
        hearers=[DISPATCHED_BY, DISTRICT, DECIDER],
        title=_("Sent back by the department"),
        sentence=_("Sent back by %(department)s"),
    ),
    "verify": Step(
        label=_("Verify"),
        right="case.verify",
        leads={Stage.FEEDBACK: Stage.CLOSED},
        hearers=[REPORTER, SUPPORTERS],
        title=_("Your report is closed"),
        sentence=_("Verified and closed: %(result)s"),
    ),
    "verify_failed": Step(
        label=_("Not passed"),
        right="case.verify",
        leads={Stage.FEEDBACK: Stage.HANDLING},
        hearers=[HANDLER, COORDINATOR],
        title=_("Not passed: to be done again"),
        sentence=_("Not passed, back to the department"),
    ),
    "evaluate": Step(
        label=_("Rate"),
        right="case.evaluate",
        leads={Stage.CLOSED: Stage.EVALUATED},
        sentence=_("Rated %(rating)s of 5"),
    ),
    "reopen": Step(
        label=_("Reopen"),
        right="case.reopen",
        leads={Stage.CLOSED: Stage.REGISTERED, Stage.EVALUATED: Stage.REGISTERED},
        hearers=[STREET, DISTRICT],
        title=_("Reopened"),
        sentence=_("Reopened"),
    ),
    "reopen_unfiled": Step(
        label=_("Reopen"),
        right="case.reopen",
        leads={Stage.CLOSED: Stage.REPORTED, Stage.EVALUATED: Stage.REPORTED},
        sentence=_("Reopened"),
    ),
    "ask_help": Step(
        label=_("Call a department to help"),
        right="case.ask_help",
        beside=WITH_DEPARTMENT,
        hearers=[NAMED],
        title=_("Your department is asked to help"),
        sentence=_("%(department)s was asked to help"),
    ),
    "finish_help": Step(
        label=_("Help is done"),
        right="case.help",
        beside=UNDER_LIMIT,
        hearers=[NAMED, HANDLER],
        title=_("Help is done"),
        sentence=_("%(department)s has helped"),
    ),
    "ask_extension": Step(
        label=_("Ask for more time"),
        right="case.handle",
        beside=WITH_DEPARTMENT,
        hearers=[HEAD, STREET],
        title=_("More time is asked for"),
        sentence=_("Asked for %(number)s %(unit)s more"),
    ),
    "decide_extension": Step(
        label=_("Decide on the extension"),
        right="case.extend",
        beside=WITH_DEPARTMENT,
        hearers=[NAMED, HANDLER],
        title=_("Decided on the extension"),
    ),
    "pause": Step(
        label=_("Pause the clock"),
        right="case.pause",
        beside=UNDER_LIMIT,
        hearers=[HANDLER],
        title=_("Clock paused"),
        sentence=_("Clock paused until %(until)s"),
    ),
    "resume": Step(
        label=_("Resume"),
        right="case.pause",
        beside=UNDER_LIMIT,
        hearers=[HANDLER],
        title=_("Clock goes on"),
        sentence=_("Clock goes on"),
    ),
    "urge": Step(
        label=_("Urge"),
        right="case.urge",
        beside=UNDER_LIMIT,
        hearers=[HANDLERS, COORDINATOR, at_desk(LEADER), at_desk(COMMUNITY)],
        title=_("Urged"),
        sentence=_("Urged"),
    ),
    "issue_slip": Step(
        label=_("Issue a slip"),
        right="case.urge",
        beside=UNDER_LIMIT,
        hearers=[HANDLERS, COORDINATOR, HEAD],
        title=_("Supervision slip"),
        sentence=_("%(colour)s supervision slip"),
    ),
    "answer_slip": Step(
        label=_("Answer the slip"),
        right="case.handle",
        hearers=[ISSUER, STREET],
        title=_("Slip answered"),
        sentence=_("%(colour)s supervision slip answered"),
    ),
    "merge": Step(
        label=_("Merge into another case"),
        right="case.register",
        leads={
            Stage.REPORTED: Stage.REJECTED,
            Stage.REGISTERED: Stage.REJECTED,
            Stage.DISPATCHED: Stage.REJECTED,
            Stage.HANDLING: Stage.REJECTED,
        },
        hearers=[REPORTER, SUPPORTERS, HANDLER],
        title=_("Goes on with another case"),
        sentence=_("Merged into %(other)s"),
    ),
    "split": Step(
        label=_("Split off a part"),
        right="case.register",
        beside=OPEN,
        sentence=_("Split off: %(other)s"),
    ),
    "link": Step(
        label=_("Link with another case"),
        right="case.register",
        beside=OPEN | FINISHED,
        sentence=_("Linked with %(other)s"),
    ),
    "support": Step(
        label=_("Add yourself"),
        right="case.report",
        beside=OPEN,
        sentence=_("Reports the same"),
    ),
    "remark": Step(
        label=_("Remark"),
        right="case.remark",
        beside=OPEN | FINISHED,
        hearers=[NAMED],
        title=_("You are mentioned"),
        sentence=_("Remark"),
    ),
    "recheck": Step(
        label=_("Re-check"),
        right="case.recheck",
        beside=SOLVED,
        sentence=_("Re-checked: %(finding)s"),
    ),
    "call_back": Step(
        label=_("Call back"),
        right="case.call_back",
        beside=SOLVED,
        sentence=_("Called back: %(finding)s"),
    ),
}

# What the system does, and the other side of a step: events without a button of their own.
EVENTS: dict[str, Step] = TABLE | {
    "extend": Step(
        label=_("Extend the limit"),
        sentence=_("Limit extended by %(number)s %(unit)s, now %(due_at)s"),
    ),
    "absorb": Step(
        label=_("Another case was merged into it"),
        hearers=[HANDLER],
        title=_("Another case was merged into it"),
        sentence=_("%(other)s was merged into this case"),
    ),
    "slip_overdue": Step(
        hearers=[ISSUER, STREET, HEAD],
        title=_("Slip not answered in time"),
        sentence=_("%(colour)s supervision slip not answered in time"),
    ),
    "alarm": Step(
        label=_("Alarm"),
        sentence=_("Alarm: %(level)s"),
    ),
    "calendar": Step(
        sentence=_("Work calendar changed, to be done by %(until)s"),
    ),
}

# The step whose other end this is: not passed; reopened without a filing condition.
OTHER_END = {"verify_failed": "verify", "reopen_unfiled": "reopen"}

# Stage -> step -> the stage it leads to.
NEXT = {
    stage: {name: step.leads[stage] for name, step in TABLE.items() if stage in step.leads}
    for stage in Stage
}
# Steps that leave the stage as it is, and the stages in which they make sense.
BESIDE = {name: step.beside for name, step in TABLE.items() if step.beside}
# Step -> the right that a person needs on the case.
STEPS = {name: step.right for name, step in TABLE.items() if step.right}
LABELS = {name: step.label for name, step in EVENTS.items() if step.label}

# Where the buttons stand on the page of a case.
# The first of these that a person may do is the next thing; the others stand aside.
NEXT_THING = [
    "answer_check",
    "decide",
    "feed_back",
    "accept",
    "verify",
    "decide_extension",
    "finish_help",
    "answer_person",
    "dispatch",
    "register",
    "recheck",
    "call_back",
    "evaluate",
    "solve",
]
# In groups, as the menu shows them; the first two that are possible are buttons on a desk.
AT_HAND = [
    ["solve", "answer_person", "resume", "ask_extension", "decide_extension", "assign", "remark"],
    ["ask_help", "finish_help", "ask_check", "answer_check", "recheck", "call_back"],
    ["urge", "pause", "issue_slip"],
    ["support", "link", "split"],
]
WITH_CARE = ["send_back", "merge", "reject", "reopen"]
