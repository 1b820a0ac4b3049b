"""The launcher: one stack per checkout, clear refusals, nothing left behind, however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gridmgmt.running import localstack

PARTS = ("__init__.py", "localstack.py", "launcher.py", "processes.py", "stack.py")


@pytest.fixture
def checkout(request):
    """The launcher in a folder of its own, with a name that breaks careless programs.

    With the parameter "closed" nobody but its owner may open the folder above it.
    """
    above = Path(tempfile.mkdtemp(dir=os.environ["GRIDMGMT_TEST_FOLDER"]))
    above.chmod(0o700 if getattr(request, "param", "open") == "closed" else 0o755)
    root = above / "a b 中文"
    running = root / "gridmgmt" / "running"
    running.mkdir(parents=True)
    (root / "gridmgmt" / "__init__.py").touch()
    for part in PARTS:
        shutil.copy(localstack.ROOT / "gridmgmt" / "running" / part, running)
    found = Checkout(root)
    yield found
    for process in found.started:
        if process.poll() is None:
            process.kill()
            process.wait()
    if not found.paths["data"].is_relative_to(root):
        shutil.rmtree(found.paths["data"].parent, ignore_errors=True)
    shutil.rmtree(found.paths["sockets"], ignore_errors=True)


class Checkout:
    def __init__(self, root):
        self.root, self.started = root, []
        program = (
            "from gridmgmt.running import localstack as l;"
            "print(l.socket_folder()); print(l.places()[1] / 'postgres')"
        )
        lines = self.python("-c", program).communicate()[0].splitlines()
        self.paths = {"sockets": Path(lines[0]), "data": Path(lines[1])}

    def python(self, *arguments, **environment):
        kept = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        kept.pop("MAKELEVEL", None)
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env=kept | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def launch(self, command="servers", **environment):
        return self.python("-m", "gridmgmt.running.launcher", command, **environment)

    def running(self, wait_for):
        process = self.launch()
        for line in process.stdout:
            if line.startswith("CACHE_URL"):
                return process
        pytest.fail("the servers did not start")

    def children(self):
        """Numbers of the processes that work in this checkout's data or sockets."""
        marks = [str(self.paths["data"]), str(self.paths["sockets"])]
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = os.fsdecode((folder / "cmdline").read_bytes())
            except OSError:
                continue
            if any(mark in command for mark in marks) and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        return found


@pytest.mark.parametrize("checkout", ["open", "closed"], indirect=True)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_stack_leaves_no_process_and_no_socket_folder(checkout, wait_for, ending):
    launcher = checkout.running(wait_for)
    assert checkout.children()
    assert (checkout.paths["sockets"] / "valkey.sock").exists()

    launcher.send_signal(ending)
    launcher.communicate(timeout=60)

    assert launcher.returncode == 0
    assert checkout.children() == []
    assert not checkout.paths["sockets"].exists()


def test_a_killed_launcher_takes_its_servers_with_it_and_can_start_again(checkout, wait_for):
    launcher = checkout.running(wait_for)

    launcher.kill()

    wait_for(lambda: not checkout.children())
    assert checkout.running(wait_for).poll() is None


def test_a_second_start_says_where_the_first_one_is(checkout, wait_for):
    checkout.running(wait_for)

    second = checkout.launch()

    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert f"Already running: {localstack.database_url(checkout.paths['sockets'])}" in said


def test_the_pid_file_of_a_dead_server_is_not_believed(checkout, wait_for):
    launcher = checkout.running(wait_for)
    launcher.send_signal(signal.SIGINT)
    launcher.communicate(timeout=60)
    (checkout.paths["data"] / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert checkout.running(wait_for).poll() is None


def test_an_interrupted_initdb_is_never_taken_for_a_database(checkout, wait_for):
    draft = checkout.paths["data"].with_name("postgres.new")
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    checkout.running(wait_for)

    assert not draft.exists()


def test_a_taken_port_is_named_with_the_way_out(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refused = checkout.launch("demo", GRIDMGMT_PORT=str(port))
        said, _ = refused.communicate(timeout=60)

    assert refused.returncode == 1
    assert f"Port {port} is taken" in said
    assert f"GRIDMGMT_PORT={port + 1} make demo" in said


@pytest.mark.parametrize("port", ["0", "http", "70000"])
def test_a_port_that_is_none_is_refused(checkout, port):
    refused = checkout.launch("demo", GRIDMGMT_PORT=port)

    said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "1 to 65535" in said


def test_a_given_database_is_never_emptied(checkout):
    refused = checkout.launch("servers", DATABASE_URL="postgres://x@y/z", FRESH="1")

    said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "yours is left alone" in said


def test_somebody_elses_socket_folder_is_refused(checkout):
    checkout.paths["sockets"].symlink_to(checkout.root)

    refused = checkout.launch()

    said, _ = refused.communicate(timeout=60)
    checkout.paths["sockets"].unlink()
    assert refused.returncode == 1
    assert "belongs to somebody else" in said


def test_secrets_are_made_once_and_readable_by_nobody_else(checkout, wait_for):
    launcher = checkout.running(wait_for)
    env = checkout.root / ".local" / "env"
    first = env.read_text()
    launcher.send_signal(signal.SIGINT)
    launcher.communicate(timeout=60)

    checkout.running(wait_for)

    assert env.stat().st_mode & 0o777 == 0o600
    assert env.read_text() == first
    assert {"SECRET_KEY", "GRIDMGMT_FIELD_KEYS", "GRIDMGMT_HMAC_KEY"} <= {
        line.split("=")[0] for line in first.splitlines()
    }


def test_a_database_whose_keys_are_lost_is_made_anew(checkout, wait_for):
    launcher = checkout.running(wait_for)
    (checkout.paths["data"] / "of-the-old-keys").touch()
    launcher.send_signal(signal.SIGINT)
    launcher.communicate(timeout=60)
    (checkout.root / ".local" / "env").unlink()

    checkout.running(wait_for)

    assert not (checkout.paths["data"] / "of-the-old-keys").exists()


def test_a_server_that_dies_is_started_again(checkout, wait_for):
    launcher = checkout.running(wait_for)
    postmaster = checkout.paths["data"] / "postmaster.pid"
    pid = int(postmaster.read_text().split()[0])

    os.kill(pid, signal.SIGKILL)

    def is_new():
        try:
            return int(postmaster.read_text().split()[0]) != pid
        except (OSError, IndexError):
            return False

    wait_for(is_new)
    time.sleep(0.2)
    assert launcher.poll() is None
