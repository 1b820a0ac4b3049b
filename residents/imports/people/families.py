"""Families of a list without household numbers: how its sender says they are told, and the first
of them as they were understood, for the sender to look at.
"""

from django.db import connection

from residents.imports.people import rows
from residents.imports.workbook import families, persons, sheets
from residents.models import HEAD_OF_HOUSEHOLD

SHOWN = 3
_DOOR = ("grid", "compound", "building", "entrance", "room", "address")
_HOME = (*_DOOR, "number", "head_name")
# The first households that no number tells, or whose rows name several persons.
_FIRST = """
SELECT s.household_no, s.row, s.name, COALESCE(c.name, ''), s.is_head,
       concat_ws(' ', NULLIF(d.compound, ''), NULLIF(d.building, ''), NULLIF(d.entrance, ''),
                 NULLIF(d.room, ''), NULLIF(d.address, '')), k.number
FROM import_row s JOIN import_household_key k ON k.no = s.household_no
LEFT JOIN import_dwelling d ON d.no = s.dwelling_no
LEFT JOIN residents_code c ON c."table" = 'relation' AND c.code = s.relation
WHERE s.reason IS NULL AND s.household_no IN (
    SELECT s.household_no FROM import_row s JOIN import_household_key k ON k.no = s.household_no
    WHERE s.reason IS NULL AND (%(all)s OR k.number = '')
    GROUP BY 1 ORDER BY min(mod(s.row, %(step)s)) LIMIT %(shown)s)
ORDER BY mod(s.row, %(step)s), s.row
"""
_IS_ANY = "SELECT EXISTS (SELECT FROM import_household_key WHERE %(all)s OR number = '')"


def first(*, has_several):
    """[{"number", "address", "members": [{"row", "name", "relation", "is_head"}]}] of a dry run."""
    asked = {"all": has_several, "step": sheets.SHEET_STEP, "shown": SHOWN}
    with connection.cursor() as cursor:
        cursor.execute(_IS_ANY, asked)
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_FIRST, asked)
        found: dict = {}
        for no, row, name, relation, is_head, address, number in cursor.fetchall():
            home = found.setdefault(no, {"number": number, "address": "", "members": []})
            home["address"] = home["address"] or address
            said = {"row": row, "name": name, "relation": relation, "is_head": is_head}
            home["members"].append(said)
    for home in found.values():
        home["members"].sort(key=lambda one: not one["is_head"])
    return list(found.values())


class Told:
    """Rows whose families are told as their sender says: by their door, or below their head."""

    def __init__(self, memos):
        self._memos = memos
        self._last: dict = {}
        self._heads: dict = {}

    def look(self, book, table):
        """Who is the head at each door: asked before the rows are read."""
        if table.families != families.DOOR:
            return
        heads: dict = {}
        firsts: dict = {}
        part = persons.parts(table)[0]
        for __, cells in sheets.plain_chunks(book, table):
            said = rows.columns(part, cells)
            for door, name, is_head in zip(*self._doors(said, len(cells)), strict=True):
                (heads if is_head else firsts).setdefault(door, name)
        self._heads[table.index] = firsts | heads

    def tell(self, table, said, length):
        """Change what the columns `said` of a chunk say of the household."""
        if table.families == families.DOOR:
            heads = self._heads[(table.written or table).index]
            doors, names, __ = self._doors(said, length)
            said["head_name"] = [
                heads.get(door, name) if any(door[1:]) else name
                for door, name in zip(doors, names, strict=True)
            ]
            said.pop("number", None)
        elif table.families == families.BELOW:
            self._tell_below(table, said, length)

    def _tell_below(self, table, said, length):
        """Everybody lives with the head above, whatever else the row says of a door."""
        columns = {field: list(said.get(field) or [""] * length) for field in _HOME}
        last = self._last.get(table.index)
        __, names, are_heads = self._doors(said, length)
        for at, (name, is_head) in enumerate(zip(names, are_heads, strict=True)):
            if is_head:
                last = {field: cells[at] for field, cells in columns.items()}
                last["head_name"] = name
            for field, cell in (last or {}).items():
                columns[field][at] = cell
        self._last[table.index] = last
        said |= {field: cells for field, cells in columns.items() if any(cells)}

    def _doors(self, said, length):
        """(doors, names, whether each is a head)"""
        nothing = [""] * length
        doors = zip(
            *(self._mean(field, said.get(field) or nothing) for field in _DOOR), strict=True
        )
        names = said.get("name") or nothing
        relations = self._mean("relation", said.get("relation") or nothing)
        return list(doors), names, [one[0] == HEAD_OF_HOUSEHOLD for one in relations]

    def _mean(self, field, cells):
        return list(map(self._memos[field].__getitem__, cells))
