"""The row is the queue. A worker leases it, keeps the lease alive from a second connection, and
may only finish what it still holds; so a killed worker leaves nothing half-written.
"""

import contextlib
import logging
import os
import shutil
import socket
import tempfile
import traceback
from pathlib import Path

from django.db.models import F
from django.utils import timezone

from grids.jobs.lease import LEASE, Lease, LeaseLost

log = logging.getLogger(__name__)

ATTEMPTS = 2


def work(job, do, fail, known: tuple[type[Exception], ...] = ()):
    """`do(job, lease)` for a job that `claim` gave, if it gave any.

    `fail(job, error)` hears why it came to nothing: the `code` of a `known` exception, or "internal".
    """
    if job is None:
        return
    name = job._meta.model_name
    try:
        with Lease(job) as lease:
            do(job, lease)
    except LeaseLost:
        log.info("%s %s: cancelled or taken over", name, job.pk)
    except known as error:
        fail(job, error.code)  # type: ignore[attr-defined]
    except Exception as error:
        # The message of a database error quotes the row: names and birth dates stay out of logs.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s %s failed: %s\n%s", name, job.pk, type(error).__name__, frames)
        fail(job, "internal")


def claim(rows, pk, fail, **begun):
    """Lease the job of `rows`; None when it needs no work or somebody else holds it.

    `begun` is written with the lease. A job that lost its workers fails.
    """
    now = timezone.now()
    free = rows.filter(pk=pk).waiting_for_a_worker(now)
    for job in free.filter(attempts__gte=ATTEMPTS):
        fail(job, "worker_lost")
        return None
    name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"[:80]
    begun |= {"leased_by": name, "leased_until": now + LEASE, "attempts": F("attempts") + 1}
    taken = free.update(**rows.model.telling({}) | begun)
    return rows.get(pk=pk) if taken else None


def forget_files(row, *names, **fields):
    """Delete the stored files of a row, then say so on it."""
    for name in names:
        if stored := getattr(row, name):
            stored.delete(save=False)
    type(row).objects.filter(pk=row.pk).update(**dict.fromkeys(names, ""), **fields)


@contextlib.contextmanager
def local_copy(stored):
    """A path to read `stored` from, whatever the storage is."""
    with tempfile.NamedTemporaryFile(suffix=Path(stored.name).suffix) as copy:
        stored.open("rb")
        shutil.copyfileobj(stored, copy, 1024 * 1024)
        copy.flush()
        yield copy.name
