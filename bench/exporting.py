"""A list of a hundred thousand persons as a workbook, with the memory that it takes.

Each side runs in a process of its own: `python -m bench.exporting SIDE ROWS` says seconds and peak.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench import crowd, ground, searching, server
from bench.contest import Clock, Contest, Target, WrongWork, short
from gridmgmt.running import localstack

SHARE = 10  # every tenth person of the crowd is floating: those are exported
SLICE = 5_000
BOUNDED = "peak RSS <= 200 MB"
MOST_MB = 200
HEADS = [
    "姓名",
    "性别",
    "年龄",
    "身份证号",
    "电话",
    "人口类型",
    "房屋",
    "户号",
    "户主",
    "关系",
    "社区",
    "网格",
]
BARE = """
SELECT resident.name, sex, extract(year FROM age(birth_on))::int, id_mask, resident.phone, resident.kind,
       dwelling.address, household.number, head_name, relation, community.name, grid.name
FROM residents_resident AS resident
JOIN residents_household AS household ON household.id = resident.household_id
JOIN residents_dwelling AS dwelling ON dwelling.id = household.dwelling_id
JOIN grids_grid AS grid ON grid.id = resident.grid_id
JOIN grids_grid AS community ON community.id = household.community_id
WHERE resident.ended_on IS NULL AND resident.kind = 'floating' ORDER BY resident.id LIMIT %(rows)s
"""


def contests(scale: float) -> list[Contest]:
    rows = max(int(crowd.PERSONS * scale), 2_000) // SHARE
    part = min(rows, SLICE)
    target = Target(times_baseline=3, times_floor=2.5, promises=(BOUNDED,))
    return [
        Contest(
            f"export {short(rows)}",
            rows,
            partial(_side, "ours", rows, rows),
            partial(_side, "library", rows, part),
            partial(_side, "bare", rows, rows),
            target,
            part,
        )
    ]


def _side(side, rows, wanted, clock: Clock):
    persons = rows * SHARE
    with server.standing(f"crowd{persons}", partial(crowd.settle, persons)):
        done = subprocess.run(
            [sys.executable, "-m", "bench.exporting", side, str(wanted)],
            cwd=localstack.ROOT,
            env=os.environ | {"DATABASE_URL": server.url_in_use()},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise WrongWork(done.stderr[-2000:])
    told = json.loads(done.stdout)
    if told["rows"] != wanted:
        raise WrongWork(f"{told['rows']} of {wanted} rows were written")
    clock.seconds += told["seconds"]
    if side == "ours":
        clock.promise(BOUNDED, told["mb"] <= MOST_MB)


# --- in the process of one side ---


def ours(path, _):
    """The whole export: scope, masks, rights of each row, the sheet."""
    from django.utils import timezone

    from residents.exports import columns, write
    from residents.models import Export
    from residents.models.exports import Subject

    staff, district = searching.of_district(), ground.district()
    export = Export(
        by=staff,
        grid=district,
        district=district,
        subject=Subject.RESIDENTS,
        title="bench",
        purpose="bench",
        wanted={"kind": "floating"},
        created_at=timezone.now(),
        columns=columns.usual(Subject.RESIDENTS, staff),
    )
    chosen = columns.named(Subject.RESIDENTS, staff, export.columns)
    count, _ = write.workbook(path, export, chosen, lambda rows: None)
    return count


def library(path, rows):
    """What the admin's export button does, with the same columns."""
    from import_export import fields, resources

    from residents.models import Resident

    paths = [
        "name",
        "sex",
        "birth_on",
        "id_mask",
        "phone",
        "kind",
        "household__dwelling__address",
        "household__number",
        "household__head_name",
        "relation",
        "household__community__name",
        "grid__name",
    ]

    class Flat(resources.ModelResource):
        locals().update(
            {
                f"column{number}": fields.Field(attribute=path, column_name=head)
                for number, (head, path) in enumerate(zip(HEADS, paths, strict=True))
            }
        )

        class Meta:
            model = Resident
            fields = [f"column{number}" for number in range(len(HEADS))]

    found = Resident.objects.filter(ended_on=None, kind="floating").order_by("pk")
    found = found.select_related("household__dwelling", "household__community", "grid").defer(
        "grid__boundary", "household__community__boundary"
    )
    dataset = Flat().export(found[:rows])
    path.write_bytes(dataset.export("xlsx"))
    return len(dataset)


def bare(path, rows):
    """One query into a streamed sheet."""
    import xlsxwriter
    from django.db import connection, transaction

    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADS)
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(BARE, {"rows": rows})
            for count, row in enumerate(cursor, start=1):
                for number, cell in enumerate(row):
                    sheet.write_string(count, number, str(cell))
    return count


def main(side, rows):
    server.prepare_django()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        count = {"ours": ours, "library": library, "bare": bare}[side](
            Path(folder) / "list.xlsx", rows
        )
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": count, "seconds": seconds, "mb": peak}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
