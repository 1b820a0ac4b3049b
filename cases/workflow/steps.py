"""Who may take which step of a case now: the table of steps, the right, and what stands in the way."""

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.steps.table import BESIDE, LABELS, NEXT, OTHER_END, STEPS
from cases.workflow.obstacles import RULES
from grids.refusal import Refused
from grids.scope import Scope


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
