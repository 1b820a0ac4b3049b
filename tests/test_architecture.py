"""Imports point down: between the apps, and inside each app."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["grids", "residents", "cases", "inspections", "gridmgmt"]
PURE = {"scope", "fields", "roles", "history", "constraints"}  # below the models
EDGES = {
    "admin",
    "api",
    "forms",
    "management",
    "resources",
    "scoped_admin",
    "tasks",
    "views",
}
LAYERS = ["pure", "models", "rules", "edges", "urls"]


def _sources(app):
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree):
    """(line, dotted module) of every import, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name


def _layer(parts):
    """The layer of a module of an app, from its dotted parts without the app."""
    name = parts[0] if parts else ""
    if name in PURE:
        return "pure"
    if name == "models":
        return "models"
    if name in EDGES:
        return "edges"
    return "urls" if name == "urls" else "rules"


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_itself_and_the_apps_below(app):
    above = APPS[APPS.index(app) + 1 :]

    climbing = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path, tree in _sources(app)
        for line, module in _imported(tree)
        if module.split(".")[0] in above
    ]

    assert climbing == []


@pytest.mark.parametrize("app", APPS[:-1])
def test_inside_an_app_rules_do_not_import_pages_and_models_do_not_import_rules(app):
    climbing = []
    for path, tree in _sources(app):
        own = _layer(path.relative_to(ROOT / app).with_suffix("").parts)
        for line, module in _imported(tree):
            parts = module.split(".")
            if parts[0] != app or len(parts) < 2:
                continue
            if not ((ROOT / app / parts[1]).is_dir() or (ROOT / app / f"{parts[1]}.py").exists()):
                continue
            if LAYERS.index(_layer(parts[1:])) > LAYERS.index(own):
                climbing.append(f"{path.relative_to(ROOT)}:{line} ({own}) imports {module}")

    assert climbing == []


def test_only_the_workflow_writes_the_stage_of_a_case():
    writers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for app in APPS
        for path, tree in _sources(app)
        if "workflow" not in path.parts and "demo" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(to, ast.Attribute) and to.attr == "stage" for to in node.targets)
    ]

    assert writers == []


def test_no_rule_module_is_called_after_nothing():
    vague = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path, _ in _sources(app)
        if path.stem in {"utils", "helpers", "services", "common", "misc"}
    ]

    assert vague == []
