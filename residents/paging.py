"""Pages by key: no OFFSET, the same number of queries however far one goes."""

from dataclasses import dataclass


@dataclass
class Page:
    rows: list
    next_url: str = ""
    previous_url: str = ""


def page_by_key(request, rows, *, key="pk", descending=False, size=50):
    """The rows after `?after=<key>`; `rows` is ordered by that whole-number key."""
    after = _number(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(**{f"{key}__{'lt' if descending else 'gt'}": after})
    found = list(rows[: size + 1])
    return page(request, found, size, lambda row: getattr(row, key))


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
