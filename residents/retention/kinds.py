"""What is kept for a time and then erased (到期清除): the kinds, their periods and legal grounds.

A kind of a floor above is added there (`add` in its `apps.ready`); nothing here knows its tables.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Hold:
    """Why a row that is due is kept for now (依法保留): `rows()` is the condition on it."""

    label: Any
    rows: Callable[[], Q]


@dataclass(frozen=True)
class Kind:
    """`rows(district, before)` are those that are due, held ones too, and not erased yet;
    `erase(keys)` erases these of them and answers {table: rows}. `grid` leads to the place that
    they are counted by. No period is shorter than `least` months; `why_least` says by which law.
    """

    code: str
    label: Any
    what: Any
    basis: Any
    months: int
    rows: Callable[[int, date], QuerySet]
    erase: Callable[[list[int]], dict[str, int]]
    grid: str | None = "grid"
    holds: tuple[Hold, ...] = ()
    least: int = 1
    why_least: Any = ""
    batch: int = 500

    def held(self):
        """The condition of all holds together."""
        found = Q(pk__in=[])
        for hold in self.holds:
            found |= hold.rows()
        return found

    def free(self, district, before):
        """Rows that are due and that nothing holds."""
        return self.rows(district, before).exclude(self.held())


KINDS: dict[str, Kind] = {}


def add(*kinds):
    KINDS.update({kind.code: kind for kind in kinds})


def months_before(today, months):
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(today.day, last))
