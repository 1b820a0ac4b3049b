"""The steps of the loop, as tables: which step leads where, and the right that it needs."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import FINISHED, OPEN, SOLVED, UNDER_LIMIT, WITH_DEPARTMENT, Stage
from cases.workflow.obstacles import RULES
from grids.refusal import Refused
from grids.scope import Scope

# Stage -> step -> the stage it leads to. Two steps have two ends (see OTHER_END).
NEXT = {
    Stage.REPORTED: {
        "solve": Stage.CLOSED,
        "register": Stage.REGISTERED,
        "reject": Stage.REJECTED,
        "merge": Stage.REJECTED,
    },
    Stage.REGISTERED: {
        "dispatch": Stage.DISPATCHED,
        "decide": Stage.DISPATCHED,
        "merge": Stage.REJECTED,
    },
    Stage.DISPATCHED: {
        "accept": Stage.HANDLING,
        "assign": Stage.HANDLING,
        "send_back": Stage.REGISTERED,
        "merge": Stage.REJECTED,
    },
    Stage.HANDLING: {
        "feed_back": Stage.FEEDBACK,
        "send_back": Stage.REGISTERED,
        "merge": Stage.REJECTED,
    },
    Stage.FEEDBACK: {"verify": Stage.CLOSED, "verify_failed": Stage.HANDLING},
    Stage.CLOSED: {
        "evaluate": Stage.EVALUATED,
        "reopen": Stage.REGISTERED,
        "reopen_unfiled": Stage.REPORTED,
    },
    Stage.EVALUATED: {
        "reopen": Stage.REGISTERED,
        "reopen_unfiled": Stage.REPORTED,
    },
    Stage.REJECTED: {},
}

# The step whose other end this is: not passed; reopened without a filing condition.
OTHER_END = {"verify_failed": "verify", "reopen_unfiled": "reopen"}

# Steps that leave the stage as it is, and the stages in which they make sense.
BESIDE = {
    "ask_check": frozenset({Stage.REPORTED}),
    "answer_check": frozenset({Stage.REPORTED}),
    "assign": frozenset({Stage.HANDLING}),
    "ask_help": WITH_DEPARTMENT,
    "finish_help": UNDER_LIMIT,
    "ask_extension": WITH_DEPARTMENT,
    "decide_extension": WITH_DEPARTMENT,
    "pause": UNDER_LIMIT,
    "resume": UNDER_LIMIT,
    "urge": UNDER_LIMIT,
    "issue_slip": UNDER_LIMIT,
    "split": OPEN,
    "link": OPEN | FINISHED,
    "support": OPEN,
    "remark": OPEN | FINISHED,
    "recheck": SOLVED,
    "call_back": SOLVED,
}

# Step -> the right that a person needs on the case.
STEPS = {
    "ask_check": "case.register",
    "answer_check": "case.check",
    "solve": "case.solve",
    "register": "case.register",
    "reject": "case.reject",
    "dispatch": "case.dispatch",
    "decide": "case.dispatch",
    "accept": "case.handle",
    "assign": "case.assign",
    "send_back": "case.handle",
    "ask_help": "case.ask_help",
    "finish_help": "case.help",
    "feed_back": "case.handle",
    "verify": "case.verify",
    "verify_failed": "case.verify",
    "evaluate": "case.evaluate",
    "reopen": "case.reopen",
    "reopen_unfiled": "case.reopen",
    "ask_extension": "case.handle",
    "decide_extension": "case.extend",
    "pause": "case.pause",
    "resume": "case.pause",
    "urge": "case.urge",
    "issue_slip": "case.urge",
    "answer_slip": "case.handle",
    "merge": "case.register",
    "split": "case.register",
    "link": "case.register",
    "support": "case.report",
    "remark": "case.remark",
    "recheck": "case.recheck",
    "call_back": "case.call_back",
}

LABELS = {
    "report": _("Report"),
    "ask_check": _("Send somebody to look"),
    "answer_check": _("Say what you saw"),
    "solve": _("Solve on the spot"),
    "register": _("Register"),
    "reject": _("Reject"),
    "dispatch": _("Dispatch"),
    "decide": _("Decide who handles it"),
    "accept": _("Accept"),
    "assign": _("Assign"),
    "send_back": _("Send back"),
    "ask_help": _("Call a department to help"),
    "finish_help": _("Help is done"),
    "feed_back": _("Feed back"),
    "verify": _("Verify"),
    "verify_failed": _("Not passed"),
    "evaluate": _("Rate"),
    "reopen": _("Reopen"),
    "reopen_unfiled": _("Reopen"),
    "ask_extension": _("Ask for more time"),
    "decide_extension": _("Decide on the extension"),
    "pause": _("Pause the clock"),
    "resume": _("Resume"),
    "extend": _("Extend the limit"),
    "urge": _("Urge"),
    "issue_slip": _("Issue a slip"),
    "answer_slip": _("Answer the slip"),
    "merge": _("Merge into another case"),
    "absorb": _("Another case was merged into it"),
    "split": _("Split off a part"),
    "link": _("Link with another case"),
    "support": _("Add yourself"),
    "remark": _("Remark"),
    "recheck": _("Re-check"),
    "call_back": _("Call back"),
    "alarm": _("Alarm"),
}


def steps_for(case, staff, *, now=None):
    """Names of the steps that this person may do on this case now, in the table's order.

    `verify` and `reopen` stand for both of their ends.
    """
    now = now or timezone.now()
    return [step for step in at_stage(case.stage) if may(case, step, staff, now)]


def may(case, step, staff, now):
    """Whether this person may do this one step on this case now."""
    return step in at_stage(case.stage) and _obstacle(case, step, staff, now) is None


def check(case, step, *, by, at):
    """Refuse a step that is not in the table, not this person's, or against a rule."""
    if step not in at_stage(case.stage):
        raise Refused(
            _("%(step)s is not possible while the case is: %(stage)s.")
            % {"step": LABELS[step], "stage": case.get_stage_display()}
        )
    obstacle = _obstacle(case, step, by, at)
    if obstacle is not None:
        raise Refused(obstacle)


def at_stage(stage):
    """The steps that make sense at a stage."""
    return [
        *(step for step in NEXT[stage] if step not in OTHER_END),
        *(step for step, stages in BESIDE.items() if stage in stages),
    ]


def holds(case, step, staff):
    """Whether the person has the right that the step needs on this case."""
    scope = Scope.of(staff)
    if step == "support":  # like a report: anywhere in the district
        return scope.has(STEPS[step]) and case.district_id in scope.district_ids
    return scope.grants(STEPS[step], case)


def _obstacle(case, step, staff, now):
    """Why this person cannot do this step now; None if nothing is in the way."""
    if not holds(case, step, staff):
        return _("You may not do this step on this case.")
    rule = RULES.get(step)
    return rule(case, staff, now) if rule else None
