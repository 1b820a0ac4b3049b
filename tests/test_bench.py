"""The bench says what it promises to say. How fast anything is, no test asks."""

import json
import os
import subprocess
import sys

import pytest

from bench import report, workbook
from bench.contest import Clock, Contest, Target, hold, short
from gridmgmt.running.localstack import ROOT

KEYS = [
    "name",
    "size",
    "ours_s",
    "baseline_s",
    "baseline_n",
    "floor_s",
    "vs_baseline",
    "vs_floor",
    "target",
    "met",
]


@pytest.fixture
def bench(tmp_path, django_db_setup):
    """Runs `python -m bench` once round on a tiny share of the sizes; its rows and what it printed."""

    def run(*arguments):
        output = tmp_path / "bench.json"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench",
                "--scale",
                "0.01",
                "--rounds",
                "1",
                "--output",
                str(output),
                *arguments,
            ],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(output.read_text()), done.stdout

    return run


def contest(ours=1.0, baseline=1.0, floor=1.0, *, target=None, part=10, promise=None):
    """A contest whose sides say how many seconds they took."""

    def side(seconds):
        def do(clock: Clock):
            clock.seconds += seconds
            if promise is not None:
                clock.promise("nothing written", promise)

        return do

    sides = (side(seconds) for seconds in (ours, baseline, floor))
    return Contest("import 10", 10, *sides, target or Target(), part)


def test_import_is_compared_with_a_library_and_the_bare_work_in_the_agreed_form(bench):
    rows, printed = bench("--only", "import")

    names = ["import 100", "import 1k", "import 3k", "import again 1k"]
    assert [row["name"] for row in rows] == names
    assert [list(row) for row in rows] == [KEYS] * 4
    assert [row["size"] for row in rows] == [100, 1_000, 3_000, 1_000]
    assert [row["baseline_n"] for row in rows] == [100, 1_000, 1_000, 1_000]
    assert rows[1]["target"] == "<= 2.5x floor, RSS <= 300 MB"
    assert "0 rows written" in rows[3]["target"]
    assert "import again 1k" in printed


@pytest.mark.soak
def test_every_contest_can_be_held(bench):
    rows, _ = bench()

    begins = {row["name"].split()[0] for row in rows}
    assert begins == {
        "import",
        "board",
        "sweep",
        "schedules",
        "visit",
        "list",
        "locate",
        "search",
        "export",
    }


def test_a_baseline_measured_on_a_part_is_scaled_to_the_whole():
    row = hold(contest(ours=2, baseline=3, floor=1, part=5), rounds=3)

    assert (row["baseline_s"], row["baseline_n"]) == (6, 5)
    assert (row["vs_baseline"], row["vs_floor"]) == (3, 2)
    assert "6.00 s*" in report.table([row])


@pytest.mark.parametrize(
    ("target", "is_met"),
    [
        (Target(times_baseline=3), True),
        (Target(times_baseline=3.1), False),
        (Target(times_floor=2), True),
        (Target(times_floor=1.9), False),
        (Target(3, 1.9), False),
        (Target(ms_each=200), True),
        (Target(ms_each=199), False),
    ],
)
def test_a_target_is_met_only_when_each_of_its_ratios_is(target, is_met):
    row = hold(contest(ours=2, baseline=6, floor=1, target=target), rounds=1)

    assert row["met"] is is_met


@pytest.mark.parametrize(("promise", "is_met"), [(True, True), (False, False), (None, False)])
def test_a_promise_that_was_not_seen_kept_is_not_met(promise, is_met):
    target = Target(promises=("nothing written",))

    assert hold(contest(target=target, promise=promise), rounds=2)["met"] is is_met


def test_the_median_of_the_rounds_counts():
    seconds = iter([5.0, 1.0, 3.0])

    def ours(clock):
        clock.seconds += next(seconds)

    steady = contest()
    row = hold(
        Contest("list 1", 10, ours, steady.baseline, steady.floor, Target(), 10),
        rounds=3,
    )

    assert row["ours_s"] == 3


def test_the_same_workbook_is_made_every_time_with_one_bad_row_in_a_hundred():
    units = [f"370402001028{number:03d}" for number in range(1, 5)]
    first, second = workbook.people(units, 500), workbook.people(units, 500)
    numbers = {row[8] for row in first}
    bad = workbook.spoil(first)

    assert len(first) == len(numbers) == 500
    assert {len(row) for row in first} == {20}
    assert sum(bad.values()) == 5 == sum(a != b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("number", "name"),
    [(10_000, "10k"), (1_500, "1.5k"), (1_000_000, "1M"), (250, "250")],
)
def test_sizes_are_short_in_names(number, name):
    assert short(number) == name
