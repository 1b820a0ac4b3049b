"""Pages under load: gunicorn on a unix socket, and a few clients that ask it."""

import contextlib
import functools
import http.client
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from bench import server
from bench.contest import WrongWork
from gridmgmt.running import localstack
from gridmgmt.running.processes import spawn, stop

WORKERS, CLIENTS = 2, 4
START_SECONDS = 60


@contextlib.contextmanager
def serving(application: str) -> Iterator[Path]:
    """The socket of a gunicorn that serves the application on the database in use."""
    _collect_static()
    with tempfile.TemporaryDirectory(prefix="gm-bench-") as folder:
        address, log = Path(folder) / "http.sock", Path(folder) / "log"
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            application,
            "--bind",
            f"unix:{address}",
            "--workers",
            str(WORKERS),
            "--log-level",
            "error",
            "--no-control-socket",
        ]
        environment = os.environ | {"DATABASE_URL": server.url_in_use()}
        with log.open("wb") as output:
            process = spawn(
                command,
                cwd=localstack.ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            give_up = time.monotonic() + START_SECONDS
            while not address.exists():
                if process.poll() is not None or time.monotonic() > give_up:
                    raise WrongWork(log.read_text(errors="replace")[-2000:])
                time.sleep(0.05)
            yield address
        finally:
            stop(process)


@functools.cache
def _collect_static():
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def ask_all(address: Path, requests: Iterable[tuple], wanted: int):
    """Send (method, path, headers, fields) from several clients at once; each answers `wanted`."""
    clients = ThreadPoolExecutor(CLIENTS)
    try:
        found = clients.map(lambda request: _ask(address, *request), requests)
        wrong = [answer for answer in found if answer[0] != wanted]
    except OSError as error:
        raise WrongWork(f"no answer: {error}") from error
    finally:
        clients.shutdown(cancel_futures=True)
    if wrong:
        raise WrongWork(f"{len(wrong)} answers are not {wanted}: {wrong[0]}")


def _ask(address, method, path, headers, fields):
    connection = _UnixConnection(address)
    body = urlencode(fields) if fields else None
    if body:
        headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers.get("Location", ""), text[:300]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, address):
        super().__init__("localhost", timeout=60)
        self.address = address

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.address))
