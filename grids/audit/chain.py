"""Whether the audit is what it was: the chain, the marks in it, and the seals of other tables.

The database links each entry to the one before. Whoever owns the tables could link them anew;
so a mark says from time to time how far the chain had come, signed with the installation's key,
which is not in the database. A mark also seals what was added to the tables that have no chain.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.core.signing import Signer
from django.db import connection
from django.utils import timezone
from psycopg import sql

from grids.audit.guard import kept_models
from grids.audit.recording import record
from grids.models import AuditEntry, AuditLink

Kind = AuditEntry.Kind
SHOWN = 20
SETTLED = timedelta(hours=2)  # an older row comes no more: no transaction lasts so long
FAULTS = """
WITH chain AS (
    SELECT number, day, previous, digest, entry_id,
           lag(number) OVER by_number AS number_before, lag(digest) OVER by_number AS digest_before
    FROM grids_auditlink WHERE number >= %(since)s WINDOW by_number AS (ORDER BY number)
)
SELECT number, CASE
    WHEN number_before IS NULL AND number NOT IN (1, %(since)s) THEN 'gap'
    WHEN number_before IS NOT NULL AND number_before <> number - 1 THEN 'gap'
    WHEN digest_before IS NOT NULL AND digest_before <> previous THEN 'gap'
    WHEN entry.id IS NULL THEN 'removed'
    ELSE 'changed'
END
FROM chain LEFT JOIN grids_auditentry entry ON entry.id = entry_id
WHERE (number_before IS NULL AND number NOT IN (1, %(since)s))
   OR number_before <> number - 1
   OR digest_before <> previous
   OR (entry.id IS NULL AND day >= %(kept_from)s)
   OR audit_digest(entry, previous) <> digest
ORDER BY number LIMIT %(shown)s
"""
UNLINKED = """
SELECT id FROM grids_auditentry entry
WHERE id >= %s AND NOT EXISTS (SELECT FROM grids_auditlink WHERE entry_id = entry.id)
ORDER BY id LIMIT %s
"""
SEAL = """
SELECT count(*), coalesce(encode(sha256(convert_to(string_agg(
    md5(jsonb_build_array({columns})::text), '' ORDER BY {key}), 'UTF8')), 'hex'), '')
FROM {table} WHERE {key} > %s AND {key} <= %s
"""
NEWEST = "SELECT max({key}) FROM {table} WHERE {key} > %s AND {moment} < %s"


@dataclass(frozen=True)
class Fault:
    """What is wrong: a link (`number`), an entry without one, a mark, or a table."""

    what: str  # gap, removed, changed, unlinked, mark, shorter, seal
    where: str

    def __str__(self):
        return f"{self.what} {self.where}"


def check(*, since=1):
    """[Fault]: what does not agree from link number `since` on; none is good."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS, {"since": since, "kept_from": _kept_from(), "shown": SHOWN})
        faults = [Fault(what, str(number)) for number, what in cursor.fetchall()]
        first = AuditLink.objects.filter(number=since).first() if since > 1 else None
        cursor.execute(UNLINKED, [first.entry_id if first else 0, SHOWN])
        faults += [Fault("unlinked", str(key)) for (key,) in cursor.fetchall()]
    return [*faults, *_faults_of_marks(since)]


def mark(*, whole=True):
    """Write down, signed, how far the chain has come and what the other tables hold."""
    last = AuditLink.objects.order_by("-number").first()
    if last is None:
        return None
    said = {"number": last.number, "digest": last.digest, "seals": _seals_since_the_last_mark()}
    return record(Kind.CHECK, detail=said | {"signature": _sign(said), "whole": whole})


def marks():
    return AuditEntry.objects.filter(kind=Kind.CHECK)


def last_mark():
    return marks().order_by("-id").first()


def _sign(said):
    words = json.dumps([said["number"], said["digest"], said["seals"]], sort_keys=True)
    return Signer(salt="audit").signature(words)


def _faults_of_marks(since):
    found = list(marks().filter(detail__number__gte=since).order_by("id"))
    numbers = [one.detail["number"] for one in found]
    links = AuditLink.objects.filter(number__in=numbers)
    digests = dict(links.values_list("number", "digest"))
    for one in found:
        number = one.detail["number"]
        if one.detail.get("signature") != _signature_of(one.detail):
            yield Fault("mark", str(number))
        elif number not in digests:
            yield Fault("shorter", str(number))
        elif digests[number] != one.detail["digest"]:
            yield Fault("changed", str(number))
        else:
            yield from _broken_seals(one)


def _signature_of(said):
    try:
        return _sign(said)
    except (KeyError, TypeError):
        return None


def _kept_from():
    """The day from which entries must be there: what is older was erased, on record."""
    erasures = AuditEntry.objects.filter(
        kind=Kind.ERASURE, object_type=AuditEntry._meta.label_lower
    )
    days = [one.detail["before"] for one in erasures]
    return max(days, default="1970-01-01")


# --- the tables without a chain -----------------------------------------------------


def _sealed():
    """(model, columns that never change, the moment of a row) of looks and of history.

    Of the history that a change was made, when, to what and by whom; not the old values,
    whose ciphertexts are written anew when keys change.
    """
    for model in kept_models():
        names = [field.column for field in model._meta.concrete_fields]
        if "pgh_created_at" in names:
            yield model, [name for name in names if name.startswith("pgh_")], "pgh_created_at"
        elif "at" in names and model is not AuditEntry:
            stable = {"id", "resident_id", "premises_id", "by_id", "field", "purpose", "at"}
            yield model, [name for name in names if name in stable], "at"


def _seals_since_the_last_mark():
    """{table: [after key, up to key, rows, digest]} of what was added and is settled."""
    ended = _ends_of_seals()
    seals = {}
    for model, columns, moment in _sealed():
        table = model._meta.db_table
        after = ended.get(table, 0)
        newest = _ask(NEWEST, model, columns, moment, after, timezone.now() - SETTLED)[0]
        if newest is not None:
            seals[table] = [after, newest, *_ask(SEAL, model, columns, moment, after, newest)]
    return seals


def _ends_of_seals():
    ends: dict = {}
    for said in marks().values_list("detail", flat=True):
        for table, (_, until, *_rest) in said.get("seals", {}).items():
            ends[table] = max(ends.get(table, 0), until)
    return ends


def _broken_seals(one):
    sealed = {model._meta.db_table: (model, columns, at) for model, columns, at in _sealed()}
    for table, (after, until, *was) in one.detail.get("seals", {}).items():
        if table not in sealed or _was_erased(table, one.at):
            continue
        if list(_ask(SEAL, *sealed[table], after, until)) != was:
            yield Fault("seal", f"{table} {after}-{until}")


def _was_erased(table, moment):
    erasures = AuditEntry.objects.filter(kind=Kind.ERASURE, words=table)
    return any(one.detail["before"] >= moment.date().isoformat() for one in erasures)


def _ask(question, model, columns, moment, *values):
    parts = {
        "table": sql.Identifier(model._meta.db_table),
        "key": sql.Identifier(model._meta.pk.column),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "moment": sql.Identifier(moment),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(question).format(**parts), values)
        return cursor.fetchone()
