"""Text in the form of COPY, and statistics of tables that were filled so."""

from django.db import connection

NULL = r"\N"


def copy_text(value):
    """Text in the form of COPY."""
    if value == "" or value is None:
        return value or ""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = value.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")
    return value.replace("\0", "")


def analyze(*names):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(names))
