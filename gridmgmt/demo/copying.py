"""Rows into a table by COPY, with keys that are known before."""

import json
from collections.abc import Callable

from django.db import connection, models
from django.utils import timezone

from grids.fields import EncryptedTextField, new_keys


class Keys:
    """Fresh primary keys one at a time, fetched in blocks."""

    def __init__(self, block: int = 500):
        self._block, self._waiting = block, {}

    def next(self, model) -> int:
        waiting = self._waiting.setdefault(model, [])
        if not waiting:
            waiting.extend(reversed(new_keys(model, self._block)))
        return waiting.pop()


def copy_rows(model, rows: list[dict], *, into: str = "") -> int:
    """Write rows given as {attribute: value}; what is not given has the field's default.

    `into` = another table with the columns of the model's.
    """
    given = set().union(*rows)
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (field.attname in given or not field.has_db_default())
    ]
    if rows and "id" not in rows[0]:
        for row, key in zip(rows, new_keys(model, len(rows)), strict=True):
            row["id"] = key
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = [_reader(field) for field in fields]
    with connection.cursor() as cursor:
        statement = f'COPY "{into or model._meta.db_table}" ({columns}) FROM STDIN'
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([value(row) for value in values])
    return len(rows)


def _reader(field) -> Callable[[dict], object]:
    """What a row given as {attribute: value} has to say for one column."""
    name, stored = field.attname, _storing(field)
    is_made_anew = callable(field.default) or _is_moment(field)
    usual = None if is_made_anew else field.get_default()

    def read(row):
        value = row[name] if name in row else _default(field) if is_made_anew else usual
        if isinstance(field, EncryptedTextField):
            return field.seal(value, row["id"]) if isinstance(value, str) else value
        return value if stored is None else stored(value)

    return read


def _storing(field) -> Callable[[object], object] | None:
    """How a value becomes what COPY takes; None: as it is."""
    if isinstance(field, models.JSONField):
        return lambda value: value if value is None else json.dumps(value, ensure_ascii=False)
    return None


def _default(field):
    return timezone.now() if _is_moment(field) else field.get_default()


def _is_moment(field) -> bool:
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
