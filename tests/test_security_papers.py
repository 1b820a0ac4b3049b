"""What docs/security.md says is met is proved by a test that exists; nothing asked for is left out."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAPER = (ROOT / "docs/security.md").read_text(encoding="utf-8")
STATES = {"met", "not met", "not applicable"}
ROW = re.compile(r"^\| (\d[^|]*) \| ([^|]+) \| ([^|]+) \| ([^|]*) \| ([^|]*) ?\|$", re.MULTILINE)
# How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has.
ASVS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
# GB/T 22239-2019, 8.1.4: how many letters each clause has; 0 for a clause of one sentence.
GBT = {1: 4, 2: 7, 3: 4, 4: 6, 5: 0, 6: 0, 7: 2, 8: 2, 9: 3, 10: 2, 11: 2}


def section(title):
    """[(number, asked, state, how, tests)] of a list."""
    [body] = re.findall(rf"^### {title}[^\n]*\n(.*?)(?=^### |\Z)", PAPER, re.DOTALL | re.MULTILINE)
    return [tuple(map(str.strip, row)) for row in ROW.findall(body)]


ROWS = section("GB/T") + section("Personal") + section("OWASP")


def test_every_requirement_has_one_row():
    numbers = [number for number, *_ in section("OWASP")]
    assert len(numbers) == len(set(numbers))
    assert Counter(int(number.split(".")[0]) for number in numbers) == ASVS

    clauses = [number for number, *_ in section("GB/T")]
    wanted = [
        f"8.1.4.{clause}" + (f" {letter}" if letter else "")
        for clause, letters in GBT.items()
        for letter in ("abcdefg"[:letters] or [""])
    ]
    assert clauses == wanted
    assert len(section("Personal")) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_proves_it_or_why_not(row):
    _number, _asked, state, how, tests = row
    named = re.findall(r"`([^`]+)`", tests)

    assert state in STATES
    assert how
    assert bool(named) is (state == "met")
    for one in named:
        path, name = one.split("::")
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
