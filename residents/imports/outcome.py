"""What became of the rows of an import: counts, examples, and the reason of each refused one."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

from residents.models import ImportProblem

_EXAMPLES = """
SELECT row, reason, field, value FROM (
    SELECT x.*, row_number() OVER (PARTITION BY reason ORDER BY row) AS place FROM ({rejected}) x) y
WHERE place <= 5 ORDER BY row
"""
_KEEP_PROBLEMS = """
INSERT INTO residents_importproblem (batch_id, row, reason, field, value)
SELECT %s, row, reason, left(field, 40), left(value, 80) FROM ({rejected}) x ORDER BY row
"""
_STATUSES = """
SELECT action, array_agg(row) FROM {decided}
WHERE action IN ('created', 'changed', 'waiting') GROUP BY action
"""


@dataclass
class Outcome:
    """What an import did, or (dry run) would do. `rejected_by_reason` counts rows."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    rejected: int = 0
    rejected_by_reason: dict = field(default_factory=dict)
    possible_duplicates: int = 0
    households: int = 0
    known_grids: int = 0  # rows that name no grid, whose door or person has one
    seconds: float = 0.0
    duplicate_rows: list = field(default_factory=list)
    examples: dict = field(default_factory=dict)
    unknown_values: dict = field(default_factory=dict)
    statuses: dict = field(default_factory=dict)
    district_ids: list = field(default_factory=list)
    conflicts: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)  # titles, sums, notes
    asked: dict = field(default_factory=dict)  # whether somebody is here at all
    absent: dict = field(default_factory=dict)  # keys of who is not in the list, by scope
    others: dict = field(default_factory=dict)  # who changes without being in the file
    new_places: dict = field(
        default_factory=dict
    )  # of a dry run: compounds and buildings to be added
    families: list = field(default_factory=list)  # of a dry run: the first that no number tells
    has_unsaid: bool = False  # something to write of which the counts may not tell

    @property
    def writes(self):
        return bool(self.created or self.changed or self.waiting or self.has_unsaid)

    def counts(self):
        """The part that people and programs outside read."""
        names = [
            "rows",
            "created",
            "changed",
            "unchanged",
            "rejected",
            "rejected_by_reason",
            "possible_duplicates",
            "waiting",
            "households",
            "seconds",
        ]
        more = {"asked": self.asked.get("rows"), "others_changed": self.others.get("count")}
        more["known_grids"] = self.known_grids
        return {name: getattr(self, name) for name in names} | {
            name: count for name, count in more.items() if count
        }


def count(decided, rejected_before):
    """{action: rows} and {reason: rows}, the most frequent first, of the table `decided`.

    `rejected_before` {reason: rows} are those that did not get so far.
    """
    actions, reasons = Counter(), Counter(rejected_before)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT action, reason, count(*) FROM {decided} GROUP BY 1, 2")  # noqa: S608
        for action, reason, rows in cursor.fetchall():
            if reason:
                reasons[reason] += rows
            else:
                actions[action] += rows
    return actions, dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0])))


def explain(outcome, decided, rejected, batch_id):
    """Fill in examples (5 of each reason) and, for a batch, keep the reason of every rejected row.

    `rejected` is SQL of (row, reason, field, value); what it shows of a value may be shown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES.format(rejected=rejected))
        for row, reason, field_name, value in cursor.fetchall():
            example = {"row": row, "field": field_name, "value": value}
            outcome.examples.setdefault(reason, []).append(example)
        if batch_id is None:
            return
        cursor.execute(_STATUSES.format(decided=decided))
        for action, rows in cursor.fetchall():
            outcome.statuses |= dict.fromkeys(rows, action)
        ImportProblem.objects.filter(batch=batch_id).delete()
        cursor.execute(_KEEP_PROBLEMS.format(rejected=rejected), [batch_id])
