"""Lists in pages by key: page 900 costs as much as page 1, and a row that arrives shifts nothing.

A key is that of the row at the edge of a page: a whole number, or "<day or moment>~<id>". One that
cannot be read begins at the top.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q

SIZE = 50


@dataclass
class Page:
    """Rows, and the addresses of the pages beside them."""

    rows: list
    next_url: str = ""
    previous_url: str = ""


@dataclass
class Stretch:
    """Rows, and the keys with which the pages beside them are asked for."""

    rows: list
    before: str = ""
    after: str = ""


def page_by_key(request, rows, *, key="pk", descending=False, size=SIZE, of_few=False):
    """The rows after `?after=<key>`; `rows` is ordered by that whole-number key.

    `of_few`: they lie in some grids. Then the rows of the grids are sorted; left to the planner,
    it would walk along the key through the whole district to fill the page of an empty grid.
    """
    after = _number(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(beyond([key], [after], is_descending=descending))
    if of_few:
        turn = F(key) + 0
        rows = rows.order_by(turn.desc() if descending else turn.asc())
    found = list(rows[: size + 1])
    return page(request, found, size, lambda row: getattr(row, key))


def page_of_steps(request, steps, size=SIZE):
    """A Page of keys, read step by step: `rows` in the order of the columns `order`, then by key.

    `?after=<step>~<key>`: a key says where a page begins, so that no name stands in an address.
    Only keys are read here: an index that holds the order alone answers.
    """
    number, __, last = request.GET.get("after", "").partition("~")
    number, last = _number(number) or 0, _number(last)
    found = []
    for place, step in enumerate(steps[number:], start=number):
        rows = step.rows
        if last is not None and place == number:
            rows = _after(rows, step.order, last)
        keys = rows.order_by(*step.order, "pk").values_list("pk", flat=True)
        found += [(place, key) for key in keys[: size + 1 - len(found)]]
        if len(found) > size:
            break
    result = page(request, found, size, lambda pair: f"{pair[0]}~{pair[1]}")
    result.rows = [key for __, key in result.rows]
    return result


def page(request, found, size, key_of):
    """A Page of `found`, of which one row more than `size` was read."""
    more = len(found) > size
    found = found[:size]
    return Page(
        found,
        next_url=address(request, after=key_of(found[-1])) if more else "",
        previous_url=address(request) if request.GET.get("after") else "",
    )


def address(request, **changes):
    """This address with other query values; without `after`, the first page."""
    query = request.GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def page_by_day(rows, field, *, key="pk", after="", is_descending=False, size=SIZE):
    """(rows, the key for the next page or ""), ordered by the day `field` and the id `key`."""
    if edge := _read(after, date.fromisoformat):
        rows = rows.filter(beyond([field, key], edge, is_descending=is_descending))
    sign = "-" if is_descending else ""
    found = list(rows.order_by(f"{sign}{field}", f"{sign}{key}")[: size + 1])
    more = len(found) > size
    return found[:size], _key(found[size - 1], field, key) if more else ""


def page_by_moment(request, rows, field, *, size=SIZE):
    """A Page of `rows`, newest first, ordered by the moment `field` and the id."""
    if edge := _read(request.GET.get("after", ""), _moment):
        rows = rows.filter(beyond([field, "pk"], edge, is_descending=True))
    found = list(rows.order_by(f"-{field}", "-pk")[: size + 1])
    return page(request, found, size, lambda row: _key(row, field))


@dataclass(frozen=True)
class Order:
    """A moment and the id, both in one direction; going up, rows without a moment come last.

    Its rows know `each` (change every part of them) and `first` (keys of the first in an order).
    """

    field: str
    is_descending: bool = False

    def page(self, rows, *, shown, after="", before="", size=SIZE) -> Stretch:
        """The `size` rows after or before a key.

        `shown`: a queryset of all rows there are that loads what the page shows.
        """
        backwards = not _read(after, _moment) and bool(_read(before, _moment))
        edge = _read(before if backwards else after, _moment)
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
            return Stretch([])
        return Stretch(
            found,
            before=_key(found[0], self.field) if (has_more if backwards else edge) else "",
            after=_key(found[-1], self.field) if backwards or has_more else "",
        )

    def first(self, rows, number, *, shown):
        """The first rows, however many there are."""
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
        without, with_one = Q(**{self.field: None}), ~Q(**{self.field: None})
        if moment is None:
            id_beyond = beyond(["id"], [key], is_descending=down)
            return [without & id_beyond] + ([with_one] if backwards else [])
        further = beyond([self.field, "id"], [moment, key], is_descending=down)
        return [further] if backwards or self.is_descending else [further, without]


def beyond(columns, values, *, is_descending=False):
    """The rows behind the one with these `values`, in the order of the `columns`."""
    sign = "lt" if is_descending else "gt"
    further, same = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        further |= same & Q(**{f"{column}__{sign}": value})
        same &= Q(**{column: value})
    if len(columns) == 1:
        return further
    # The first column once more, alone: an index begins its search there.
    return Q(**{f"{columns[0]}__{sign}e": values[0]}) & further


def _after(rows, order, last):
    """The rows behind the one with the key `last`; all of them when it is not among `rows`."""
    columns = (*order, "pk")
    values = rows.filter(pk=last).values_list(*columns).first()
    return rows if values is None else rows.filter(beyond(columns, values))


def _key(row, field, key="pk"):
    value = getattr(row, field)
    return f"{value.isoformat() if value else '-'}~{getattr(row, key)}"


def _read(text, value_of):
    """(day or moment, id) of a key; None when it is none."""
    written, __, key = text.partition("~")
    try:
        return value_of(written), int(key)
    except ValueError:
        return None


def _moment(text):
    if text == "-":
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return moment


def _number(text):
    return int(text) if text.isdecimal() and len(text) < 19 else None
