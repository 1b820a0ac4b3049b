"""The steps of the loop, as tables: which step leads where, and the right that it needs."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Stage
from grids.scope import Scope

# Stage -> step -> the stage it leads to. `verify` has two ends: passed, or not passed.
NEXT = {
    Stage.REPORTED: {
        "solve": Stage.CLOSED,
        "register": Stage.REGISTERED,
        "reject": Stage.REJECTED,
    },
    Stage.REGISTERED: {"dispatch": Stage.DISPATCHED},
    Stage.DISPATCHED: {"accept": Stage.HANDLING, "send_back": Stage.REGISTERED},
    Stage.HANDLING: {"feed_back": Stage.FEEDBACK, "send_back": Stage.REGISTERED},
    Stage.FEEDBACK: {"verify": Stage.CLOSED, "verify_failed": Stage.HANDLING},
    Stage.CLOSED: {"evaluate": Stage.EVALUATED, "reopen": Stage.REGISTERED},
    Stage.EVALUATED: {"reopen": Stage.REGISTERED},
    Stage.REJECTED: {},
}

UNDER_LIMIT = frozenset(
    {Stage.REGISTERED, Stage.DISPATCHED, Stage.HANDLING, Stage.FEEDBACK}
)
OPEN = UNDER_LIMIT | {Stage.REPORTED}
FINISHED = frozenset({Stage.CLOSED, Stage.EVALUATED, Stage.REJECTED})

# Steps that leave the stage as it is, and the stages in which they make sense.
BESIDE = {
    "urge": UNDER_LIMIT,
    "issue_slip": UNDER_LIMIT,
    "pause": UNDER_LIMIT,
    "resume": UNDER_LIMIT,
    "extend": UNDER_LIMIT,
}

# Step -> the right that a person needs on the case.
STEPS = {
    "solve": "case.solve",
    "register": "case.register",
    "reject": "case.reject",
    "dispatch": "case.dispatch",
    "accept": "case.handle",
    "send_back": "case.handle",
    "feed_back": "case.handle",
    "verify": "case.verify",
    "verify_failed": "case.verify",
    "evaluate": "case.evaluate",
    "reopen": "case.reopen",
    "urge": "case.urge",
    "issue_slip": "case.urge",
    "pause": "case.pause",
    "resume": "case.pause",
    "extend": "case.extend",
    "answer_slip": "case.handle",
}

LABELS = {
    "report": _("Report"),
    "solve": _("Solve on the spot"),
    "register": _("Register"),
    "reject": _("Reject"),
    "dispatch": _("Dispatch"),
    "accept": _("Accept"),
    "send_back": _("Send back"),
    "feed_back": _("Feed back"),
    "verify": _("Verify"),
    "verify_failed": _("Not passed"),
    "evaluate": _("Rate"),
    "reopen": _("Reopen"),
    "urge": _("Urge"),
    "issue_slip": _("Issue a slip"),
    "answer_slip": _("Answer the slip"),
    "pause": _("Pause the clock"),
    "resume": _("Resume"),
    "extend": _("Extend the limit"),
    "alarm": _("Alarm"),
}

REOPEN_WITHIN = dt.timedelta(days=14)


class Refused(ValueError):
    """A step that cannot be done now; the message is for the person who tried."""


def steps_for(case, staff, *, now=None):
    """Names of the steps that this person may do on this case now, in the table's order.

    `verify` stands for both ends; `verify_failed` is never listed.
    """
    now = now or timezone.now()
    return [
        step for step in _at_stage(case) if _obstacle(case, step, staff, now) is None
    ]


def check(case, step, *, by, at):
    """Refuse a step that is not in the table, not this person's, or against a rule."""
    if step not in _at_stage(case):
        raise Refused(
            _("%(step)s is not possible while the case is: %(stage)s.")
            % {"step": LABELS[step], "stage": case.get_stage_display()}
        )
    obstacle = _obstacle(case, step, by, at)
    if obstacle is not None:
        raise Refused(obstacle)


def _at_stage(case):
    return [
        *(step for step in NEXT[case.stage] if step != "verify_failed"),
        *(step for step, stages in BESIDE.items() if case.stage in stages),
    ]


def _obstacle(case, step, staff, now):
    """Why this person cannot do this step now; None if nothing is in the way."""
    if not Scope.of(staff).grants(STEPS[step], case):
        return _("You may not do this step on this case.")
    rule = _RULES.get(step)
    return rule(case, staff, now) if rule else None


def _verify(case, staff, now):
    if has_handled(case, staff):
        return _("Whoever handled a case does not verify it.")


def _evaluate(case, staff, now):
    if case.reporter_id and case.reporter_id != staff.pk:
        return _("The reporter rates the result.")
    if has_handled(case, staff):
        return _("Nobody rates their own work.")


def _reopen(case, staff, now):
    if case.standard_id is None:
        return _("This case has no filing condition: report it anew.")
    if now > case.closed_at + REOPEN_WITHIN:
        return _("A case can be reopened within 14 days.")


def _move_limit(case, staff, now):
    if active_pause(case, now):
        return _("The clock stands still already.")
    if case.due_at is None or now >= case.due_at:
        return _("The limit has passed.")


def _resume(case, staff, now):
    if not active_pause(case, now):
        return _("The clock is not paused.")


_RULES = {
    "verify": _verify,
    "evaluate": _evaluate,
    "reopen": _reopen,
    "pause": _move_limit,
    "resume": _resume,
    "extend": _move_limit,
}


def has_handled(case, staff):
    """Whether this person accepted, fed back or solved the case, in any run."""
    return (
        case.handler_id == staff.pk
        or case.events.filter(
            kind__in=["accept", "feed_back", "solve"], by=staff
        ).exists()
    )


def active_pause(case, now):
    return case.pauses.filter(ended_at=None, until_at__gt=now).first()
