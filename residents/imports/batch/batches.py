"""One import as the installation remembers it: the batch row, its files and their end."""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import pgettext

from grids.jobs.queue import forget_files, local_copy
from grids.scope import filed_under
from grids.workbooks import reader
from residents.imports import engine
from residents.imports.batch import (
    answer,
    first_families,
    not_listed,
    place_answers,
    registers,
)
from residents.imports.people import kept
from residents.imports.workbook import columns, hidden, left_out
from residents.models import ImportBatch

FILES_KEPT = timedelta(days=30)
LATE = timedelta(minutes=10)
TRIES = 3
THEIRS = ImportBatch.OnConflict.THEIRS.value
ON_CONFLICT = ImportBatch.OnConflict.values
State = ImportBatch.State


def run_file(
    path,
    *,
    sheet="",
    by=None,
    dry_run=False,
    register=registers.RESIDENTS,
    on_conflict=THEIRS,
    grid="",
    places=(),
):
    """Import a file at once, as `manage.py import_register` does; the answer as its JSON.

    The columns mean what `by` said of this form before; nobody's word binds the operator.
    """
    path = Path(path)
    chosen = _recalled(path, sheet, by, register)
    book, found = registers.read(path, sheet, chosen, register, by)
    options = {
        "reach": registers.reach_of(register, by),
        "by_id": by and by.pk,
        "source": path.name,
        "on_conflict": on_conflict,
        "places": place_answers.of_names(places),
        "grid": grid or registers.grid_of(ImportBatch(by=by, register=register)),
    }
    if dry_run:
        outcome = engine.run(register, book, found, dry_run=True, **options)
        said = _said(None, outcome, None, on_conflict)
        return (
            said
            | ({"new_places": outcome.new_places} if outcome.new_places else {})
            | ({"families": outcome.families} if outcome.families else {})
            | _aside(book, found)
        )
    batch, outcome = again(
        lambda: _import_now(register, path, book, found, by, sheet, chosen, options)
    )
    result_file = None
    if outcome.rejected or outcome.waiting:
        answer.save(batch, book, found, outcome.statuses)
        result_file = _beside(path, batch)
    return _said(batch.pk, outcome, result_file, on_conflict) | _aside(book, found)


def _recalled(path, sheet, by, register):
    """What `by` said of the columns of this form, as in the browser."""
    if by is None:
        return {}
    __, found = registers.read(path, sheet, register=register, by=by)
    return recall(ImportBatch(by=by, district_id=filed_under(by)), found)


def _said(batch_id, outcome, result_file, on_conflict):
    """The JSON; `conflicts`, the facts that differ, where theirs are not simply taken."""
    said = {"batch": batch_id, **outcome.counts(), "result_file": result_file}
    if on_conflict != THEIRS:
        said["conflicts"] = outcome.conflicts.get("facts", 0)
    return said


def _aside(book, found):
    """What Excel does not show of the file."""
    unseen = hidden.of(mapping(book, found, has_samples=False))
    return {"hidden": unseen} if unseen else {}


def _beside(path, batch):
    """The result for whoever sits at the command line: in clear, beside the file that was read."""
    name = f"{path.stem}-{batch.pk}-{pgettext('file of an import', 'result')}.xlsx"
    for folder in (path.resolve().parent, Path(tempfile.mkdtemp())):
        try:
            place = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            continue
        with os.fdopen(place, "wb") as file, batch.result_file.open("rb") as stored:
            shutil.copyfileobj(stored, file)
        return str(folder / name)
    return batch.result_file.name


@transaction.atomic
def _import_now(register, path, book, found, by, sheet, chosen, options):
    now = timezone.now()
    batch = ImportBatch.objects.create(
        by=by,
        register=register,
        state=ImportBatch.State.DONE,
        district_id=filed_under(by) if by else None,
        file_name=path.name[:200],
        file_hash=reader.file_hash(path),
        sheet=sheet,
        columns=chosen,
        on_conflict=options["on_conflict"],
        created_at=now,
        started_at=now,
        files_expire_at=now + FILES_KEPT,
    )
    outcome = engine.run(register, book, found, batch_id=batch.pk, **options)
    batch.result, batch.finished_at = summary(outcome), timezone.now()
    batch.mapping = mapping(book, found, has_samples=False)
    if by is None and len(outcome.district_ids) == 1:
        batch.district_id = outcome.district_ids[0]
    batch.save()
    if outcome.absent:
        not_listed.keep(batch.pk, outcome)
    return batch, outcome


def again(do):
    """Somebody edited the same rows meanwhile: everything was rolled back, so try once more."""
    for left in reversed(range(TRIES)):
        try:
            return do()
        except (IntegrityError, OperationalError):
            if not left:
                raise


def accept_upload(upload, *, by, register=registers.RESIDENTS, group=None):
    """Keep an uploaded workbook and queue its dry run; a worker opens it, and says what it is.

    WorkbookError at once where the first letters say that it is none; not for one of a `group`,
    which must not keep the others out.
    """
    if group is None:
        reader.sniff(upload)
    with local_copy(upload) as path:
        digest = reader.file_hash(path)
    now = timezone.now()
    upload.seek(0)
    return ImportBatch.objects.create(
        by=by,
        district_id=filed_under(by),
        covers=registers.places_of(register, by),
        state=State.CHECKING,
        register=register,
        group=group,
        file=upload,
        file_name=Path(upload.name).name[:200],
        file_hash=digest,
        created_at=now,
        files_expire_at=now + FILES_KEPT,
    )


def recall(batch, found):
    """What the batch's sender said of these forms before."""
    if batch.by is None:
        return {}
    now = timezone.now()
    return columns.recall(found, by=batch.by, district_id=batch.district_id, now=now)


def summary(outcome):
    return outcome.counts() | {
        "unknown_values": outcome.unknown_values,
        "duplicate_rows": outcome.duplicate_rows[:100],
        "conflicts": outcome.conflicts,
        "left_out": left_out.places(outcome.left_out),
        "questions": outcome.asked,
        "others": outcome.others,
        "absent": not_listed.counts(outcome),
    }


def mapping(book, found, *, has_samples=True):
    """What was understood, sheet by sheet; with samples, enough to ask about it without the file."""
    if has_samples:
        columns.sample(book, found)
    return {
        "tables": [columns.as_json(table) for table in found],
        "other_sheets": columns.other_sheets(book, found),
        "hidden_sheets": hidden.sheets(book),
    }


def write_result(batch_id):
    """The result workbook of an import whose worker did not get to it. Safe to call twice."""
    with answer.alone(batch_id) as batch:
        if batch and batch.file:
            with local_copy(batch.file) as path:
                book, found = registers.read(
                    path, batch.sheet, batch.columns, batch.register, batch.by
                )
                answer.save(batch, book, found, statuses={})


def without_result(now):
    """Keys of imports whose worker had time enough to write the result, and did not."""
    late = ImportBatch.objects.filter(
        state=State.DONE, result_file="", file__gt="", finished_at__lt=now - LATE
    )
    return list(late.filter(files_expire_at__gt=now).values_list("pk", flat=True)[:100])


def expire_files(now):
    """Delete the files of old batches; the counts stay. Number of batches.

    What still waits for somebody has nothing to be read from any more.
    """
    old = ImportBatch.objects.filter(files_expire_at__lt=now).exclude(file="", result_file="")
    over = list(old.exclude(state__in=ImportBatch.WORKING))
    for batch in over:
        waits = batch.state in (State.MAPPING, State.CHECKED)
        forget_files(
            batch,
            "file",
            "result_file",
            mapping=columns.without_samples(batch.mapping),
            preview=first_families.forgotten(batch.preview),
            state=State.CANCELLED if waits else batch.state,
        )
    kept.sweep()
    not_listed.forget(now)
    return len(over)
