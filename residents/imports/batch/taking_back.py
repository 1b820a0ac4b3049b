# ruff: noqa: S608  table and column names of our own
"""The SQL of `undo`, for every register: what a batch wrote, which of it stays, and back with the rest.

The temporary tables undo_<model> hold a row for each that the batch created or changed. `kept`
says why one stays: changed or used since, outside the person's area, or together with others
that stay (not listed: nobody did anything to that row).
"""

from typing import NamedTuple

from django.db.models import CASCADE

from grids.models import Compound, Posting, Staff
from residents.imports.steps import within
from residents.imports.workbook import copying
from residents.models import CareRecord, Licence, Stay

LISTED = 500
# What the system makes by itself for a row; it goes with the row.
FOLLOWERS = ["schedules"]
# Looked at as they were before, too: a row does not come back to where it may not be touched.
WAS = ["grid_id", "household_id"]


class Where(NamedTuple):
    """Where a row lies, as SQL, and the join that tells it; without a grid, nowhere."""

    district: str = "t.district_id"
    grid: str = "t.grid_id"
    join: str = ""


WHERE = {
    Compound: Where(grid="t.community_id"),
    Licence: Where("w.district_id", "w.grid_id", "JOIN residents_premises w ON w.id = t.premises_id"),
    CareRecord: Where("w.district_id", "w.grid_id", "JOIN residents_resident w ON w.id = t.resident_id"),
    Stay: Where("w.district_id", "w.grid_id", "JOIN residents_resident w ON w.id = t.resident_id"),
    Posting: Where("w.district_id", "t.grid_id", "JOIN grids_grid w ON w.id = t.grid_id"),
    Staff: Where(grid=""),
}  # fmt: skip

# `before`: the version that stood before the batch's first. A fact decided later is the batch's too.
ROWS = """
CREATE TEMP TABLE {undo} ON COMMIT DROP AS
SELECT e.id, e.is_created, e.first, b.pgh_id AS before, NULL::text AS kept{was}
FROM (SELECT pgh_obj_id AS id, bool_or(pgh_label = 'insert') AS is_created, min(pgh_id) AS first
      FROM {table}event WHERE pgh_context_id = ANY(%(contexts)s) GROUP BY pgh_obj_id) e
LEFT JOIN LATERAL (SELECT * FROM {table}event b WHERE b.pgh_obj_id = e.id AND b.pgh_id < e.first
                   ORDER BY b.pgh_id DESC LIMIT 1) b ON true
"""
LOCK = "SELECT FROM {table} WHERE id IN (SELECT id FROM {undo}) ORDER BY id FOR UPDATE"
CHANGED_SINCE = """
UPDATE {undo} u SET kept = 'changed'
WHERE (NOT is_created AND before IS NULL) OR EXISTS (
    SELECT FROM {table}event e WHERE e.pgh_obj_id = u.id AND e.pgh_id > u.first
      AND (e.pgh_context_id IS NULL OR e.pgh_context_id <> ALL(%(contexts)s)))
"""
OUTSIDE = (
    "UPDATE {undo} u SET kept = 'outside' FROM {table} t {join} WHERE t.id = u.id AND NOT ({there})"
)
THERE = "COALESCE({district} = ANY(%(districts)s) OR {grid} = ANY(%(grids)s), false)"
USED = "UPDATE {undo} u SET kept = 'used' WHERE is_created AND kept IS NULL AND ({used})"
PARENT_STAYS = """
UPDATE {undo} u SET kept = 'together' WHERE is_created AND kept IS NULL AND EXISTS (
    SELECT FROM {table} c LEFT JOIN {child} m ON m.id = c.id
    WHERE c.{column} = u.id AND (m.id IS NULL OR m.kept IS NOT NULL))
"""
CHILD_STAYS = """
UPDATE {child} m SET kept = 'together' FROM {table} c JOIN {undo} u ON u.id = c.{column}
WHERE c.id = m.id AND m.is_created AND m.kept IS NULL AND u.is_created AND u.kept IS NOT NULL
"""
GONE = "SELECT id FROM {undo} u WHERE is_created AND kept IS NULL"
RESTORE = """
UPDATE {table} t SET {sets} FROM {undo} u JOIN {table}event b ON b.pgh_id = u.before
WHERE u.id = t.id AND NOT u.is_created AND u.kept IS NULL
"""
LEFT = """SELECT id, kept FROM {undo} WHERE kept IN ('changed', 'used', 'outside', 'two')
ORDER BY id"""


class TakingBack:
    """One undo, over the cursor of its transaction."""

    def __init__(self, cursor, written, contexts):
        self.cursor, self.written, self.contexts = cursor, written, contexts
        self._found, self._changed = [], []  # models of which the batch wrote, or changed, rows

    def collect(self):
        """Fill the temporary tables. Number of rows."""
        names = [_undo(model) for model in self.written.models]
        self.cursor.execute(f"DROP TABLE IF EXISTS {', '.join(names)}")
        for model in self.written.models:
            was = "".join(
                f", b.{column} AS was_{column}" for column in WAS if _keeps(model, column)
            )
            self._do(ROWS, model, was=was)
        copying.analyze(*names)
        self.cursor.execute(
            " UNION ALL ".join(
                f"SELECT count(*), bool_and(is_created) FROM {name}" for name in names
            )
        )
        counts = dict(zip(self.written.models, self.cursor.fetchall(), strict=True))
        self._found = [model for model, (rows, __) in counts.items() if rows]
        self._changed = [model for model in self._found if not counts[model][1]]
        return sum(rows for rows, __ in counts.values())

    def districts(self):
        if not self._found:
            return []
        self.cursor.execute(
            " UNION ".join(
                f"SELECT {where.district} FROM {_undo(model)} u JOIN {_table(model)} t ON t.id = u.id {where.join}"
                for model in self._found
                for where in [_where(model)]
            )
        )
        return [key for (key,) in self.cursor.fetchall() if key]

    def withdraw(self, batch_id):
        """Take back what the batch asked for and nobody has answered."""
        for statement in self.written.asked:
            self.cursor.execute(statement, {"batch": batch_id})

    def decide(self, reach):
        """Note in `kept` why a row stays as it is. `reach` None: everything is in reach."""
        for model in self._found:
            self._do(LOCK, model)
            self._do(CHANGED_SINCE, model)
            if reach is not None and _where(model).grid:
                self._keep_outside(model, reach)
        for model in self._found:
            if model in self.written.main and (used := self._used(model)):
                self._do(USED, model, used=used)
        for statement in self.written.used + (self.written.by_person if reach is not None else ()):
            self.cursor.execute(statement)
        while self._keep_together():
            pass

    def remove(self, model):
        """Delete what was created, with its followers. Number of rows."""
        if model not in self._found:
            return 0
        gone = GONE.format(undo=_undo(model))
        for name in FOLLOWERS:
            if hasattr(model, name):
                self._remove_followers(getattr(model, name).rel, gone)
        if model in self.written.places and (used := self._used(model)):
            gone += f" AND NOT ({used})"
        self.cursor.execute(f"DELETE FROM {_table(model)} WHERE id IN ({gone})")
        return self.cursor.rowcount

    def restore(self, model):
        """Give what was changed its contents of before. Number of rows."""
        if model not in self._changed:
            return 0
        columns = [field.column for field in model._meta.concrete_fields if field.column != "id"]
        sets = ", ".join(
            f"{column} = {self.written.restored.get(column, f'b.{column}')}"
            for column in columns
            if _keeps(model, column)
        )
        return self._do(RESTORE, model, sets=sets)

    def left(self):
        """What stays and is listed."""
        rows = []
        for model in self.written.listed or self.written.main:
            self._do(LEFT, model)
            kind = model._meta.model_name
            rows += [{"kind": kind, "id": key, "why": why} for key, why in self.cursor.fetchall()]
        return rows

    def _do(self, statement, model, **parts):
        names = {"undo": _undo(model), "table": _table(model)} | parts
        self.cursor.execute(statement.format(**names), {"contexts": self.contexts})
        return self.cursor.rowcount

    def _keep_outside(self, model, reach):
        where = _where(model)
        grids = [where.grid]
        if _keeps(model, "grid_id"):
            grids.append("COALESCE(u.was_grid_id, t.grid_id)")
        there = " AND ".join(THERE.format(district=where.district, grid=grid) for grid in grids)
        statement = OUTSIDE.format(
            undo=_undo(model), table=_table(model), join=where.join, there=there
        )
        self.cursor.execute(statement, within(reach))

    def _keep_together(self):
        """A row stays with those that stay. Number of rows."""
        kept = 0
        for child in self.written.children:
            names = {
                "undo": _undo(child.parent),
                "child": _undo(child.model),
                "table": _table(child.model),
                "column": child.column,
            }
            for statement in (PARENT_STAYS, CHILD_STAYS)[: 1 + child.stays_with_parent]:
                self.cursor.execute(statement.format(**names))
                kept += self.cursor.rowcount
        for statement in self.written.together:
            self.cursor.execute(statement)
            kept += self.cursor.rowcount
        return kept

    def _remove_followers(self, relation, gone):
        table, column = relation.related_model._meta.db_table, relation.field.column
        for inner in relation.related_model._meta.related_objects:
            if inner.on_delete is CASCADE:
                self.cursor.execute(
                    f"""DELETE FROM {_table(inner.related_model)} WHERE {inner.field.column} IN
                    (SELECT id FROM {table} WHERE {column} IN ({gone}))"""
                )
        self.cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({gone})")

    def _used(self, model):
        """SQL: whether a row points at u.id, beside its children and followers."""
        own = {child.model for child in self.written.children if child.parent is model}
        relations = [
            relation
            for relation in model._meta.get_fields(include_hidden=True)
            if relation.auto_created
            and relation.is_relation
            and not relation.concrete
            and relation.field.db_constraint
            and relation.related_model._meta.app_label != "pghistory"
            and relation.related_model not in own
            and relation.get_accessor_name() not in FOLLOWERS
        ]
        return " OR ".join(
            f"EXISTS (SELECT FROM {_table(one.related_model)} x WHERE x.{one.field.column} = u.id)"
            for one in relations
        )


def _where(model):
    return WHERE.get(model, Where())


def _undo(model):
    return f"undo_{model._meta.model_name}"


def _table(model):
    return model._meta.db_table


def _keeps(model, column):
    """Whether the history of the model has the column."""
    kept = model.history.rel.related_model._meta.concrete_fields
    return any(field.column == column for field in kept)
