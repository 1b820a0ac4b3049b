"""Says on a stream what is being written, how many rows and how fast."""

import contextlib
import resource
import sys
import time
from collections.abc import Callable, Iterator

EVERY_SECONDS = 5.0


class Progress:
    """`say` takes a line; without one nothing is said."""

    def __init__(self, say: Callable[[str], object] | None = None):
        self._say = say or (lambda line: None)
        self._began, self._cpu = time.perf_counter(), time.process_time()

    @contextlib.contextmanager
    def of(self, what: str) -> Iterator[Callable[[int], None]]:
        """Calls of what it gives count the rows that were written since the last one."""
        began = said = time.perf_counter()
        rows = 0

        def count(more):
            nonlocal rows, said
            rows += more
            if more < rows and time.perf_counter() - said >= EVERY_SECONDS:
                said = time.perf_counter()
                self._line(what, rows, said - began)

        yield count
        self._line(what, rows, time.perf_counter() - began, is_done=True)

    def sum_up(self):
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        megabytes = largest / (2**20 if sys.platform == "darwin" else 2**10)
        self._say(
            f"{time.perf_counter() - self._began:,.0f} s in all, "
            f"{time.process_time() - self._cpu:,.0f} s of them computing here, "
            f"at most {megabytes:,.0f} MB of memory"
        )

    def _line(self, what, rows, seconds, *, is_done=False):
        speed = f"{rows:>11,} rows {rows / max(seconds, 0.01):>9,.0f}/s" if rows else ""
        self._say(f"{what:<24}{seconds:>7.1f} s {speed}{'' if is_done else ' ...'}")
