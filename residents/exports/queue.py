"""An export from its beginning to the end of its file."""

from datetime import timedelta

from django.utils import timezone

from grids.confined.asking import Stopped
from grids.jobs import queue as jobs
from grids.jobs.lease import held
from grids.scope import Scope, filed_under
from residents.exports import book, columns, fill, write
from residents.exports.form_sheet import Unfit
from residents.models.exports import Export, ExportList, Subject

AT_ONCE = 5_000
# What writes each format, and how its file ends; lists on paper are read by their page.
WRITERS = {
    Export.Format.EXCEL: (write.list_of, "xlsx"),
    Export.Format.BOOK: (book.write_book, "zip"),
    Export.Format.FILLED: (fill.write_filled, "xlsx"),
}
KEPT = timedelta(days=7)
State = Export.State


def begin(*, by, here, subject, names, wanted, purpose, title="", format="excel"):
    """A new export, on record; its rows are counted, not yet read."""
    export = Export(
        by=by,
        grid=here,
        district_id=filed_under(by, here),
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


def keep_list(*, by, here, subject, name, names):
    """Save (or replace) a choice of columns under the person's own name for it."""
    chosen = [column.name for column in columns.named(subject, by, names)]
    ExportList.objects.update_or_create(
        by=by,
        subject=subject,
        name=name,
        defaults={"columns": chosen, "district_id": filed_under(by, here)},
    )


def work(export_id):
    """Write the file that the export waits for. Safe to call twice."""
    jobs.work(claim(export_id), _write, fail, known=(Stopped, Unfit))


def claim(export_id):
    """Lease the export; None when it needs no work or somebody else holds it."""
    return jobs.claim(Export.objects.select_related("by", "grid"), export_id, fail)


def fail(export, error):
    held(export).update(
        state=State.FAILED, error=error, finished_at=timezone.now(), leased_until=None
    )


def _write(export, lease):
    make, ending = WRITERS[Export.Format(export.format)]

    def finish(count, name, used):
        now = timezone.now()
        ended = {"finished_at": now, "expires_at": now + KEPT}
        covers = used.pop("register.export", [])
        lease.finish(state=State.DONE, rows=count, file=name, covers=covers, opened=used, **ended)

    write.to_file(export, make, ending, lambda rows: lease.tell("writing", rows), finish)


def on_paper(export):
    """Close an export that is printed: nothing to write, the page reads the rows."""
    now = timezone.now()
    export.state, export.rows = State.DONE, export.expected
    export.finished_at, export.expires_at = now, now + KEPT
    export.save()


def may_fetch(export, now):
    """Whether the file is there, has not expired, and its maker may still read all that is in it."""
    return (
        export.state == State.DONE
        and export.expires_at is not None
        and now < export.expires_at
        and Scope.of(export.by).has("register.export")
        and (export.format == Export.Format.PAPER or _reads_all(export))
    )


def _reads_all(export):
    """Export its rows where they are, and open each sensitive fact where it was opened."""
    scope, grids = Scope.of(export.by), export.covers or [export.grid_id]
    return scope.covers(grids, "register.export") and all(
        scope.covers(opened, right) for right, opened in export.opened.items()
    )


def expire_files(now):
    """Delete the files of old exports; the record stays. Number of files."""
    old = Export.objects.filter(expires_at__lt=now).exclude(file="", template="")
    files = [*old, *_given_up(now)]
    for export in files:
        jobs.forget_files(export, "file", "template")
    return len(files)


def _given_up(now):
    """Forms that could not be filled: nobody fetches them any more."""
    failed = Export.objects.filter(state=State.FAILED, finished_at__lt=now - KEPT)
    return failed.exclude(template="")
