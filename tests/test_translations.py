"""Chinese is complete: every source string of code and templates has a translation."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ["grids", "residents", "cases", "inspections", "gridmgmt"]
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
# The same in both languages.
SAME = {"", "1", "GeoJSON", "English", "OK"}


def _strings_of_code(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CALLS and node.args:
                yield from _constants(node.args[0])


def _constants(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _strings_of_template(path):
    """templatize() turns a template into calls of gettext, which are read as code."""
    source = templatize(path.read_text(encoding="utf-8"))
    for call in re.finditer(r"\bn?gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))", source):
        yield ast.literal_eval(call[1].lstrip("u"))


def _source_strings():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                for text in _strings_of_code(path):
                    yield text, path
    for path in (ROOT / "templates").rglob("*.html"):
        if "_components" not in str(path):
            for text in _strings_of_template(path):
                yield text, path


def test_every_source_string_has_a_chinese_translation():
    with translation.override("zh-hans"):
        missing = {
            f"{path.relative_to(ROOT)}: {text!r}"
            for text, path in _source_strings()
            if text not in SAME and gettext(text) == text and not re.search("[一-鿿]", text)
        }

    assert sorted(missing) == []


def test_the_search_for_source_strings_finds_those_that_we_know():
    texts = {text for text, _ in _source_strings()}

    assert {"Messages", "Grid map", "Log in"} <= texts


@pytest.mark.parametrize("app", APPS)
def test_compiled_catalogues_are_as_new_as_their_sources(app):
    """Every translation of the .po file is in the .mo file that is shipped."""
    folder = ROOT / app / "locale" / "zh_Hans" / "LC_MESSAGES"
    compiled = translation.trans_real.gettext_module.GNUTranslations(
        (folder / "django.mo").open("rb")
    )

    entries = re.findall(
        r'^(.*)\nmsgid "(.+)"\nmsgstr "(.+)"$',
        (folder / "django.po").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert entries
    for before, source, target in entries:
        if before.startswith("msgctxt"):
            continue
        source, target = (
            ast.literal_eval(f'"{source}"'),
            ast.literal_eval(f'"{target}"'),
        )
        assert compiled.gettext(source) == target


def test_the_same_words_mean_the_same_in_every_app():
    """The catalogues are one at run time: the first app would win, and the others be wrong."""
    said: dict = {}
    for app in APPS:
        path = ROOT / app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
        with path.open("rb") as file:
            catalogue = translation.trans_real.gettext_module.GNUTranslations(file)
        for words, meaning in catalogue._catalog.items():
            if words:
                said.setdefault(words, {}).setdefault(meaning, app)

    assert {words: meanings for words, meanings in said.items() if len(meanings) > 1} == {}
