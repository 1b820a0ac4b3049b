"""A file that a stranger made is opened in a child, by no page and by no other module of ours."""

import importlib
from functools import cache

from django.conf import settings

from tests.test_architecture import APPS, ROOT, _imported, _sources

READERS = {
    "PIL",
    "bz2",
    "defusedxml",
    "gzip",
    "lxml",
    "lzma",
    "olefile",
    "openpyxl",
    "pypdf",
    "python_calamine",
    "tarfile",
    "xlrd",
    "zipfile",
    "zlib",
}
IN_A_CHILD = {
    "cases/file/opening.py": "photos and documents of cases and visits",
    "grids/workbooks/opening.py": "workbooks of every kind",
    "residents/exports/form_sheet.py": "a department's form that is filled",
}
BEHIND_A_CHILD = {"grids/workbooks/as_shown.py": "grids/workbooks/opening.py"}  # who asks it
OUR_OWN_FILES = {
    "grids/workbooks/sheet_xml.py": "a workbook that it has written itself",
    "residents/exports/book.py": "a book of files that it has written itself",
    "residents/exports/fill.py": "the form that the child has saved anew, in a worker",
    "gridmgmt/demo/stories.py": "draws the photos of the demo",
}


@cache
def modules():
    """[(path, tree)] of every module of the apps, tests left out."""
    return [(str(path.relative_to(ROOT)), tree) for app in APPS for path, tree in _sources(app)]


def test_only_these_modules_import_a_reader():
    importing = {
        path
        for path, tree in modules()
        for _line, module in _imported(tree)
        if module.split(".")[0] in READERS
    }

    assert importing == set(IN_A_CHILD) | set(BEHIND_A_CHILD) | set(OUR_OWN_FILES)


def test_nobody_takes_more_from_a_child_than_its_words():
    """A constant or an exception may be imported; what opens a file is named in a text only."""
    taken = [
        f"{path}:{line} takes {name}"
        for path, tree in modules()
        for line, name in _imported(tree)
        for child in (*IN_A_CHILD, *BEHIND_A_CHILD)
        if path != BEHIND_A_CHILD.get(child)
        and (module := child.removesuffix(".py").replace("/", ".")) != name
        and name.startswith(f"{module}.")
        and not is_a_word(module, name.removeprefix(f"{module}."))
    ]

    assert taken == []


def is_a_word(module, name):
    found = getattr(importlib.import_module(module), name)
    is_error = isinstance(found, type) and issubclass(found, Exception)
    return is_error or isinstance(found, str | int | float | tuple | frozenset | dict)


def test_a_child_is_named_where_it_is_started():
    """The positive twin: each of them is the target of somebody who asks."""
    said = "".join((ROOT / path).read_text(encoding="utf-8") for path, _tree in modules())

    for child in IN_A_CHILD:
        assert f'"{child.removesuffix(".py").replace("/", ".")}:' in said, child


def test_a_child_needs_no_settings():
    for child in (*IN_A_CHILD, *BEHIND_A_CHILD):
        text = (ROOT / child).read_text(encoding="utf-8")
        assert "django" not in text.replace("without Django", ""), child
    assert settings.configured
