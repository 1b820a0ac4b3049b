"""Pages by key: page 900 costs as much as page 1, and a row that arrives shifts nothing.

A cursor is the key of the row at the edge, "<moment or ->~<id>", sent as `after` or `before`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q


@dataclass
class Page:
    rows: list
    previous: str = ""
    next: str = ""


@dataclass(frozen=True)
class Order:
    """A moment and the id, both in one direction; going up, rows without a moment come last."""

    field: str
    is_descending: bool = False

    def page(self, rows, *, shown, after="", before="", size=50) -> Page:
        """The `size` rows of `Branches` after or before a cursor; one that cannot be read is ignored.

        `shown`: a queryset of all cases that loads what the page shows.
        """
        backwards = not _read(after) and bool(_read(before))
        edge = _read(before) if backwards else _read(after)
        order = self._order(backwards=backwards)
        parts = self._beyond(*edge, backwards=backwards) if edge else [Q()]
        found: list = []
        for part in parts:
            found += self._next(rows, shown, part, order, size + 1 - len(found))
            if len(found) > size:
                break
        has_more = len(found) > size
        found = found[:size]
        if backwards:
            found.reverse()
        if not found:
            return Page([])
        first, last = self._cursor(found[0]), self._cursor(found[-1])
        return Page(
            found,
            previous=first if (has_more if backwards else bool(edge)) else "",
            next=last if (True if backwards else has_more) else "",
        )

    def first(self, rows, number, *, shown):
        """The first rows of `Branches`, however many there are."""
        return self._next(rows, shown, Q(), self._order(backwards=False), number)

    @staticmethod
    def _next(rows, shown, condition, order, number):
        rows = rows.each(lambda part: part.filter(condition))
        found = shown.filter(pk__in=rows.first(number, *order))
        return found.order_by(*order)[:number]

    def _order(self, *, backwards):
        # PostgreSQL puts rows without a moment last going up and first going down, as its indexes do.
        down = self.is_descending != backwards
        return [f"-{name}" if down else name for name in (self.field, "id")]

    def _beyond(self, moment, key, *, backwards):
        """[condition]: what lies beyond the edge, one part of the index after another."""
        down = self.is_descending != backwards
        id_beyond = Q(id__lt=key) if down else Q(id__gt=key)
        without, with_one = Q(**{self.field: None}), ~Q(**{self.field: None})
        if moment is None:
            return [without & id_beyond] + ([with_one] if backwards else [])
        further = Q(**{f"{self.field}__{'lt' if down else 'gt'}": moment})
        # The moment once more, alone: an index begins its search there.
        begin = Q(**{f"{self.field}__{'lte' if down else 'gte'}": moment})
        beyond = begin & (further | id_beyond)
        return [beyond] if backwards or self.is_descending else [beyond, without]

    def _cursor(self, row):
        moment = getattr(row, self.field)
        return f"{moment.isoformat() if moment else '-'}~{row.pk}"


def _read(cursor):
    moment, __, key = cursor.partition("~")
    try:
        at = None if moment == "-" else datetime.fromisoformat(moment)
        return None if at is not None and at.tzinfo is None else (at, int(key))
    except ValueError:
        return None
