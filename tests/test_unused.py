"""Nothing stands here that nobody uses: templates, styles, scripts, pictures, translations.

Names that are put together at run time are listed with the reason; a name that is listed and
used by its name all the same is a mistake too.
"""

import ast
import re
from functools import cache
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ["grids", "residents", "cases", "inspections", "gridmgmt"]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"

# Templates that Django or the gallery of components looks for by itself.
TEMPLATES_BY_DJANGO = {
    "400.html": "an error of the request",
    "403.html": "an error of rights",
    "403_csrf.html": "a form that is too old",
    "404.html": "an address that nobody has",
    "500.html": "an error of ours",
    "admin/base_site.html": "stands over the admin's own page",
}
TEMPLATE_FOLDERS = {"_components/": "the gallery opens its pages by their names"}

# Classes that Django, Leaflet or a browser gives, or that a template puts together.
FOREIGN_STYLES = {"admin.css": "Django's admin names these"}
FOREIGN_CLASSES = {"leaflet-": "the map's own"}


def _sources(*endings):
    for folder in [*APPS, "templates", "static", "tests/browser"]:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and "vendor" not in path.parts:
                yield path


@cache
def _text(*endings):
    return "\n".join(path.read_text(encoding="utf-8") for path in _sources(*endings))


def test_every_template_is_named_by_a_page_or_another_template():
    named = set(re.findall(r"[\"']([\w/]+\.html)[\"']", _text(".py", ".html")))
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}

    unused = {name for name in there - named if not name.startswith(tuple(TEMPLATE_FOLDERS))}

    assert unused - TEMPLATES_BY_DJANGO.keys() == set()
    assert TEMPLATES_BY_DJANGO.keys() - unused == set()


def test_every_static_file_is_named_somewhere():
    named = set(re.findall(r"[\w.-]+\.(?:js|css|svg|png)", _text(".py", ".html", ".js", ".css")))

    unused = [
        path.relative_to(STATIC).as_posix()
        for folder in ("css", "js", "img")
        for path in sorted((STATIC / folder).rglob("*.*"))
        if path.name not in named
    ]

    assert unused == []


def _classes(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for selector in re.findall(r"([^{};]+)\{", text):
        yield from re.findall(r"\.(-?[a-zA-Z][\w-]*)", re.sub(r"\"[^\"]*\"", "", selector))


def test_every_class_of_the_styles_is_worn_somewhere():
    worn = _text(".py", ".html", ".js")
    words = set(re.findall(r"[\w-]+", worn))
    # "day--{{ cell.kind }}", `is-${state}`, f"tile--{kind}"
    begun = tuple(set(re.findall(r"([a-z][\w-]*(?:--|-))(?:\{\{|\$?\{|\{%)", worn)))

    unused = {
        f"{path.name}: .{name}"
        for path in sorted((STATIC / "css").glob("*.css"))
        if path.name not in FOREIGN_STYLES
        for name in _classes(path)
        if name not in words and not name.startswith((*begun, *FOREIGN_CLASSES))
    }

    assert sorted(unused) == []


def test_every_function_of_a_script_is_called():
    unused = []
    for path in sorted((STATIC / "js").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^(?:export )?(?:async )?function (\w+)", text, re.MULTILINE):
            everywhere = len(re.findall(rf"\b{name}\b", _text(".js", ".html", ".py")))
            if everywhere < 2:
                unused.append(f"{path.name}: {name}")

    assert unused == []


# --- translations

# Where the context and the message stand among what a call is given.
CALLS = {
    "gettext": (None, 0),
    "gettext_lazy": (None, 0),
    "gettext_noop": (None, 0),
    "ngettext": (None, 0),
    "ngettext_lazy": (None, 0),
    "pgettext": (0, 1),
    "pgettext_lazy": (0, 1),
    "npgettext": (0, 1),
    "npgettext_lazy": (0, 1),
}


def _asked_for(source):
    """(context or None, message) of each call that asks for a translation."""
    tree = ast.parse(source)
    places = CALLS | {"_": CALLS["gettext"]} | _other_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            context, message = places.get(name, (None, None))
            texts = [getattr(argument, "value", None) for argument in node.args]
            if message is not None and len(texts) > message and isinstance(texts[message], str):
                yield (None if context is None else texts[context]), texts[message]


def _other_names(tree):
    """`from django.utils.translation import gettext as _now` and the like."""
    return {
        alias.asname: CALLS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.name in CALLS
    }


@cache
def _messages_of_the_sources():
    asked = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            asked |= set(_asked_for(path.read_text(encoding="utf-8")))
    for path in TEMPLATES.rglob("*.html"):
        asked |= set(_asked_for(_calls_of(path)))
    return asked


def _calls_of(path):
    """The calls of gettext that makemessages would see in a template, one a line."""
    source = templatize(path.read_text(encoding="utf-8"))
    calls = re.findall(
        r"\b(n?p?gettext\((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?|\s*\w+\s*,?)+\))",
        source,
    )
    calls += re.findall(r"\b(_\((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\))", source)
    return "\n".join(calls)


def _catalogue(app):
    """(context or None, message) of each entry."""
    text = (ROOT / app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    string = r'((?:"(?:[^"\\]|\\.)*"\n?)+)'
    for context, message in re.findall(rf"(?:^msgctxt {string})?^msgid {string}", text, re.M):
        yield (_joined(context) or None), _joined(message)


def _joined(lines):
    return "".join(ast.literal_eval(line) for line in re.findall(r'"(?:[^"\\]|\\.)*"', lines))


def test_every_translation_is_of_a_message_that_somebody_asks_for():
    stale = [
        f"{app}: {message!r}" + (f" ({context})" if context else "")
        for app in APPS
        for context, message in _catalogue(app)
        if message and (context, message) not in _messages_of_the_sources()
    ]

    assert stale == []
