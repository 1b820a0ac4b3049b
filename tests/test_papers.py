"""What the papers name exists: links, pictures, commands, targets, modules, log-ins, settings."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAPERS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"manage\.py ([a-z_]+)|ARGS=\"([a-z_]+)")
TARGET = re.compile(r"(?:^|`|[A-Z]=\S+ )make ([a-z]+)", re.MULTILINE)
PATH = re.compile(
    r"`((?:grids|residents|cases|inspections|gridmgmt|tests|deploy|static|templates|docs)/[\w/.-]+)`"
)
VARIABLE = re.compile(r"`(GRIDMGMT_[A-Z_]+)`")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def _name(paper):
    return str(paper.relative_to(ROOT))


def _prose(paper):
    """The text without fenced examples: templates in them hold made-up links."""
    return FENCE.sub("", paper.read_text(encoding="utf-8"))


def _anchors(paper):
    """The fragments that a forge gives to the headings."""
    titles = HEADING.findall(_prose(paper))
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in plain}


def _missing(paper, targets):
    for target in targets:
        path, _, fragment = unquote(target).partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        found = (paper.parent / path).resolve() if path else paper
        if not found.exists() or (fragment and fragment not in _anchors(found)):
            yield target


@pytest.mark.parametrize("paper", PAPERS, ids=_name)
def test_every_link_in_the_papers_leads_somewhere(paper):
    assert list(_missing(paper, LINK.findall(_prose(paper)))) == []


@pytest.mark.parametrize("paper", PAPERS, ids=_name)
def test_every_picture_in_the_papers_exists(paper):
    pictures = [one or other for one, other in PICTURE.findall(_prose(paper))]

    assert list(_missing(paper, pictures)) == []


def test_the_papers_name_only_commands_that_exist():
    named = {
        one or other
        for paper in PAPERS
        for one, other in COMMAND.findall(paper.read_text(encoding="utf-8"))
    }

    assert "open_district" in named
    assert named - set(get_commands()) == set()


def test_the_papers_name_only_targets_that_make_knows():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target for paper in PAPERS for target in TARGET.findall(paper.read_text(encoding="utf-8"))
    }

    assert {"demo", "test"} <= named
    assert named - known == set()


def test_the_papers_name_only_modules_and_folders_that_exist():
    named = {path for paper in PAPERS for path in PATH.findall(_prose(paper))}

    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_papers_name_only_settings_that_the_program_reads():
    program = "".join(
        path.read_text(encoding="utf-8")
        for path in [*(ROOT / "gridmgmt").rglob("*.py"), ROOT / ".env.example"]
    )
    named = {name for paper in PAPERS for name in VARIABLE.findall(_prose(paper))}

    assert {name for name in named if name not in program} == set()


def test_the_log_ins_of_the_readme_are_those_of_the_demo():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| log-in |")[1].split("\n\n")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    seed = (ROOT / "gridmgmt" / "demo" / "seed.py").read_text(encoding="utf-8")
    hired = set(re.findall(r"hire\(\s*\"(\w+)\"", seed))

    assert named
    assert named <= hired


def test_each_decision_has_a_number_of_its_own():
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]

    assert numbers
    assert len(set(numbers)) == len(numbers), sorted(numbers)
