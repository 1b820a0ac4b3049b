# ruff: noqa: S608  table and column names of our own
"""Sets against sets: what the staged rows would create, change or leave, and then doing it."""

from django.db import connection
from django.utils import timezone

from residents.models import ImportBatch

# One row of the register is named once in a file; the first row counts.
NAMED_TWICE = """
UPDATE sheet_row s SET reason = 'duplicate_in_file', field = '', value = ''
WHERE s.reason IS NULL AND s.key IS NOT NULL AND EXISTS (
    SELECT FROM sheet_row e WHERE e.key = s.key AND e.reason IS NULL AND e.row < s.row)
"""
OUTSIDE = """
UPDATE sheet_row s SET reason = 'entry_elsewhere', field = '', value = ''
FROM {table} t WHERE t.id = s.key AND s.reason IS NULL AND NOT (%(everywhere)s
    OR t.district_id = ANY(%(districts)s) OR t.grid_id = ANY(%(grids)s))
"""
NEW_KEYS = """
UPDATE sheet_row s SET key = n.id, is_new = true FROM (
    SELECT row, nextval(pg_get_serial_sequence('{table}', 'id')) AS id
    FROM (SELECT row FROM sheet_row WHERE action = 'created' AND reason IS NULL ORDER BY row) x) n
WHERE n.row = s.row
"""


class Work:
    """The temporary tables of one import; they go with its transaction."""

    def __init__(self, sheet, reach, *, by_id, source, on_conflict):
        self.sheet = sheet
        self.keeps_ours = on_conflict == ImportBatch.OnConflict.OURS
        self.parameters = {
            "everywhere": reach is None,
            "districts": sorted(reach.districts) if reach else [],
            "grids": sorted(reach.grids) if reach else [],
            "now": timezone.now(),
            "today": timezone.localdate(),
            "by": by_id,
            "source": source[:60],
        }

    def create(self):
        columns = ", ".join(f"{one.name} {one.type}" for one in self.sheet.columns)
        extra = f", {self.sheet.extra}" if self.sheet.extra else ""
        with connection.cursor() as cursor:
            for name in ("sheet_row", *self.sheet.tables):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(
                f"""CREATE TEMP TABLE sheet_row (row int, reason text, field text, value text,
                grid_id bigint, district_id bigint, {columns},
                key bigint, is_new bool, action text {extra}) ON COMMIT DROP"""
            )

    def copy(self, lines):
        names = ["row", "reason", "field", "value", "grid_id", "district_id", *self.sheet.names]
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY sheet_row ({', '.join(names)}) FROM STDIN") as copy,
        ):
            copy.write("".join(f"{line}\n" for line in lines))

    def districts(self):
        """Districts that only the register tells, of rows without a grid."""
        if not self.sheet.districts:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(self.sheet.districts, self.parameters)
            return {key for (key,) in cursor.fetchall()}

    def compare(self):
        """Decide reason or action of every row; writes to the temporary tables only."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE sheet_row")
            for statement in self.sheet.match:
                cursor.execute(statement, self.parameters)
            if self.sheet.is_on_the_ground:
                cursor.execute(OUTSIDE.format(table=self.sheet.table), self.parameters)
                cursor.execute(NAMED_TWICE)
            for statement in self.sheet.refuse:
                cursor.execute(statement, self.parameters)
            cursor.execute(self.sheet.decide or self._decide(), self.parameters)

    def write(self):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE sheet_row")
            for statement in self.sheet.before:
                cursor.execute(statement, self.parameters)
            if self.sheet.writes_main:
                cursor.execute(NEW_KEYS.format(table=self.sheet.table))
                cursor.execute(self._insert(), self.parameters)
                cursor.execute(self._update(), self.parameters)
            for statement in self.sheet.after:
                cursor.execute(statement, self.parameters)

    def _said(self, column, said):
        """SQL: what the register's column becomes. An empty cell changes nothing."""
        kind = self.sheet.model._meta.get_field(column.removesuffix("_id"))
        ours = f"t.{column}"
        if kind.get_internal_type() in ("CharField", "EmailField"):
            said, ours = f"NULLIF({said}, '')", f"NULLIF(t.{column}, '')"
            first, second = (ours, said) if self.keeps_ours else (said, ours)
            return f"COALESCE({first}, {second}, '')"
        first, second = (ours, said) if self.keeps_ours else (said, ours)
        return f"COALESCE({first}, {second})"

    def _differs(self):
        return " OR ".join(
            f"t.{column} IS DISTINCT FROM {self._said(column, said)}"
            for column, said in self.sheet.facts.items()
        )

    def _decide(self):
        return f"""
        UPDATE sheet_row u SET action = x.action FROM (
            SELECT s.row, CASE WHEN t.id IS NULL THEN 'created'
                WHEN {self._differs()} OR {self.sheet.also} THEN 'changed' ELSE 'unchanged' END AS action
            FROM sheet_row s LEFT JOIN {self.sheet.table} t ON t.id = s.key
            WHERE s.reason IS NULL) x
        WHERE x.row = u.row
        """

    def _insert(self):
        said = {"id": "s.key", **self.sheet.facts, **(self.sheet.fixed or {})}
        if self.sheet.is_on_the_ground:
            said |= {"district_id": "s.district_id", "grid_id": "s.grid_id"}
        return f"""INSERT INTO {self.sheet.table} ({", ".join(said)})
        SELECT {", ".join(said.values())} FROM sheet_row s WHERE s.is_new ORDER BY s.row"""

    def _update(self):
        sets = [
            f"{column} = {self._said(column, said)}" for column, said in self.sheet.facts.items()
        ]
        sets += [f"{column} = {said}" for column, said in (self.sheet.touched or {}).items()]
        return f"""UPDATE {self.sheet.table} u SET {", ".join(sets)}
        FROM sheet_row s JOIN {self.sheet.table} t ON t.id = s.key
        WHERE u.id = t.id AND s.action = 'changed' AND ({self._differs()})"""
