"""A stranger's file is opened in a process of its own, which may end badly without harm to ours."""

import contextlib
import os
import signal
import subprocess
import sys
import weakref

from django.conf import settings

from grids.confined import frames

# The rest of our surroundings holds keys and passwords, which the child has no use for.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONHOME")
TOO_SLOW = {-signal.SIGXCPU, -signal.SIGALRM}
TOO_MUCH = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGXFSZ, -signal.SIGBUS}


class Stopped(Exception):
    """It came to nothing; `code`: memory, time, or what the target's error says (else corrupt)."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Confined:
    """The object that `target` ("module:function", without Django) makes of `args`, in a child.

    Arguments and answers are plain values. The child goes with this object.
    """

    def __init__(self, target, *args, seconds=None, memory=None):
        self._child = _start(
            target,
            seconds or settings.WORKBOOK_SECONDS,
            memory or settings.WORKBOOK_MEMORY_BYTES,
        )
        self._end = weakref.finalize(self, _end, self._child)
        self._streams = 0
        self._ask("open", *args)

    def call(self, name, *args):
        return self._ask("call", name, *args)

    def stream(self, name, *args):
        """What the method gives, one by one. Only the newest stream goes on."""
        self._streams += 1
        number, part = self._streams, self._ask("stream", name, *args)
        while part is not None:
            yield from part
            if number != self._streams:
                raise RuntimeError("another stream of this child has begun")
            part = self._ask("more")

    def close(self):
        self._end()

    def _ask(self, *request):
        try:
            frames.send(self._child.stdin, request)
            kind, said = frames.receive(self._child.stdout)
        except (frames.Broken, BrokenPipeError):
            raise self._why() from None
        if kind == "refused":
            raise Stopped(said)
        return said

    def _why(self):
        try:
            code = self._child.wait(timeout=2)  # it may be dying just now
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        if code in TOO_SLOW:
            return Stopped("time")
        if code in TOO_MUCH:
            return Stopped("memory")
        return RuntimeError(f"the child ended with {code}")


def call(target, *args, **limits):
    """One answer of a function in a child: `target` makes an object with `answer`."""
    confined = Confined(target, *args, **limits)
    try:
        return confined.call("answer")
    finally:
        confined.close()


def _start(target, seconds, memory):
    return subprocess.Popen(
        [sys.executable, "-m", "grids.confined.child", target, str(seconds), str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
    )


def _end(child):
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
