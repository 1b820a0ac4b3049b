"""The one import engine: the command, the browser and an accepted move-in all run this."""

import contextlib
import gc
import itertools
import time
from dataclasses import dataclass, field

import pghistory
from django.db import connection, transaction
from django.utils import timezone

from grids import locks
from grids.scope import Scope
from grids.workbooks import reader
from residents.imports.people import compare, conflicts, dwelling_codes, temp_tables, write
from residents.imports.people.staging import Stager
from residents.imports.workbook import custom, sheets
from residents.models import ImportBatch, ImportProblem

RIGHT = "register.import"


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
    seconds: float = 0.0
    duplicate_rows: list = field(default_factory=list)
    examples: dict = field(default_factory=dict)
    unknown_values: dict = field(default_factory=dict)
    statuses: dict = field(default_factory=dict)
    district_ids: list = field(default_factory=list)
    conflicts: dict = field(default_factory=dict)

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
        return {name: getattr(self, name) for name in names}


def reach_of(staff):
    """Where this person may import; None, everywhere, for the operator at the command line."""
    return None if staff is None else Scope.of(staff).reach(RIGHT)


@transaction.atomic
def run(
    book,
    found,
    *,
    reach,
    by_id=None,
    batch_id=None,
    dry_run=False,
    tell=lambda phase, rows: None,
    source="",
    on_conflict=ImportBatch.OnConflict.THEIRS,
    keeper=None,
    kept=None,
):
    """Import the tables `found` of the workbook. With `dry_run` nothing is written.

    `tell(phase, rows)` hears of progress: reading, comparing, writing; while rows are read it may
    not ask the database over this connection, which is busy taking them. `keeper` keeps what is
    read for the next time; with `kept`, of such a keeper, the workbook is not read at all.
    """
    started = time.perf_counter()
    temp_tables.create()
    with _without_collector():
        staged = kept.stage(tell) if kept else _stage(book, found, reach, tell, keeper)
    tell("comparing", staged.rows)
    if not dry_run:
        lock(staged.district_ids)
    compare.compare(reach)
    differing = conflicts.settle(on_conflict, dry_run=dry_run)
    has_facts = custom.compare(on_conflict)
    has_codes = dwelling_codes.is_among(found)
    if has_codes:
        dwelling_codes.compare(on_conflict)
    outcome = _outcome(staged)
    if differing:
        outcome.conflicts = differing.summary()
    if not dry_run and (outcome.created or outcome.changed or outcome.waiting):
        tell("writing", staged.rows)
        with pghistory.context(**_origin(batch_id), user=by_id, source="import"):
            write.write(staged, batch_id=batch_id, by_id=by_id, source=source[:60])
            if has_facts:
                custom.write(on_conflict, staged.district_ids)
            if has_codes:
                dwelling_codes.write(on_conflict)
    # A row may have nothing to write, and yet something to ask.
    is_asked = not dry_run and on_conflict == ImportBatch.OnConflict.ASK
    if is_asked and batch_id and differing.rows:
        numbers = dict(staged.numbers.of(set(differing.places)))
        conflicts.keep(batch_id, differing, numbers)
    _explain(outcome, batch_id if not dry_run else None)
    outcome.seconds = round(time.perf_counter() - started, 3)
    return outcome


def _stage(book, found, reach, tell, keeper):
    """Fill the temporary tables from the workbook; what was read."""
    stager, facts = Stager(reach, timezone.localdate()), []
    stager.codes.expect(found)
    keep = keeper.add if keeper else lambda kind, block: None
    with temp_tables.copying("rows") as copy:
        for table in found:
            for chunk in stager.chunks(book, table):
                block = stager.block(chunk, table)
                copy(block)
                keep("rows", block)
                if table.fields and (said := stager.facts(chunk, table)):
                    facts.append(("facts", said))
                tell("reading", stager.staged.rows)
    keys = temp_tables.key_blocks(stager.dwellings, stager.household_keys, stager.codes.of_dwelling)
    for kind, block in itertools.chain(facts, keys):
        temp_tables.copy(kind, block)
        keep(kind, block)
    staged = stager.finish()
    if keeper:
        keeper.finish(staged)
    return staged


@contextlib.contextmanager
def _without_collector():
    """Rows make no cycles, and the collector would look through those of a chunk again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _origin(batch_id):
    """A decided conflict is part of the batch that asked: its context stays as it is."""
    return {"batch": batch_id} if batch_id else {}


def lock(district_ids):
    """Two imports into one district take turns; always in the same order, so none waits in a ring."""
    with connection.cursor() as cursor:
        for district_id in sorted(district_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.REGISTERS, district_id])


def read(path, sheet="", chosen=None):
    """(workbook, tables); WorkbookError when the file cannot be read."""
    book = reader.open_workbook(path)
    return book, sheets.tables(book, sheet, chosen)


def _outcome(staged):
    counts, reasons = compare.actions()
    reasons = dict(staged.rejected) | {
        reason: count + staged.rejected.get(reason, 0) for reason, count in reasons.items()
    }
    duplicates = compare.possible_duplicates() if counts.get("created") else []
    return Outcome(
        rows=staged.rows,
        created=counts.get("created", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        waiting=counts.get("waiting", 0),
        rejected=sum(reasons.values()),
        rejected_by_reason=dict(sorted(reasons.items(), key=lambda item: -item[1])),
        possible_duplicates=len(duplicates),
        households=staged.households,
        duplicate_rows=duplicates,
        unknown_values=staged.unknown,
        district_ids=sorted(staged.district_ids),
    )


_REJECTED = """
SELECT s.row, COALESCE(f.reason, s.reason) AS reason, s.field, s.value
FROM import_row s LEFT JOIN import_fate f ON f.row = s.row
WHERE s.reason IS NOT NULL OR f.reason IS NOT NULL
"""
_EXAMPLES = f"""
SELECT row, reason, field, value FROM (
    SELECT x.*, row_number() OVER (PARTITION BY reason ORDER BY row) AS place FROM ({_REJECTED}) x) y
WHERE place <= 5 ORDER BY row
"""  # noqa: S608  a constant of ours
_KEEP_PROBLEMS = f"""
INSERT INTO residents_importproblem (batch_id, row, reason, field, value)
SELECT %s, row, reason, left(field, 40), left(value, 80) FROM ({_REJECTED}) x ORDER BY row
"""  # noqa: S608  a constant of ours
_STATUSES = """
SELECT action, array_agg(row) FROM import_fate
WHERE action IN ('created', 'changed', 'waiting') GROUP BY action
"""


def _explain(outcome, batch_id):
    """Fill in examples (5 of each reason) and, for a batch, keep the reason of every rejected row."""
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES)
        for row, reason, field_name, value in cursor.fetchall():
            example = {"row": row, "field": field_name, "value": value}
            outcome.examples.setdefault(reason, []).append(example)
        if batch_id is None:
            return
        cursor.execute(_STATUSES)
        for action, rows in cursor.fetchall():
            outcome.statuses |= dict.fromkeys(rows, action)
        ImportProblem.objects.filter(batch=batch_id).delete()
        cursor.execute(_KEEP_PROBLEMS, [batch_id])
