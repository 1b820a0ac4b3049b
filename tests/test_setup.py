"""The installation itself: starts without GDAL, says what is down, keeps no default secret."""

import subprocess
import sys

import pytest

from gridmgmt import localstack


def test_the_system_check_passes_where_no_gdal_is_installed():
    program = (
        "import ctypes.util, sys; ctypes.util.find_library = lambda name: None; "
        "sys.argv = ['manage.py', 'check']; "
        "from django.core.management import execute_from_command_line as run; run(sys.argv)"
    )

    checked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=localstack.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr


@pytest.mark.django_db
def test_an_anonymous_visitor_may_ask_for_the_health(client):
    answer = client.get("/healthz")
    assert answer.json()["redis"] == "ok"
    assert answer.json()["database"] == "ok"
    assert answer.json()["worker"] == "down"
    assert answer.status_code == 503
