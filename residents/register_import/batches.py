"""One import as the installation remembers it: the batch row, its files and their end."""

from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from residents.models import ImportBatch
from residents.register_import import engine, reader

FILES_KEPT = timedelta(days=30)
TRIES = 3


def run_file(path, *, sheet="", by=None, dry_run=False):
    """Import a file at once, as `manage.py import_register` does; the answer as its JSON."""
    path = Path(path)
    book, found = engine.read(path, sheet)
    options = {"reach": engine.reach_of(by), "by_id": by and by.pk, "source": path.name}
    if dry_run:
        outcome = engine.run(book, found, dry_run=True, **options)
        return {"batch": None, **outcome.counts(), "result_file": None}
    batch, outcome = again(lambda: _import_now(path, book, found, by, sheet, options))
    result_file = keep_result(batch, book, found, outcome)
    return {"batch": batch.pk, **outcome.counts(), "result_file": result_file}


@transaction.atomic
def _import_now(path, book, found, by, sheet, options):
    now = timezone.now()
    batch = ImportBatch.objects.create(
        by=by, state=ImportBatch.State.DONE, file_name=path.name[:200], sheet=sheet,
        file_hash=reader.file_hash(path), created_at=now, started_at=now,
        mapping=mapping(found), files_expire_at=now + FILES_KEPT,
    )  # fmt: skip
    outcome = engine.run(book, found, batch_id=batch.pk, **options)
    note_result(batch, outcome)
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


def note_result(batch, outcome):
    """Fill in the batch; the caller saves it in the transaction of the import."""
    batch.result = outcome.counts() | {"unknown_values": outcome.unknown_values}
    batch.district_id = (
        outcome.district_ids[0] if len(outcome.district_ids) == 1 else batch.district_id
    )
    batch.finished_at = timezone.now()


def mapping(found):
    """What was understood, for people: sheet by sheet."""
    return {
        "tables": [
            {
                "sheet": table.sheet,
                "head_row": table.head_row,
                "heads": table.heads,
                "not_understood": table.not_understood[:30],
            }
            for table in found
        ]
    }


def keep_result(batch, book, found, outcome):
    return None
