"""Cases told again: what was finished in the last months, once more in each period before.

A period is a whole number of weeks, so a case keeps its weekday and hour.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, Max

from cases.models import Alarm, Case, CaseEvent, SupervisionSlip
from gridmgmt.demo import loading
from gridmgmt.demo.ground import Ground
from gridmgmt.demo.progress import Progress

WEEKS = 12
# A case of an earlier period has every step, but no longer its alarms and slips.
NOT_KEPT = ["alarm", "answer_slip"]

TELLINGS = """
CREATE TEMP TABLE demo_telling AS
SELECT mould, period, back, month,
       first + row_number() OVER (ORDER BY reported_at, mould, period) AS id,
       row_number() OVER (PARTITION BY month ORDER BY reported_at, mould, period) AS place
FROM (SELECT mould, period, back, reported_at,
             to_char(reported_at AT TIME ZONE %(zone)s, 'YYMM') AS month,
             (SELECT coalesce(max(id), 0) FROM cases_case) AS first
      FROM (SELECT id AS mould, period, back, reported_at - back AS reported_at
            FROM demo_cases_case
            CROSS JOIN generate_series(0, %(periods)s - 1) AS period
            CROSS JOIN LATERAL (SELECT period * make_interval(weeks => %(weeks)s)) AS _ (back)
            WHERE period = 0 OR closed_at IS NOT NULL
            ORDER BY period, id LIMIT %(total)s) AS told) AS dated
"""
NUMBERS = """
INSERT INTO cases_casenumber (district_id, month, last)
SELECT %(district)s, month, count(*) FROM demo_telling GROUP BY month
"""
# Columns that are not simply the mould's, and which moulds are told in earlier periods too.
OWN = {
    Case: {
        "id": "telling.id",
        "number": "%(prefix)s || month || '-' || lpad(place::text, greatest(5, length(place::text)), '0')",
        "client_uuid": "CASE WHEN period = 0 THEN client_uuid ELSE md5(client_uuid::text || period)::uuid END",
        "household_id": """(SELECT id FROM residents_household AS home
            WHERE home.id = mould.household_id
              AND (period = 0 OR home.arrived_on <= (mould.reported_at - back)::date))""",
    },
    CaseEvent: {
        "id": """(SELECT coalesce(max(id), 0) FROM cases_caseevent)
            + row_number() OVER (ORDER BY mould.at - back, mould.id, period)""",
    },
}
WANTED = {
    Case: "true",
    CaseEvent: "period = 0 OR kind <> ALL(%(not_kept)s)",
    Alarm: "period = 0",
    SupervisionSlip: "period = 0",
}
FROM_MOULD = (
    "FROM demo_telling AS telling JOIN demo_{table} AS mould ON mould.{key} = telling.mould"
)


@contextlib.contextmanager
def staged(models) -> Iterator[dict]:
    """{model: name of an empty temporary table like its own}."""
    tables = {model: f"demo_{model._meta.db_table}" for model in models}
    for model, name in tables.items():
        loading.run(
            f'CREATE TEMP TABLE "{name}" (LIKE "{model._meta.db_table}" INCLUDING DEFAULTS)'
        )
    yield tables
    for name in tables.values():
        loading.run(f'DROP TABLE "{name}"')


def tell_again(ground: Ground, *, total: int, periods: int, progress: Progress) -> Counter:
    """The staged cases as rows, in the order of their report; {what: how many}."""
    values = {
        "zone": settings.TIME_ZONE,
        "periods": periods,
        "weeks": WEEKS,
        "total": total,
        "district": ground.district,
        "prefix": f"{ground.code}-",
        "not_kept": NOT_KEPT,
    }
    for told in WANTED:
        loading.run(f"ANALYZE demo_{told._meta.db_table}")
    loading.run(TELLINGS, values)
    loading.run("ANALYZE demo_telling")
    loading.run(NUMBERS, values)
    counts = Counter()
    for model, where in WANTED.items():
        with progress.of(f"{model._meta.model_name} rows") as count:
            counts[model._meta.model_name] = _insert(model, where, values)
            count(counts[model._meta.model_name])
    loading.run("DROP TABLE demo_telling")
    return counts


def _insert(model, where, values) -> int:
    """INSERT .. SELECT of all columns of the model, all moments moved back."""
    table, fields = model._meta.db_table, model._meta.concrete_fields
    given = {"id": "mould.id", "case_id": "telling.id"} | OWN.get(model, {})
    columns = {
        field.column: given.get(field.column, _moved(field))
        for field in fields
        if not field.generated
    }
    source = FROM_MOULD.format(table=table, key="id" if model is Case else "case_id")
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(columns.values())} {source} '
            f"WHERE {where}",
            values,
        )
        written = cursor.rowcount
    last = model.objects.aggregate(last=Max("pk"))["last"] or 1
    loading.run("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
    return written


def _moved(field) -> str:
    moved = " - back" if isinstance(field, DateTimeField) else ""
    return f'mould."{field.column}"{moved}'
