"""How a step is taken: lock, refuse, change, record. Used by the verbs of `workflow` only."""

from django.utils import timezone

from cases.lights import light
from cases.limits import of_case
from cases.models import FINISHED, WITH_DEPARTMENT, Case, CaseEvent, Extension, Stage
from cases.steps.table import NEXT
from cases.telling import notices
from cases.workflow import numbers, steps

STARTS_LIMIT = frozenset({"register", "reopen"})


def begin(case, *, by, at, data=None):
    """Store a new case with its number, its clock and its first event."""
    case.number = numbers.take(case.district, at)
    of_case.enter_stage(case, at)
    case.save(force_insert=True)
    of_case.write_alarms(case)
    return record(case, "report", by=by, at=at, before="", data=data)


def lock(case, step, *, by, at):
    """Lock and reload the row, refuse the step if need be, return the moment of the step.

    NO KEY UPDATE: two people cannot move one case at once, and the sweep, which only points
    at cases by foreign keys, never waits for a person.
    """
    case.refresh_from_db(from_queryset=Case.objects.select_for_update(no_key=True))
    at = at or timezone.now()
    steps.check(case, step, by=by, at=at)
    return max(at, case.stage_since)  # a clock that was set back does not undo the order


def lock_both(case, other):
    """Lock two cases, always the older one first, so that two people never wait for each other."""
    keys = [case.pk, other.pk]
    both = Case.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(both.order_by("pk").values_list("pk"))
    other.refresh_from_db()


def move(case, step, *, by, at, note="", data=None, **changes):
    """Bring the case to the stage that the table names, with its clocks, and record it."""
    before = case.stage
    was_paused = of_case.end_pause(case, at)
    changes |= {"stage": NEXT[before][step], "stage_since": at}
    if changes["stage"] in FINISHED and before not in FINISHED:
        changes |= {"closed_at": at, "closing_light": light(case, at)}
    put(case, **changes)
    if step in STARTS_LIMIT:
        of_case.start(case, at)
    of_case.enter_stage(case, at)
    case.save(update_fields=[*changes, *of_case.FIELDS])
    if was_paused or step in STARTS_LIMIT or {before, case.stage} & FINISHED:
        of_case.write_alarms(case)
    else:
        of_case.move_warning(case)
    _end_what_waits(case, before, by, at)
    kind = "reopen" if step == "reopen_unfiled" else step
    return record(case, kind, by=by, at=at, before=before, note=note, data=data)


def _end_what_waits(case, before, by, at):
    """What was asked for at one stage and has no meaning at the next is not left waiting."""
    if before == Stage.REPORTED:
        case.checks.filter(answered_at=None).update(answered_at=at)
    if before in WITH_DEPARTMENT and case.stage not in WITH_DEPARTMENT:
        case.extensions.filter(state=Extension.State.WAITING).update(
            state=Extension.State.REFUSED, decided_at=at
        )
    if case.stage in WITH_DEPARTMENT:  # who leads does not help as well
        _end_helps(case.helps.filter(department=case.department_id), by, at)
    if case.stage in FINISHED:
        _end_helps(case.helps.all(), by, at)
    elif before in FINISHED:
        case.samples.filter(done_at=None).delete()


def _end_helps(helps, by, at):
    helps.filter(done_at=None).update(done_at=at, done_by=by)


def put(case, **changes):
    for name, value in changes.items():
        setattr(case, name, value)


def record(case, kind, *, by, at, before=None, note="", data=None):
    """One event per step. An urgent case is announced at once, others within the minute.

    `data["tell"]` names people (keys) who are told besides the hearers of the step.
    """
    event = CaseEvent.objects.create(
        case=case,
        kind=kind,
        at=at,
        by=by,
        from_stage=case.stage if before is None else before,
        to_stage=case.stage,
        note=note[:500],
        data=data or {},
    )
    if case.is_urgent:
        notices.announce(at, events=[event.pk])
    return event
