"""The database server of the bench, its cached template databases and their clones."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from gridmgmt.running import localstack

FOLDER = localstack.LOCAL / "bench"
PREFIX = "gm_bench"
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "gridmgmt.settings",
    "SECRET_KEY": "the-bench-own-secret-key-the-bench-own-secret-key",
    "GRIDMGMT_FIELD_KEYS": "b1:dGhlLWJlbmNoLW93bi1maWVsZC1rZXktMzItYnl0ZXM=",
    "GRIDMGMT_HMAC_KEY": "dGhlLWJlbmNoLW93bi1obWFjLWtleS0zMi1ieXRlcy4=",
    "SECURE_SSL_REDIRECT": "0",  # it is asked on a socket
    # One person asks here as a whole office does.
    **{
        f"GRIDMGMT_THROTTLE_{name}": ""
        for name in ("SEARCH", "REVEAL", "EXPORT", "UPLOAD", "REPORT")
    },
    "LOG_LEVEL": "ERROR",
    "LOG_FORMAT": "console",
}
# What a template is made from: when one of these changes it is made anew.
SOURCES = [
    "*/migrations/*.py",
    "bench/ground.py",
    "bench/crowd.py",
    "bench/district.py",
    "gridmgmt/dictionaries.py",
    "*/data/*.csv",
    "gridmgmt/demo/*.py",
    "gridmgmt/demo/data/*.csv",
    "inspections/cadence/schedules.py",
]


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Django on a server for the bench: DATABASE_URL when given, else an embedded one, fsync on."""
    for name in ("DEBUG", "GRIDMGMT_DEMO"):
        os.environ.pop(name, None)
    os.environ |= ENVIRONMENT
    with contextlib.ExitStack() as stack:
        media = stack.enter_context(tempfile.TemporaryDirectory(prefix="gm-bench-"))
        os.environ |= {"MEDIA_ROOT": media, "STATIC_ROOT": str(FOLDER / "static")}
        if "DATABASE_URL" not in os.environ:
            _start(stack)
        prepare_django()
        stack.callback(_leave)
        stack.callback(_drop_copies)
        _drop_outdated()
        yield


def prepare_django():
    import django
    from django.conf import settings

    settings.INSTALLED_APPS.append("bench")  # for the baselines' own models
    django.setup()


def _take_lock(stack):
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = stack.enter_context((FOLDER / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise localstack.StackError("Another bench is running here.") from None


def _start(stack):
    """Embedded servers of the bench's own: a cluster that stays, with fsync, and a cache."""
    _take_lock(stack)
    site, data = localstack.places()
    sockets = localstack.private_folder(_sockets())
    stack.callback(shutil.rmtree, sockets, ignore_errors=True)
    home = data / "bench"
    home.mkdir(exist_ok=True)
    process = localstack.start_postgres(site, home / "postgres", sockets, FOLDER / "postgres.log")
    stack.callback(localstack.stop, process, polite=signal.SIGINT)
    os.environ["DATABASE_URL"] = _embedded_url()
    if "REDIS_URL" not in os.environ:
        process = localstack.start_valkey(site, home / "valkey", sockets, FOLDER / "valkey.log")
        stack.callback(localstack.stop, process)
        os.environ |= localstack.redis_urls(sockets)


def _sockets() -> Path:
    home = localstack.socket_folder()
    return home.with_name(f"{home.name}-bench")


def _embedded_url() -> str:
    return localstack.database_url(_sockets(), "postgres")


# --- databases ------------------------------------------------------------------------


@contextlib.contextmanager
def clone(kind: str, fill: Callable[[], None]) -> Iterator[None]:
    """Django's connection is to a fresh copy of the template `kind`, made by `fill` when new."""
    template, name = _template(kind, fill), _run_name()
    drop(name)
    _copy(template, name)
    try:
        yield
    finally:
        drop(name)


@contextlib.contextmanager
def standing(kind: str, fill: Callable[[], None]) -> Iterator[None]:
    """The same for those who only read: one copy for the whole run."""
    template, name = _template(kind, fill), _run_name(kind)
    if name in _databases():
        _use(name)
    else:
        _copy(template, name)
    yield


def _copy(template, name):
    _leave()
    _admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    _use(name)


def _run_name(kind="fresh"):
    return f"{PREFIX}_run_{os.getpid()}_{kind}"


def _drop_copies():
    for name in _databases():
        if name.startswith(_run_name("")):
            drop(name)


def drop(name: str):
    _leave()
    _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _template(kind, fill) -> str:
    from django.core.management import call_command
    from django.db import connection

    name = f"{PREFIX}_{kind}_{fingerprint(*SOURCES)}"
    if name in _databases():
        return name
    draft = f"{PREFIX}_draft_{os.getpid()}"
    drop(draft)
    _admin(f'CREATE DATABASE "{draft}"{_beginning()}')
    _use(draft)
    call_command("migrate", verbosity=0)
    fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _leave()
    _admin(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _beginning() -> str:
    """The tests have a migrated database in their server; migrating takes a minute."""
    template = os.environ.get("GRIDMGMT_TEST_TEMPLATE")
    return f' TEMPLATE "{template}"' if template in _databases() else ""


def _drop_outdated():
    """Templates made from older sources; in a server of our own also what a killed run left."""
    temporary = (f"{PREFIX}_run_", f"{PREFIX}_draft_")
    is_ours = os.environ["DATABASE_URL"] == _embedded_url()
    for name in _databases():
        is_current = name.endswith(fingerprint(*SOURCES))
        if name.startswith(temporary):
            is_current = not is_ours
        if name.startswith(f"{PREFIX}_") and not is_current:
            drop(name)


def fingerprint(*patterns: str) -> str:
    """Changes with the content of these files."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(localstack.ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _databases() -> list[str]:
    return [name for (name,) in _admin("SELECT datname FROM pg_database")]


def url_in_use() -> str:
    """DATABASE_URL, but of the database that Django's connection is to."""
    from django.db import connection

    parts = urlsplit(os.environ["DATABASE_URL"])
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{connection.settings_dict['NAME']}"))


def _use(name):
    from django.db import connection

    _leave()
    connection.settings_dict["NAME"] = name


def _leave():
    from django.db import connection

    connection.close()


def _admin(statement):
    """Runs on the server's own database: the one that DATABASE_URL names need not exist."""
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """A file under .local/bench, made once; `name` carries what it depends on."""
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"draft-{os.getpid()}-{name}")
        make(draft)
        draft.replace(path)
    return path
