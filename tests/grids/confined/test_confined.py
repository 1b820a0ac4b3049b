"""A child that opens a stranger's file may end badly; we hear why, and go on."""

import os
import time

import pytest

from grids.confined.asking import Confined, Stopped

TARGET = "tests.grids.confined.targets:Target"
LIMITS = {"seconds": 1, "memory": 512 * 1024**2}


def test_a_child_answers_and_streams():
    child = Confined(TARGET, 5, **LIMITS)

    assert child.call("number") == 5
    assert list(child.stream("numbers", 5_000)) == [[number] for number in range(5, 5_005)]
    assert list(child.stream("numbers", 0)) == []


def test_a_stream_may_be_left_and_another_begun():
    child = Confined(TARGET, **LIMITS)
    left = child.stream("numbers", 5_000)
    next(left)

    assert len(list(child.stream("numbers", 3_000))) == 3_000
    assert child.call("number") == 0
    with pytest.raises(RuntimeError):
        list(left)


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("refuse", "encrypted"),
        ("fall", "corrupt"),
        ("hoard", "memory"),
        ("kill_itself", "memory"),
        ("spin", "time"),
        ("wait", "time"),
    ],
)
def test_what_goes_wrong_in_a_child_is_told(verb, code):
    child = Confined(TARGET, **LIMITS)

    with pytest.raises(Stopped) as stopped:
        child.call(verb)

    assert stopped.value.code == code


def test_a_child_writes_no_file_beyond_its_limit(tmp_path):
    child = Confined(TARGET, **LIMITS)

    with pytest.raises(Stopped):
        child.call("write", str(tmp_path / "huge"))


def test_a_child_knows_no_key_and_no_password(monkeypatch):
    monkeypatch.setenv("LANG", "C.UTF-8")

    found = Confined(TARGET, **LIMITS).call("surroundings")

    assert found["LANG"] == "C.UTF-8"
    assert not {"SECRET_KEY", "GRIDMGMT_FIELD_KEYS", "DATABASE_URL"} & set(found)


def test_nothing_that_could_run_comes_back():
    child = Confined(TARGET, **LIMITS)

    with pytest.raises((Stopped, RuntimeError)):
        child.call("something_that_runs")


def test_a_child_goes_when_nobody_needs_it():
    child = Confined(TARGET, **LIMITS)
    pid = child._child.pid
    os.kill(pid, 0)

    del child

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_clock_of_a_child_stands_still_while_nobody_asks():
    child = Confined(TARGET, **LIMITS)
    time.sleep(1.2)

    assert child.call("number") == 0
