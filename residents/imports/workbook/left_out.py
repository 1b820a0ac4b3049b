"""Rows that are no data: how many, what the first of them say, and which of them somebody takes in."""

from dataclasses import dataclass, field

ALL = "all"
SHOWN_ROWS = 30
_SHOWN_CELLS = 4


@dataclass
class LeftOut:
    """Of a table. `rows` [(key, [(position, cell)] of its first filled cells; None of a head)]"""

    count: int = 0
    rows: list = field(default_factory=list)

    def add(self, key, cells=None):
        self.count += 1
        if len(self.rows) < SHOWN_ROWS:
            self.rows.append((key, None if cells is None else _first(cells)))


def _first(cells):
    filled = [(at, cell) for at, cell in enumerate(cells) if cell not in ("", None)]
    return filled[:_SHOWN_CELLS]


def nothing():
    """The same of a whole workbook, as the batch keeps it: masked. `rows` [{"row", "says"}]"""
    return {"count": 0, "rows": []}


def places(found):
    """The same without a word of the workbook: what stays of an import."""
    return found | {"rows": [row["row"] for row in found["rows"]]}


def taken(said):
    """The rows of `ImportBatch.taken_in`, to be asked with `in`."""
    return _Every() if ALL in said else frozenset(said)


class _Every:
    def __contains__(self, key):
        return True


def with_row(batch, said):
    """What the batch takes in when a button says so: a key, "all", or "" for none any more.

    None when no such row was offered.
    """
    if said in (ALL, ""):
        return [said] if said else []
    rows = (batch.preview.get("left_out") or {}).get("rows", [])
    offered = {str(row["row"]) for row in rows if row.get("says") is not None}
    return sorted({*batch.taken_in, int(said)}) if said in offered else None
