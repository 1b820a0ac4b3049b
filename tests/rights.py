"""The rights as they are written for supervisors in docs/rights.md: what tests expect comes from there."""

import re
from functools import cache
from pathlib import Path

from django.utils import translation

from grids.roles import Role

PAPER = Path(__file__).resolve().parent.parent / "docs/rights.md"
CODE = re.compile(r"`([a-z_]+\.[a-z_]+)`")
HAS, HAS_NOT = "●", ""


@cache
def written():
    """{role: its rights}, as the paper says."""
    found = {role: set() for role in Role}
    for table in _tables():
        head, *lines = table
        if head[1] == "权限" and len(head) > 3:
            for _words, code, *cells in lines:
                [right] = CODE.findall(code)
                for role, cell in zip(_roles(head[2:]), cells, strict=True):
                    assert cell in (HAS, HAS_NOT), (right, cell)
                    if cell == HAS:
                        found[role].add(right)
    return {role: frozenset(rights) for role, rights in found.items()}


def named_once():
    """Every right of the paper, in its order; one that has two lines stands here twice."""
    tables = [table for table in _tables() if len(table[0]) > 3]
    return [CODE.findall(line[1])[0] for table in tables for line in table[1:]]


def special_cases():
    """[the rights of a line], of the tables that know no roles."""
    return [
        CODE.findall(" ".join(line))
        for table in _tables()
        if len(table[0]) <= 3
        for line in table[1:]
    ]


def _roles(words):
    with translation.override("zh-hans"):
        known = {str(role.label): role for role in Role}
    return [known[word] for word in words]


def _tables():
    """The tables of the paper as lists of lists of cells, without the rule under the head."""
    for block in PAPER.read_text(encoding="utf-8").split("\n\n"):
        if block.startswith("|"):
            lines = [line.strip("|").split("|") for line in block.strip().splitlines()]
            yield [[cell.strip() for cell in line] for n, line in enumerate(lines) if n != 1]
