"""From cells to the temporary table `sheet_row`: every cell by its column, every row judged once.

What the file and the dictionaries tell is judged here; what needs the registers, in SQL.
"""

import itertools
from collections import namedtuple
from typing import Any

from django.utils import timezone

from grids.models import Grid
from grids.workbooks import spelling
from grids.workbooks.as_shown import NOT_CALCULATED
from residents.imports.others.cells import Wrong, harmless
from residents.imports.workbook import values
from residents.imports.workbook.copying import NULL, copy_text
from residents.imports.workbook.places import Place, Places
from residents.imports.workbook.said_doors import Doors

_DOOR = ("compound", "building", "entrance", "room")


class AnyGrids(Places):
    """Grids of every tier in force today: people are posted at all of them."""

    def __init__(self, reach):
        super().__init__(reach)
        self._by_code, names = {}, {}
        rows = Grid.objects.on(timezone.localdate()).exclude(district=None).order_by()
        for pk, code, name, district_id in rows.values_list("pk", "code", "name", "district_id"):
            self._by_code[code] = (pk, district_id)
            if self._is_allowed(pk, district_id):
                names.setdefault(name.replace(" ", ""), []).append(code)
        self._by_name = {name: codes[0] for name, codes in names.items() if len(codes) == 1}

    def _find(self, written):
        code = written if written in self._by_code else self._by_name.get(written)
        if code is None:
            return None
        pk, district_id = self._by_code[code]
        return Place(pk, district_id, 0, self._is_allowed(pk, district_id))


class Stager:
    """Turns rows of a workbook, chunk by chunk, into text for COPY."""

    chunk_rows = 5_000

    def __init__(self, sheet, reach, places=()):
        self.sheet = sheet
        self.places = (AnyGrids if sheet.every_tier else Places)(reach)
        self.rows, self.district_ids = 0, set()
        self.unknown, self.seen = values.Unknown(), {}
        self._doors, self._has_doors = Doors(places), "building" in sheet.names
        self._memos = {one.name: spelling.Memo(_careful(one)) for one in sheet.columns}
        self._row_of = _row_type(sheet.names)._make
        self._types = [one.type for one in sheet.columns]

    def block(self, chunk, table):
        """The rows of the chunk as COPY text."""
        columns = [self._column(one, chunk, table) for one in self.sheet.columns]
        rows = zip(chunk, zip(*columns, strict=True), strict=True)
        return "".join(self._line(row, pairs) for (row, __), pairs in rows)

    def _column(self, column, chunk, table):
        memo, at = self._memos[column.name], table.columns.get(column.name)
        if at is None:
            return itertools.repeat(memo[""], len(chunk))
        return [memo[cells[at] if at < len(cells) else ""] for __, cells in chunk]

    def _line(self, row, pairs):
        self.rows += 1
        cells = self._row_of(value for value, __ in pairs)
        if self.sheet.complete:
            cells = self.sheet.complete(cells, self.unknown)
        place = self.places.find(cells.grid) if "grid" in self._memos else None
        if self._has_doors:
            cells = self._with_door(cells, place)
        problem = self._judge(cells, pairs, place)
        if place and not problem:
            self.district_ids.add(place.district_id)
        line = "\t".join(
            (
                str(row),
                *(map(copy_text, problem) if problem else (NULL, "", "")),
                *((str(place.grid_id), str(place.district_id)) if place else (NULL, NULL)),
                *(
                    copy_text(value) if kind == "text" else value or NULL
                    for value, kind in zip(cells, self._types, strict=True)
                ),
            )
        )
        return f"{line}\n"

    def _with_door(self, cells, place):
        """The row with its door in parts."""
        said = tuple(getattr(cells, name, "") for name in _DOOR)
        found = self._doors.read(place, *said)
        if found == said:
            return cells
        changes = zip(_DOOR, found, strict=True)
        return cells._replace(**{name: one for name, one in changes if name in cells._fields})

    def _judge(self, cells, pairs, place):
        """(reason, field, what may be shown) of the first thing against the row, or None."""
        for column, value, (__, wrong) in zip(self.sheet.columns, cells, pairs, strict=True):
            if wrong and (column.is_side or not (wrong.is_fatal or column.is_required)):
                self.unknown.note(column.name, "****" if column.is_private else wrong.written)
            elif wrong:
                return wrong.reason, column.name, _shown(column, wrong.written)
            if column.is_required and not value:
                return "value_missing", column.name, ""
            if column.type == "text" and len(value) > column.most:
                return "too_long", column.name, ""
        if place is None and (self.sheet.needs_grid or cells.grid):
            return "grid_unknown", "grid", cells.grid[:40]
        if place and not place.is_allowed:
            return "outside_scope", "grid", cells.grid[:40]
        return self.sheet.judge(cells, place, self.seen)


def _row_type(names) -> Any:
    return namedtuple("Cells", names)  # type: ignore[misc]


def _careful(column):
    """The column's kind as a function that gives (value, Wrong or None)."""

    def read(cell):
        if cell == NOT_CALCULATED:
            return "", Wrong("not_calculated")
        try:
            value = column.kind(cell)
            if column.is_side and column.type == "text" and len(value) > column.most:
                raise Wrong("too_long", is_fatal=False)
        except Wrong as wrong:
            wrong.written = harmless(spelling.text(cell))[:40]
            return "", wrong
        return value, None

    return read


def _shown(column, written):
    if column.is_private:
        return written[:1] + "*" * (len(written) - 1)
    return written
