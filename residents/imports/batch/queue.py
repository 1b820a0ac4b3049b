"""What a batch waits for, and the worker that does it: dry run, import, undo."""

import contextlib

from django.db import transaction
from django.utils import timezone

from grids import audit
from grids.jobs import queue as jobs
from grids.jobs.lease import held
from grids.workbooks import reader
from residents.imports import engine
from residents.imports.batch import (
    answer,
    answers,
    batches,
    first_families,
    not_listed,
    place_answers,
    registers,
    undo,
)
from residents.imports.people import kept
from residents.imports.workbook import columns, left_out
from residents.models import ImportBatch

State = ImportBatch.State
# What an undo, or answers, that do not come to an end leave: the import as it was.
AFTER = {State.UNDOING: State.DONE, State.DECIDING: State.DONE}


def work(batch_id):
    """Do what the batch waits for. Safe to call twice, and for a batch that needs nothing."""
    try:
        jobs.work(claim(batch_id), _step, fail, known=(reader.WorkbookError, undo.CannotUndo))
    finally:
        kept.tidy(batch_id)


def _step(batch, lease):
    STEPS[batch.state](batch, lease)


def claim(batch_id):
    """Lease the batch; None when it needs no work or somebody else holds it."""
    rows = ImportBatch.objects.select_related("by", "undone_by")
    return jobs.claim(rows, batch_id, fail, started_at=timezone.now())


def check(batch, lease):
    """The dry run: what would happen, kept as the batch's preview.

    A form that nobody explained yet goes back to its sender first.
    """
    with jobs.local_copy(batch.file) as path:
        lease.tell("opening", 0)
        book, found = registers.read(path, batch.sheet, batch.columns, batch.register, batch.by)
        chosen = batch.columns
        if not batch.mapping:
            chosen = batches.recall(batch, found)
            if not columns.are_clear(found, chosen):
                mapping = batches.mapping(book, found)
                lease.finish(state=State.MAPPING, mapping=mapping, columns=chosen)
                return
            found = registers.tables(book, batch.sheet, chosen, batch.register, batch.by)
        reach = registers.reach_of(batch.register, batch.by)
        keeping = kept.keeping(batch, chosen, reach)
        outcome = engine.run(
            batch.register,
            book,
            found,
            dry_run=True,
            on_conflict=batch.on_conflict,
            reach=reach,
            by_id=batch.by_id,
            grid=registers.grid_of(batch),
            taken=left_out.taken(batch.taken_in),
            places=batch.places,
            tell=lease.tell,
            **keeping,
        )
        mapping = batches.mapping(book, found)
    for keeper in keeping.values():
        keeper.save()
    not_listed.keep(batch.pk, outcome)
    lease.finish(
        state=State.CHECKED,
        columns=chosen,
        mapping=mapping,
        preview=batches.summary(outcome)
        | {
            "examples": outcome.examples,
            "left_out": outcome.left_out,
            "new_places": outcome.new_places,
            "families": first_families.sealed(batch, outcome.families),
        },
    )


def write(batch, lease):
    """The import itself: compared again, written in one transaction with the batch's end."""
    outcome = batches.again(lambda: _write(batch, lease))
    with answer.alone(batch.pk) as done:
        if done:
            with _opened(done) as (book, found):
                answer.save(done, book, found, outcome.statuses)


@transaction.atomic
def _write(batch, lease):
    outcome = _import(
        batch,
        reach=registers.reach_of(batch.register, batch.by),
        by_id=batch.by_id,
        batch_id=batch.pk,
        tell=lease.tell,
        source=batch.file_name,
        grid=registers.grid_of(batch),
        taken=left_out.taken(batch.taken_in),
        places=batch.places,
        on_conflict=batch.on_conflict,
    )
    not_listed.keep(batch.pk, outcome)
    lease.finish(
        state=State.DONE,
        result=batches.summary(outcome),
        preview=first_families.forgotten(batch.preview),
        finished_at=timezone.now(),
        mapping=columns.without_samples(batch.mapping),
    )
    return outcome


def _import(batch, *, reach, **options):
    """From the rows that the dry run kept; from the workbook when they do not fit any more."""
    try:
        with kept.rows_of(batch, reach) as rows:
            return engine.run(batch.register, None, [], reach=reach, kept=rows, **options)
    except kept.Unusable:
        with _opened(batch) as (book, found):
            return engine.run(batch.register, book, found, reach=reach, **options)


@contextlib.contextmanager
def _opened(batch):
    with jobs.local_copy(batch.file) as path:
        yield registers.read(path, batch.sheet, batch.columns, batch.register, batch.by)


@transaction.atomic
def take_back(batch, lease):
    """The undo: one transaction with the batch's end."""
    counts = undo.take_back(batch, by=batch.undone_by, tell=lease.tell)
    lease.finish(
        state=State.UNDONE,
        undone_at=timezone.now(),
        result=batch.result | {"undone": counts},
    )


@transaction.atomic
def decide(batch, lease):
    """The answers to all that was asked, or back again: one transaction with its end."""
    do = answers.take_back if batch.answers.get("is_back") else answers.decide
    done = do(batch, tell=lease.tell)
    lease.finish(state=State.DONE, answers=batch.answers | done)


STEPS = {
    State.CHECKING: check,
    State.IMPORTING: write,
    State.DECIDING: decide,
    State.UNDOING: take_back,
}


def fail(batch, error):
    state = AFTER.get(batch.state, State.FAILED)
    if batch.state == State.DECIDING:
        ended = {"answers": _as_before(batch) | {"failed": error}}
    elif state == State.FAILED:
        ended = {"finished_at": timezone.now(), "error": error}
    else:
        ended = {"undone_by": None, "error": error}
    held(batch).update(state=state, leased_until=None, **ended)


def _as_before(batch):
    """Answers that stood before they were to be taken back; none where they came to no end."""
    said = batch.answers
    return {name: said[name] for name in said if name != "is_back"} if "is_back" in said else {}


def confirm(batch, on_conflict=None):
    """From the dry run to the import; False when it was not waiting for that."""
    if place_answers.missing(batch):
        return False
    if on_conflict not in ImportBatch.OnConflict.values:
        on_conflict = batch.on_conflict
    is_queued = _queue(batch, [State.CHECKED], State.IMPORTING, on_conflict=on_conflict)
    if is_queued:
        rows = sum(batch.preview.get(name, 0) for name in ("created", "changed"))
        detail = {"register": batch.register, "rows": rows}
        audit.record(audit.Kind.IMPORT, of=batch, words=batch.file_name, detail=detail)
    return is_queued


def check_in(batch, grid):
    """Back to the dry run, with the grid of rows that name none; False when it is too late."""
    return _queue(batch, [State.CHECKED], State.CHECKING, default_grid=grid, preview={})


def check_with(batch, taken_in):
    """Back to the dry run, with rows that were left out; False when it is too late."""
    return _queue(batch, [State.CHECKED], State.CHECKING, taken_in=taken_in, preview={})


def check_places(batch, said):
    """What new places are: back to the dry run where one of them is known; False when it is too late."""
    if any(one["to"] for one in [*said, *batch.places]):
        return _queue(batch, [State.CHECKED], State.CHECKING, places=said, preview={})
    return _move(batch, [State.CHECKED], State.CHECKED, places=said)


@transaction.atomic
def check_again(batch, tables, chosen, *, by):
    """Back to the dry run with what somebody said of the columns; False when it is too late.

    What was said is said for the same form in the person's other files that wait for it.
    """
    columns.remember(tables, chosen, by=by, district_id=batch.district_id)
    is_moved = _queue(
        batch, [State.MAPPING, State.CHECKED], State.CHECKING, columns=chosen, preview={}
    )
    waiting = ImportBatch.objects.filter(state=State.MAPPING, by=by, file__gt="")
    for other in waiting.filter(register=batch.register, district=batch.district_id):
        same = columns.kept(other)
        known = batches.recall(other, same)
        if columns.are_clear(same, known):
            _queue(other, [State.MAPPING], State.CHECKING, columns=known, preview={})
    return is_moved


def ask_undo(batch, *, by, now):
    """Queue the undo; False when it is too late, or undone already."""
    is_queued = undo.is_possible(batch, now) and _queue(
        batch, [State.DONE], State.UNDOING, undone_by=by, error=""
    )
    if is_queued:
        detail = {"register": batch.register, "taken_back": True}
        audit.record(audit.Kind.IMPORT, of=batch, words=batch.file_name, by=by, detail=detail)
    return is_queued


def ask_to_decide(batch, decision, field="", *, by, now):
    """Queue the answers to all that waits; False when the import is busy, or nothing waits."""
    said = {"decision": decision, "field": field, "by": by.pk, "at": now.isoformat()}
    is_queued = answers.of(batch, field).exists() and _queue(
        batch, [State.DONE], State.DECIDING, answers=said
    )
    if is_queued:
        _record_answers(batch, by, {"decision": decision, "fact": field})
    return is_queued


def ask_answers_back(batch, *, by, now):
    """Queue the way back; False when it is too late, or taken back already."""
    said = batch.answers | {"is_back": True}
    said.pop("failed", None)
    is_queued = answers.can_take_back(batch, now) and _queue(
        batch, [State.DONE], State.DECIDING, answers=said
    )
    if is_queued:
        _record_answers(batch, by, {"taken_back": True})
    return is_queued


def _record_answers(batch, by, detail):
    words = {"of": batch, "words": batch.file_name, "by": by}
    audit.record(audit.Kind.IMPORT, **words, detail={"register": batch.register} | detail)


def cancel(batch):
    """Stop it, wherever it is: nothing is written, nothing is undone.

    The state it is in then; None when it was finished already.
    """
    if _move(batch, [State.UNDOING], State.DONE, undone_by=None, leased_until=None, progress={}):
        return State.DONE
    said = _as_before(batch)
    if _move(batch, [State.DECIDING], State.DONE, answers=said, leased_until=None, progress={}):
        return State.DONE
    working = [State.MAPPING, State.CHECKING, State.CHECKED, State.IMPORTING]
    ended = {"finished_at": timezone.now(), "leased_until": None}
    ended["preview"] = first_families.forgotten(batch.preview)
    is_stopped = _move(batch, working, State.CANCELLED, **ended)
    kept.tidy(batch.pk)
    return State.CANCELLED if is_stopped else None


def _queue(batch, old, new, **fields):
    """To a worker: with its attempts before it."""
    return _move(batch, old, new, attempts=0, leased_until=None, progress={}, **fields)


def _move(batch, old, new, **fields):
    """One UPDATE: it waits for a worker that is just finishing, and then sees its end."""
    return ImportBatch.objects.filter(pk=batch.pk, state__in=old).update(state=new, **fields) == 1
