"""python -m mutation: how many of the mistakes that somebody could make does a test notice?"""

import argparse
import datetime as dt
import json
import math
import os
import signal
import sys
import time
import tomllib
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from mutation import covering, forks, mutants
from tests.test_architecture import APPS

HERE = Path(__file__).parent
INVALID = 77
OUTCOMES = {
    0: "survived",
    1: "killed",
    2: "killed",
    3: "killed",  # the mutant cannot even be imported
    INVALID: "invalid",
    -signal.SIGALRM: "killed (time)",
}


class Watched:
    """Only these tests, in this order; a slow one is stopped, and bad SQL is no mistake of a rule."""

    def __init__(self, tests, seconds):
        self.order, self.seconds = {test: place for place, test in enumerate(tests)}, seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order),
            key=lambda item: self.order[item.nodeid],
        )
        return (yield)

    def pytest_runtest_setup(self, item):
        signal.alarm(10 + int(10 * self.seconds[item.nodeid]))

    def pytest_exception_interact(self, call):
        from psycopg.errors import SyntaxError as BadSQL

        error = call.excinfo.value
        while error:
            if isinstance(error, BadSQL):
                os._exit(INVALID)
            error = error.__cause__ or error.__context__


def main():
    options = _options()
    began = time.monotonic()
    total, chosen = mutants.sample(options.count, options.seed, options.under, options.key)
    accepted = _accepted()
    chosen = [row for row in chosen if row[1].key not in accepted]
    print(f"{len(chosen)} of {total} mutants, seed {options.seed}", flush=True)
    with forks.servers() as sockets:
        known = covering.learn([mutant for _, mutant in chosen], options.jobs, sockets)
        _check_that_nothing_fails_by_itself(chosen, known, options, sockets)
        results = list(_results(chosen, known, options, sockets))
    return _tell(results, options, time.monotonic() - began)


def _check_that_nothing_fails_by_itself(chosen, known, options, sockets):
    """Some of the same runs without a mutant: whatever fails there would be counted as noticed."""
    jobs = [
        _job(known, options.seconds, tests)
        for _, mutant in chosen[::30]
        if (tests := known.of(mutant))
    ]
    for job, code, _, printed in forks.run(jobs, options.jobs, sockets):
        if code != 0:
            raise SystemExit(f"fails without a mutant: {job.files}\n{printed[-3000:]}")


def _results(chosen, known, options, sockets):
    jobs = []
    for tree, mutant in chosen:
        if tests := known.of(mutant):
            jobs.append(_job(known, options.seconds, tests, tree, mutant))
        else:
            yield mutant, "not covered", ""
    for number, (job, code, spent, printed) in enumerate(forks.run(jobs, options.jobs, sockets), 1):
        outcome = OUTCOMES.get(code, f"broken {code}")
        print(f"{number}/{len(jobs)} {outcome}, {spent:.1f} s: {_name(job.about)}", flush=True)
        yield job.about, outcome, printed


def _job(known, seconds, tests, tree=None, mutant=None):
    """Quick tests first, those of a file together, until the time is used up."""
    chosen, left = [], seconds
    for test in sorted(tests, key=known.seconds.get):
        left -= known.seconds[test]
        if left > 0 or not chosen:
            chosen.append(test)
    files = defaultdict(list)
    for test in chosen:
        files[test.split("::")[0]].append(test)
    by_speed = sorted(files.values(), key=lambda own: known.seconds[own[len(own) // 2]])
    ordered = [test for own in by_speed for test in own]
    mutated = (mutant.path, partial(mutant.module, tree)) if mutant else None
    return forks.Job(list(files), [Watched(ordered, known.seconds)], mutated, mutant)


def _name(mutant):
    return f"{mutant.path}:{mutant.lines.start} {mutant.key}"


def _accepted():
    """{key: reason} of survivors that stay: equivalent ones, and wording."""
    rows = tomllib.loads((HERE / "accepted.toml").read_text(encoding="utf-8"))["mutant"]
    return {row["key"]: row["reason"] for row in rows}


def _tell(results, options, seconds):
    valid = [(mutant, outcome) for mutant, outcome, _ in results if outcome != "invalid"]
    (forks.FOLDER / "results.json").write_text(
        json.dumps(
            [[outcome, _name(mutant), printed[-2000:]] for mutant, outcome, printed in results],
            indent=1,
        )
    )
    print()
    for mutant, outcome in sorted(valid, key=lambda row: (row[0].path, row[0].lines.start)):
        if not outcome.startswith("killed"):
            print(f"{outcome}: {_name(mutant)}")
    print()
    for app in [*APPS, ""]:
        own = [outcome for mutant, outcome in valid if mutant.path.startswith(app)]
        if own:
            killed = sum(outcome.startswith("killed") for outcome in own)
            print(f"{app or 'all':12} {killed:4} of {len(own):4} = {killed / len(own):.1%}")
    print(f"{seconds / 60:.1f} minutes, {len(results) - len(valid)} invalid left out")
    return _against_the_floor(killed / len(own), len(own), options)


def _against_the_floor(score, count, options):
    """The floor only rises; what chance alone may give is taken off a proposal."""
    floor = float((HERE / "floor").read_text())
    if options.under or options.key:
        return 0
    certain = math.floor(100 * (score - 2 * math.sqrt(score * (1 - score) / count)))
    if certain > floor:
        print(f"The floor of {floor:g} % can rise to {certain} %: write it into mutation/floor.")
    if 100 * score < floor:
        print(f"Below the floor of {floor:g} %.")
    return 100 * score < floor


def _options():
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument(
        "--seed", default=f"{dt.datetime.now(dt.UTC):%Y-%m}", help="the month, if not given"
    )
    parser.add_argument("--under", default="", metavar="PATH", help="modules whose path begins so")
    parser.add_argument("--key", default="", metavar="TEXT", help="those whose printed key has it")
    parser.add_argument("--seconds", type=int, default=40, help="of tests for each, as usual")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
