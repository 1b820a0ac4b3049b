"""Which tests execute which line, remembered for each file of tests until one of its sources changes."""

import ast
import gzip
import hashlib
import json
import re
import signal
from collections import defaultdict
from functools import cache

import pytest

from mutation import forks
from tests.test_architecture import APPS, ROOT

# Browsers, processes, whole districts: minutes each, and not beside a rule.
LEFT_OUT = ("browser/", "demo/", "test_bench", "test_browsers", "test_demo", "test_launcher", "test_outage", "test_setup", "test_worker")  # fmt: skip
MARKS = ["-m", "not soak and not worker and not browser"]


def room(path):
    """The tests beside a module: of the nearest folder that both trees have, else of the app."""
    folder = (ROOT / path).parent
    while folder != ROOT:
        if (ROOT / "tests" / folder.relative_to(ROOT)).is_dir():
            return f"tests/{folder.relative_to(ROOT)}/"
        folder = folder.parent
    return path.split("/")[0]


def app_of(test):
    """Whose rules a test is about; what belongs to no other app tests the whole, as its top does."""
    folder = test.split("/")[1]
    return folder if folder in APPS else "gridmgmt"


def test_files(*folders):
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = str(path.relative_to(ROOT))
        is_there = any(name.startswith(folder) or folder == app_of(name) for folder in folders)
        if is_there and not name.removeprefix("tests/").startswith(LEFT_OUT):
            yield name


@cache
def checksum(path):
    file = ROOT / path
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _shared():
    """Of what any test may use: factories, fixtures."""
    paths = [
        path for path in sorted((ROOT / "tests").rglob("*.py")) if not path.name.startswith("test_")
    ]
    return hashlib.sha256("".join(checksum(path) for path in paths).encode()).hexdigest()


def _kept(file):
    return forks.FOLDER / "covering" / (file.replace("/", "-") + ".json.gz")


def known(file):
    """{"sums": {path: checksum}, "tests": {id: [seconds, {path: [line, ...]}]}}, or None."""
    if not _kept(file).exists():
        return None
    found = json.loads(gzip.decompress(_kept(file).read_bytes()))
    if found["shared"] != _shared() or any(
        checksum(path) != was for path, was in found["sums"].items()
    ):
        return None
    return found


def learn(chosen, slots, sockets):
    """What is known of the rooms of these mutants, and of the whole app where a room says nothing."""
    known = _learn({room(mutant.path) for mutant in chosen}, slots, sockets)
    apps = {app_of(f"tests/{mutant.path}") for mutant in chosen if not known.of(mutant)}
    return (
        _learn(apps | {room(mutant.path) for mutant in chosen}, slots, sockets) if apps else known
    )


def _learn(folders, slots, sockets, batch=6):
    """Traces the files of tests that have changed, or whose sources have."""
    files = list(test_files(*folders))
    stale = [file for file in files if known(file) is None]
    batches = [stale[at : at + batch] for at in range(0, len(stale), batch)]
    jobs = [forks.Job(files, [Tracing(files)], options=MARKS) for files in batches]
    for number, (job, code, spent, printed) in enumerate(forks.run(jobs, slots, sockets), 1):
        print(f"tracing {number}/{len(jobs)}, {spent:.0f} s: {printed.strip().splitlines()[-1]}")
        print(*re.findall("^FAILED .*", printed, re.MULTILINE), sep="\n", end="", flush=True)
        if code not in (0, 1, 5):
            raise SystemExit(f"tracing {job.files}:\n{printed[-3000:]}")
    return Covering([known(file) for file in files])


class Tracing:
    """Keeps, for each test that passes, the lines of the project that it executes."""

    def __init__(self, files):
        self.files, self.seconds, self.failed = files, defaultdict(float), set()

    def pytest_collection_finish(self, session):
        import coverage

        signal.alarm(0)  # it has started; how long it takes depends on what else the machine does
        self.coverage = coverage.Coverage(
            data_file=None, config_file=False, include=[f"{ROOT}/{app}/*" for app in APPS]
        )
        self.coverage.start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self, session):
        self.coverage.stop()
        data = self.coverage.get_data()
        tests = defaultdict(lambda: defaultdict(list))
        for path in data.measured_files():
            for line, contexts in data.contexts_by_lineno(path).items():
                for test in contexts:
                    tests[test][path.removeprefix(f"{ROOT}/")].append(line)
        for file in self.files:
            found = {
                test: [round(self.seconds[test], 3), lines]
                for test, lines in tests.items()
                if test.startswith(f"{file}::") and test not in self.failed
            }
            sums = {path: checksum(path) for _, lines in found.values() for path in lines}
            kept = {"shared": _shared(), "sums": sums | {file: checksum(file)}, "tests": found}
            _kept(file).parent.mkdir(parents=True, exist_ok=True)
            _kept(file).write_bytes(gzip.compress(json.dumps(kept).encode(), 1))


class Covering:
    def __init__(self, files):
        self.tests = defaultdict(lambda: defaultdict(set))  # path -> line -> tests
        self.seconds = {}
        for found in files:
            for test, (seconds, lines) in (found or {"tests": {}})["tests"].items():
                self.seconds[test] = seconds
                for path, numbers in lines.items():
                    for line in numbers:
                        self.tests[path][line].add(test)

    def of(self, mutant):
        """The tests of the room that execute the mutant; of the app where the room has none."""
        found = self._executing(mutant.path, mutant.lines)
        # A test that is the first to import a module has executed its tables, and says nothing.
        if mutant.names and (not found or not mutant.place):
            found = found | self._reading(mutant.names)
        own = {test for test in found if app_of(test) == mutant.path.split("/")[0]}
        return {test for test in own if test.startswith(room(mutant.path))} or own  # the app's

    def _executing(self, path, lines):
        return set().union(*(self.tests[path].get(line, ()) for line in lines))

    def _reading(self, names):
        """Tests of the functions that read a name, or another name that is made of it."""
        found, seen, ahead = set(), set(), list(names)
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                for path, lines, makes in _readers().get(name, ()):
                    found |= self._executing(path, lines)
                    ahead += makes
        return found


@cache
def _readers():
    """{name: [(path, lines of the function that reads it, names made of it outside functions)]}."""
    found = defaultdict(list)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for statement in ast.parse(path.read_text(encoding="utf-8")).body:
                inner = [node for node in ast.walk(statement) if isinstance(node, ast.FunctionDef)]
                for part in inner or [statement]:
                    body = getattr(part, "body", [part])
                    lines = range(body[0].lineno, part.end_lineno + 1)
                    makes = (
                        []
                        if inner
                        else [
                            node.id
                            for node in ast.walk(part)
                            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                        ]
                    )
                    for name in {
                        getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(part)
                    }:
                        found[name].append((str(path.relative_to(ROOT)), lines, makes))
    return found
