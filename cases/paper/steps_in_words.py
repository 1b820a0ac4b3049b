"""The tables of the loop for people: who may do which step, where it leads, who hears of lateness."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.lateness.escalation import SLIPS
from cases.limits.reckoning import USUAL
from cases.models import Alarm, Stage, SupervisionSlip
from cases.steps import people
from cases.steps.table import BESIDE, LABELS, NEXT, STEPS
from cases.telling import hearers
from grids.roles import HELPERS_RIGHTS, OWNER_RIGHTS, RIGHTS, Role

BEGIN = "report"


@dataclass(frozen=True)
class StepLine:
    """`origins` are the stages at which it is possible; `target` is empty where the stage stays."""

    step: str
    label: str
    origins: list
    target: str
    roles: list
    hearers: list


@dataclass(frozen=True)
class Rung:
    label: str
    percent: int
    slip: str
    hearers: list


def moving():
    """The steps that bring a case to another stage, in the order of the table."""
    found: dict = {}
    for stage, ways in NEXT.items():
        for step, target in ways.items():
            found.setdefault((step, target), []).append(stage)
    lines = [_line(BEGIN, [], Stage.REPORTED, "case.report")]
    return lines + [_line(step, origins, target) for (step, target), origins in found.items()]


def beside():
    """The steps that leave the stage as it is."""
    return [
        _line(step, [stage for stage in Stage if stage in stages])
        for step, stages in BESIDE.items()
    ]


def edges():
    """[(from, to, labels)] of the drawing, stages in the order of the table."""
    found: dict = {}
    for stage, ways in NEXT.items():
        for step, target in ways.items():
            found.setdefault((stage, target), []).append(str(LABELS[step]))
    return [(origin, target, labels) for (origin, target), labels in found.items()]


def rungs():
    """The shipped ladder; what each rung adds to the ones below it."""
    return [
        Rung(
            str(Alarm.Level(level).label),
            USUAL[level],
            str(SupervisionSlip.Colour(SLIPS[level]).label) if level in SLIPS else "",
            [people.say(hearer) for hearer in told],
        )
        for level, told in hearers.LADDER.items()
    ]


def joined(words):
    return pgettext("list", ", ").join(map(str, words))


def _line(step, origins, target="", right=None):
    return StepLine(
        step,
        str(LABELS[step]),
        [str(Stage(stage).label) for stage in origins],
        str(Stage(target).label) if target else "",
        _who(right or STEPS[step]),
        [_hearer(hearer) for hearer in hearers.HEARERS.get(step, [])],
    )


def _hearer(hearer):
    words = people.say(hearer)
    return _("%(who)s if it is urgent") % {"who": words} if hearer.urgent else words


def _who(right):
    """Everybody to whom the tables of rights give it, in words."""
    who = [str(role.label) for role in Role if right in RIGHTS[role]]
    if right in OWNER_RIGHTS:
        who.append(_("whoever reported it"))
    if right in HELPERS_RIGHTS:
        who.append(_("a department that was called to help"))
    return who
