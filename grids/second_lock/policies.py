"""What the database holds: each table with a `district_id` shows only the districts it was told.

Set after every `migrate`, from the models, so that a table that joins is locked from its first
day. A policy is named after its own words: one that is there already is left alone.
"""

import hashlib
import logging

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

log = logging.getLogger(__name__)
COLUMN, PREFIX = "district_id", "second_lock_"
# What a thread was told: keys as an array, "all", "sign-in" or nothing. No list at all (NULL)
# means all; in plpgsql, so that the planner does not take it apart in every statement.
FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS bigint[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    told text := current_setting('gridmgmt.districts', true);
BEGIN
    IF told IN ({all}) THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN told LIKE '{{%' THEN told ELSE '{{}}' END;
END $$
"""
OF_REGISTERS, OF_PEOPLE = "gridmgmt_districts", "gridmgmt_districts_or_sign_in"
FUNCTIONS = [
    FUNCTION.format(name=OF_REGISTERS, all="'all'"),
    FUNCTION.format(name=OF_PEOPLE, all="'all', 'sign-in'"),
]
# The sub-select is asked once in a statement, not for every row.
CONDITION = "(district_id = ANY ((SELECT {}())::bigint[])) IS NOT FALSE"
# The conditions of our searches. PostgreSQL lets an index serve them below a policy only if they
# tell nothing by their errors, which it does not promise of these; nobody but the program writes
# our statements, and it catches what a wrong pattern would say.
SILENT = [
    "textlike(text, text)",
    "texticlike(text, text)",
    '"left"(text, integer)',
    '"right"(text, integer)',
    "substr(text, integer)",
    "substr(text, integer, integer)",
    '"substring"(text, integer)',
    '"substring"(text, integer, integer)',
    "upper(text)",
    "lower(text)",
    "length(text)",
    "jsonb_contains(jsonb, jsonb)",
    "arrayoverlap(anyarray, anyarray)",
    "arraycontains(anyarray, anyarray)",
]


def locked_models():
    """Every model whose table says which district a row belongs to."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and any(field.column == COLUMN for field in model._meta.concrete_fields)
    ]


def condition(model):
    """SQL: which rows of the model are there.

    Who signs in is not known yet, so people and places are there already, the registers not. A
    row without a district is nobody's own: a city, a national code, a file that nobody has read.
    """
    return CONDITION.format(OF_PEOPLE if model._meta.app_label == "grids" else OF_REGISTERS)


def policy_name(model):
    return PREFIX + hashlib.sha256(condition(model).encode()).hexdigest()[:8]


@transaction.atomic
def protect():
    """Lock the tables that are there; the caller owns them."""
    with connection.cursor() as cursor:
        for function in FUNCTIONS:
            cursor.execute(function)
        there, held = _there(cursor), _held(cursor)
        for model in locked_models():
            table, name = model._meta.db_table, policy_name(model)
            if table in there and held.get(table) != {name}:
                _lock(cursor, model, held.get(table, set()))
        _make_silent(cursor)


def _there(cursor):
    """The tables that have the column, of the models of today or not."""
    cursor.execute(
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND a.attname = %s AND NOT a.attisdropped
          AND c.relnamespace = current_schema()::regnamespace""",
        [COLUMN],
    )
    return {table for (table,) in cursor.fetchall()}


def _held(cursor):
    """{table: names of the policies that it enforces}"""
    cursor.execute(
        """SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE c.relrowsecurity AND p.polname LIKE %s
          AND c.relnamespace = current_schema()::regnamespace""",
        [f"{PREFIX}%"],
    )
    held = {}
    for table, name in cursor.fetchall():
        held.setdefault(table, set()).add(name)
    return held


def _lock(cursor, model, others):
    table = sql.Identifier(model._meta.db_table)
    cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table))
    for name in {*others, policy_name(model)}:
        drop = sql.SQL("DROP POLICY IF EXISTS {} ON {}")
        cursor.execute(drop.format(sql.Identifier(name), table))
    create = sql.SQL("CREATE POLICY {} ON {} USING ({})")
    name = sql.Identifier(policy_name(model))
    cursor.execute(create.format(name, table, sql.SQL(condition(model))))


def _make_silent(cursor):
    """Only a superuser may say so; without one, searches in a large district are slow."""
    cursor.execute("SELECT current_setting('is_superuser') = 'on'")
    if not cursor.fetchone()[0]:
        log.warning("not a superuser: see 'Row-level security' in docs/operator.md")
        return
    cursor.execute(
        """SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.oid = ANY (%s::regprocedure[]::oid[]) AND NOT p.proleakproof""",
        [SILENT],
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} LEAKPROOF")


def after_migrations(**kwargs):
    protect()
