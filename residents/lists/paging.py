"""Pages by key: no OFFSET, the same number of queries however far one goes."""

from dataclasses import dataclass

from django.db.models import F, Q


@dataclass
class Page:
    rows: list
    next_url: str = ""
    previous_url: str = ""


def page_by_key(request, rows, *, key="pk", descending=False, size=50, of_few=False):
    """The rows after `?after=<key>`; `rows` is ordered by that whole-number key.

    `of_few`: they lie in some grids. Then the rows of the grids are sorted; left to the planner,
    it would walk along the key through the whole district to fill the page of an empty grid.
    """
    after = _number(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(**{f"{key}__{'lt' if descending else 'gt'}": after})
    if of_few:
        turn = F(key) + 0
        rows = rows.order_by(turn.desc() if descending else turn.asc())
    found = list(rows[: size + 1])
    return page(request, found, size, lambda row: getattr(row, key))


def page_of_steps(request, steps, size=50):
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


def _after(rows, order, last):
    """The rows behind the one with the key `last`; all of them when it is not among `rows`."""
    columns = (*order, "pk")
    values = rows.filter(pk=last).values_list(*columns).first()
    if values is None:
        return rows
    further, same = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        further |= same & Q(**{f"{column}__gt": value})
        same &= Q(**{column: value})
    # The first column once more, alone: an index begins its search there.
    return rows.filter(further, **{f"{columns[0]}__gte": values[0]})


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


def _number(text):
    return int(text) if text.isdecimal() and len(text) < 19 else None
