"""python -m bench [--only NAME]"""

import argparse
import sys
from pathlib import Path

from bench import (
    district,
    exporting,
    importing,
    lateness,
    listing,
    locating,
    pages,
    planning,
    report,
    searching,
    server,
)
from bench.contest import WrongWork, hold
from gridmgmt.running.processes import StackError

ROOMS = [
    importing,
    lateness,
    planning,
    pages,
    locating,
    searching,
    listing,
    exporting,
    district,
]


def main() -> int:
    options = _options()
    rows, failed = [], []
    try:
        with server.running():
            for contest in _chosen(options):
                print(f"{contest.name} ...", file=sys.stderr, flush=True)
                try:
                    rows.append(hold(contest, options.rounds))
                except WrongWork as error:
                    failed.append(contest.name)
                    print(f"{contest.name}: {error}", file=sys.stderr)
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        failed.append("interrupted")
    if not rows and not failed:
        print(f"bench: nothing is called {options.only!r}", file=sys.stderr)
        return 2
    _tell(rows, options.output)
    return 1 if failed else 0


def _tell(rows, output):
    print(report.table(rows))
    if any(row["baseline_n"] < row["size"] for row in rows):
        print("* measured on a part and scaled: baseline_n in the file")
    report.write(rows, output)


def _options():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="names that begin so")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sizes")
    parser.add_argument("--output", type=Path, default=server.FOLDER.with_suffix(".json"))
    return parser.parse_args()


def _chosen(options):
    contests = [contest for room in ROOMS for contest in room.contests(options.scale)]
    return [contest for contest in contests if contest.name.startswith(options.only)]


if __name__ == "__main__":
    sys.exit(main())
