"""The ONE engine of the other registers: read, compare in sets, write what differs.

The command, the queue and the browser run it through `register_import.registers`.
"""

import time

import pghistory
from django.db import connection, transaction

from residents.imports.others import buildings, care, compare, leases, premises, staff
from residents.imports.others.cells import harmless
from residents.imports.others.staging import Stager
from residents.imports.people.engine import Outcome, lock
from residents.imports.workbook import custom
from residents.models import ImportBatch, ImportProblem

SHEETS = {
    "premises": premises.declare,
    "leases": leases.declare,
    "buildings": buildings.declare,
    "care": care.declare,
    "staff": staff.declare,
}


def of(register):
    """The declaration of a register."""
    return SHEETS[register]()


@transaction.atomic
def run(
    register,
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
):
    """Import the tables `found` of the workbook. With `dry_run` nothing is written.

    `tell(phase, rows)` hears of progress: reading, comparing, writing.
    """
    started = time.perf_counter()
    sheet = of(register)
    stager = Stager(sheet, reach)
    work = compare.Work(sheet, reach, by_id=by_id, source=source, on_conflict=on_conflict)
    work.create()
    facts = []
    for table in found:
        for chunk in stager.chunks(book, table):
            work.copy(stager.lines(chunk, table))
            if table.fields and (said := custom.block(chunk, table, stager.unknown)):
                facts.append(said)
            tell("reading", stager.rows)
    tell("comparing", stager.rows)
    districts = stager.district_ids | work.districts()
    if not dry_run:
        lock(districts)
    work.compare()
    if facts:
        custom.stage(facts)
        custom.compare(on_conflict)
    outcome = _outcome(stager, districts)
    if not dry_run:
        tell("writing", stager.rows)
        with pghistory.context(batch=batch_id, user=by_id, source="import"):
            work.write()
            if facts:
                custom.write(on_conflict, districts)
    _explain(outcome, None if dry_run else batch_id)
    outcome.seconds = round(time.perf_counter() - started, 3)
    return outcome


def _outcome(stager, districts):
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, count(*) FROM sheet_row WHERE reason IS NULL GROUP BY 1")
        counts = dict(cursor.fetchall())
        cursor.execute(
            """SELECT reason, count(*) FROM sheet_row WHERE reason IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC, 1"""
        )
        reasons = dict(cursor.fetchall())
    return Outcome(
        rows=stager.rows,
        created=counts.get("created", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        rejected=sum(reasons.values()),
        rejected_by_reason=reasons,
        unknown_values=stager.unknown.as_dict(),
        district_ids=sorted(districts),
    )


def _explain(outcome, batch_id):
    """Examples (5 of each reason), the status of each row and, for a batch, every rejected row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row, reason, field, value FROM sheet_row WHERE reason IS NOT NULL ORDER BY row"
        )
        rejected = [(*rest, harmless(value)) for *rest, value in cursor.fetchall()]
        cursor.execute(
            "SELECT row, action FROM sheet_row WHERE reason IS NULL AND action <> 'unchanged'"
        )
        outcome.statuses = dict(cursor.fetchall())
    for row, reason, field, value in rejected:
        examples = outcome.examples.setdefault(reason, [])
        if len(examples) < 5:
            examples.append({"row": row, "field": field, "value": value})
    if batch_id is None:
        return
    ImportProblem.objects.filter(batch=batch_id).delete()
    ImportProblem.objects.bulk_create(
        (
            ImportProblem(batch_id=batch_id, row=row, reason=reason, field=field, value=value)
            for row, reason, field, value in rejected
        ),
        batch_size=2_000,
    )
