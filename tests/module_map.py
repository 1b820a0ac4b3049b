"""docs/developer/modules.md: every module with its first sentence. `python -m tests.module_map` writes it."""

import ast
from itertools import groupby
from pathlib import Path

from tests.test_architecture import APPS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "developer" / "modules.md"
HEAD = """# Every module

What each module decides or shows, in its own first words; search this page for a word of the
question. Rooms and the office's terms: [rooms.md](rooms.md). Written by `make format`.
"""
SILENT = ("__init__.py", "apps.py", "urls.py")


def text():
    parts = [HEAD]
    for folder, paths in groupby(_modules(), key=lambda path: path.parent):
        parts.append(f"\n## {folder.relative_to(ROOT)}/\n\n")
        parts += [f"- `{path.name}`: {first_sentences(path)}\n" for path in paths]
    return "".join(parts)


def _modules():
    found = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    shown = [path for path in found if path.name not in SILENT and "migrations" not in path.parts]
    return sorted(shown, key=lambda path: (str(path.parent), path.name))


def first_sentences(path):
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
