# ruff: noqa: S608  table and column names of our own
"""Taking back an import of another register, from the history that the triggers kept.

Rows that the batch created go, rows that it changed get their contents of before; rows that
somebody changed or used since, or that lie outside the person's area, stay and are listed.
"""

from django.db import connection, transaction
from django.db.models import CASCADE, Model
from pghistory import context

from grids.models import Building, Compound, Posting, Staff
from grids.scope import Scope
from residents.imports.others import engine as others
from residents.imports.people import engine
from residents.models import CareRecord, Dwelling, Lease, Licence, Premises

LISTED = 500
# What the system makes by itself for a row; it goes with the row.
FOLLOWERS = ["schedules"]
# Of a parent in the same history, the children: (child, the column that points at the parent).
CHILDREN: dict[type[Model], list[tuple[type[Model], str]]] = {
    Premises: [(Licence, "premises_id")],
    Dwelling: [(Lease, "dwelling_id")],
    Building: [(Dwelling, "building_id")],
    Compound: [(Building, "compound_id")],
    Staff: [(Posting, "staff_id")],
}
# Where a row lies: (district, grid) as SQL, and the join that they need.
PLACES = {
    Premises: ("t.district_id", "t.grid_id", ""),
    Lease: ("t.district_id", "t.grid_id", ""),
    Dwelling: ("t.district_id", "t.grid_id", ""),
    Building: ("t.district_id", "t.grid_id", ""),
    Compound: ("t.district_id", "t.community_id", ""),
    Licence: ("w.district_id", "w.grid_id", "JOIN residents_premises w ON w.id = t.premises_id"),
    CareRecord: ("w.district_id", "w.grid_id", "JOIN residents_resident w ON w.id = t.resident_id"),
    Posting: ("w.district_id", "t.grid_id", "JOIN grids_grid w ON w.id = t.grid_id"),
    Staff: ("t.district_id", "NULL::bigint", ""),
}  # fmt: skip

ROWS = """
CREATE TEMP TABLE {undo} ON COMMIT DROP AS
SELECT e.id, e.is_created, e.first, b.pgh_id AS before, NULL::text AS kept
FROM (SELECT pgh_obj_id AS id, bool_or(pgh_label = 'insert') AS is_created, min(pgh_id) AS first
      FROM {table}event WHERE pgh_context_id = ANY(%(contexts)s) GROUP BY pgh_obj_id) e
LEFT JOIN LATERAL (SELECT * FROM {table}event b WHERE b.pgh_obj_id = e.id AND b.pgh_id < e.first
                   ORDER BY b.pgh_id DESC LIMIT 1) b ON true
"""
CHANGED_SINCE = """
UPDATE {undo} u SET kept = 'changed'
WHERE (NOT is_created AND before IS NULL) OR EXISTS (
    SELECT FROM {table}event e WHERE e.pgh_obj_id = u.id AND e.pgh_id > u.first
      AND (e.pgh_context_id IS NULL OR e.pgh_context_id <> ALL(%(contexts)s)))
"""
OUTSIDE = """
UPDATE {undo} u SET kept = 'outside' FROM {table} t {join}
WHERE t.id = u.id AND u.kept IS NULL AND NOT (COALESCE({district} = ANY(%(districts)s), false)
    OR COALESCE({grid} = ANY(%(grids)s), false))
"""


# Where a row that stayed is looked at; what has no page of its own is only named.
PAGES = {
    Premises: "residents:premises_detail",
    Lease: "residents:lease",
    Building: "residents:building",
    Licence: "residents:licence_edit",
    CareRecord: "",
    Staff: "",
    Posting: "",
}


@transaction.atomic
def take_back(batch, contexts, *, by, tell=lambda phase, rows, total=0: None):
    """Take the import back: {"removed", "restored", "left", "rows"}; DatabaseError: nothing happened."""
    sheet = others.of(batch.register)
    reach = None if by is None else Scope.of(by).reach(sheet.right)
    models = sheet.history
    main = [one for one in models if one not in sheet.places]
    with (
        context(undoes=batch.pk, user=by and by.pk, source="undo"),
        connection.cursor() as cursor,
    ):
        tell("undo_finding", 0)
        total = _collect(cursor, models, contexts)
        engine.lock(_districts(cursor, models))
        tell("undo_deciding", 0, total)
        _decide(cursor, models, contexts, reach)
        tell("undo_taking_back", 0, total)
        removed = {model: _remove(cursor, model) for model in reversed(models)}
        restored = {model: _restore(cursor, model) for model in models}
        rows = _left(cursor, main)
    return {
        "removed": sum(removed[one] for one in main),
        "restored": sum(restored[one] for one in main),
        "left": len(rows),
        "rows": rows[:LISTED],
    }


def _undo(model):
    return f"sheet_undo_{model._meta.model_name}"


def _table(model):
    return model._meta.db_table


def _collect(cursor, models, contexts):
    total = 0
    for model in models:
        cursor.execute(f"DROP TABLE IF EXISTS {_undo(model)}")
        cursor.execute(ROWS.format(undo=_undo(model), table=_table(model)), {"contexts": contexts})
        total += cursor.rowcount
        cursor.execute(f"ANALYZE {_undo(model)}")
    return total


def _districts(cursor, models):
    found = set()
    for model in models:
        district, __, join = PLACES[model]
        cursor.execute(
            f"SELECT DISTINCT {district} FROM {_undo(model)} u JOIN {_table(model)} t ON t.id = u.id {join}"
        )
        found |= {key for (key,) in cursor.fetchall() if key}
    return found


def _decide(cursor, models, contexts, reach):
    """Note in `kept` why a row stays as it is."""
    for model in models:
        names = {"undo": _undo(model), "table": _table(model)}
        cursor.execute(
            f"SELECT FROM {_table(model)} WHERE id IN (SELECT id FROM {_undo(model)}) ORDER BY id FOR UPDATE"
        )
        cursor.execute(CHANGED_SINCE.format(**names), {"contexts": contexts})
        if reach is not None and model is not Staff:
            district, grid, join = PLACES[model]
            cursor.execute(
                OUTSIDE.format(**names, district=district, grid=grid, join=join),
                {"districts": sorted(reach.districts), "grids": sorted(reach.grids)},
            )
    for model in models:
        if used := _used(model, CHILDREN.get(model, [])):
            cursor.execute(
                f"UPDATE {_undo(model)} u SET kept = 'used' WHERE is_created AND kept IS NULL AND ({used})"
            )
    while _keep_together(cursor, models):
        pass


def _keep_together(cursor, models):
    """A row stays with those that stay: parents of children, children of new parents. Number of rows."""
    kept = 0
    for model in models:
        for child, column in CHILDREN.get(model, []):
            joined = (
                f"LEFT JOIN {_undo(child)} m ON m.id = c.id AND m.is_created AND m.kept IS NULL"
                if child in models
                else ""
            )
            cursor.execute(
                f"""UPDATE {_undo(model)} u SET kept = 'together' WHERE is_created AND kept IS NULL AND EXISTS (
                    SELECT FROM {_table(child)} c {joined}
                    WHERE c.{column} = u.id {"AND m.id IS NULL" if joined else ""})"""
            )
            kept += cursor.rowcount
            if child in models and model in (Premises, Staff):
                cursor.execute(
                    f"""UPDATE {_undo(child)} m SET kept = 'together' FROM {_table(child)} c JOIN {_undo(model)} u ON u.id = c.{column}
                    WHERE c.id = m.id AND m.is_created AND m.kept IS NULL AND u.is_created AND u.kept IS NOT NULL"""
                )
                kept += cursor.rowcount
    return kept


def _remove(cursor, model):
    gone = f"SELECT id FROM {_undo(model)} WHERE is_created AND kept IS NULL"
    for name in FOLLOWERS:
        if hasattr(model, name):
            _remove_followers(cursor, getattr(model, name).rel, gone)
    cursor.execute(f"DELETE FROM {_table(model)} WHERE id IN ({gone})")
    return cursor.rowcount


def _remove_followers(cursor, relation, gone):
    table, column = relation.related_model._meta.db_table, relation.field.column
    for inner in relation.related_model._meta.related_objects:
        if inner.on_delete is CASCADE:
            cursor.execute(
                f"""DELETE FROM {inner.related_model._meta.db_table} WHERE {inner.field.column} IN
                (SELECT id FROM {table} WHERE {column} IN ({gone}))"""
            )
    cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({gone})")


def _restore(cursor, model):
    kept = {field.column for field in model.history.rel.related_model._meta.concrete_fields}
    columns = [
        field.column for field in model._meta.concrete_fields if field.column in kept - {"id"}
    ]
    cursor.execute(
        f"""UPDATE {_table(model)} t SET {", ".join(f"{one} = b.{one}" for one in columns)}
        FROM {_undo(model)} u JOIN {_table(model)}event b ON b.pgh_id = u.before
        WHERE u.id = t.id AND NOT u.is_created AND u.kept IS NULL"""
    )
    return cursor.rowcount


def _used(model, children):
    """SQL: whether a row with a foreign key points at u.id, beside `children` and followers."""
    own = {child for child, __ in children}
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


def _left(cursor, models):
    rows = []
    for model in models:
        cursor.execute(
            f"SELECT id, kept FROM {_undo(model)} WHERE kept IN ('changed', 'used', 'outside') ORDER BY id"
        )
        kind = model._meta.model_name
        rows += [{"kind": kind, "id": key, "why": why} for key, why in cursor.fetchall()]
    return rows
