"""The ONE import engine of all registers: read, compare in sets, write what differs, say why not.

The command, the browser, an accepted move-in and a decided conflict all run this.
"""

import contextlib
import gc
import time

import pghistory
from django.db import connection, transaction

from grids import locks
from residents.imports import outcome
from residents.imports.others.steps import SheetSteps
from residents.imports.people.steps import PeopleSteps
from residents.imports.steps import Order
from residents.imports.workbook import custom
from residents.models import ImportBatch


@transaction.atomic
def run(register, book, found, **options):
    """Import the tables `found` of the workbook; the Outcome. With `dry_run` nothing is written.

    `options` are those of `Order`.
    """
    started = time.perf_counter()
    order = Order(**options)
    steps = _steps(register, order)
    steps.create()
    with _without_collector():
        steps.stage(book, found)
    order.tell("comparing", steps.rows)
    if not order.dry_run:
        lock(steps.district_ids)
    steps.compare()
    has_facts = custom.compare(order.on_conflict)
    found_out = steps.outcome()
    if not order.dry_run:
        if found_out.writes:
            order.tell("writing", steps.rows)
            _write(steps, order, has_facts)
        steps.ask()
    batch_id = None if order.dry_run else order.batch_id
    outcome.explain(found_out, steps.decided, steps.rejected, batch_id)
    found_out.seconds = round(time.perf_counter() - started, 3)
    return found_out


def _steps(register, order):
    if register == ImportBatch.Register.RESIDENTS:
        return PeopleSteps(order)
    return SheetSteps(register, order)


def _write(steps, order, has_facts):
    # A decided conflict is part of the batch that asked: its context stays as it is.
    origin = {"batch": order.batch_id} if order.batch_id else {}
    with pghistory.context(**origin, user=order.by_id, source="import"):
        steps.write()
        if has_facts:
            custom.write(order.on_conflict, steps.district_ids)


def lock(district_ids):
    """Two imports into one district take turns; always in the same order, so none waits in a ring."""
    with connection.cursor() as cursor:
        for district_id in sorted(district_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.REGISTERS, district_id])


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
