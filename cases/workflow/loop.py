"""The verbs of the loop, from report (上报) to verification (核查), sending back (退回) among them.

Every verb locks the row, refuses with `Refused`, changes, records one event, in one
transaction. `at` is the moment of the step (default: now). `case` is reloaded in place.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, Loop, Result, Source
from cases.own_data import doing
from cases.steps.table import NEXT, STEPS
from cases.workflow.joint_work import may_report_in
from cases.workflow.moves import begin, lock, move, put, record
from cases.workflow.obstacles import results_for
from cases.workflow.routing import companion_for, decider_for
from grids.models import Department
from grids.refusal import Refused, demand
from grids.roles import DEPARTMENT_ROLES
from grids.scope import Scope

RETURNS_BEFORE_DECISION = 2


def report(
    *,
    by,
    grid,
    category,
    title,
    source,
    description="",
    address="",
    lon=None,
    lat=None,
    household=None,
    is_urgent=False,
    standard=None,
    client_uuid=None,
    at=None,
):
    """A new case. The same `client_uuid` by the same person gives the same case again.

    `by` is None for a resident's own report.
    """
    at = at or timezone.now()
    may_report_in(grid, by)
    is_urgent = is_urgent or bool(standard and standard.is_urgent)
    fields = {"client_uuid": client_uuid} if client_uuid else {}
    case = Case(
        district_id=grid.district_id,
        grid=grid,
        category=category,
        standard=standard,
        title=title,
        description=description,
        address=address,
        lon=lon,
        lat=lat,
        source=_source(source, by),
        household=household,
        reporter=by,
        reported_at=at,
        stage_since=at,
        **fields,
    )
    if earlier := _reported_before(case.client_uuid, by):
        return earlier
    put(case, **_sorted(case, standard, is_urgent, at))
    try:
        with transaction.atomic():
            begin(case, by=by, at=at)
    except IntegrityError:  # the same report came in on another connection
        if earlier := _reported_before(case.client_uuid, by):
            return earlier
        raise
    return case


def _source(source, by):
    """What a department reports is a task that it hands down, whatever the form says."""
    roles = Scope.of(by).roles_with("case.report") if by else set()
    return Source.DEPARTMENT if roles and roles <= DEPARTMENT_ROLES else source


def _reported_before(client_uuid, by):
    earlier = Case.objects.filter(client_uuid=client_uuid).first()
    if earlier and earlier.reporter_id != (by.pk if by else None):
        raise Refused(_("This report was sent by somebody else."))
    return earlier


def _sorted(case, standard, is_urgent, at):
    """Which loop it takes. What is urgent goes to the street at least, and a worker stays with it."""
    loop = standard.loop if standard else case.loop
    if not is_urgent:
        return {"loop": loop, "is_urgent": False}
    if loop in (Loop.GRID, Loop.COMMUNITY):
        loop = Loop.STREET
    companion = case.companion or companion_for(case.grid, case.reporter, at)
    return {"loop": loop, "is_urgent": True, "companion": companion}


@transaction.atomic
def solve(case, *, by, note, at=None):
    """On the spot, by a worker inside the grid: from report to closed in one step."""
    at = lock(case, "solve", by=by, at=at)
    move(
        case,
        "solve",
        by=by,
        at=at,
        note=note,
        handler=by,
        loop=Loop.GRID,
        result=results_for(case.category)[0],
        result_note=note[:300],
    )


@transaction.atomic
def register(case, *, by, standard, note="", at=None):
    """File the case under a standard; its limit and its alarms begin."""
    at = lock(case, "register", by=by, at=at)
    day = timezone.localdate(at)
    if standard.valid_from > day or (standard.valid_to and standard.valid_to < day):
        raise Refused(_("This filing condition is not in force."))
    how = _sorted(case, standard, case.is_urgent or standard.is_urgent, at)
    move(
        case,
        "register",
        by=by,
        at=at,
        note=note,
        standard=standard,
        category=standard.category,
        registered_at=at,
        **how,
    )


@transaction.atomic
def reject(case, *, by, reason, at=None):
    """Not a case: the reporter is told why."""
    at = lock(case, "reject", by=by, at=at)
    demand(reason, _("Say why."))
    move(case, "reject", by=by, at=at, note=reason, result_note=reason[:300])


@transaction.atomic
def dispatch(case, *, by, to, note="", at=None):
    """Hand the case to a department that serves the grid."""
    _hand_over(case, "dispatch", by=by, to=to, note=note, at=at)


@transaction.atomic
def decide(case, *, by, to, note, at=None):
    """After the second return: the department that is named now cannot send it back again."""
    demand(note, _("Say why."))
    _hand_over(case, "decide", by=by, to=to, note=note, at=at)


def _hand_over(case, step, *, by, to, note, at):
    at = lock(case, step, by=by, at=at)
    if not Department.objects.serving(case.grid).filter(pk=to.pk).exists():
        raise Refused(_("%(department)s does not serve this grid.") % {"department": to})
    data = {"department": to.pk}
    move(case, step, by=by, at=at, note=note, data=data, department=to, handler=None)


@transaction.atomic
def answer_person(case, *, by, is_granted, answer, at=None):
    """Answer somebody who asked about the own data, in words, and close the case with it."""
    at = lock(case, "answer_person", by=by, at=at)
    demand(answer, _("Say what the person is told."))
    doing.keep_answer(
        case.own_data_request, is_granted=is_granted, answer=answer[:500], by=by, at=at
    )
    result = Result.ANSWERED if is_granted else Result.NOT_FIXED
    data = {"result": str(result)}
    changes = {"result": result, "result_note": answer[:300], "handler": by}
    move(case, "answer_person", by=by, at=at, note=answer, data=data, **changes)


@transaction.atomic
def accept(case, *, by, at=None):
    """A named person of the department takes it in hand."""
    at = lock(case, "accept", by=by, at=at)
    data = {"department": case.department_id}
    move(case, "accept", by=by, at=at, data=data, handler=by)


@transaction.atomic
def assign(case, *, by, handler, note="", at=None):
    """The department names who handles it; what was not accepted yet is accepted with that."""
    at = lock(case, "assign", by=by, at=at)
    scope = Scope.of(handler)
    if case.department_id not in scope.reach(STEPS["accept"]).departments:
        raise Refused(_("%(name)s does not work for this department.") % {"name": handler})
    data = {"department": case.department_id, "handler": handler.pk}
    if "assign" in NEXT[case.stage]:
        move(case, "assign", by=by, at=at, note=note, data=data, handler=handler)
        return
    case.handler = handler
    case.save(update_fields=["handler"])
    record(case, "assign", by=by, at=at, note=note, data=data)


@transaction.atomic
def send_back(case, *, by, reason, at=None):
    """The department is the wrong one. Everything entered stays; the limit runs on.

    The department no longer holds the case, and no longer sees it. The second return of a run
    names somebody who decides for good.
    """
    at = lock(case, "send_back", by=by, at=at)
    demand(reason, _("Say why."))
    changes = {"returns": case.returns + 1}
    data = {"department": case.department_id, "handler": case.handler_id}
    if changes["returns"] >= RETURNS_BEFORE_DECISION:
        changes["decider"] = decider = decider_for(case, at)
        data |= {"decider": decider.pk} if decider else {}
    move(
        case,
        "send_back",
        by=by,
        at=at,
        note=reason,
        data=data,
        department=None,
        handler=None,
        **changes,
    )


@transaction.atomic
def feed_back(case, *, by, note, at=None):
    """The department says that it is done."""
    at = lock(case, "feed_back", by=by, at=at)
    demand(note, _("Say what was done."))
    data = {"department": case.department_id}
    move(case, "feed_back", by=by, at=at, note=note, data=data)


@transaction.atomic
def verify(case, *, by, passed, note="", result="", passed_to="", at=None):
    """Somebody who did not handle it looks: close it, or leave it with the department.

    Without a `result` it is the usual one of the category's kind.
    """
    at = lock(case, "verify", by=by, at=at)
    if not passed:
        demand(note, _("Say what is missing."))
        move(case, "verify_failed", by=by, at=at, note=note)
        return
    allowed = results_for(case.category)
    result = result or allowed[0]
    if result not in allowed:
        raise Refused(_("A case of this kind does not end like that."))
    if result == Result.NOT_FIXED:
        demand(note, _("Say why."))
    if result == Result.PASSED_ON:
        demand(passed_to, _("Say to whom it was passed on."))
    else:
        passed_to = ""
    data = {"result": str(result)} | ({"passed_to": passed_to} if passed_to else {})
    move(
        case,
        "verify",
        by=by,
        at=at,
        note=note,
        data=data,
        result=result,
        result_note=note[:300],
        passed_to=passed_to[:120],
    )
