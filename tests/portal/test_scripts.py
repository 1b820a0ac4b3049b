"""A script outlives the parts of a page that it serves: htmx swaps them, the script stays.

So what runs while a script is loaded only listens on the document or the window, or names its
parts to arrival.js. What its functions do later is not read here; tests/browser/test_swapped_parts.py
swaps parts and looks.
"""

import re
from pathlib import Path

import pytest

from gridmgmt.offline.views import SHELL
from gridmgmt.running import localstack

STATIC = localstack.ROOT / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
LISTENS = {
    "document.addEventListener",
    "window.addEventListener",
    "onArrival",
    "eachOnce",
    "setInterval",
}
TOUCHES_NO_PAGE = {"quietly", "Set", "BroadcastChannel", "Intl.RelativeTimeFormat"}
COMMENT = re.compile(r"(?:(?<=\s)|^)//.*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
FUNCTION = re.compile(r"=>|function\b\s*\w*\s*\([^()]*\)")
LOOKS_UP = re.compile(r"querySelector\w*|getElement\w*|document\.(?:forms|body|activeElement)")
CALLS = re.compile(r"([\w.?]+|\))\(")
IMPORTS = re.compile(r"""from ["'](\.\.?/[^"']+)["']""")


def _end_of_body(source, at):
    """Where the body of a function that begins at `at` ends: its brace, or its expression."""
    depth, is_block = 0, source[at:].lstrip().startswith("{")
    for place in range(at, len(source)):
        letter = source[place]
        if letter in "({[":
            depth += 1
        elif letter in ")}]":
            depth -= 1
            if depth == 0 and is_block:
                return place + 1
        if depth < 0 or (depth == 0 and not is_block and letter in ",;"):
            return place
    return len(source)


def _run_at_load(source):
    """The script without comments and without what stands in functions."""
    source, kept, at = COMMENT.sub("", source), "", 0
    while function := FUNCTION.search(source, at):
        kept += source[at : function.start()]
        at = _end_of_body(source, function.end())
    return kept + source[at:]


def _holds_on_to_the_page(source):
    at_load = _run_at_load(source)
    return LOOKS_UP.findall(at_load) + sorted(
        set(CALLS.findall(at_load)) - LISTENS - TOUCHES_NO_PAGE
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_holds_on_to_no_part_of_the_page_while_it_is_loaded(script):
    if script.stem == "arrival":
        pytest.skip("this is where the parts are looked up")

    assert _holds_on_to_the_page(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'document.querySelector("form").addEventListener("submit", send);',
        'const form = document.getElementById("f");\nform?.addEventListener("input", () => save());',
        'for (const form of document.querySelectorAll("form")) form.onsubmit = send;',
        'function start() {\n  document.querySelector("a").focus();\n}\nstart();',
        "try {\n  start(document);\n} catch {\n  // no storage\n}",
        '(() => {\n  document.querySelector("a").focus();\n})();',
    ],
)
def test_a_script_that_binds_what_it_finds_when_it_is_loaded_is_told_of(source):
    assert _holds_on_to_the_page(source)


@pytest.mark.parametrize(
    "source",
    [
        'document.addEventListener("click", (event) => event.target.closest("a")?.focus());',
        'const text = (key) => document.getElementById("words")?.dataset[key] ?? "";',
        'eachOnce("form", (form) => {\n  form.addEventListener("submit", send);\n});',
        'function look() {\n  return document.querySelector("a");\n}\nonArrival("a", look);',
    ],
)
def test_a_script_that_listens_or_waits_for_its_parts_is_fine(source):
    assert _holds_on_to_the_page(source) == []


def test_a_phone_without_a_signal_has_what_its_scripts_import():
    needed = {
        (STATIC / path).parent.joinpath(module).resolve().relative_to(STATIC.resolve())
        for path in SHELL
        if path.startswith("js/")
        for module in IMPORTS.findall((STATIC / path).read_text(encoding="utf-8"))
    }

    assert Path("js/arrival.js") in needed
    assert needed <= {Path(path) for path in SHELL}
