"""What stands in the way of a step besides the table and the right: one small rule per step.

A rule takes (case, staff, now) and gives the message for the person, or None.
"""

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import CasePolicy, CaseStandard, Category, Extension, Loop, Result
from cases.own_data import doing
from grids.models import Department
from grids.people import stand_ins
from grids.scope import Scope

REOPEN_WITHIN = dt.timedelta(days=14)

# These are answered, never "fixed"; the next ones can be either.
ONLY_ANSWERED = frozenset(
    {
        Category.Kind.INQUIRY,
        Category.Kind.SUGGESTION,
        Category.Kind.COMPLAINT,
        Category.Kind.OWN_DATA,
    }
)
ALSO_ANSWERED = frozenset(
    {Category.Kind.REQUEST, Category.Kind.DISPUTE, Category.Kind.VERIFICATION}
)


def results_for(category):
    """The results with which a case of this category can be closed; the usual one first."""
    others = [Result.NOT_FIXED, Result.PASSED_ON]
    if category.kind in ONLY_ANSWERED:
        return [Result.ANSWERED, *others]
    if category.kind in ALSO_ANSWERED:
        return [Result.FIXED, Result.ANSWERED, *others]
    return [Result.FIXED, *others]


def policy_of(district_id):
    """How the district runs its cases; the usual rules where it has written none."""
    found = CasePolicy.objects.filter(district=district_id).first()
    return found or CasePolicy(district_id=district_id)


def has_handled(case, staff):
    """Whether this person handled, helped with or solved the case, in any run."""
    took_part = Q(
        kind__in=["accept", "feed_back", "solve", "answer_person", "finish_help"], by=staff
    )
    was_named = Q(kind="assign", data__handler=staff.pk)
    return case.handler_id == staff.pk or case.events.filter(took_part | was_named).exists()


def active_pause(case, now):
    return case.pauses.filter(ended_at=None, until_at__gt=now).first()


def _solve(case, staff, now):
    if case.is_urgent:
        return _("An urgent matter goes to the community and the street.")
    if not _grid_may_solve(case, timezone.localdate(now)):
        return _("This matter is not solved inside the grid.")


def _grid_may_solve(case, day):
    """What is not admitted (事项准入) is nobody's work in the grid."""
    if case.standard_id:
        return case.standard.loop == Loop.GRID and case.standard.is_admitted
    standards = CaseStandard.objects.in_force(day).filter(category=case.category_id)
    ways = set(standards.values_list("loop", "is_admitted"))
    return not ways or (Loop.GRID, True) in ways


def _ask_check(case, staff, now):
    if case.checks.filter(answered_at=None).exists():
        return _("Somebody has been sent to look already.")


def _answer_check(case, staff, now):
    waiting = case.checks.filter(answered_at=None)
    if not Scope.of(staff).grants("case.register", case):
        waiting = waiting.filter(worker=staff)
    if not waiting.exists():
        return _("You were not sent to look at this case.")


def _dispatch(case, staff, now):
    if case.decider_id:
        return _("It was sent back twice: %(name)s decides.") % {"name": case.decider}


def _decide(case, staff, now):
    if not case.decider_id:
        return _("This case was not sent back twice.")
    if case.decider_id == staff.pk:
        return None
    at_district = case.district_id in Scope.of(staff).reach("case.dispatch").districts
    if not at_district or not _is_away(case, timezone.localdate(now)):
        return _("It was sent back twice: %(name)s decides.") % {"name": case.decider}


def _is_away(case, day):
    decider = case.decider
    is_here = stand_ins.absence_of(decider, day) is None
    return not is_here or not Scope.of(decider).grants("case.dispatch", case)


def _send_back(case, staff, now):
    if case.decider_id:
        return _("It was decided that this department handles the case.")


def _feed_back(case, staff, now):
    waiting = Department.objects.filter(helps__case=case, helps__done_at=None)
    names = list(waiting.values_list("name", flat=True))
    if names:
        return _("Not finished yet: %(departments)s.") % {"departments": "、".join(names)}


def _finish_help(case, staff, now):
    departments = Scope.of(staff).reach("case.help").departments
    waiting = case.helps.filter(done_at=None)
    if case.department_id not in departments:  # the leading one may call it off
        waiting = waiting.filter(department__in=departments)
    if not waiting.exists():
        return _("Your department was not asked to help.")


def _verify(case, staff, now):
    if case.companion_id == staff.pk:
        return _("Whoever stays with an urgent case does not verify it.")
    if has_handled(case, staff):
        return _("Whoever handled a case does not verify it.")


def _evaluate(case, staff, now):
    is_anothers = case.reporter_id and case.reporter_id != staff.pk
    if is_anothers and case.reporter.is_active:
        return _("The reporter rates the result.")
    if has_handled(case, staff):
        return _("Nobody rates their own work.")


def _reopen(case, staff, now):
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


def _ask_extension(case, staff, now):
    if case.extensions.filter(state=Extension.State.WAITING).exists():
        return _("An extension is asked for already.")
    most = policy_of(case.district_id).extensions_at_most
    if case.extensions.filter(state=Extension.State.GRANTED).count() >= most:
        return _("The limit of a case is extended %(number)s times at most.") % {"number": most}
    return _move_limit(case, staff, now)


def _decide_extension(case, staff, now):
    waiting = case.extensions.filter(state=Extension.State.WAITING).first()
    if waiting is None:
        return _("No extension is asked for.")
    if waiting.asked_by_id == staff.pk:
        return _("Nobody decides what they asked for themselves.")


def _support(case, staff, now):
    if case.reporter_id == staff.pk or case.supporters.filter(staff=staff).exists():
        return _("You are on this case already.")


def _sample(kind):
    def rule(case, staff, now):
        if not case.samples.filter(kind=kind, done_at=None).exists():
            return _("This case was not drawn.")
        if has_handled(case, staff):
            return _("Nobody checks their own work.")

    return rule


RULES = {
    "solve": _solve,
    "answer_person": doing.obstacle,
    "ask_check": _ask_check,
    "answer_check": _answer_check,
    "dispatch": _dispatch,
    "decide": _decide,
    "send_back": _send_back,
    "feed_back": _feed_back,
    "finish_help": _finish_help,
    "verify": _verify,
    "evaluate": _evaluate,
    "reopen": _reopen,
    "pause": _move_limit,
    "resume": _resume,
    "ask_extension": _ask_extension,
    "decide_extension": _decide_extension,
    "support": _support,
    "recheck": _sample("recheck"),
    "call_back": _sample("call_back"),
}
