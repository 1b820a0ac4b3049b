"""A stamp on a copy of the board: whether the copy still holds is told without counting anything.

It holds for the same reader while nothing has happened to any case, and no longer than a minute:
lights change by themselves. `str(stamp)` is the ETag, and all that is needed comes back with it.
"""

import hashlib
import re
from dataclasses import dataclass

from django.db import connection

from grids.scope import Scope

GOOD_FOR_SECONDS = 60

# Keys are given before a transaction ends: one that ends late is found by the number of the last ones.
HAPPENED = """
SELECT coalesce(max(id), 0), count(*) FROM cases_caseevent
 WHERE id > (SELECT coalesce(max(id), 0) - 500 FROM cases_caseevent)
"""
PATTERN = re.compile(r'"(\d+\.\d+)-(\w+)-(\d+)-(\w+)"')


@dataclass(frozen=True)
class Stamp:
    happened: str
    reader: str
    until: int  # seconds since 1970
    content: str

    def __str__(self):
        return f'"{self.happened}-{self.reader}-{self.until}-{self.content}"'

    def holds(self, happened, reader, now):
        return (self.happened, self.reader) == (
            happened,
            reader,
        ) and now.timestamp() < self.until

    def says_the_same(self, other):
        return (self.reader, self.content) == (other.reader, other.content)


def read(text):
    """The stamp that a reader sends back; None for anything else."""
    found = PATTERN.fullmatch(text or "")
    return Stamp(found[1], found[2], int(found[3]), found[4]) if found else None


def happened():
    """What has happened so far; to be asked before the board is counted."""
    with connection.cursor() as cursor:
        cursor.execute(HAPPENED)
        last, recent = cursor.fetchone()
    return f"{last}.{recent}"


def reader(staff, *words):
    """Who reads what: another posting, place or language is another board."""
    postings = sorted(posting.pk for posting in Scope.of(staff).postings)
    return _short(repr((staff.pk, postings, words)))


def put(content, *, happened, reader, now):
    until = int(now.timestamp()) + GOOD_FOR_SECONDS
    return Stamp(happened, reader, until, _short(content))


def _short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]
