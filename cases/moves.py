"""How a step is taken: lock, refuse, change, record. Used by the verbs of `workflow` only."""

from django.utils import timezone

from cases import limits, notices, steps
from cases.lights import light
from cases.models import Case, CaseEvent

STARTS_LIMIT = frozenset({"register", "reopen"})


def lock(case, step, *, by, at):
    """Lock and reload the row, refuse the step if need be, return the moment of the step.

    NO KEY UPDATE: two people cannot move one case at once, and the sweep, which only points
    at cases by foreign keys, never waits for a person.
    """
    case.refresh_from_db(from_queryset=Case.objects.select_for_update(no_key=True))
    at = at or timezone.now()
    steps.check(case, step, by=by, at=at)
    return max(
        at, case.stage_since
    )  # a clock that was set back does not undo the order


def move(case, step, *, by, at, note="", data=None, **changes):
    """Bring the case to the stage that the table names, with its clocks, and record it."""
    before = case.stage
    was_paused = limits.end_pause(case, at)
    changes |= {"stage": steps.NEXT[before][step], "stage_since": at}
    if changes["stage"] in steps.FINISHED and before not in steps.FINISHED:
        changes |= {"closed_at": at, "closing_light": light(case, at)}
    assign(case, **changes)
    if step in STARTS_LIMIT:
        limits.start(case, at)
    limits.enter_stage(case, at)
    case.save(update_fields=[*changes, *limits.FIELDS])
    if was_paused or step in STARTS_LIMIT or case.stage in steps.FINISHED:
        limits.write_alarms(case)
    else:
        limits.move_warning(case)
    return record(case, step, by=by, at=at, before=before, note=note, data=data)


def assign(case, **changes):
    for name, value in changes.items():
        setattr(case, name, value)


def record(case, kind, *, by, at, before=None, note="", data=None):
    """One event per step. An urgent case is announced at once, others within the minute."""
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
