"""Child processes that do not outlive the one that started them."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1


class StackError(Exception):
    """Something the person at the terminal can understand and change."""


def server_account() -> dict:
    """Keyword arguments for subprocess: PostgreSQL refuses to run as root, so root lends it `nobody`."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def die_with_parent(dying_signal: int) -> None:
    """This process gets `dying_signal` when the one that started it is gone (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(dying_signal))


def _orphan_guard(dying_signal: int):
    """Runs in the child before it becomes the program."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arrange():
        prctl(_PR_SET_PDEATHSIG, int(dying_signal))
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def spawn(command: list, *, dying_signal: int = signal.SIGKILL, **options) -> subprocess.Popen:
    """A direct child in its own session, so that Ctrl-C reaches only the launcher. Main thread only."""
    return subprocess.Popen(
        [os.fspath(part) for part in command],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        preexec_fn=_orphan_guard(dying_signal),
        **options,
    )


def stop(
    process: subprocess.Popen,
    *,
    polite: int = signal.SIGTERM,
    seconds: float = STOP_SECONDS,
) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(polite)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # what it may have left in its session


def command_of(pid: int) -> str:
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes())
        return ""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout
