"""`make demo`, `make dev`, `make servers`: the whole stack in one terminal, and nothing left after it.

Order: PostgreSQL, Valkey, database, one process that prepares it, then web, worker and beat.
Everything is a direct child with its own session; INT, TERM or HUP stops them in reverse.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

from gridmgmt.running import localstack
from gridmgmt.running.localstack import LOCAL, ROOT
from gridmgmt.running.processes import StackError, die_with_parent, spawn
from gridmgmt.running.stack import Stack, say

LOCK = LOCAL / "stack.lock"
SECRETS = LOCAL / "env"
DEMO_USERS = "admin security worker leader supervisor dispatcher handler auditor operator stranger"
# The embedded database is used as in production: not by the owner of its tables.
APPLICATION = {"GRIDMGMT_DATABASE_ROLE": "gridmgmt_app"}
QUIET_SECONDS = 60  # a program that lived this long may start again without waiting longer


# --- environment ----------------------------------------------------------------------


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def make_secrets() -> None:
    """Once per checkout. A database made with other keys cannot be read any more, so it goes."""
    if SECRETS.exists():
        return
    _, data = localstack.places()
    for folder in ("postgres", "valkey"):
        shutil.rmtree(data / folder, ignore_errors=True)
    values = {
        "GRIDMGMT_DEMO": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "GRIDMGMT_FIELD_KEYS": f"k1:{_random_key()}",
        "GRIDMGMT_HMAC_KEY": _random_key(),
    }
    draft = SECRETS.with_name("env.new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    draft.rename(SECRETS)


def child_environment(**extra: str) -> dict[str, str]:
    stored = dict(line.split("=", 1) for line in SECRETS.read_text().splitlines() if "=" in line)
    fixed = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "gridmgmt.settings"}
    if "DATABASE_URL" in os.environ and "REDIS_URL" not in os.environ:
        fixed |= localstack.redis_urls(localstack.socket_folder())
    return stored | fixed | os.environ | extra


def wanted_port() -> int:
    try:
        port = int(os.environ.get("GRIDMGMT_PORT") or 8000)
        if not 0 < port < 65536:
            raise ValueError
    except ValueError:
        raise StackError("GRIDMGMT_PORT must be a number from 1 to 65535.") from None
    return port


def check_port(port: int) -> None:
    """Refuses a taken port; waits a moment first, a stack that was just killed may still hold it."""
    for _attempt in range(10):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                raise StackError(
                    f"You may not listen on port {port}: GRIDMGMT_PORT=8001 make demo"
                ) from None
            except OSError:
                time.sleep(0.3)
            else:
                return
    raise StackError(
        f"Port {port} is taken by another program. Choose another one: GRIDMGMT_PORT={port + 1} make demo"
    )


# --- one stack per checkout -----------------------------------------------------------


@contextlib.contextmanager
def only_one():
    """Holds the lock of this checkout; the file tells others the address."""
    LOCAL.mkdir(exist_ok=True)
    with LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            address = running_address()
            say(
                f"Already running: {address}"
                if address
                else "Already starting in another terminal."
            )
            raise SystemExit(0) from None
        LOCK.write_text("")
        try:
            yield
        finally:
            LOCK.write_text("")


def tell_address(address: str) -> None:
    LOCK.write_text(json.dumps({"address": address, "pid": os.getpid()}))


def running_address() -> str:
    """The address of this checkout's stack, or nothing when none runs."""
    try:
        with LOCK.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return json.loads(lock.read() or "{}").get("address", "")
    except OSError:
        pass
    return ""


# --- what runs ------------------------------------------------------------


def _python(*arguments, environment, **options) -> subprocess.Popen:
    return spawn([sys.executable, *arguments], cwd=ROOT, env=environment, **options)


def add_servers(stack: Stack, *, fresh: bool) -> None:
    """PostgreSQL, Valkey and the database, except what the environment already points to."""
    given_database = "DATABASE_URL" in os.environ
    given_redis = "REDIS_URL" in os.environ
    if given_database and fresh:
        raise StackError("FRESH=1 empties only the embedded database; yours is left alone.")
    if given_database and given_redis:
        return
    site, data = localstack.places()
    sockets = localstack.private_folder(localstack.socket_folder())
    if fresh:
        shutil.rmtree(data / "valkey", ignore_errors=True)
        shutil.rmtree(LOCAL / "media", ignore_errors=True)
    if not given_database:
        stack.add(
            "postgres",
            lambda: localstack.start_postgres(
                site, data / "postgres", sockets, LOCAL / "postgres.log"
            ),
            is_server=True,
            polite=signal.SIGINT,
        )
        localstack.create_database(sockets, anew=fresh)
    if not given_redis:
        stack.add(
            "redis",
            lambda: localstack.start_valkey(site, data / "valkey", sockets, LOCAL / "valkey.log"),
            is_server=True,
            wait_before_restart=15,
        )


def prepare(stack: Stack, environment: dict) -> None:
    """Migrations, demo district and static files in one process, which dies with this one."""
    code = stack.run(
        "prepare", lambda: _python("manage.py", "prepare_demo", environment=environment)
    )
    if code != 0:
        raise StackError("The database could not be prepared; see the message above.")


def add_programs(stack: Stack, environment: dict, port: int, *, reload: bool) -> None:
    web = [
        "-m",
        "gunicorn",
        "gridmgmt.wsgi",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-tmp-dir",
        "/tmp",
        "--no-control-socket",
        "--log-level",
        "warning",
    ]
    if reload:
        web = ["manage.py", "runserver", f"127.0.0.1:{port}"]
    celery = ["-m", "celery", "-q", "-A", "gridmgmt.celery"]
    commands = {
        "web": web,
        "worker": [
            *celery,
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "info",
            "--without-gossip",
            "--without-mingle",
        ],
        "beat": [*celery, "beat", "--loglevel", "warning", "--pidfile", ""],
    }
    for name, command in commands.items():
        stack.add(
            name,
            lambda command=command: _python(
                *command,
                environment=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ),
        )


def wait_until_healthy(stack: Stack, address: str, *, seconds: float = 30) -> bool:
    give_up = time.monotonic() + seconds
    next_question = 0.0
    while (now := time.monotonic()) < give_up:
        stack.pump(0.1)
        stack.revive()
        if now >= next_question:
            next_question = now + 0.3
            with contextlib.suppress(OSError), urlopen(f"{address}healthz", timeout=3):
                return True
    return False


def greet(address: str, environment: dict) -> None:
    password = environment.get("GRIDMGMT_DEMO_PASSWORD") or "gridmgmt-demo"
    say(f"\n  gridmgmt is running:  {address}\n")
    say(f"  log in as             {DEMO_USERS.replace(' ', ', ')}")
    say(f"  password              {password}")
    say("  Ctrl-C stops everything.\n")


def run(*, reload: bool = False) -> None:
    port, fresh = wanted_port(), os.environ.get("FRESH") == "1"
    check_port(port)
    address = f"http://127.0.0.1:{port}/"
    make_secrets()
    environment = child_environment(**({"DEBUG": "1"} if reload else {}))
    with running() as stack:
        add_servers(stack, fresh=fresh)
        prepare(stack, environment)
        add_programs(stack, environment | APPLICATION, port, reload=reload)
        if not wait_until_healthy(stack, address):
            say(f"Some part is not ready yet; {address}healthz says which.")
        tell_address(address)
        greet(address, environment)
        watch(stack)


def servers() -> None:
    make_secrets()
    with running() as stack:
        add_servers(stack, fresh=os.environ.get("FRESH") == "1")
        tell_address(localstack.default_urls()["DATABASE_URL"])
        for name, url in localstack.default_urls().items():
            say(f"{name}={url}")
        watch(stack)


def watch(stack: Stack) -> None:
    while True:
        stack.pump(0.5)
        stack.revive()


@contextlib.contextmanager
def running():
    """A stack that is stopped, with its socket folder, however the block is left."""
    stack = Stack()
    try:
        yield stack
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("\nStopping ...")
        stack.stop()
        shutil.rmtree(localstack.socket_folder(), ignore_errors=True)


def _interrupt(number, frame):
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    command = arguments[0] if arguments else "demo"
    if command == "running":
        if "DATABASE_URL" in os.environ or running_address():
            return 0
        print(
            "Nothing is running: start `make demo` first, or set DATABASE_URL.",
            file=sys.stderr,
        )
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    try:
        with only_one():
            {"demo": run, "dev": lambda: run(reload=True), "servers": servers}[command]()
    except KeyboardInterrupt:
        return 0
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
