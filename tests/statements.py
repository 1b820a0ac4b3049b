"""Which SQL statements of the source no test sends to the database: the whole run names them.

A statement is a string that begins as SQL does. What was sent is known again by the parts of it
that are fixed, so it does not matter what is filled in. `--statements` names, after part of the
suite, what that part never sent.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db.backends.signals import connection_created

ROOT = Path(__file__).resolve().parent.parent
APPS = ["grids", "residents", "cases", "inspections", "gridmgmt"]
# What makes the database before Django runs, and what its migrations run.
BEFORE_THE_TESTS = {"gridmgmt/running/localstack.py", "grids/constraints.py"}
WORDS = (
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|DROP|TRUNCATE|ANALYZE|SET LOCAL|"
    r"SET CONSTRAINTS|EXISTS|ALTER)\s+\S"
)
BEGINS, QUOTED = re.compile(WORDS), re.compile(f"[\"']{WORDS}")
FILLED_IN = re.compile(r"\{+\w*\}+|[{}]+")
WAITING = "statements_waiting"
recorder_key = pytest.StashKey["Recorder"]()
missing_key = pytest.StashKey[list]()


@dataclass(frozen=True)
class Statement:
    module: str
    line: int
    parts: tuple  # the text between what is filled in

    @property
    def where(self):
        return f"{self.module}:{self.line}"

    def is_in(self, sql):
        at = 0
        for part in self.parts:
            at = sql.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True


def in_source(root=ROOT, apps=APPS):
    """The statements of the apps, without migrations."""
    found = []
    for app in apps:
        for path in sorted((root / app).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if "migrations" not in path.parts and name not in BEFORE_THE_TESTS:
                found += in_text(path.read_text(encoding="utf-8"), name)
    return found


def in_text(text, name):
    if not QUOTED.search(text):
        return []
    nodes = list(ast.walk(ast.parse(text)))
    inside = {id(part) for node in nodes for part in _pieces(node)}
    inside |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    found = []
    for node in nodes:
        pieces = [node] if isinstance(node, ast.Constant) else _pieces(node)
        if id(node) in inside or not pieces or not _begins(pieces[0]):
            continue
        texts = [piece.value for piece in pieces if isinstance(piece, ast.Constant)]
        parts = [part.strip() for text in texts for part in FILLED_IN.split(text)]
        found.append(Statement(name, node.lineno, tuple(filter(None, parts))))
    return sorted(found, key=lambda one: one.line)


def _pieces(node):
    return node.values if isinstance(node, ast.JoinedStr) else []


def _begins(piece):
    value = getattr(piece, "value", None)
    return isinstance(value, str) and bool(BEGINS.match(value))


class Recorder:
    """Crosses off what is sent; `waiting` is what nobody has sent yet."""

    def __init__(self, statements):
        self.waiting, self._known = list(statements), set()

    def __call__(self, execute, sql, params, many, context):
        self.note(sql)
        return execute(sql, params, many, context)

    def note(self, sql):
        if sql.__class__ is str and hash(sql) not in self._known:
            self._known.add(hash(sql))
            sent = [one for one in self.waiting if one.is_in(sql)]
            if sent:
                self.waiting = [one for one in self.waiting if one not in sent]

    def listen(self, connection, **_):
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.insert(0, self)


def pytest_addoption(parser):
    parser.addoption(
        "--statements", action="store_true", help="name the SQL statements that were not sent"
    )


def pytest_configure(config):
    config.stash[recorder_key] = recorder = Recorder(in_source())
    config.stash[missing_key] = []
    connection_created.connect(recorder.listen, weak=False)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """A part of the suite ran elsewhere: what it crossed off is crossed off here."""
    there = getattr(node, "workeroutput", {}).get(WAITING)
    if there is not None:
        recorder = node.config.stash[recorder_key]
        recorder.waiting = [one for one in recorder.waiting if one.where in there]


def pytest_sessionfinish(session, exitstatus):
    config = session.config
    waiting = [one.where for one in config.stash[recorder_key].waiting]
    if hasattr(config, "workeroutput"):
        config.workeroutput[WAITING] = waiting
    elif config.option.statements or (exitstatus == pytest.ExitCode.OK and is_whole(config)):
        config.stash[missing_key] = waiting


def is_whole(config):
    """Whether everything was meant to run; the long ones are a suite of their own."""
    option = config.option
    narrowed = (
        option.keyword
        or option.markexpr not in ("", "not soak")
        or option.collectonly
        or option.deselect
        or option.ignore
        or option.ignore_glob
        or getattr(option, "lf", False)
        or getattr(option, "stepwise", False)
    )
    folders = {Path(config.invocation_params.dir, one).resolve() for one in config.args}
    return not narrowed and folders == {ROOT / "tests"}


def pytest_terminal_summary(terminalreporter, config):
    if missing := config.stash[missing_key]:
        terminalreporter.section("SQL statements that no test sends", red=True)
        for where in missing:
            terminalreporter.line(where)
