"""python -m bench.one_import FILE TIMES: imports a register, and says of each pass as JSON what it cost."""

import json
import sys
import time
from pathlib import Path

from bench import ground, server

REGISTER_WRITES = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables
WHERE relname LIKE 'residents\\_%' AND relname NOT LIKE 'residents\\_import%'
"""
WAL = "SELECT wal_bytes::bigint FROM pg_stat_get_backend_wal(pg_backend_pid())"


def main():
    server.prepare_django()
    path, times = Path(sys.argv[1]), int(sys.argv[2])
    print(json.dumps([one_pass(path) for _ in range(times)]))


def one_pass(path):
    """`step`: the seconds after reading, that is comparing and writing; `wal`: bytes of our own."""
    from django.db import transaction
    from django.utils import timezone

    from residents.imports import engine
    from residents.imports.workbook import sheets
    from residents.models import ImportBatch

    phases = {}
    written, wal = _counted(REGISTER_WRITES), _counted(WAL)
    began = time.perf_counter()
    opened, found = sheets.read(path)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            state=ImportBatch.State.DONE,
            file_name=path.name,
            created_at=timezone.now(),
        )
        outcome = engine.run(
            "residents",
            opened,
            found,
            reach=None,
            batch_id=batch.pk,
            source=path.name,
            tell=lambda phase, rows: phases.setdefault(phase, time.perf_counter()),
        )
    ended = time.perf_counter()
    return {
        "seconds": ended - began,
        "step": ended - phases["comparing"],
        "megabytes": _most_megabytes(),
        "written": _counted(REGISTER_WRITES) - written,
        "wal": _counted(WAL) - wal,
        "counts": outcome.counts(),
    }


def _counted(statement):
    ground.run("SELECT pg_stat_force_next_flush()")
    ground.run("SELECT pg_stat_clear_snapshot()")
    return ground.run(statement)[0][0]


def _most_megabytes():
    """The peak of this process alone: ru_maxrss would begin with the parent's."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
