"""What a row loses when it is erased, in its table and in the history of it (脱敏清除).

The history is only added to; the application may not change it. A function of the owner of the
tables takes out of it what the row itself has lost, and nothing else: whoever calls it without
having erased the row first changes nothing.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

ERASED = "（已清除）"
GONE = {"resident_id": 0}  # the history of a row that is gone says no more whose it was


@dataclass(frozen=True)
class Personal:
    """`values`: column -> what stands there afterwards. `keeps_row`: the row stays, without them;
    `is_erased` is then the SQL by which a row `live` is known to have lost them."""

    model: str
    values: dict[str, Any]
    is_erased: str = "false"

    @property
    def table(self):
        return apps.get_model(self.model)._meta.db_table

    @property
    def events(self):
        return apps.get_model(f"{self.model}Event")._meta.db_table


RESIDENT = Personal(
    "residents.Resident",
    {
        "name": ERASED,
        "pinyin": "",
        "initials": "",
        "document": "none",
        "id_sealed": None,
        "id_index": None,
        "id_mask": "",
        "birth_on": None,
        "ethnicity": "",
        "education": "",
        "marital": "",
        "phone": "",
        "registered_address": "",
        "employer": "",
        "note": "",
        "former_name": "",
        "native_place": "",
        "political": "",
        "occupation": "",
        "lives_where_registered": "",
        "went_to": "",
        "facts": {},
    },
    f"live.name = '{ERASED}' AND live.id_sealed IS NULL AND live.ended_on IS NOT NULL",
)
HOUSEHOLD = Personal(
    "residents.Household",
    {"head_name": ERASED, "phone": "", "number": "", "facts": {}},
    f"live.head_name = '{ERASED}' AND live.ended_on IS NOT NULL",
)
LEASE = Personal(
    "residents.Lease",
    {
        "landlord_name": ERASED,
        "landlord_phone": "",
        "tenant_name": ERASED,
        "tenant_phone": "",
        "note": "",
        "return_reason": "",
    },
    f"live.tenant_name = '{ERASED}'",
)
STAFF = Personal(
    "grids.Staff",
    {"phone": "", "email": ""},
    "NOT live.is_active AND live.phone = '' AND live.email = ''",
)
CARE = Personal("residents.CareRecord", {"source": "", "note": ""} | GONE)
PLAN = Personal("residents.SupportPlan", {"what": "", "helper_name": "", "outcome": ""} | GONE)
AID = Personal("residents.SupportAid", {"what": ""})
BENEFIT = Personal("residents.BenefitRecord", {"source": "", "amount": None} | GONE)
STAY = Personal(
    "residents.Stay",
    {"came_from": "", "nationality": "", "latin_surname": "", "latin_given": ""} | GONE,
)
ALL = (RESIDENT, HOUSEHOLD, LEASE, STAFF, CARE, PLAN, AID, BENEFIT, STAY)

# Of the owner of the tables: the application calls it, and it forgets only what the row forgot.
FORGET = """
CREATE OR REPLACE FUNCTION {name}(keys bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO public, pg_temp AS $$
DECLARE
    forgotten bigint;
    contexts uuid[];
BEGIN
    PERFORM set_config('gridmgmt.erasing', 'on', true);
    WITH erased AS (
        UPDATE {events} event SET {values}
        WHERE event.pgh_obj_id = ANY (keys) AND NOT EXISTS (
            SELECT FROM {table} live WHERE live.id = event.pgh_obj_id AND NOT coalesce({erased}, false))
        RETURNING event.pgh_context_id
    )
    SELECT count(*), array_agg(DISTINCT pgh_context_id) INTO forgotten, contexts FROM erased;
    UPDATE pghistory_context SET metadata = metadata - 'reason'
    WHERE id = ANY (contexts) AND metadata ? 'reason';
    PERFORM set_config('gridmgmt.erasing', 'off', true);
    RETURN forgotten;
END $$;
"""


def install():
    """Set the functions anew, after each `migrate`."""
    there = set(connection.introspection.table_names())
    with transaction.atomic(), connection.cursor() as cursor:
        for personal in ALL:
            if personal.events in there:
                cursor.execute(_function(personal))


def after_migrations(**kwargs):
    install()


def forget(personal, keys):
    """Take the personal columns out of these rows and out of their history; rows of history."""
    model = apps.get_model(personal.model)
    model._base_manager.filter(pk__in=keys).update(**personal.values)
    return _forget_history(personal, keys)


def remove(personal, rows):
    """Delete these rows, and what their history says of the person; {table: rows}."""
    keys = list(rows.order_by().values_list("pk", flat=True))
    if not keys:
        return {}
    rows.model._base_manager.filter(pk__in=keys).delete()
    _forget_history(personal, keys)
    return {personal.table: len(keys)}


def _forget_history(personal, keys):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_name(personal)}(%s)", [list(keys)])
        return cursor.fetchone()[0]


def _name(personal):
    return f"forget_{personal.events}"


def _function(personal):
    model = apps.get_model(personal.model)
    values = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), _literal(model, column, value))
        for column, value in personal.values.items()
    )
    return sql.SQL(FORGET).format(
        name=sql.Identifier(_name(personal)),
        events=sql.Identifier(personal.events),
        table=sql.Identifier(personal.table),
        values=values,
        erased=sql.SQL(personal.is_erased),
    )


@cache
def _columns(model):
    return {field.column: field for field in model._meta.concrete_fields}


def _literal(model, column, value):
    if isinstance(_columns(model)[column], models.JSONField):
        return sql.SQL("'{}'::jsonb")
    return sql.Literal(value)
