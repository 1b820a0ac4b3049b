"""Import of a household register: the whole engine against django-import-export and COPY."""

import functools
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import ground, server, workbook
from bench.contest import Contest, Target, WrongWork, short

ROWS = 10_000
LONG, LONGEST = 100_000, 300_000
MEGABYTES = {LONG: 300, LONGEST: 600}  # at most, of the process that imports
LONGEST_TO_LONG = 3.3  # times as long, at most
STEP_AGAIN = 0.2  # of the time that compare and write took first
WAL_AGAIN = 2 * 1024 * 1024
SLICE = 1_000
COMMUNITIES = "370402001"  # the workbook's people live in unit grids from here on

# The columns and the indexes of the register, without its triggers and foreign keys: a register in
# which nobody can be found would be no floor (measured: 0.3 s for 100k rows with one key, 1.4 s so).
PLAIN_TABLE = "CREATE TABLE bench_plain (LIKE residents_resident INCLUDING ALL)"
PLAIN_UPSERT = """
INSERT INTO bench_plain (district_id, grid_id, household_id, relation, name, pinyin, initials, document,
    id_sealed, id_index, id_mask, sex, birth_on, ethnicity, education, marital, phone, kind,
    registered_address, employer, note, end_reason)
SELECT DISTINCT ON (c8) %(district)s, c0::bigint, c4::bigint, left(c6, 2), c7, c7, left(c7, 2), 'id_card',
    c8::bytea, c8::bytea, '', c9, c10::date, c11, left(c12, 2), c13, c14, c15, c16, c17, c19, ''
FROM bench_staged
ON CONFLICT (id_index, district_id, document) WHERE ended_on IS NULL AND id_index IS NOT NULL
DO UPDATE SET grid_id = excluded.grid_id, household_id = excluded.household_id,
    name = excluded.name, phone = excluded.phone, note = excluded.note
"""
COLUMNS = [f"c{number}" for number in range(len(workbook.HEADS))]


@dataclass(frozen=True)
class Book:
    path: Path
    rows: int
    bad: dict

    @property
    def good(self):
        return self.rows - sum(self.bad.values())


def contests(scale: float) -> list[Contest]:
    rows, long, longest = (max(int(size * scale), 100) for size in (ROWS, LONG, LONGEST))
    passes: dict[int, list[float]] = {}
    return [
        _as_in_the_browser(rows),
        _one_pass(long, MEGABYTES[LONG], passes),
        _one_pass(longest, MEGABYTES[LONGEST], passes, short_one=long),
        _again(long),
    ]


def _as_in_the_browser(rows):
    """Ours: the dry run, which keeps what it read, and then the import that compares again."""

    def ours(clock):
        with _empty_registers():
            with clock:
                outcome = _check_and_import(_book(rows))
            _check(outcome.counts(), _book(rows), created=_book(rows).good)

    part = min(rows, SLICE)
    return Contest(
        f"import {short(rows)}",
        rows,
        ours,
        _library(part),
        _floor(rows),
        Target(60),
        part,
    )


def _one_pass(rows, megabytes, passes, short_one=None):
    """Ours is one import in a process of its own, as the command does it, with history and encryption."""
    in_memory, steady = f"RSS <= {megabytes} MB", f"<= {LONGEST_TO_LONG}x of 100k"

    def ours(clock):
        [done] = _import_in_child(_book(rows), times=1)
        clock.seconds += done["seconds"]
        passes.setdefault(rows, []).append(done["seconds"])
        clock.promise(in_memory, done["megabytes"] <= megabytes)
        if short_one:
            if short_one not in passes:
                [shorter] = _import_in_child(_book(short_one), times=1)
                passes[short_one] = [shorter["seconds"]]
            least = statistics.median(passes[short_one])
            clock.promise(steady, done["seconds"] <= LONGEST_TO_LONG * least)

    target = (
        Target(promises=(in_memory, steady))
        if short_one
        else Target(times_floor=2.5, promises=(in_memory,))
    )
    part = min(rows, SLICE)
    return Contest(f"import {short(rows)}", rows, ours, _library(part), _floor(rows), target, part)


def _again(rows):
    """The same file once more: nothing may be written, and comparing takes little."""
    nothing, no_wal, quick = (
        "0 rows written",
        "WAL <= 2 MB",
        f"compare <= {STEP_AGAIN}x of first",
    )

    def ours(clock):
        first, again = _import_in_child(_book(rows), times=2)
        clock.seconds += again["seconds"]
        clock.promise(nothing, again["written"] == 0)
        clock.promise(no_wal, again["wal"] <= WAL_AGAIN)
        clock.promise(quick, again["step"] <= STEP_AGAIN * first["step"])
        _check(again["counts"], _book(rows), unchanged=_book(rows).good)
        if again["written"]:
            raise WrongWork(f"import again: {again['written']} rows written")

    part = min(rows, SLICE)
    return Contest(
        f"import again {short(rows)}",
        rows,
        ours,
        _library(part, times=2),
        _floor(rows),
        Target(promises=(nothing, no_wal, quick)),
        part,
    )


def _library(part, times=1):
    """One pass of django-import-export; only the last of them counts."""

    def baseline(clock):
        with _flat_table():
            for _ in range(times - 1):
                _import_flat(_book(part))
            with clock:
                result = _import_flat(_book(part))
            _check_flat(result, _book(part))

    return baseline


def _floor(rows):
    """Read, COPY into a temporary table, one upsert of the cells as they are: no validation, no
    pinyin, no households, no history, no secrets."""

    def floor(clock):
        with _empty_registers():
            ground.run(PLAIN_TABLE)
            district = ground.district().pk
            with clock:
                _copy_plain(_book(rows).path, district)

    return floor


def _copy_plain(path, district):
    import python_calamine
    from django.db import connection, transaction

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(workbook.SHEET).iter_rows()
    next(rows)
    columns = ", ".join(f"{name} text" for name in COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_staged ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY bench_staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(PLAIN_UPSERT, {"district": district})


# --- the two sides' work, and whether it was done -------------------------------------


def _check_and_import(book):
    """The engine, as the browser runs it; the answer workbook is not part of it."""
    from django.db import transaction
    from django.utils import timezone

    from residents.imports import engine
    from residents.imports.people import kept
    from residents.imports.workbook import sheets
    from residents.models import ImportBatch

    batch = ImportBatch.objects.create(
        state=ImportBatch.State.CHECKING,
        file_name=book.path.name,
        created_at=timezone.now(),
    )
    [keeper] = kept.keeping(batch, batch.columns, None).values()
    opened, found = sheets.read(book.path)
    engine.run("residents", opened, found, reach=None, dry_run=True, keeper=keeper)
    keeper.save()
    with transaction.atomic(), kept.rows_of(batch, None) as rows:
        outcome = engine.run(
            "residents", None, [], reach=None, kept=rows, batch_id=batch.pk, source=book.path.name
        )
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.DONE)
    kept.tidy(batch.pk)
    return outcome


def _import_in_child(book, *, times):
    """What `one_import` says of each pass, in a fresh process and over empty registers."""
    with _empty_registers():
        done = subprocess.run(
            [sys.executable, "-m", "bench.one_import", str(book.path), str(times)],
            env=os.environ | {"DATABASE_URL": server.url_in_use()},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise WrongWork(f"import: {done.stderr[-2000:]}")
    passes = json.loads(done.stdout)
    _check(passes[0]["counts"], book, created=book.good)
    return passes


def _import_flat(book):
    from bench.people_flat import import_with_resource

    return import_with_resource(book.path)


def _check(counts, book, **wanted):
    wanted |= {"rows": book.rows, "rejected_by_reason": book.bad}
    found = {name: counts[name] for name in wanted}
    if found != wanted:
        raise WrongWork(f"import: wanted {wanted}, found {found}")


def _check_flat(result, book):
    bad = len(result.invalid_rows) + len(result.error_rows)
    if bad != sum(book.bad.values()) or result.total_rows != book.rows:
        first = [*result.invalid_rows, *result.error_rows][:1]
        raise WrongWork(f"baseline: {bad} bad rows of {result.total_rows}: {first}")


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
