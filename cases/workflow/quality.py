"""Whether it is so, and whether it was solved: checks before filing, ratings, samples by lot."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import SOLVED, CaseCheck, Sample
from cases.steps.table import STEPS
from cases.workflow.moves import lock, move, put, record
from cases.workflow.obstacles import REOPEN_WITHIN
from grids.refusal import Refused, demand
from grids.scope import Scope

UNHAPPY = 2  # a rating from here down can say that nothing was solved


@transaction.atomic
def ask_check(case, *, by, worker, question="", at=None):
    """Before filing: a worker is sent to look whether it is so."""
    at = lock(case, "ask_check", by=by, at=at)
    if not Scope.of(worker).grants(STEPS["answer_check"], case):
        raise Refused(_("%(name)s does not work in this grid.") % {"name": worker})
    check = CaseCheck.objects.create(
        case=case, worker=worker, asked_by=by, asked_at=at, question=question[:200]
    )
    data = {"check": check.pk, "worker": worker.pk, "tell": [worker.pk]}
    record(case, "ask_check", by=by, at=at, note=question, data=data)
    return check


@transaction.atomic
def answer_check(check, *, by, is_so, note="", at=None):
    """What the worker saw; whoever files cases may enter it for the worker."""
    case = check.case
    at = lock(case, "answer_check", by=by, at=at)
    check.refresh_from_db()
    if check.answered_at:
        raise Refused(_("This check has been answered."))
    if not is_so:
        demand(note, _("Say what you saw."))
    put(check, answered_at=at, is_so=bool(is_so), note=note[:300])
    check.save(update_fields=["answered_at", "is_so", "note"])
    data = {"check": check.pk, "is_so": check.is_so, "tell": [check.asked_by_id]}
    record(case, "answer_check", by=by, at=at, note=note, data=data)


@transaction.atomic
def evaluate(case, *, by, rating, note="", is_solved=True, at=None):
    """The reporter rates the result, 1 to 5. "Not solved" with a poor rating opens it again."""
    at = lock(case, "evaluate", by=by, at=at)
    if rating not in range(1, 6):
        raise Refused(_("A rating is a number from 1 to 5."))
    if not is_solved and rating > UNHAPPY:
        raise Refused(_("What is not solved is rated 1 or 2."))
    move(
        case,
        "evaluate",
        by=by,
        at=at,
        note=note,
        data={"rating": rating},
        rating=rating,
        rating_note=note[:300],
    )
    if not is_solved and at <= case.closed_at + REOPEN_WITHIN:
        _open_again(case, by=by, at=at, reason=note or _("Rated as not solved."))


@transaction.atomic
def reopen(case, *, by, reason, at=None):
    """Not solved after all: a new run with a new limit. What was before stays in the event.

    A case that was solved on the spot, under no filing condition, waits to be registered.
    """
    at = lock(case, "reopen", by=by, at=at)
    demand(reason, _("Say why."))
    _open_again(case, by=by, at=at, reason=reason)


def _open_again(case, *, by, at, reason):
    data = {
        "result": case.result,
        "closing_light": case.closing_light,
        "rating": case.rating,
        "closed_at": case.closed_at.isoformat(),
        "department": case.department_id,
        "handler": case.handler_id,
        "passed_to": case.passed_to,
    }
    is_filed = case.standard_id is not None
    move(
        case,
        "reopen" if is_filed else "reopen_unfiled",
        by=by,
        at=at,
        note=reason,
        data=data,
        run=case.run + 1,
        closed_at=None,
        closing_light="",
        result="",
        result_note="",
        passed_to="",
        rating=None,
        rating_note="",
        department=None,
        handler=None,
        decider=None,
        returns=0,
        registered_at=(case.registered_at or at) if is_filed else None,
    )


@transaction.atomic
def recheck(sample, *, by, finding, note="", at=None):
    """Somebody else looks at what was solved on the spot; "bad" opens it again."""
    _find(sample, Sample.Kind.RECHECK, by=by, finding=finding, note=note, at=at)


@transaction.atomic
def call_back(sample, *, by, finding, note="", at=None):
    """The reporter is asked whether it is solved; "bad" opens it again."""
    _find(sample, Sample.Kind.CALL_BACK, by=by, finding=finding, note=note, at=at)


def _find(sample, kind, *, by, finding, note, at):
    case = sample.case
    at = lock(case, str(kind), by=by, at=at)
    sample = _still_waiting(sample, kind)
    if finding not in _findings(kind):
        raise Refused(_("Unknown finding."))
    is_bad = finding == Sample.Finding.BAD
    if is_bad:
        demand(note, _("Say what is not solved."))
    put(sample, done_by=by, done_at=at, finding=finding, note=note[:300])
    sample.save(update_fields=["done_by", "done_at", "finding", "note"])
    data = {"sample": sample.pk, "finding": str(finding)}
    record(case, str(kind), by=by, at=at, note=note, data=data)
    if is_bad and at <= case.closed_at + REOPEN_WITHIN:
        _open_again(case, by=by, at=at, reason=note)


def _still_waiting(sample, kind):
    """The sample as it is now; it is gone when the case was opened again meanwhile."""
    if sample.kind != kind or not Sample.objects.filter(pk=sample.pk).exists():
        raise Refused(_("This case was not drawn."))
    sample.refresh_from_db()
    if sample.done_at:
        raise Refused(_("This was looked at already."))
    return sample


def _findings(kind):
    if kind == Sample.Kind.CALL_BACK:
        return Sample.Finding.values
    return [Sample.Finding.GOOD, Sample.Finding.BAD]


# By lot, but the same lot whenever it is drawn: a hash of kind and case.
DRAW = """
INSERT INTO cases_sample (case_id, kind, drawn_on, finding, note)
SELECT found.id, kind.name, %(day)s, '', ''
  FROM grids_grid AS district
  LEFT JOIN cases_casepolicy AS policy ON policy.district_id = district.id
  JOIN cases_case AS found ON found.district_id = district.id
   AND found.closed_at >= %(since)s AND found.closed_at < %(until)s AND found.stage = ANY(%(solved)s)
 CROSS JOIN LATERAL (
       SELECT 'recheck' AS name, coalesce(policy.recheck_percent, 10) AS percent WHERE found.registered_at IS NULL
        UNION ALL
       SELECT 'call_back', coalesce(policy.call_back_percent, 5) WHERE found.registered_at IS NOT NULL
     ) AS kind
 WHERE district.tier = 'district'
   AND mod(abs(hashtextextended(kind.name || found.id, 0)), 100) < kind.percent
    ON CONFLICT (case_id, kind) DO NOTHING
"""
DAYS_BACK = 3  # a draw that was missed while nothing ran is made up for


def draw_samples(day):
    """Draw for `day` from what was closed the days before; again on that day, nothing more.

    On the spot solved cases are re-checked, the others called back. Returns how many were drawn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            DRAW,
            {
                "day": day,
                "since": _midnight(day - dt.timedelta(days=DAYS_BACK)),
                "until": _midnight(day),
                "solved": sorted(map(str, SOLVED)),
            },
        )
        return cursor.rowcount


def _midnight(day):
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
