"""The batch row is the queue. A worker leases it, keeps the lease alive from a second connection,
and may only finish what it still holds; so a killed worker leaves nothing half-written.
"""

import logging
import os
import socket
import threading
import traceback
from datetime import timedelta

from django.db import close_old_connections, connection, transaction
from django.db.models import F
from django.utils import timezone

from residents.models import ImportBatch
from residents.register_import import (
    answer,
    batches,
    columns,
    reader,
    registers,
    undo,
)

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 0.5
ATTEMPTS = 2
State = ImportBatch.State


class LeaseLost(Exception):
    """The batch was cancelled, or another worker took it over."""


def work(batch_id):
    """Do what the batch waits for. Safe to call twice, and for a batch that needs nothing."""
    batch = claim(batch_id)
    if batch is None:
        return
    do = check if batch.state == State.CHECKING else write
    try:
        with Lease(batch) as lease:
            do(batch, lease)
    except LeaseLost:
        log.info("import %s: cancelled or taken over", batch.pk)
    except reader.WorkbookError as error:
        fail(batch, error.code)
    except Exception as error:
        # The message of a database error quotes the row: names and birth dates stay out of logs.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("import %s failed: %s\n%s", batch.pk, type(error).__name__, frames)
        fail(batch, "internal")


def claim(batch_id):
    """Lease the batch; None when it needs no work or somebody else holds it."""
    now = timezone.now()
    free = ImportBatch.objects.filter(pk=batch_id).waiting_for_a_worker(now)
    if free.filter(attempts__gte=ATTEMPTS).update(
        state=State.FAILED, error="worker_lost", finished_at=now, leased_until=None
    ):
        return None
    name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"[:80]
    taken = free.update(
        leased_by=name,
        leased_until=now + LEASE,
        attempts=F("attempts") + 1,
        started_at=now,
        progress={},
    )
    return ImportBatch.objects.select_related("by").get(pk=batch_id) if taken else None


def check(batch, lease):
    """The dry run: what would happen, kept as the batch's preview."""
    with batches.local_copy(batch.file) as path:
        book, found = registers.read(path, batch.sheet, batch.columns, batch.register)
        outcome = registers.run(
            batch.register, book, found, dry_run=True,
            reach=registers.reach_of(batch.register, batch.by), tell=lease.tell,
        )  # fmt: skip
    lease.finish(
        state=State.CHECKED,
        preview=batches.summary(outcome) | {"examples": outcome.examples},
        mapping=batches.mapping(found),
    )


def write(batch, lease):
    """The import itself: validated again, written in one transaction with the batch's end."""
    with batches.local_copy(batch.file) as path:
        book, found = registers.read(path, batch.sheet, batch.columns, batch.register)
        outcome = batches.again(lambda: _write(batch, lease, book, found))
        answer.save(batch, book, found, outcome.statuses)


@transaction.atomic
def _write(batch, lease, book, found):
    outcome = registers.run(
        batch.register, book, found, reach=registers.reach_of(batch.register, batch.by),
        by_id=batch.by_id, batch_id=batch.pk, tell=lease.tell, source=batch.file_name,
    )  # fmt: skip
    lease.finish(
        state=State.DONE, result=batches.summary(outcome), finished_at=timezone.now(),
        created_places=undo.places(*outcome.created_places),
    )  # fmt: skip
    return outcome


def fail(batch, error):
    ImportBatch.objects.filter(
        pk=batch.pk, leased_by=batch.leased_by, state=batch.state
    ).update(
        state=State.FAILED, error=error, finished_at=timezone.now(), leased_until=None
    )


def confirm(batch):
    """From the dry run to the import; False when it was not waiting for that."""
    return _move(
        batch,
        [State.CHECKED],
        State.IMPORTING,
        attempts=0,
        leased_until=None,
        progress={},
    )


@transaction.atomic
def check_again(batch, tables, chosen, *, by):
    """Back to the dry run with what somebody said of the columns; False when it is too late."""
    columns.remember(tables, chosen, by=by, district_id=batch.district_id)
    return _move(
        batch, [State.MAPPING, State.CHECKED], State.CHECKING,
        columns=chosen, attempts=0, leased_until=None, progress={}, preview={},
    )  # fmt: skip


def cancel(batch):
    """Stop it, wherever it is; nothing is written. False when it was finished already."""
    working = [State.MAPPING, State.CHECKING, State.CHECKED, State.IMPORTING]
    return _move(
        batch, working, State.CANCELLED, finished_at=timezone.now(), leased_until=None
    )


def _move(batch, old, new, **fields):
    """One UPDATE: it waits for a worker that is just finishing, and then sees its end."""
    return (
        ImportBatch.objects.filter(pk=batch.pk, state__in=old).update(
            state=new, **fields
        )
        == 1
    )


def forgotten(now):
    """Keys of batches that wait for a worker: new ones that no message reached, and lost ones."""
    return list(
        ImportBatch.objects.waiting_for_a_worker(now)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


class Lease:
    """Keeps the batch ours while we work: a thread with its own connection writes progress."""

    def __init__(self, batch):
        self.batch, self.progress = batch, {}
        self._stop, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end_thread()

    def tell(self, phase, rows):
        """Note progress; LeaseLost when the batch is no longer ours."""
        self.progress = {"phase": phase, "rows": rows}
        if self._lost.is_set():
            raise LeaseLost

    def finish(self, **fields):
        """The last statement of the transaction; LeaseLost rolls everything back."""
        self._end_thread()
        mine = ImportBatch.objects.filter(
            pk=self.batch.pk, state=self.batch.state, leased_by=self.batch.leased_by
        )
        if not mine.update(leased_until=None, attempts=0, progress={}, **fields):
            raise LeaseLost

    def _end_thread(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat(self):
        try:
            while not self._stop.wait(BEAT_SECONDS):
                self._renew()
        finally:
            connection.close()

    def _renew(self):
        try:
            mine = ImportBatch.objects.filter(
                pk=self.batch.pk, state=self.batch.state, leased_by=self.batch.leased_by
            )
            if not mine.update(
                leased_until=timezone.now() + LEASE, progress=self.progress
            ):
                self._lost.set()
        except Exception:  # the database is away: the main connection will say so
            log.warning("import %s: lease not renewed", self.batch.pk)
            close_old_connections()
