"""One import as the installation remembers it: the batch row, its files and their end."""

import contextlib
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from grids.scope import Scope
from residents.models import ImportBatch
from residents.register_import import answer, columns, engine, reader, undo

FILES_KEPT = timedelta(days=30)
TRIES = 3
READ_AT_ONCE_BYTES = 5 * 1024 * 1024


def run_file(path, *, sheet="", by=None, dry_run=False):
    """Import a file at once, as `manage.py import_register` does; the answer as its JSON."""
    path = Path(path)
    book, found = engine.read(path, sheet)
    options = {"reach": engine.reach_of(by), "by_id": by and by.pk, "source": path.name}
    if dry_run:
        outcome = engine.run(book, found, dry_run=True, **options)
        return {"batch": None, **outcome.counts(), "result_file": None}
    batch, outcome = again(lambda: _import_now(path, book, found, by, sheet, options))
    result_file = None
    if outcome.rejected or outcome.waiting:
        answer.save(batch, book, found, outcome.statuses)
        result_file = _where(batch.result_file)
    return {"batch": batch.pk, **outcome.counts(), "result_file": result_file}


def _where(stored):
    """The path of a stored file; its name in a storage without paths."""
    try:
        return stored.path
    except NotImplementedError:
        return stored.name


@transaction.atomic
def _import_now(path, book, found, by, sheet, options):
    now = timezone.now()
    batch = ImportBatch.objects.create(
        by=by,
        state=ImportBatch.State.DONE,
        district_id=district_of(by) if by else None,
        file_name=path.name[:200],
        file_hash=reader.file_hash(path),
        sheet=sheet,
        created_at=now,
        started_at=now,
        mapping=mapping(found),
        files_expire_at=now + FILES_KEPT,
    )
    outcome = engine.run(book, found, batch_id=batch.pk, **options)
    batch.result, batch.finished_at = summary(outcome), timezone.now()
    batch.created_places = undo.places(*outcome.created_places)
    if by is None and len(outcome.district_ids) == 1:
        batch.district_id = outcome.district_ids[0]
    batch.save()
    return batch, outcome


def again(do):
    """Somebody edited the same rows meanwhile: everything was rolled back, so try once more."""
    for left in reversed(range(TRIES)):
        try:
            return do()
        except (IntegrityError, OperationalError):
            if not left:
                raise


def accept_upload(upload, *, by):
    """Keep an uploaded workbook and queue its dry run. WorkbookError when it is none."""
    with local_copy(upload) as path:
        book = reader.open_workbook(path)
        found = reader.tables(book) if upload.size <= READ_AT_ONCE_BYTES else []
        digest = reader.file_hash(path)
    now = timezone.now()
    upload.seek(0)
    known = columns.recall(found, by=by, district_id=district_of(by), now=now)
    is_clear = columns.are_clear(found, known)
    return ImportBatch.objects.create(
        by=by,
        state=ImportBatch.State.CHECKING if is_clear else ImportBatch.State.MAPPING,
        columns=known,
        district_id=district_of(by),
        file=upload,
        file_name=Path(upload.name).name[:200],
        file_hash=digest,
        mapping=mapping(found),
        created_at=now,
        files_expire_at=now + FILES_KEPT,
    )


def district_of(staff):
    """The district under whose administrators the batch stands."""
    return staff.district_id or min(Scope.of(staff).district_ids, default=None)


def summary(outcome):
    return outcome.counts() | {
        "unknown_values": outcome.unknown_values,
        "duplicate_rows": outcome.duplicate_rows[:100],
    }


def mapping(found):
    """What was understood, for people: sheet by sheet."""
    return {
        "tables": [
            {
                "index": table.index,
                "sheet": table.sheet,
                "rows": table.height,
                "head_row": table.head_row,
                "heads": table.heads,
                "not_understood": table.not_understood[:30],
            }
            for table in found
        ]
    }


def result_of(batch):
    """The result workbook, written now if its worker did not get to it."""
    if not batch.result_file:
        with local_copy(batch.file) as path:
            book, found = engine.read(path, batch.sheet, batch.columns)
            answer.save(batch, book, found, statuses={})
    return batch.result_file


def expire_files(now):
    """Delete the files of old batches; the counts stay. Number of batches."""
    old = ImportBatch.objects.filter(files_expire_at__lt=now).exclude(
        file="", result_file=""
    )
    for batch in old.exclude(state__in=ImportBatch.WORKING):
        for stored in (batch.file, batch.result_file):
            if stored:
                stored.delete(save=False)
        ImportBatch.objects.filter(pk=batch.pk).update(file="", result_file="")
    return len(old)


@contextlib.contextmanager
def local_copy(stored):
    """A path to read `stored` from, whatever the storage is."""
    with tempfile.NamedTemporaryFile(suffix=Path(stored.name).suffix) as copy:
        stored.open("rb")
        shutil.copyfileobj(stored, copy, 1024 * 1024)
        copy.flush()
        yield copy.name
