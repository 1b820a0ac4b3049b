"""docs/developer/adding.md names every file that a usual change touches: each list is held by an example.

A section says `Example: `word`` and lists files. Wherever the word of the example stands, the
list names that file; and in every file that the list does not mark with "(other words)", it stands.
"""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests import module_map

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "developer" / "adding.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^Example: `(.+?)`", re.MULTILINE)
FILE = re.compile(r"^- `([\w/.*-]+)`(.*)$", re.MULTILINE)
# Papers, tests, catalogues and the demo speak of everything.
PLACES = ("grids", "residents", "cases", "inspections", "gridmgmt", "templates", "static", "deploy")
LOOSE = (".env.example", "docker-compose.yml", "Makefile", "pyproject.toml")
ASIDE = ("gridmgmt/demo/*", "*/locale/*", "static/vendor/*")
KINDS = {".py", ".html", ".csv", ".js", ".css", ".yml", ".conf"}
SECTIONS = dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))


def _files():
    inside = (
        path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in KINDS
    )
    for path in [*inside, *(ROOT / name for name in LOOSE)]:
        name = path.relative_to(ROOT).as_posix()
        if not any(fnmatch(name, pattern) for pattern in ASIDE):
            yield name, path.read_text(encoding="utf-8")


TEXTS = dict(_files())


def _where(word):
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    return {name for name, text in TEXTS.items() if whole.search(text)}


@pytest.mark.parametrize("change", SECTIONS)
def test_the_page_names_every_file_that_a_change_touches(change):
    text = SECTIONS[change]
    word = EXAMPLE.search(text)[1]
    named = FILE.findall(text)
    standing = _where(word)

    unnamed = {path for path in standing if not any(fnmatch(path, one) for one, _ in named)}
    empty = {
        one
        for one, rest in named
        if "(other words)" not in rest and not any(fnmatch(path, one) for path in standing)
    }

    assert standing, word
    assert unnamed == set()
    assert empty == set()


def test_the_page_says_how_to_make_the_ten_commonest_changes():
    assert len(SECTIONS) == 10


def test_the_map_names_every_module_in_its_own_first_words():
    assert module_map.PAGE.read_text(encoding="utf-8") == module_map.text()
    assert "- `scope.py`: " in module_map.text()
