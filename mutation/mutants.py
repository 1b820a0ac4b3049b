"""Every mutant of the rule modules, and a sample of them that a small change leaves alone."""

import ast
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutation.operators import variants
from tests.test_architecture import APPS, ROOT
from tests.test_architecture import _layer as layer_of

# Pages, words and the start of processes: other tests look at those, or only people can.
LEFT_OUT = {"admin", "apps", "celery", "data", "demo", "forms", "launcher", "localstack", "management",
            "migrations", "processes", "running", "settings", "stack", "templatetags", "urls", "views", "wsgi"}  # fmt: skip
WORDS = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "pgettext",
    "_lazy",
    "pgettext_lazy",
    "log",
    "logger",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    path: str  # of the module, from the root
    place: str  # the function or class
    lines: range  # of the statement, without its body
    names: frozenset  # what a statement outside functions defines
    change: str
    put: tuple  # (parent, field, index or None, new node)

    @property
    def key(self):
        return f"{self.place}: {self.change}"

    def module(self, tree):
        """The mutated tree; changes `tree` in place, so only in a process of its own."""
        parent, field, index, new = self.put
        if index is None:
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index] = new
        return ast.fix_missing_locations(tree)


def modules():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT / app).with_suffix("").parts
            is_page = LEFT_OUT.intersection(parts) or parts[-1].startswith(("admin_", "scoped_"))
            if not is_page and layer_of(parts) in {"pure", "models", "rules"}:
                yield path


def of(path: Path):
    """(tree, mutants) of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = str(path.relative_to(ROOT))
    is_model = "models" in path.relative_to(ROOT).with_suffix("").parts
    return tree, [
        Mutant(name, *found) for found in _walk(tree, [], (range(0), frozenset()), is_model)
    ]


def sample(count, seed, under="", key=""):
    """(all mutants, [(tree, mutant)]): those whose hash is smallest, so that others stay the same."""
    found, seen = [], Counter()
    for path in modules():
        if str(path.relative_to(ROOT)).startswith(under):
            tree, mutants = of(path)
            for mutant in mutants:
                seen[mutant.key] += 1
                text = f"{seed} {mutant.key} {seen[mutant.key]}"
                found.append((hashlib.sha256(text.encode()).digest(), tree, mutant))
    found = [row for row in found if key in row[2].key]
    found.sort(key=lambda row: row[0])
    return len(found), [(tree, mutant) for _, tree, mutant in found[:count]]


def _walk(node, place, statement, is_model):
    for field, value in ast.iter_fields(node):
        if field in {"decorator_list", "annotation", "returns"}:
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_left_out(child, node, is_model):
                continue
            own, inside = statement, place
            if isinstance(child, ast.stmt):
                own = _header(child), frozenset(_defined(child))
            if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                inside = [*place, child.name]
            is_table = isinstance(node, ast.Assign | ast.Call | ast.Dict) and not place
            for new in variants(child, node, is_table):
                put = (node, field, index if isinstance(value, list) else None, new)
                yield ".".join(place), *own, _difference(child, new), put
            yield from _walk(child, inside, own, is_model)


def _is_left_out(child, parent, is_model):
    match child:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.ClassDef(name="Meta") | ast.FunctionDef(name="__str__" | "__repr__"):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name))) if (
            name in WORDS
        ):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger")))):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.keyword(arg="verbose_name" | "help_text" | "seconds"):
            return True
    if isinstance(parent, ast.Raise):  # its words
        return True
    # Columns of a table and words of a choice: the migrations hold those.
    return is_model and isinstance(parent, ast.ClassDef) and not isinstance(child, FUNCTIONS)


def _header(statement):
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _defined(statement):
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        yield statement.name
    for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
        for name in ast.walk(target) if target else ():
            if isinstance(name, ast.Name):
                yield name.id


def _difference(old, new):
    """`old -> new` on one line; of a long text only what differs, and a little around it."""
    before, after = ast.unparse(old), ast.unparse(new)
    if isinstance(new, ast.Pass):
        after = "(left out)"
    elif len(before) > 100:
        start = _same(before, after)
        end = _same(before[start:][::-1], after[start:][::-1])
        near = max(start - 30, 0)
        before, after = (text[near : len(text) - end + 20] for text in (before, after))
    return " ".join(f"{before} -> {after}".replace("\\n", " ").split())


def _same(one, other):
    """How many letters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
