"""Where sealed values are stored, and how their rows are sealed anew, without a trace in the history.

Columns are found by their field; custom facts of registers lie in their own column.
"""

import base64
import contextlib
import functools
import operator
from dataclasses import dataclass
from typing import Any

import pghistory.models
import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.models import BinaryField, BooleanField, F, Func, Q, Value
from psycopg import sql
from psycopg.types.json import Jsonb

from grids.audit.guard import owner_erases
from grids.fields import EncryptedTextField, SealedText, blind_index, encrypt, head, is_rehashing
from residents.custom_fields import custom_fields
from residents.models import CustomField, Resident

_SEALED, _INDEX = "_sealed", "_index"


@dataclass(frozen=True)
class Place:
    """A table with sealed values; a row is its key and the `columns`, as they are stored."""

    model: Any
    columns: tuple
    kind: str  # their type in the database

    def waiting(self):
        """Rows that may have something to seal anew."""
        raise NotImplementedError

    def adapted(self, value):
        """The value as the driver takes it."""
        raise NotImplementedError

    @property
    def name(self):
        return f"{self.model._meta.label}: {', '.join(self.columns)}"

    @property
    def is_register(self):
        """Whether an import may be comparing its rows by their indexes just now."""
        names = {field.name for field in self.model._meta.concrete_fields}
        return "district" in names and not self.is_history

    @property
    def is_history(self):
        return issubclass(self.model, pghistory.models.Event)

    def page(self, after, size):
        """[(key, district or None)] of the next rows that may have something to seal anew."""
        district = ["district_id"] if self.is_register else []
        rows = self.waiting().filter(pk__gt=after).order_by("pk")
        return list(rows.values_list("pk", *district)[:size])

    def locked(self, keys):
        """{key: values} of these rows, which nobody changes until the transaction ends."""
        rows = self.model._base_manager.filter(pk__in=keys).select_for_update(of=("self",))
        return {pk: tuple(values) for pk, *values in rows.values_list("pk", *self.columns)}

    def write(self, renewed):
        """{key: values} -> the table. The history notes nothing: the texts are the same."""
        parts = {
            "table": sql.Identifier(self.model._meta.db_table),
            "pk": sql.Identifier(self.model._meta.pk.column),
            "sets": sql.SQL(", ").join(
                sql.SQL("{0} = v.{0}").format(sql.Identifier(one)) for one in self.columns
            ),
            "lists": sql.SQL(", ").join([sql.SQL(f"%s::{self.kind}[]")] * len(self.columns)),
            "names": sql.SQL(", ").join(map(sql.Identifier, self.columns)),
        }
        statement = sql.SQL(
            "UPDATE {table} t SET {sets} FROM unnest(%s::bigint[], {lists}) AS v(pk, {names}) "
            "WHERE t.{pk} = v.pk"
        ).format(**parts)
        lists = [list(map(self.adapted, column)) for column in zip(*renewed.values(), strict=True)]
        with self._unnoticed(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [list(renewed), *lists])

    @contextlib.contextmanager
    def _unnoticed(self):
        own = [
            f"{model._meta.label}:{one.name}"
            for model, one in pgtrigger.registered()
            if model is self.model
        ]
        with contextlib.ExitStack() as stack:
            if own:
                stack.enter_context(pgtrigger.ignore(*own))
            if self.is_history:
                stack.enter_context(owner_erases())
            yield


class Columns(Place):
    """Columns of `EncryptedTextField`, each with the blind index beside it, if there is one."""

    @classmethod
    def of(cls, model):
        fields = model._meta.concrete_fields
        sealed = [one.attname for one in fields if isinstance(one, EncryptedTextField)]
        names = {one.attname for one in fields}
        indexes = [
            one.removesuffix(_SEALED) + _INDEX
            for one in sealed
            if one.removesuffix(_SEALED) + _INDEX in names
        ]
        return cls(model, (*sealed, *indexes), "bytea") if sealed else None

    @property
    def sealed(self):
        return [one for one in self.columns if one.endswith(_SEALED)]

    def locked(self, keys):
        """Each sealed value as it stands in its row."""
        of = "pgh_obj_id" if self.is_history else "pk"
        rows = self.model._base_manager.filter(pk__in=keys).select_for_update(of=("self",))
        return {
            pk: tuple(one.of(row) if isinstance(one, SealedText) else one for one in values)
            for pk, row, *values in rows.values_list("pk", of, *self.columns)
        }

    @property
    def indexes(self):
        return [one for one in self.columns if one.endswith(_INDEX)]

    def waiting(self):
        """Sealed under another key or cipher; all, while hash keys are replaced."""
        if is_rehashing() and self.indexes:
            there = [Q(**{f"{name}__isnull": False}) for name in self.columns]
            return self.model._base_manager.filter(_any(there))
        now = head(in_row=True)
        rows, old = self.model._base_manager.all(), []
        for at, name in enumerate(self.sealed):
            begins = Func(
                F(name), Value(1), Value(len(now)), function="substring", output_field=BinaryField()
            )
            rows = rows.alias(**{f"head_{at}": begins})
            old.append(Q(**{f"{name}__isnull": False}) & ~Q(**{f"head_{at}": now}))
        return rows.filter(_any(old))

    def texts(self, values):
        """What is sealed in them, in the order of the columns."""
        return [one and one.reveal() for one in values[: len(self.sealed)]]

    def renewed(self, values):
        """The values under the keys of today; the same ones where they are already."""
        now, sealed = head(in_row=True), values[: len(self.sealed)]
        fresh = [
            one
            if one is None or bytes(one).startswith(now)
            else encrypt(one.reveal(), one.context, one.row)
            for one in sealed
        ]
        if not is_rehashing():
            return (*fresh, *values[len(sealed) :])
        text_of = dict(zip(self.sealed, self.texts(values), strict=True))
        for name in self.indexes:
            text = text_of[name.removesuffix(_INDEX) + _SEALED]
            # An index whose number is gone cannot be counted again, and nobody looks for it.
            fresh.append(None if text is None else blind_index(text))
        return tuple(fresh)

    def are_same(self, fresh, values):
        return [*map(self.adapted, fresh)] == [*map(self.adapted, values)]

    def adapted(self, value):
        return None if value is None else bytes(value)


class Facts(Place):
    """Sensitive custom facts, each sealed in the one JSON column; a row brings its district."""

    @classmethod
    def of(cls, model):
        return cls(model, ("facts",), "jsonb")

    @functools.cached_property
    def fields(self):
        """{(district, key): CustomField} of the sensitive ones, also those out of use."""
        rows = CustomField.objects.filter(is_sensitive=True, register=CustomField.Register.RESIDENT)
        return {(one.district_id, one.key): one for one in rows}

    def waiting(self):
        there = Func(
            F("facts"),
            Value("$.*.sealed"),
            template="jsonb_path_exists(%(expressions)s::jsonpath)",
            output_field=BooleanField(),
        )
        return self.model._base_manager.alias(has_sealed=there).filter(has_sealed=True)

    def locked(self, keys):
        """(facts, district, key of the row that they are of) of each."""
        of = "pgh_obj_id" if self.is_history else "pk"
        rows = self.model._base_manager.filter(pk__in=keys).select_for_update(of=("self",))
        return {pk: values for pk, *values in rows.values_list("pk", "facts", "district_id", of)}

    def texts(self, values):
        *told, row = values
        return [custom_fields.unseal(field, stored, row) for field, stored in self._sealed(*told)]

    def renewed(self, values):
        *told, row = values
        fresh = dict(values[0])
        for field, stored in self._sealed(*told):
            text = custom_fields.unseal(field, stored, row)
            is_new = base64.b64decode(stored["sealed"]).startswith(head(in_row=True))
            if not (is_new and custom_fields.has_todays_index(field, stored, text)):
                fresh[field.key] = custom_fields.seal(field, text, row)
        return (fresh,)

    def are_same(self, fresh, values):
        return fresh[0] == values[0]

    def adapted(self, value):
        return Jsonb(value)

    def _sealed(self, facts, district_id):
        return [
            (self.fields[district_id, key], stored)
            for key, stored in sorted(facts.items())
            if isinstance(stored, dict)
        ]


def places():
    """All of them, by name; a table that joins with its fields joins here."""
    columns = [Columns.of(model) for model in apps.get_models()]
    history = [
        model
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and model.pgh_tracked_model is Resident
    ]
    found = [*filter(None, columns), *map(Facts.of, [Resident, *history])]
    return sorted(found, key=lambda place: (place.is_history, place.name))


def _any(conditions):
    return functools.reduce(operator.or_, conditions)
