"""What the database itself holds: rows that are only added to, and the chain over the entries.

It is set anew after every `migrate`, so that a table that joins is guarded from its first day.
"""

from contextlib import contextmanager

import pghistory.models
from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from grids.locks import AUDIT_CHAIN

FUNCTIONS = """
CREATE OR REPLACE FUNCTION audit_owner_erases(of_table oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path TO public, pg_temp AS $$
    SELECT current_setting('gridmgmt.erasing', true) = 'on'
       AND pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = of_table
$$;

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF audit_owner_erases(TG_RELID) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% of % is refused: rows are only added here', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- Who and why of the history grow while a page is made, and say nothing else afterwards.
CREATE OR REPLACE FUNCTION audit_refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id = OLD.id AND NEW.metadata @> OLD.metadata) OR audit_owner_erases(TG_RELID) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE of % is refused: rows are only added here', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION audit_digest(entry grids_auditentry, previous text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(previous || jsonb_strip_nulls(to_jsonb(entry)
        -- the moment as a number: as text it depends on the time zone of whoever asks
        || jsonb_build_object('at', extract(epoch FROM entry.at)))::text, 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO public, pg_temp AS $$
DECLARE
    last grids_auditlink;
    before text;
BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    SELECT * INTO last FROM grids_auditlink ORDER BY number DESC LIMIT 1;
    before := coalesce(last.digest, '');
    INSERT INTO grids_auditlink (number, entry_id, day, previous, digest)
    VALUES (coalesce(last.number, 0) + 1, NEW.id,
            (clock_timestamp() AT TIME ZONE 'UTC')::date, before, audit_digest(NEW, before));
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS audit_chain ON grids_auditentry;
CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON grids_auditentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE OR REPLACE TRIGGER audit_kept BEFORE DELETE OR TRUNCATE ON pghistory_context
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_kept_words BEFORE UPDATE ON pghistory_context
FOR EACH ROW EXECUTE FUNCTION audit_refuse_other_words();

-- The only way in which kept rows end: by the owner of the table, six months old at least.
CREATE OR REPLACE FUNCTION audit_erase(from_table regclass, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path TO public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    IF before > now() - interval '6 months' THEN
        RAISE EXCEPTION 'Kept for six months at least: % is too late', before;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = from_table AND tgname = 'audit_kept') THEN
        RAISE EXCEPTION '% is none of the tables that are only added to', from_table;
    END IF;
    PERFORM set_config('gridmgmt.erasing', 'on', true);
    EXECUTE format('DELETE FROM %s WHERE %I < $1', from_table, (
        SELECT attname FROM pg_attribute WHERE attrelid = from_table
        AND attname IN ('at', 'pgh_created_at', 'updated_at') AND NOT attisdropped LIMIT 1
    )) USING before;
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('gridmgmt.erasing', 'off', true);
    RETURN erased;
END $$;
"""
# A guard sees the tables of the house first: whoever may make temporary tables could else show
# it one of the same name, that says yes, or that swallows the history. See below, `_shield`.
UNSHIELDED = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE prorettype = 'trigger'::regtype AND pronamespace = 'public'::regnamespace
  AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']
  AND pg_has_role(current_user, proowner, 'USAGE')
"""
KEPT = """
CREATE OR REPLACE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
"""


def kept_models():
    """Those whose rows are only added: the audit, looks at files, the history of registers."""
    return [
        model
        for model in apps.get_models()
        if getattr(model, "is_append_only", False) or issubclass(model, pghistory.models.Event)
    ]


@transaction.atomic
def protect():
    """Set the triggers and functions on the tables that are there."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if not {"grids_auditentry", "grids_auditlink", "pghistory_context"} <= there:
            return
        cursor.execute(FUNCTIONS.replace("{lock}", str(AUDIT_CHAIN)))
        for model in kept_models():
            if model._meta.db_table in there:
                table = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL(KEPT).format(table=table))
        _shield(cursor)


def _shield(cursor):
    """Every trigger, also those that write the history, looks for its tables in this order."""
    cursor.execute(UNSHIELDED)
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")


def after_migrations(**kwargs):
    protect()


@contextmanager
def owner_erases():
    """Inside it the owner of the tables may change what is kept: for the demo and for tests.

    An application that does not own the tables gains nothing by it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gridmgmt.erasing', 'on', true)")
        yield
        cursor.execute("SELECT set_config('gridmgmt.erasing', 'off', true)")
