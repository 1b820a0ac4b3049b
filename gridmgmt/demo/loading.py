"""Tables laid bare while very many rows come in: what looks at each row waits until the end.

Foreign keys, unique constraints and indexes are dropped and built again in the same transaction,
so rows that break one make the whole load fail. History triggers rest: rows loaded so have no
history of how they came in.
"""

import contextlib
from collections.abc import Iterator

from django.db import connection

from gridmgmt.demo.progress import Progress

# Unique constraints that a foreign key points at stay.
CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint AS found
WHERE conrelid = ANY(%s::regclass[]) AND (contype = 'f' OR contype = 'u' AND NOT EXISTS (
    SELECT FROM pg_constraint AS other
    WHERE other.contype = 'f' AND other.conindid = found.conindid))
ORDER BY contype DESC, conrelid::regclass::text, conname
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY(%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indrelid::regclass::text, 1
"""


@contextlib.contextmanager
def bare(models, progress: Progress) -> Iterator[None]:
    """Inside a transaction: the tables of these models without keys, indexes and triggers."""
    tables = [model._meta.db_table for model in models]
    run("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be waiting for the tables
    constraints, indexes = run(CONSTRAINTS, [tables]), run(INDEXES, [tables])
    for table in tables:
        run(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    for table, name, _ in constraints:
        run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        run(f"DROP INDEX {name}")
    yield
    with progress.of("indexes and keys"):
        for _, definition in indexes:
            run(definition)
        for table, name, definition in constraints:
            run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table in tables:
            run(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    run("SET CONSTRAINTS ALL DEFERRED")


@contextlib.contextmanager
def room_to_sort() -> Iterator[None]:
    """Inside a transaction: memory for sorts, joins and indexes."""
    run("SET LOCAL work_mem = '192MB'")
    run("SET LOCAL maintenance_work_mem = '384MB'")
    yield
    run("SET LOCAL work_mem TO DEFAULT")
    run("SET LOCAL maintenance_work_mem TO DEFAULT")


def run(statement: str, values=None) -> list:
    """The rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def vacuum():
    """Rows known to be visible to all, so that indexes alone answer. Not inside a transaction."""
    if not connection.in_atomic_block:
        run("VACUUM (ANALYZE)")
