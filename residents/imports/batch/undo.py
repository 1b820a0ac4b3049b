# ruff: noqa: S608  table and column names of our own
"""Taking an import back within 7 days, from the history that the triggers kept.

Rows that the batch created go, rows that it changed get their contents of before; rows that
somebody changed or used since stay as they are and are listed.
"""

from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import CASCADE
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pghistory import context
from pghistory.models import Context

from grids.models import Building, Compound
from residents.imports.others import undo as sheets_undo
from residents.imports.people import engine
from residents.imports.people.undo_sql import DECIDE, LEFT, LOCK, REMOVE_REQUESTS, ROWS, outside
from residents.imports.workbook import copying
from residents.models import CareRecord, Dwelling, Household, ImportBatch, Resident

DAYS = timedelta(days=7)
LISTED = 500
MODELS = {
    "dwelling": Dwelling,
    "household": Household,
    "resident": Resident,
    "carerecord": CareRecord,
}
# What the system makes for a household by itself; it goes with the household.
FOLLOWERS = ["schedules"]
WHY = {
    "changed": _("Somebody changed it since"),
    "used": _("It was visited or used since"),
    "outside": _("It is outside your area"),
}
SEALED = (
    "CASE WHEN t.id_index IS NOT DISTINCT FROM b.id_index THEN t.id_sealed ELSE b.id_sealed END"
)


class CannotUndo(Exception):
    """The registers hold something since that contradicts the contents of before."""


def is_possible(batch, now):
    return (
        batch.state == ImportBatch.State.DONE
        and batch.finished_at is not None
        and now - batch.finished_at < DAYS
    )


@transaction.atomic
def take_back(batch, *, by, tell=lambda phase, rows, total=0: None):
    """Take the import back: counts, and the rows that stayed. CannotUndo: nothing happened.

    `tell(phase, rows, total)` hears of progress: finding, deciding, taking back.
    """
    try:
        if batch.register != ImportBatch.Register.RESIDENTS:
            return sheets_undo.take_back(batch, _contexts(batch), by=by, tell=tell)
        with context(undoes=batch.pk, user=by and by.pk, source="undo"):
            tell("undo_finding", 0)
            # Nothing is left to be asked, and a question must not hold a row.
            batch.conflicts.all().delete()
            contexts = _contexts(batch)
            total = _collect(contexts)
            engine.lock(_districts())
            tell("undo_deciding", 0, total)
            _decide(engine.reach_of(by), contexts)
            return _take_back(batch, tell, total)
    except DatabaseError as error:
        raise CannotUndo from error


def places(compounds, buildings):
    """The rows as they are now, for `ImportBatch.created_places`: {table: {key: digest}}."""
    return {
        model._meta.db_table: dict(_digests(model, keys))
        for model, keys in ((Building, buildings), (Compound, compounds))
        if keys
    }


def _digests(model, keys):
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(f"SELECT id::text, md5(t::text) FROM {table} t WHERE id = ANY(%s)", [keys])
        return cursor.fetchall()


def _contexts(batch):
    """Of the import, and of what was decided of its facts later."""
    imported = Context.objects.filter(metadata__contains={"batch": batch.pk, "source": "import"})
    return list(imported.values_list("pk", flat=True))


def _collect(contexts):
    """The temporary tables undo_*: what the batch created or changed. Number of rows."""
    with connection.cursor() as cursor:
        for name, model in MODELS.items():
            was = [
                f"b.{column} AS was_{column}"
                for column in ("grid_id", "household_id")
                if column in _columns(model)
            ]
            cursor.execute(f"DROP TABLE IF EXISTS undo_{name}")
            cursor.execute(
                ROWS.format(
                    name=name, table=model._meta.db_table, was="".join(f", {one}" for one in was)
                ),
                {"contexts": contexts},
            )
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM undo_{name}" for name in MODELS))
        total = sum(count for (count,) in cursor.fetchall())
    copying.analyze(*(f"undo_{name}" for name in MODELS))
    return total


def _districts():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT district_id FROM residents_resident JOIN undo_resident USING (id) UNION
            SELECT district_id FROM residents_household JOIN undo_household USING (id)"""
        )
        return [district_id for (district_id,) in cursor.fetchall()]


def _decide(reach, contexts):
    """Note in undo_*.kept why a row stays as it is."""
    used = {
        "household": _used(Household, ["residents", *FOLLOWERS]),
        "resident": _used(Resident, ["care_records"]),
    }
    with connection.cursor() as cursor:
        for name, model in MODELS.items():
            cursor.execute(LOCK.format(name=name, table=model._meta.db_table))
        for name, model in MODELS.items():
            for statement in DECIDE["changed"]:
                statement = statement.format(name=name, table=model._meta.db_table)
                cursor.execute(statement, {"contexts": contexts})
        if reach is not None:
            parameters = {"districts": sorted(reach.districts), "grids": sorted(reach.grids)}
            for name in ("dwelling", "household", "resident"):
                cursor.execute(outside(name, MODELS[name]._meta.db_table), parameters)
        for statement in DECIDE["used"]:
            cursor.execute(statement.format(**used))
        changed = 1
        while changed:
            changed = 0
            for statement in DECIDE["together"]:
                cursor.execute(statement)
                changed += cursor.rowcount
        for statement in DECIDE["care"]:
            cursor.execute(statement)


def _take_back(batch, tell, total):
    done = 0

    def told(rows):
        nonlocal done
        done += rows
        tell("undo_taking_back", done, total)
        return rows

    with connection.cursor() as cursor:
        _remove_followers(cursor)
        cursor.execute(REMOVE_REQUESTS, [batch.pk])
        told(_remove(cursor, "carerecord"))
        removed = told(_remove(cursor, "resident"))
        told(_remove(cursor, "household"))
        told(_restore(cursor, "dwelling"))
        told(_restore(cursor, "household"))
        restored = told(_restore(cursor, "resident"))
        told(_restore(cursor, "carerecord"))
        told(_remove(cursor, "dwelling", f"AND NOT ({_used(Dwelling, [])})"))
        for model in (Building, Compound):
            _remove_places(cursor, model, batch.created_places)
        cursor.execute(LEFT)
        left = cursor.fetchall()
    rows = [{"kind": kind, "id": key, "why": why} for kind, key, why in left[:LISTED]]
    return {"removed": removed, "restored": restored, "left": len(left), "rows": rows}


def _remove(cursor, name, condition=""):
    cursor.execute(
        f"""DELETE FROM {MODELS[name]._meta.db_table} t USING undo_{name} u
        WHERE u.id = t.id AND u.is_created AND u.kept IS NULL {condition}"""
    )
    return cursor.rowcount


def _restore(cursor, name):
    model = MODELS[name]
    columns = [column for column in _columns(model) if column != "id"]
    sets = ", ".join(
        f"{column} = {SEALED if column == 'id_sealed' else f'b.{column}'}" for column in columns
    )
    table = model._meta.db_table
    cursor.execute(
        f"""UPDATE {table} t SET {sets} FROM undo_{name} u JOIN {table}event b ON b.pgh_id = u.before
        WHERE u.id = t.id AND NOT u.is_created AND u.kept IS NULL"""
    )
    return cursor.rowcount


def _remove_places(cursor, model, created):
    """Buildings and compounds without history: as the import left them, and nobody's by now."""
    table = model._meta.db_table
    digests = created.get(table, {})
    cursor.execute(
        f"""DELETE FROM {table} u USING unnest(%s::bigint[], %s::text[]) AS c(id, digest)
        WHERE c.id = u.id AND md5(u::text) = c.digest AND NOT ({_used(model, [])})""",
        [[int(key) for key in digests], list(digests.values())],
    )


def _remove_followers(cursor):
    gone = "SELECT id FROM undo_household WHERE is_created AND kept IS NULL"
    for name in FOLLOWERS:
        relation = getattr(Household, name).rel
        table, column = relation.related_model._meta.db_table, relation.field.column
        for inner in relation.related_model._meta.related_objects:
            if inner.on_delete is CASCADE:
                cursor.execute(
                    f"""DELETE FROM {inner.related_model._meta.db_table} WHERE {inner.field.column} IN
                    (SELECT id FROM {table} WHERE {column} IN ({gone}))"""
                )
        cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({gone})")


def _used(model, except_for):
    """SQL: whether any row with a foreign key points at u.id."""
    relations = [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and relation.is_relation
        and not relation.concrete
        and relation.field.db_constraint
        and relation.get_accessor_name() not in except_for
    ]
    return " OR ".join(
        f"EXISTS (SELECT FROM {relation.related_model._meta.db_table} x WHERE x.{relation.field.column} = u.id)"
        for relation in relations
    )


def _columns(model):
    return [field.column for field in model._meta.concrete_fields]


PAGES: dict = {
    Resident: "residents:resident",
    Household: "residents:household",
    **sheets_undo.PAGES,
}


def left_rows(batch, staff):
    """(row, its page or "", why) of the rows that stayed, as far as `staff` may see them."""
    listed = batch.result.get("undone", {}).get("rows", [])
    found = []
    for model, page in PAGES.items():
        kind = model._meta.model_name
        why = {row["id"]: row["why"] for row in listed if row["kind"] == kind}
        if not why:
            continue
        visible = getattr(model.objects, "readable_by", model.objects.visible_to)
        rows = visible(staff).filter(pk__in=why).order_by("pk")
        found += [
            {
                "row": row,
                "url": reverse(page, args=[row.pk]) if page else "",
                "why": WHY[why[row.pk]],
            }
            for row in rows
        ]
    return found
