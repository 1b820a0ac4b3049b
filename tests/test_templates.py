"""Templates can be read: one element a line, short lines, and a partial says what it needs."""

import re
from pathlib import Path

from django.template import engines

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
WIDEST = 120
LONGEST = 100

# Lines that cannot be broken: "name.html:line" and why.
UNBREAKABLE: dict[str, str] = {}
# Templates that are one long thing, and why they are not taken apart.
ONE_THING = {
    "_components/index.html": "the sheet that shows every component once",
    "_components/board.html": "a picture of the board with sample rows",
}
BLOCK = (
    "article|aside|div|dl|fieldset|figure|footer|form|header|nav|ol|section|table|tbody|thead|tr|ul"
)
# One block ends and another one begins on the same line.
CROWDED = re.compile(rf"</(?:{BLOCK})>.*<(?:{BLOCK})\b")


def _name(path):
    return path.relative_to(TEMPLATES).as_posix()


def _lines():
    for path in ALL:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{_name(path)}:{number}", line


def test_no_line_of_a_template_is_longer_than_a_screen_is_wide():
    wide = {place for place, line in _lines() if len(line) > WIDEST}

    assert wide == UNBREAKABLE.keys()


def test_no_template_is_longer_than_one_can_take_in():
    long = {_name(path) for path in ALL if len(path.read_text("utf-8").splitlines()) > LONGEST}

    assert long == ONE_THING.keys()


def test_blocks_of_a_page_stand_on_lines_of_their_own():
    crowded = [place for place, line in _lines() if CROWDED.search(line)]

    assert crowded == []


def test_a_partial_says_in_its_first_line_what_it_needs():
    silent = [
        _name(path)
        for path in ALL
        if path.name.startswith("_")
        and path.parent.name != "_components"
        and not path.read_text(encoding="utf-8").startswith("{% comment %}Needs ")
    ]

    assert silent == []


def test_every_name_in_a_template_can_be_found():
    engine = engines["django"]
    named = re.compile(r"\{% (?:include|extends|once|menu) \"([^\"]+)\"")

    for path in ALL:
        engine.get_template(_name(path))
        for name in named.findall(path.read_text(encoding="utf-8")):
            engine.get_template(name)
