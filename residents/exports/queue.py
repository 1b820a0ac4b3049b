"""The export row is the queue: leased by a worker, renewed after each chunk, nudged by beat."""

import logging
import os
import socket
import traceback
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from grids.scope import Scope
from residents.exports import book, columns, fill, write
from residents.models.exports import Export, ExportList, Subject

log = logging.getLogger(__name__)

AT_ONCE = 5_000
# What writes each format, and how its file ends; lists on paper are read by their page.
WRITERS = {
    Export.Format.EXCEL: (write.list_of, "xlsx"),
    Export.Format.BOOK: (book.write_book, "zip"),
    Export.Format.FILLED: (fill.write_filled, "xlsx"),
}
LEASE = timedelta(seconds=60)
ATTEMPTS = 2
KEPT = timedelta(days=7)
State = Export.State


class LeaseLost(Exception):
    """Another worker took the export over."""


def begin(*, by, here, subject, names, wanted, purpose, title="", format="excel"):
    """A new export, on record; its rows are counted, not yet read."""
    export = Export(
        by=by,
        grid=here,
        district_id=_district(by, here),
        subject=subject,
        format=format,
        title=title or str(Subject(subject).label),
        purpose=purpose,
        wanted=wanted,
        columns=[column.name for column in columns.named(subject, by, names)],
        created_at=timezone.now(),
    )
    export.expected = write.rows_of(export).count()
    return export


def begin_book(*, by, here, subject, wanted, purpose, is_full):
    """A printed book; with full ID numbers where `by` may reveal them."""
    export = begin(
        by=by,
        here=here,
        subject=subject,
        names=[],
        wanted=wanted,
        purpose=purpose,
        title=book.kind_of(subject).title,
        format=Export.Format.BOOK,
    )
    if is_full and Scope.of(by).has("register.reveal"):
        export.columns = [columns.FULL_NUMBER]
    return export


def is_small(export):
    is_book = export.format == Export.Format.BOOK
    return export.expected <= (min(AT_ONCE, book.VOLUME) if is_book else AT_ONCE)


def _district(by, here):
    """A city has no district of its own: the maker's then."""
    return here.district_id or by.district_id or min(Scope.of(by).district_ids)


def keep_list(*, by, here, subject, name, names):
    """Save (or replace) a choice of columns under the person's own name for it."""
    chosen = [column.name for column in columns.named(subject, by, names)]
    ExportList.objects.update_or_create(
        by=by,
        subject=subject,
        name=name,
        defaults={"columns": chosen, "district_id": _district(by, here)},
    )


def work(export_id):
    """Write the file that the export waits for. Safe to call twice."""
    export = claim(export_id)
    if export is None:
        return
    try:
        make, ending = WRITERS[Export.Format(export.format)]
        tell, finish = lambda rows: _tell(export, rows), _finisher(export)
        write.to_file(export, make, ending, tell, finish)
    except LeaseLost:
        log.info("export %s: taken over", export.pk)
    except Exception as error:
        # The message of a database error quotes the row: names stay out of logs.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("export %s failed: %s\n%s", export.pk, type(error).__name__, frames)
        _mine(export).update(
            state=State.FAILED,
            error="internal",
            finished_at=timezone.now(),
            leased_until=None,
        )


def claim(export_id):
    """Lease the export; None when it needs no work or somebody else holds it."""
    now = timezone.now()
    free = Export.objects.filter(pk=export_id).waiting_for_a_worker(now)
    if free.filter(attempts__gte=ATTEMPTS).update(
        state=State.FAILED, error="worker_lost", finished_at=now, leased_until=None
    ):
        return None
    name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"[:80]
    taken = free.update(
        leased_by=name, leased_until=now + LEASE, attempts=F("attempts") + 1, rows=0
    )
    if not taken:
        return None
    return Export.objects.select_related("by", "grid").get(pk=export_id)


def on_paper(export):
    """Close an export that is printed: nothing to write, the page reads the rows."""
    now = timezone.now()
    export.state, export.rows = State.DONE, export.expected
    export.finished_at, export.expires_at = now, now + KEPT
    export.save()


def may_fetch(export, now):
    """Whether the file is there, has not expired, and its maker may still export."""
    return (
        export.state == State.DONE
        and export.expires_at is not None
        and now < export.expires_at
        and Scope.of(export.by).has("register.export")
    )


def forgotten(now):
    """Keys of exports that wait for a worker: those no message reached, and lost ones."""
    rows = Export.objects.waiting_for_a_worker(now).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def expire_files(now):
    """Delete the files of old exports; the record stays. Number of files."""
    old = Export.objects.filter(expires_at__lt=now).exclude(file="", template="")
    files = [*old, *_given_up(now)]
    for export in files:
        for file in (export.file, export.template):
            if file:
                file.delete(save=False)
        Export.objects.filter(pk=export.pk).update(file="", template="")
    return len(files)


def _given_up(now):
    """Forms that could not be filled: nobody fetches them any more."""
    failed = Export.objects.filter(state=State.FAILED, finished_at__lt=now - KEPT)
    return failed.exclude(template="")


def _mine(export):
    return Export.objects.filter(pk=export.pk, state=State.WAITING, leased_by=export.leased_by)


def _tell(export, rows):
    """Progress and a longer lease in one UPDATE; LeaseLost when it is no longer ours."""
    until = timezone.now() + LEASE
    if not _mine(export).update(rows=rows, leased_until=until):
        raise LeaseLost


def _finisher(export):
    def finish(count, name):
        now = timezone.now()
        done = _mine(export).update(
            state=State.DONE,
            rows=count,
            file=name,
            finished_at=now,
            expires_at=now + KEPT,
            leased_until=None,
        )
        if not done:
            raise LeaseLost

    return finish
