"""A worker's hold on a job: kept alive, with its progress, from a connection of its own."""

import contextvars
import logging
import threading
import time
from datetime import timedelta

from django.db import close_old_connections, connection
from django.utils import timezone

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 0.5


class LeaseLost(Exception):
    """The job was cancelled, or another worker took it over."""


def held(job):
    """The row of the job, as long as it is the holder's."""
    rows = type(job).objects
    return rows.filter(pk=job.pk, state=job.state, leased_by=job.leased_by)


class Lease:
    """Keeps the job ours while we work: a thread with its own connection writes progress."""

    def __init__(self, job):
        self.job, self.progress = job, {}
        self._began = time.monotonic()
        self._stop, self._lost = threading.Event(), threading.Event()
        # In the worker's own context: the database shows a thread that was told nothing no row.
        here = contextvars.copy_context()
        self._thread = threading.Thread(target=here.run, args=(self._beat,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end_thread()

    def tell(self, phase, rows, total=0):
        """Note progress; LeaseLost when the job is no longer ours.

        `per_second` is the speed of this phase so far.
        """
        now = time.monotonic()
        if phase != self.progress.get("phase"):
            self._began = now
        seconds = now - self._began
        per_second = round(rows / seconds) if rows and seconds >= 0.2 else 0
        self.progress = {"phase": phase, "rows": rows, "total": total, "per_second": per_second}
        if self._lost.is_set():
            raise LeaseLost

    def finish(self, **fields):
        """The last statement of the transaction; LeaseLost rolls everything back."""
        self._end_thread()
        ended = {"leased_until": None, "attempts": 0} | self.job.telling({})
        if not held(self.job).update(**ended | fields):
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
        seconds = round(time.monotonic() - self._began, 1)
        progress = self.progress and self.progress | {"seconds": seconds}
        told = self.job.telling(progress)
        try:
            if not held(self.job).update(leased_until=timezone.now() + LEASE, **told):
                self._lost.set()
        except Exception:  # the database is away: the main connection will say so
            log.warning("%s %s: lease not renewed", self.job._meta.model_name, self.job.pk)
            close_old_connections()
