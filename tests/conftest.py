"""Real servers for every test: a throw-away PostgreSQL and Redis on sockets, started once by the controller.

DATABASE_URL and REDIS_URL are respected when they are given. Settings are loaded only after the
addresses are known, which is why DJANGO_SETTINGS_MODULE is set here and not in pyproject.toml.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from gridmgmt.running import localstack
from tests import database

pytest_plugins = ["tests.processes", "tests.browsers", "tests.statements"]

PREFIX = "gm-test-"
TEST_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "gridmgmt.settings",
    "SECRET_KEY": "the-tests-own-secret-key-the-tests-own-secret-key",
    "GRIDMGMT_FIELD_KEYS": "t1:dGhlLXRlc3RzLW93bi1maWVsZC1rZXktMzItYnl0ZXM=",
    "GRIDMGMT_HMAC_KEY": "dGhlLXRlc3RzLW93bi1obWFjLWtleS0zMi1ieXRlcy4=",
    "SECURE_COOKIES": "0",
    # Walks of every address ask more often than people; tests/grids/test_throttle.py counts.
    **{
        f"GRIDMGMT_THROTTLE_{name}": ""
        for name in ("SEARCH", "REVEAL", "EXPORT", "UPLOAD", "REPORT")
    },
    "LOG_LEVEL": "WARNING",
    "LOG_FORMAT": "console",
}
servers = pytest.StashKey[list]()
folder = pytest.StashKey[Path]()


def pytest_addoption(parser):
    parser.addoption(
        "--keep-servers", action="store_true", help="leave the log files of the servers"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    for name in ("DEBUG", "GRIDMGMT_DEMO"):
        os.environ.pop(name, None)
    os.environ |= TEST_ENVIRONMENT
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        _start_servers(config)
    os.environ.setdefault("DATABASE_URL", "postgres://not-started/gridmgmt")
    _take_own_redis_database(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))

    import django
    from django.conf import settings

    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tempfile.mkdtemp(
        prefix="media-", dir=os.environ.get("GRIDMGMT_TEST_FOLDER")
    )
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    if getattr(config.option, "numprocesses", None):
        # Not for the xdist workers: they load settings here, with addresses of their own.
        del os.environ["DJANGO_SETTINGS_MODULE"]


def _start_servers(config):
    _sweep_leftovers()
    config.stash[servers] = []
    config.stash[folder] = home = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    home.chmod(0o711)
    (home / "owner").write_text(str(os.getpid()))
    os.environ["GRIDMGMT_TEST_FOLDER"] = str(home)
    database.choose_template()
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    site, _ = localstack.places()
    sockets = localstack.private_folder(database.own_sockets())
    if "DATABASE_URL" not in os.environ:
        process = database.start_postgres(site, home)
        config.stash[servers].append((process, "postgres"))
        os.environ["DATABASE_URL"] = localstack.database_url(sockets)
    if "REDIS_URL" not in os.environ:
        process = localstack.start_valkey(site, home / "valkey", sockets, home / "valkey.log")
        config.stash[servers].append((process, "valkey"))
        os.environ |= localstack.redis_urls(sockets)


def pytest_unconfigure(config):
    import signal

    for process, name in reversed(config.stash.get(servers, [])):
        polite = signal.SIGINT if name == "postgres" else signal.SIGTERM
        localstack.stop(process, polite=polite, seconds=5)
    if folder in config.stash and not config.option.keep_servers:
        shutil.rmtree(config.stash[folder], ignore_errors=True)


def _sweep_leftovers():
    """Folders of runs that were killed: their process is gone, or they are half a day old."""
    for left in Path("/tmp").glob(PREFIX + "*"):
        try:
            if left.stat().st_uid != os.getuid():
                continue
            owner, age = left / "owner", time.time() - left.stat().st_mtime
            is_gone = owner.exists() and not _is_alive(int(owner.read_text() or 0))
            if is_gone or (age > 60 and not owner.exists()) or age > 12 * 3600:
                shutil.rmtree(left, ignore_errors=True)
        except (OSError, ValueError):
            continue


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def _take_own_redis_database(worker):
    """Every xdist worker has two Redis databases of its own: messages and cache."""
    number = int(worker.removeprefix("gw") or 0) % 8
    if url := os.environ.get("REDIS_URL"):
        parts = urlsplit(url)
        os.environ["CELERY_BROKER_URL"] = urlunsplit(parts._replace(path=f"/{2 * number}"))
        os.environ["CACHE_URL"] = urlunsplit(parts._replace(path=f"/{2 * number + 1}"))
    elif "CELERY_BROKER_URL" in os.environ:
        path = urlsplit(os.environ["CELERY_BROKER_URL"]).path
        os.environ["CELERY_BROKER_URL"] = f"redis+socket://{path}?virtual_host={2 * number}"
        os.environ["CACHE_URL"] = f"unix://{path}?db={2 * number + 1}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whoever reads what stands in the database for a whole module asks for the database.

    A test that does not say so runs after all others, far from its module. There an xdist worker
    may have run dry and taken its database down, and what stood in it is made once more.
    """
    for item in items:
        fixtures = set(item.fixturenames)
        if "standing_rows" in fixtures and not fixtures & {"db", "transactional_db"}:
            item.add_marker("django_db")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_use_migrations, django_db_blocker
):
    """pytest-django's hook: from here on a test database is a copy of the template."""
    from django.db import connection

    if django_db_use_migrations:
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = database.template()


@pytest.fixture(scope="module")
def standing_rows(request, django_db_setup, django_db_blocker):
    """standing_rows(make): what `make` puts into the database stays for all tests of the module,
    and its answer is given back; each test rolls back to it.

    In a module with tests that commit nothing is made, and the answer is None. What is cached of
    the rows stays too: whoever begins with them calls `cache.clear()`.
    """
    from django.db import transaction

    if any(_commits(item) for item in request.session.items if item.path == request.path):
        yield lambda make: None
        return
    atom = transaction.atomic()

    def keep(make):
        with django_db_blocker.unblock():
            return make()

    keep(atom.__enter__)
    yield keep
    keep(lambda: transaction.set_rollback(True))
    keep(lambda: atom.__exit__(None, None, None))


def _commits(item):
    mark = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or (mark and mark.kwargs.get("transaction"))


@pytest.fixture
def manage():
    """Runs manage.py in a process of its own, against the test's environment."""

    def run(*arguments, **options):
        environment = os.environ | options.pop("env", {})
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=localstack.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


@pytest.fixture(autouse=True)
def no_heartbeat_inside_a_test_transaction(request, monkeypatch):
    """The lease's own connection does not see a job that is not committed yet: on a busy
    machine it would call it lost. Tests that commit keep the true beat."""
    if "transactional_db" not in request.fixturenames:
        monkeypatch.setattr("grids.jobs.lease.BEAT_SECONDS", 600)


@pytest.fixture(scope="session", autouse=True)
def emptied_by_the_owner():
    """Between tests that commit every table is emptied, also those that are only added to."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    emptying = DatabaseOperations.sql_flush

    def as_owner(self, *arguments, **options):
        statements = emptying(self, *arguments, **options)
        return statements and ["SET LOCAL gridmgmt.erasing = 'on'", *statements]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", as_owner)
        yield
