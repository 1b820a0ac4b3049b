"""An erasure from its first word to its record: asked, confirmed, done in batches by a worker."""

from datetime import timedelta

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.jobs import queue as jobs
from grids.jobs.lease import held
from grids.people import separation
from grids.refusal import Refused
from residents.models import RetentionRule, RetentionRun
from residents.retention import rules
from residents.retention.kinds import KINDS, months_before

State = RetentionRun.State
NIGHT, MORNING = timedelta(hours=20), 5  # a kind that is on runs once, before this hour


class Grown(Exception):
    """More rows are due than were confirmed."""

    code = "grown"


@transaction.atomic
def ask(kind, *, district, typed, by, today):
    """Begin an erasure of all that is due; `typed` is the number that the person read and typed.

    Where the district has three administrators it waits for somebody else. Returns the run.
    """
    rule = rules.rule_of(district, kind)
    before = months_before(today, rule.months)
    free = kind.free(district, before).count()
    _same(typed, free)
    takes_two = separation.is_on(district)
    run = RetentionRun(
        district_id=district,
        kind=kind.code,
        before=before,
        basis=rule.basis,
        takes_two=takes_two,
        expected=free,
        held=kind.rows(district, before).count() - free,
        asked_by=by,
    )
    return _begin(run, State.WAITING if takes_two else State.RUNNING)


@transaction.atomic
def ask_for_one(kind, row, *, basis, by):
    """Erase one row that ended, however long ago, because the person asked for it."""
    rows = kind.rows(row.district_id, timezone.localdate() + timedelta(days=1)).filter(pk=row.pk)
    if not rows.exists():
        raise Refused(_("The register still needs it: only who has left it can be erased."))
    for hold in kind.holds:
        if rows.filter(hold.rows()).exists():
            raise Refused(_("It is kept for now: %(why)s.") % {"why": hold.label})
    run = RetentionRun(
        district_id=row.district_id,
        kind=kind.code,
        before=timezone.localdate() + timedelta(days=1),
        basis=basis,
        only=row.pk,
        expected=1,
        asked_by=by,
    )
    return _begin(run, State.RUNNING)


def _same(typed, number):
    if not number:
        raise Refused(_("Nothing is due that may be erased."))
    if typed != number:
        raise Refused(
            _("You typed %(typed)s, and %(number)s rows are due: read the numbers again.")
            % {"typed": typed, "number": number}
        )


def _begin(run, state):
    run.state, run.asked_at = state, timezone.now()
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise Refused(_("An erasure of this kind is already under way.")) from error
    _record(
        run, audit.Kind.PROPOSAL if state == State.WAITING else audit.Kind.ERASURE, run.asked_by
    )
    return run


@transaction.atomic
def confirm(run, *, typed, by):
    """The second person read the same number and says yes."""
    run = _waiting(run, by)
    _same(typed, run.expected)
    run.state, run.decided_by, run.decided_at = State.RUNNING, by, timezone.now()
    run.save(update_fields=["state", "decided_by", "decided_at"])
    _record(run, audit.Kind.ERASURE, by)
    return run


@transaction.atomic
def refuse(run, *, by):
    """The second person says no; who asked takes it back. Nothing is erased."""
    run = RetentionRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if run.state != State.WAITING:
        raise Refused(_("Somebody decided it meanwhile."))
    run.state, run.finished_at = State.REFUSED, timezone.now()
    if by != run.asked_by:
        run.decided_by, run.decided_at = by, timezone.now()
    else:
        run.takes_two = False
    run.save(update_fields=["state", "decided_by", "decided_at", "finished_at", "takes_two"])
    _record(run, audit.Kind.PROPOSAL, by, audit.Result.REFUSED)


def _waiting(run, by):
    run = RetentionRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if run.state != State.WAITING:
        raise Refused(_("Somebody decided it meanwhile."))
    if run.asked_by_id == by.pk:
        raise Refused(_("Another person must confirm it: not who asked."))
    return run


def _record(run, kind, by, result=audit.Result.DONE):
    detail = {"before": run.before.isoformat(), "rows": run.expected, "held": run.held}
    audit.record(
        kind,
        of=run,
        words=KINDS[run.kind].label,
        purpose=run.basis,
        by=by,
        result=result,
        district=run.district_id,
        detail=detail | {"state": run.state, "done": run.done, "counts": run.counts},
    )


# --- the worker ---


def work(pk):
    """Do the erasure that waits. Safe to call twice, and after a worker was lost."""
    jobs.work(claim(pk), _erase, fail, known=(Grown,))


def claim(pk):
    return jobs.claim(RetentionRun.objects.select_related("asked_by"), pk, fail)


def fail(run, error):
    held(run).update(state=State.FAILED, error=error, finished_at=timezone.now(), leased_until=None)
    run.refresh_from_db()
    _record(run, audit.Kind.ERASURE, run.asked_by, audit.Result.REFUSED)


def _erase(run, lease):
    kind = KINDS[run.kind]
    if run.done + _free(run, kind).count() > run.expected:
        raise Grown
    last = 0
    while keys := _next(run, kind, last):
        lease.tell("erasing", run.done, run.expected)
        _erase_batch(run, kind, keys)
        last = keys[-1]
    run.refresh_from_db()
    with transaction.atomic():
        run.state, now = State.DONE, timezone.now()
        _record(run, audit.Kind.ERASURE, run.asked_by)
        run.state = State.RUNNING
        lease.finish(state=State.DONE, finished_at=now)


def _next(run, kind, last):
    rows = _free(run, kind).filter(pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[: kind.batch])


@transaction.atomic
def _erase_batch(run, kind, keys):
    context = {"source": "erasure"} | ({"user": run.asked_by_id} if run.asked_by_id else {})
    with pghistory.context(**context):
        counts = kind.erase(keys)
    run.refresh_from_db(fields=["counts"])
    for table, number in counts.items():
        run.counts[table] = run.counts.get(table, 0) + number
    own = RetentionRun.objects.filter(pk=run.pk)
    own.update(done=F("done") + len(keys), counts=run.counts)
    run.done += len(keys)


def _free(run, kind):
    rows = kind.free(run.district_id, run.before)
    return rows.filter(pk=run.only) if run.only else rows


def nightly(now):
    """At night, begin an erasure of each kind that is on and has something due; keys of the runs."""
    started: list = []
    if timezone.localtime(now).hour >= MORNING:
        return started
    for rule in RetentionRule.objects.filter(is_on=True).select_related("changed_by"):
        kind = KINDS.get(rule.kind)
        runs = RetentionRun.objects.filter(district=rule.district_id, kind=rule.kind, only=None)
        lately = runs.filter(asked_by=None, asked_at__gt=now - NIGHT)
        if kind is None or lately.exists():
            continue
        before = months_before(timezone.localdate(now), rule.months)
        free = kind.free(rule.district_id, before).count()
        if free:
            started += _by_itself(rule, before, free, kind)
    return started


def _by_itself(rule, before, free, kind):
    run = RetentionRun(
        district_id=rule.district_id,
        kind=rule.kind,
        before=before,
        basis=rule.basis,
        expected=free,
        held=kind.rows(rule.district_id, before).count() - free,
    )
    try:
        return [_begin(run, State.RUNNING).pk]
    except Refused:  # somebody asked for one by hand
        return []
