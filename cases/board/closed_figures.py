"""What was settled in the last 30 days: how much of it on time, and how near to the ground."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from cases.lights import RED
from cases.lists import narrowing, scope_of_board
from cases.models import SOLVED, Case, Loop

DAYS = 30
KEPT_SECONDS = 120

CLOSED = """
SELECT loop, count(*) FILTER (WHERE closing_light <> %s), count(*) FROM ({rows}) AS row GROUP BY loop
"""


@dataclass
class Settled:
    """Cases closed since the day `since`, those that were filed; `by_loop`: loop -> how many."""

    at: dt.datetime
    since: dt.date
    on_time: int = 0
    by_loop: dict = field(default_factory=dict)

    @property
    def total(self):
        return sum(self.by_loop.values())

    def rate(self, overdue):
        """Closed on time / (closed + open overdue); None without any."""
        counted = self.total + overdue
        return self.on_time / counted if counted else None

    def shares(self):
        """[(loop, how many, share of all)], from the ground up."""
        return [
            (loop, number, number / self.total)
            for loop in Loop
            if (number := self.by_loop.get(loop.value))
        ]


def read(staff, shares, now):
    """Of the cases that meet one of `shares`; at most two minutes old, `at` says when it was counted."""
    since = timezone.localdate(now) - dt.timedelta(days=DAYS)
    closed = closed_cases(staff).filter(
        closed_at__gte=narrowing.midnight(since), closed_at__lte=now
    )
    columns = ("loop", "closing_light")
    sql, values = scope_of_board.union([closed.filter(share).values(*columns) for share in shares])
    words = repr((sql, [value for value in values if value != now], since))
    key = f"board-settled:{hashlib.sha256(words.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None or not 0 <= (now - found.at).total_seconds() < KEPT_SECONDS:
        found = _count(sql, values, Settled(now, since))
        cache.set(key, found, KEPT_SECONDS)
    return found


def closed_cases(staff):
    """Cases that came to an end after they were filed, of the person's districts."""
    return Case.objects.filter(
        district__in=scope_of_board.districts(staff),
        closed_at__isnull=False,
        stage__in=sorted(SOLVED),
    )


def _count(sql, values, found):
    with connection.cursor() as cursor:
        cursor.execute(CLOSED.format(rows=sql), [RED, *values])
        for loop, on_time, closed in cursor.fetchall():
            found.by_loop[loop] = closed
            found.on_time += on_time
    return found
