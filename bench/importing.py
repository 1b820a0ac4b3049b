"""Import of a household register: the whole engine against django-import-export and COPY."""

import functools
from dataclasses import dataclass
from pathlib import Path

from bench import ground, server, workbook
from bench.contest import Contest, Target, WrongWork, short

ROWS = 10_000
SLICE = 1_000
COMMUNITIES = "370402001"  # the workbook's people live in unit grids from here on

PLAIN_TABLE = "CREATE TABLE bench_plain ({}, PRIMARY KEY (c8))"
PLAIN_UPSERT = """
INSERT INTO bench_plain SELECT DISTINCT ON (c8) * FROM bench_staged
ON CONFLICT (c8) DO UPDATE SET {}
"""
COLUMNS = [f"c{number}" for number in range(len(workbook.HEADS))]
REGISTER_WRITES = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables
WHERE relname LIKE 'residents\\_%%' AND relname NOT LIKE 'residents\\_import%%'
"""


@dataclass(frozen=True)
class Book:
    path: Path
    rows: int
    bad: dict

    @property
    def good(self):
        return self.rows - sum(self.bad.values())


def contests(scale: float) -> list[Contest]:
    rows = max(int(ROWS * scale), 100)
    part = min(rows, SLICE)
    return [_first(rows, part), _again(rows, part)]


def _first(rows, part):
    """Ours is what the browser does: a dry run that validates, then the import that validates again."""

    def ours(clock):
        with _empty_registers():
            with clock:
                _import(_book(rows), dry_run=True)
                outcome = _import(_book(rows))
            _check(outcome, _book(rows), created=_book(rows).good)

    def baseline(clock):
        with _flat_table():
            with clock:
                result = _import_flat(_book(part))
            _check_flat(result, _book(part))

    return Contest(
        f"import {short(rows)}", rows, ours, baseline, _floor(rows), Target(60), part
    )


def _again(rows, part):
    """The same file once more: nothing may be written."""

    def ours(clock):
        with _empty_registers():
            _import(_book(rows))
            before = _written()
            with clock:
                outcome = _import(_book(rows))
            clock.promise("0 rows written", _written() == before)
            _check(outcome, _book(rows), unchanged=_book(rows).good)

    def baseline(clock):
        with _flat_table():
            _import_flat(_book(part))
            with clock:
                result = _import_flat(_book(part))
            _check_flat(result, _book(part))

    target = Target(promises=("0 rows written",))
    return Contest(
        f"import again {short(rows)}", rows, ours, baseline, _floor(rows), target, part
    )


def _floor(rows):
    """Read, COPY into a temporary table, one upsert of plain text: no validation, no history."""

    def floor(clock):
        with _empty_registers():
            columns = ", ".join(f"{name} text" for name in COLUMNS)
            ground.run(PLAIN_TABLE.format(columns))
            with clock:
                _copy_plain(_book(rows).path, columns)

    return floor


def _copy_plain(path, columns):
    import python_calamine
    from django.db import connection, transaction

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(workbook.SHEET).iter_rows()
    next(rows)
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "c8")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_staged ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY bench_staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(PLAIN_UPSERT.format(changes))


# --- the two sides' work, and whether it was done -------------------------------------


def _import(book, *, dry_run=False):
    """The engine, as command and browser run it; the answer workbook is not part of it."""
    from django.db import transaction
    from django.utils import timezone

    from residents.models import ImportBatch
    from residents.register_import import engine

    opened, found = engine.read(book.path)
    if dry_run:
        return engine.run(opened, found, reach=None, dry_run=True)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            state=ImportBatch.State.DONE,
            file_name=book.path.name,
            created_at=timezone.now(),
        )
        return engine.run(
            opened, found, reach=None, batch_id=batch.pk, source=book.path.name
        )


def _import_flat(book):
    from bench.people_flat import import_with_resource

    return import_with_resource(book.path)


def _check(outcome, book, **wanted):
    wanted |= {"rows": book.rows, "rejected_by_reason": book.bad}
    found = {name: getattr(outcome, name) for name in wanted}
    if found != wanted:
        raise WrongWork(f"import: wanted {wanted}, found {found}")


def _check_flat(result, book):
    bad = len(result.invalid_rows) + len(result.error_rows)
    if bad != sum(book.bad.values()) or result.total_rows != book.rows:
        first = [*result.invalid_rows, *result.error_rows][:1]
        raise WrongWork(f"baseline: {bad} bad rows of {result.total_rows}: {first}")


def _written():
    """Rows that this server's statistics say were written to the registers."""
    ground.run("SELECT pg_stat_force_next_flush()")
    ground.run("SELECT pg_stat_clear_snapshot()")
    return ground.run(REGISTER_WRITES)[0][0]


# --- the stage --------------------------------------------------------------------------


def _empty_registers():
    return server.clone("ground", ground.lay_ground)


class _flat_table:
    """A clone with the table of the baseline's model."""

    def __enter__(self):
        from django.db import connection

        from bench.people_flat import FlatPerson

        self.clone = _empty_registers()
        self.clone.__enter__()
        with connection.schema_editor() as editor:
            editor.create_model(FlatPerson)

    def __exit__(self, *error):
        return self.clone.__exit__(*error)


@functools.cache
def _book(rows) -> Book:
    """The workbook of so many rows, cached as a file."""
    people = workbook.people(_units(), rows)
    bad = workbook.spoil(people)
    name = f"register-{rows}-{server.fingerprint('bench/workbook.py')}.xlsx"
    path = server.cached(name, lambda draft: workbook.write(people, draft))
    return Book(path, rows, dict(bad))


def _units():
    from gridmgmt.demo import places

    _, found = places.plan_district(ground.SEED)
    codes = (place.code for place in found if place.tier == "unit")
    return sorted(code for code in codes if code >= COMMUNITIES)
