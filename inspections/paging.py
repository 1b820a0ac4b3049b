"""Pages by key for lists that are ordered by a day: no OFFSET, however far one goes.

The key of the last row is "<day>~<id>"; one that cannot be read begins at the top.
"""

from datetime import date

from django.db.models import Q

SIZE = 50


def page_by_day(rows, field, *, key="pk", after="", is_descending=False, size=SIZE):
    """(rows, the key for the next page or ""), ordered by `field` and the id (`key`)."""
    if edge := _read(after):
        day, number = edge
        beyond = "lt" if is_descending else "gt"
        further = Q(**{f"{field}__{beyond}": day})
        rows = rows.filter(further | Q(**{field: day, f"{key}__{beyond}": number}))
    sign = "-" if is_descending else ""
    found = list(rows.order_by(f"{sign}{field}", f"{sign}{key}")[: size + 1])
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    return found[:size], f"{getattr(last, field).isoformat()}~{getattr(last, key)}"


def _read(text):
    day, __, key = text.partition("~")
    try:
        return date.fromisoformat(day), int(key)
    except ValueError:
        return None
