"""The process in which a stranger's file is opened: no keys, no database, limits that end it.

`python -m grids.confined.child MODULE:FUNCTION SECONDS BYTES`; it imports no Django.
"""

import importlib
import pickle
import resource
import signal
import sys

from grids.confined import frames

FILE_BYTES = 512 * 1024**2  # of what it may write
OPEN_FILES = 64
FIRST, ROWS, CELLS = 64, 2_000, 200_000  # of a part of a stream


def main():
    target, seconds, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    _limit(seconds, memory)
    module, _, name = target.partition(":")
    serve(getattr(importlib.import_module(module), name), seconds)


def _limit(seconds, memory):
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # At the first of the two it is told why (SIGXCPU), at the second it is only killed.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))


def serve(make, seconds):
    """Answer until the other side goes. Only while it works does the clock run."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    desk = Desk(make)
    while True:
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            request = frames.receive(asked)
        except frames.Broken:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answers.write(desk.answer(*request))
        answers.flush()
        desk.look_ahead()


class Desk:
    """What is asked of the object that `make` gives; the next part of a stream is ready before."""

    def __init__(self, make):
        self._make, self._target = make, None
        self._parts, self._ahead = None, b""

    def answer(self, verb, *told):
        if verb == "more" and self._ahead:
            said, self._ahead = self._ahead, b""
            return said
        return _framed(lambda: getattr(self, f"_{verb}")(*told))

    def look_ahead(self):
        if self._parts is not None and not self._ahead:
            self._ahead = _framed(self._more)

    def _open(self, *args):
        self._target = self._make(*args)
        return "value", None

    def _call(self, name, *args):
        return "value", getattr(self._target, name)(*args)

    def _stream(self, name, *args):
        self._parts, self._ahead = _parts(getattr(self._target, name)(*args)), b""
        return self._more()

    def _more(self):
        part = next(self._parts, None) if self._parts is not None else None
        if part is None:
            self._parts = None
        return "part", part


def _parts(rows):
    """Lists of rows; the first is short, because many want no more than the head."""
    part, cells, most = [], 0, FIRST
    for row in rows:
        part.append(row)
        cells += len(row)
        if len(part) >= most or cells >= CELLS:
            yield part
            part, cells, most = [], 0, ROWS
    if part:
        yield part


def _framed(do):
    try:
        said = do()
    except MemoryError:
        said = "refused", "memory"
    except ImportError:  # ours, not the file's
        raise
    except Exception as error:
        said = "refused", getattr(error, "code", "corrupt")
    frame = pickle.dumps(said, protocol=5)
    return frames.LENGTH.pack(len(frame)) + frame


if __name__ == "__main__":
    main()
