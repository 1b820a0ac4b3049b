# ruff: noqa: S608  table and column names of our own
"""Comparing and writing the facts of `rare`: one statement for each table that a list speaks of."""

from dataclasses import dataclass

from django.db import connection, models

from residents.imports.people.rare import FACTS
from residents.imports.workbook import copying, values
from residents.models import Dwelling, Household, ImportBatch, Resident, Stay
from residents.people import stays


@dataclass(frozen=True)
class Target:
    """Where facts go. `path` leads from a gathered row x to the row f whose `action` decides, and to
    the row r of the register; `shared`: what the rows have in common that say one fact."""

    model: type[models.Model]
    shared: str
    path: str

    @property
    def table(self):
        return self.model._meta.db_table

    @property
    def gathered(self):
        return f"import_rare_{self.model._meta.model_name}"


_OF_PERSON = "JOIN import_fate f ON f.row = x.no JOIN residents_resident p ON p.id = f.resident_id"
_OF_HOME = """JOIN import_household h ON h.no = x.no
    JOIN import_fate f ON f.row = h.row AND f.household_no = h.no"""
TARGETS = (
    Target(Resident, "f.row", f"{_OF_PERSON} JOIN residents_resident r ON r.id = p.id"),
    Target(Stay, "f.row", f"{_OF_PERSON} LEFT JOIN residents_stay r ON r.resident_id = p.id"),
    Target(
        Household,
        "f.household_no",
        f"{_OF_HOME} JOIN residents_household r ON r.id = h.household_id",
    ),
    # A household that is known by its number lives where the register says.
    Target(
        Dwelling,
        "f.household_no",
        f"""{_OF_HOME} JOIN import_decided c ON c.no = h.no
        LEFT JOIN import_dwelling d ON d.no = h.dwelling_no
        JOIN residents_dwelling r ON r.id = CASE WHEN h.dwelling_no IS NOT NULL THEN d.dwelling_id
            WHEN c.dwelling_no IS NULL THEN h.was_dwelling END""",
    ),
)
GATHER = """
CREATE TEMP TABLE {gathered} ON COMMIT DROP AS
SELECT {shared} AS no, {facts}
FROM import_rare m
JOIN import_fate f ON f.row = m.row AND f.action IN ('created', 'changed', 'unchanged')
WHERE {shared} IS NOT NULL AND m.name IN ({names}) GROUP BY 1
"""
_FIRST = (
    "((array_agg(m.value ORDER BY m.row) FILTER (WHERE m.name = '{name}'))[1])::{type} AS {name}"
)
FOREIGN_TO_KIND = """
SELECT m.name, m.value FROM import_rare m
JOIN import_fate f ON f.row = m.row AND f.action IN ('created', 'changed', 'unchanged')
JOIN import_row s ON s.row = m.row LEFT JOIN residents_resident p ON p.id = f.resident_id
WHERE {foreign} ORDER BY m.row
"""
_KIND = """COALESCE(NULLIF(s.kind, ''), p.kind, CASE
    WHEN s.document IN ('hmt_permit', 'hm_pass', 'tw_pass') THEN 'hmt'
    WHEN s.document IN ('passport', 'permanent') THEN 'foreign' ELSE 'registered' END)"""
FIND = """
INSERT INTO import_conflict
SELECT f.row, v.field, v.ours, v.theirs FROM {gathered} x {path}
CROSS JOIN LATERAL (VALUES {pairs}) AS v(field, ours, theirs, belongs)
WHERE f.action IN ('created', 'changed', 'unchanged') AND v.belongs
  AND v.ours <> '' AND v.theirs <> '' AND v.ours <> v.theirs
"""
CHANGES = """
UPDATE import_fate u SET action = 'changed' FROM {gathered} x {path}
WHERE u.row = f.row AND u.action = 'unchanged' AND ({differs})
"""
UPDATE = """
UPDATE {table} t SET {sets}
FROM (SELECT r.id AS of_id, {becomes} FROM {gathered} x {path}
      WHERE f.action IN ('created', 'changed') AND ({differs})) n
WHERE t.id = n.of_id
"""
UPSERT_STAYS = """
INSERT INTO residents_stay ({columns}) SELECT {becomes} FROM {gathered} x {path}
WHERE f.action IN ('created', 'changed') AND ({differs})
ON CONFLICT (resident_id) DO UPDATE SET {sets}
"""


class RareFacts:
    """Those of one import, whose columns are `names`."""

    def __init__(self, names, on_conflict):
        self.is_theirs = on_conflict == ImportBatch.OnConflict.THEIRS
        own = {target: [name for name in FACTS if name in names] for target in TARGETS}
        own = {
            target: [name for name in said if FACTS[name].model is target.model]
            for target, said in own.items()
        }
        self.said = {target: said for target, said in own.items() if said}

    def gather(self, unknown):
        """One row for each person or household. `unknown` {field: {value: number}} hears of what
        does not belong to the kind of resident."""
        with connection.cursor() as cursor:
            for target, names in self.said.items():
                facts = [_FIRST.format(name=name, type=_type(name)) for name in names]
                self._do(cursor, GATHER, target, shared=target.shared, facts=", ".join(facts))
                copying.analyze(target.gathered)
            self._report(cursor, unknown)

    def find(self, cursor):
        """Facts that differ, into `import_conflict`."""
        for target, names in self.said.items():
            pairs = [
                f"('{name}', r.{name}::text, x.{name}::text, {_belongs(name)})" for name in names
            ]
            self._do(cursor, FIND, target, pairs=", ".join(pairs))

    def compare(self):
        """Rows that only bring such facts are changed."""
        with connection.cursor() as cursor:
            for target in self.said:
                self._do(cursor, CHANGES, target, differs=self._differs(target))

    def write(self):
        with connection.cursor() as cursor:
            for target, names in self.said.items():
                if target.model is Stay:
                    self._write_stays(cursor, target)
                    continue
                becomes = [f"{self._becomes(name, is_written=True)} AS {name}" for name in names]
                self._do(
                    cursor,
                    UPDATE,
                    target,
                    sets=", ".join(f"{name} = n.{name}" for name in names),
                    becomes=", ".join(becomes),
                    differs=self._differs(target, is_written=True),
                )

    def _write_stays(self, cursor, target):
        names = self.said[target]
        columns = [str(one.column) for one in Stay._meta.concrete_fields if one.column != "id"]
        becomes = {name: self._becomes(name) if name in names else _ours(name) for name in columns}
        self._do(
            cursor,
            UPSERT_STAYS,
            target,
            columns=", ".join(columns),
            becomes=", ".join((becomes | {"resident_id": "p.id"}).values()),
            sets=", ".join(f"{name} = EXCLUDED.{name}" for name in names),
            differs=self._differs(target),
        )

    def _report(self, cursor, unknown):
        foreign = [
            f"(m.name = '{name}' AND {_KIND} NOT IN ({_quoted(kinds)}))"
            for names in self.said.values()
            for name in names
            if (kinds := _kinds(name))
        ]
        if not foreign:
            return
        cursor.execute(FOREIGN_TO_KIND.format(foreign=" OR ".join(foreign)))
        seen = values.Unknown()
        for name, value in cursor.fetchall():
            seen.note(name, "****" if FACTS[name].is_private else value[:20])
        for name, counts in seen.as_dict().items():
            unknown[name] = unknown.get(name, {}) | counts

    def _becomes(self, name, *, is_written=False):
        """SQL: what the column becomes."""
        ours = f"NULLIF(r.{name}, '')" if _is_text(name) else f"r.{name}"
        if name == "use" and is_written:  # of a new dwelling it is only supposed
            ours = f"CASE WHEN d.no NOT IN (SELECT no FROM import_wanted) THEN {ours} END"
        parts = [f"x.{name}", ours] if self.is_theirs else [ours, f"x.{name}"]
        found = f"COALESCE({', '.join([*parts, *_nothing(name)])})"
        return f"CASE WHEN {_belongs(name)} THEN {found} ELSE {_ours(name)} END"

    def _differs(self, target, *, is_written=False):
        return " OR ".join(
            f"{_ours(name)} IS DISTINCT FROM {self._becomes(name, is_written=is_written)}"
            for name in self.said[target]
        )

    def _do(self, cursor, statement, target, **parts):
        names = {"gathered": target.gathered, "path": target.path, "table": target.table}
        names["names"] = _quoted(self.said[target])
        cursor.execute(statement.format(**(names | parts)))


def _is_text(name):
    model = FACTS[name].model if name in FACTS else Stay
    return model._meta.get_field(name).get_internal_type() == "CharField"


def _nothing(name):
    return ["''"] if _is_text(name) else []


def _ours(name):
    """A stay that does not exist yet says nothing."""
    return f"COALESCE(r.{name}, '')" if name != "resident_id" and _is_text(name) else f"r.{name}"


def _type(name):
    return FACTS[name].field(name).db_type(connection)


def _kinds(name):
    """The kinds of resident that a fact belongs to; None for all."""
    if FACTS[name].model is Resident:
        return stays.ONLY.get(name)
    return stays.stay_fields()[name] if FACTS[name].model is Stay else None


def _belongs(name):
    kinds = _kinds(name)
    return f"p.kind IN ({_quoted(kinds)})" if kinds else "true"


def _quoted(names):
    return ", ".join(f"'{name}'" for name in sorted(map(str, names)))
