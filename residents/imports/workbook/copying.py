"""Temporary tables: text in the form of COPY, filling them with it, and their statistics."""

import contextlib

from django.db import connection

NULL = r"\N"


def copy_text(value):
    """Text in the form of COPY."""
    if value == "" or value is None:
        return value or ""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = value.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
    return value.replace("\0", "")


def drop(*names):
    """What an earlier import of the same transaction left."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(names)}")


@contextlib.contextmanager
def copying(table, columns):
    """What takes COPY text (`write`): the database reads one block while we make the next."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        yield copy


def copy(table, columns, blocks):
    with copying(table, columns) as copy:
        for block in blocks:
            copy.write(block)


def analyze(*names):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(names))
