"""`make demo` as a whole, in a copy of this checkout: bad luck on every part, and a clean end."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from gridmgmt.running import localstack

pytestmark = pytest.mark.soak


@pytest.fixture
def demo(wait_for):
    above = Path(tempfile.mkdtemp(dir=os.environ["GRIDMGMT_TEST_FOLDER"]))
    above.chmod(0o755)
    root = above / "a b 中文"
    skipped = shutil.ignore_patterns(".git", ".venv", ".local", "__pycache__", "tests")
    shutil.copytree(localstack.ROOT, root, ignore=skipped)
    found = Demo(root)
    wait_for(lambda: "Ctrl-C stops" in found.said or found.process.poll(), seconds=180)
    assert found.process.poll() is None, found.said
    yield found
    if found.process.poll() is None:
        found.process.send_signal(signal.SIGINT)
        found.process.wait(30)


class Demo:
    def __init__(self, root):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        for name in (
            "SECRET_KEY",
            "GRIDMGMT_FIELD_KEYS",
            "GRIDMGMT_HMAC_KEY",
            "MAKELEVEL",
        ):
            kept.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gridmgmt.running.launcher", "demo"],
            cwd=root,
            env=kept | {"GRIDMGMT_PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.root, self.said = root, ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.said += line

    def health(self):
        try:
            answer = urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5)
        except HTTPError as error:
            answer = error
        except (URLError, OSError):
            return {}
        return json.load(answer)

    def page(self, path):
        return urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10).status

    def processes(self, pattern):
        """Children of the launcher whose command matches."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = []
        for pid in listing.read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            if re.search(pattern, os.fsdecode(command)):
                found.append(int(pid))
        return found


def test_the_demo_survives_the_loss_of_each_part_and_leaves_nothing(demo, wait_for):
    assert demo.health()["status"] == "ok"
    everybody = demo.processes("")
    assert len(everybody) == 5

    (worker,) = demo.processes("celery .*worker")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: demo.processes("celery .*worker") not in ([], [worker]))

    (valkey,) = demo.processes("valkey")
    command = os.fsdecode(Path(f"/proc/{valkey}/cmdline").read_bytes())
    sockets = Path(re.search(r"/tmp/gm-\d+-[0-9a-f]{8}", command)[0])
    os.kill(valkey, signal.SIGKILL)
    wait_for(lambda: demo.health().get("redis") == "down")
    assert demo.health()["database"] == "ok"
    assert demo.page("/login/") == 200
    wait_for(lambda: demo.health().get("redis") == "ok", seconds=60)

    (postgres,) = demo.processes("postgres")
    os.kill(postgres, signal.SIGKILL)
    wait_for(lambda: demo.health().get("database") == "ok", seconds=60)
    wait_for(lambda: demo.health().get("status") == "ok", seconds=120)

    everybody = demo.processes("")
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(20) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in everybody)
    assert not sockets.exists()
