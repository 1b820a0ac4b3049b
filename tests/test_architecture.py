"""Imports point down: between the apps, between the rooms of an app, and from edge to model."""

import ast
import builtins
from graphlib import CycleError, TopologicalSorter
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
    "templatetags",
    "views",
}
LAYERS = ["pure", "models", "rules", "edges", "urls"]

# Room -> the rooms and loose modules of its app that it may import; docs/developer/rooms.md says
# what stands in each. Models are open to all, the edges (forms, views, ...) open everything.
ROOMS: dict[str, dict[str, set[str]]] = {
    "grids": {
        "refusal": set(),
        "locks": set(),
        "jobs": set(),
        "confined": set(),
        "files": set(),
        "tree": {"refusal"},
        "audit": {"locks"},
        "auth": set(),
        "throttle": set(),
        "accounts": {"audit", "refusal", "throttle", "messages", "people"},
        "boundaries": {"refusal"},
        "lists": set(),
        "messages": {"lists", "refusal"},
        "people": {"audit", "refusal"},
        "workbooks": {"confined"},
        "second_lock": set(),
    },
    "residents": {
        "pinyin": set(),
        "vocabulary": set(),
        "notices": set(),
        "changing": set(),
        "places": {"changing"},
        "custom_fields": {"changing", "pinyin"},
        "people": {"custom_fields", "changing", "notices", "places", "pinyin"},
        "help": {"people", "changing"},
        "housing": {"changing", "places", "vocabulary"},
        "lists": {"people", "help", "housing", "custom_fields"},
        "tables": {"people", "help", "housing", "lists"},
        "exports": {"people", "housing", "lists", "custom_fields", "vocabulary"},
        "data_requests": {"people", "changing", "notices"},
        "imports": {
            "people",
            "places",
            "housing",
            "life",
            "custom_fields",
            "notices",
            "pinyin",
            "vocabulary",
        },
        "life": {"people", "places", "changing", "custom_fields", "notices", "pinyin"},
        "move_ins": {"life", "changing", "imports", "notices"},
        "retention": set(),
    },
    "cases": {
        "lights": set(),
        "wording": set(),
        "origins": set(),
        "calendar": set(),
        "limits": {"calendar"},
        "steps": set(),
        "telling": {"steps"},
        "own_data": set(),
        "workflow": {"steps", "limits", "telling", "lights", "own_data"},
        "lateness": {"workflow", "steps", "limits", "calendar", "telling"},
        "catalogue": {"steps"},
        "taking_in": {"calendar", "catalogue", "limits"},
        "lists": {"lights", "wording"},
        "board": {"lists", "lights"},
        "file": {"steps", "workflow", "limits", "calendar", "lights", "wording"},
        "paper": {"steps", "workflow", "lateness", "limits", "telling"},
        "retention": set(),
    },
    "inspections": {
        "wording": set(),
        "patrols": set(),
        "cadence": set(),
        "campaigns": set(),
        "visits": {"cadence", "campaigns", "wording"},
        "telling": {"visits", "campaigns"},
        "retention": set(),
    },
    "gridmgmt": {
        "settings": {"running", "configuring"},
        "configuring": {"running"},
        "cache": set(),
        "dictionaries": set(),
        "running": set(),
        "celery": {"running"},
        "wsgi": set(),
        "admin_site": set(),
        "passwords": set(),
        "opening": {"dictionaries"},
        "home": {"running"},
        "map": set(),
        "offline": set(),
        "gate": {"offline"},
        "demo": {"dictionaries"},
        "rotation": set(),
    },
}
WITHOUT_ROW = PURE | EDGES | {"models", "urls", "apps", "__init__", "admin_catalogue"}


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


def _room(app, path):
    return path.relative_to(ROOT / app).with_suffix("").parts[0]


def _room_of_module(app, module):
    parts = module.split(".")
    return parts[1] if parts[0] == app and len(parts) > 1 else None


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


@pytest.mark.parametrize("app", APPS)
def test_a_room_imports_only_the_rooms_that_the_table_names(app):
    climbing = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path, tree in _sources(app)
        if (room := _room(app, path)) in ROOMS[app]
        for line, module in _imported(tree)
        if (other := _room_of_module(app, module)) in ROOMS[app]
        and other not in {room, *ROOMS[app][room]}
    ]

    assert climbing == []


@pytest.mark.parametrize("app", APPS)
def test_the_table_of_rooms_names_every_room_and_no_other(app):
    standing = {_room(app, path) for path, _ in _sources(app)} - WITHOUT_ROW

    assert standing == set(ROOMS[app])


@pytest.mark.parametrize("app", APPS)
def test_no_two_rooms_need_each_other(app):
    try:
        list(TopologicalSorter(ROOMS[app]).static_order())
    except CycleError as circle:
        pytest.fail(f"A circle of rooms: {circle.args[1]}")


@pytest.mark.parametrize("app", APPS)
def test_an_app_is_a_corridor_of_rooms_not_a_hall_of_modules(app):
    loose = [path.name for path in (ROOT / app).glob("*.py") if path.name != "__init__.py"]

    assert len(loose) <= 14, sorted(loose)


def test_a_module_says_first_what_it_is_about():
    silent = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path, tree in _sources(app)
        if path.name != "__init__.py"
        and path.stem not in {"apps", "urls", "wsgi"}
        and not ast.get_docstring(tree)
    ]

    assert silent == []


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


def test_no_module_has_the_name_of_a_builtin():
    named = {
        str(path.relative_to(ROOT).with_suffix(""))
        for app in APPS
        for path in [*(ROOT / app).rglob("*.py"), *(ROOT / app).rglob("*/")]
        if path.stem in dir(builtins)
    }

    # Two rooms are called by the office's word, and nobody imports the bare room.
    assert named == {"residents/help", "gridmgmt/map"}


def test_only_one_place_opens_a_new_workbook_and_keeps_text_from_becoming_a_formula():
    openers = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path, tree in _sources(app)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "Workbook"
        and getattr(node.value, "id", "") == "xlsxwriter"
    }

    assert openers == {"grids/workbooks/writing.py"}


def test_no_rule_module_is_called_after_nothing():
    vague = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path, _ in _sources(app)
        if path.stem in {"utils", "helpers", "services", "common", "misc"}
    ]

    assert vague == []


@pytest.mark.parametrize("app", APPS)
def test_the_page_of_the_rooms_has_a_line_for_each_room(app):
    page = (ROOT / "docs" / "developer" / "rooms.md").read_text(encoding="utf-8")
    rooms = {room for room in ROOMS[app] if (ROOT / app / room).is_dir()}

    assert rooms
    assert {room for room in rooms if f"`{app}/{room}/" not in page} == set()


def test_what_is_refused_is_refused_with_one_exception():
    """A subclass is there for a caller that must tell it apart, and says so by its name."""
    others = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for app in APPS
        for path, tree in _sources(app)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and "Refused" in node.name
        and path != ROOT / "grids" / "refusal.py"
    ]

    assert others == []


def test_who_stands_in_for_whom_is_said_in_one_statement():
    others = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for app in APPS
        for path, tree in _sources(app)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and "grids_standin" in str(node.value)
        and path != ROOT / "grids" / "people" / "on_duty.py"
    ]

    assert others == []
