"""Rows into a table by COPY, with keys that are known before."""

import json

from django.db import connection, models
from django.utils import timezone

from grids.fields import EncryptedTextField, encrypt


def new_keys(model, count: int) -> list[int]:
    """`count` fresh primary keys of a model, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


class Keys:
    """Fresh primary keys one at a time, fetched in blocks."""

    def __init__(self, block: int = 500):
        self._block, self._waiting = block, {}

    def next(self, model) -> int:
        waiting = self._waiting.setdefault(model, [])
        if not waiting:
            waiting.extend(reversed(new_keys(model, self._block)))
        return waiting.pop()


def copy_rows(model, rows: list[dict]) -> int:
    """Write rows given as {attribute: value}; what is not given has the field's default."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    if rows and "id" not in rows[0]:
        for row, key in zip(rows, new_keys(model, len(rows)), strict=True):
            row["id"] = key
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_stored(field, row) for field in fields])
    return len(rows)


def _stored(field, row):
    value = row[field.attname] if field.attname in row else _default(field)
    if isinstance(field, EncryptedTextField) and isinstance(value, str):
        return encrypt(value, field.context)
    if isinstance(field, models.JSONField) and value is not None:
        return json.dumps(value, ensure_ascii=False)
    return value


def _default(field):
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return timezone.now()
    return field.get_default()
