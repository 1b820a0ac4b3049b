"""Grids that a list without such a column means: where its doors, or its people, are registered.

A door counts first: its building, in its compound or as the only one of the name, or its address.
Who is known by number counts only where the row says no door. All within the reach of the importer;
two grids are none.
"""

from django.db import connection

from grids.fields import blind_index
from grids.workbooks import spelling
from residents.imports.people import rows
from residents.imports.people.document_numbers import Identity, Reader
from residents.imports.steps import within
from residents.imports.workbook import persons, sheets
from residents.places import doors

MOST = 200_000  # addresses and people of a list that are looked up
_IN_REACH = """(%(everywhere)s OR g.district_id = ANY(%(districts)s) OR g.id = ANY(%(grids)s))
    AND (g.valid_to IS NULL OR g.valid_to >= %(today)s)"""
_BUILDINGS = f"""
SELECT COALESCE(c.name, ''), b.name, g.code FROM grids_building b JOIN grids_grid g ON g.id = b.grid_id
LEFT JOIN grids_compound c ON c.id = b.compound_id WHERE {_IN_REACH}
"""  # noqa: S608  a constant of our own
_ADDRESSES = f"""
SELECT d.address, min(g.code) FROM residents_dwelling d JOIN grids_grid g ON g.id = d.grid_id
WHERE d.address = ANY(%(said)s) AND {_IN_REACH} GROUP BY 1 HAVING count(DISTINCT g.id) = 1
"""  # noqa: S608  a constant of our own
_PEOPLE = f"""
SELECT encode(r.id_index, 'hex'), min(g.code) FROM residents_resident r JOIN grids_grid g ON g.id = r.grid_id
WHERE r.id_index = ANY(%(said)s) AND r.ended_on IS NULL AND {_IN_REACH}
GROUP BY 1 HAVING count(DISTINCT g.id) = 1
"""  # noqa: S608  a constant of our own


def of(book, found, reach, today):
    """The KnownGrids of the tables that name no grid; None where there is nothing to find."""
    if reach is not None and not reach.districts and len(reach.grids) == 1:
        return None  # who keeps one grid means that one
    tables = [table for table in found if _names_no_grid(table)]
    return KnownGrids(book, tables, reach, today) if book and tables else None


def _names_no_grid(table):
    given = table.home.columns if table.home else {}
    return not table.gives and "grid" not in table.columns and "grid" not in given


class KnownGrids:
    def __init__(self, book, tables, reach, today):
        self._reader, self._where = Reader(today), within(reach) | {"today": today}
        self._by_building = _unique(self._buildings())
        addresses, indexes = set(), set()
        for table in tables:
            first = persons.parts(table)[0]
            for __, cells in sheets.plain_chunks(book, first):
                said = rows.columns(first, cells)
                for building, address, index in self._keys(said):
                    if address and not building and len(addresses) < MOST:
                        addresses.add(address)
                    if index and len(indexes) < MOST:
                        indexes.add(index)
        self._by_address = dict(self._ask(_ADDRESSES, sorted(addresses)))
        self._by_person = dict(self._ask(_PEOPLE, [bytes.fromhex(one) for one in indexes]))
        self.count = 0

    def fill(self, said, table, cells):
        """Add the column of grids to those `said` of a chunk of the table."""
        of_first = said if table.first is None else rows.columns(table.first, cells)
        said["grid"] = grids = [self._grid(*keys) for keys in self._keys(of_first)]
        self.count += len(grids) - grids.count("")

    def _grid(self, building, address, index):
        if building:
            return self._by_building.get(building) or ""
        found = self._by_address if address else self._by_person
        return found.get(address or index, "")

    def _keys(self, said):
        """(building, address, index of the number) of the rows: what tells where each one lives."""
        names = ("compound", "building", "room", "address", "id_number")
        length = max(map(len, said.values()), default=0)
        columns = [said.get(name) or [""] * length for name in names]
        for compound, building, room, address, number in zip(*columns, strict=True):
            compound, address = spelling.said(compound), spelling.said(address)
            building = doors.building(building) or _building_in(address)
            has_door = building or address or compound or spelling.said(room)
            yield (
                (compound, building) if building else None,
                "" if building else address,
                None if has_door else self._index(number),
            )

    def _index(self, number):
        [identity] = self._reader.column([number], [])
        return blind_index(identity.text).hex() if isinstance(identity, Identity) else None

    def _buildings(self):
        for compound, name, code in self._ask(_BUILDINGS, None):
            name = doors.building(name)
            yield (spelling.said(compound), name), code
            if compound:
                yield ("", name), code

    def _ask(self, statement, said):
        if said is not None and not said:
            return []
        with connection.cursor() as cursor:
            cursor.execute(statement, self._where | {"said": said})
            return cursor.fetchall()


def _unique(pairs):
    found: dict = {}
    for key, code in pairs:
        if found.setdefault(key, code) != code:
            found[key] = None
    return found


def _building_in(address):
    door = doors.in_one(address) if address else None
    return door[0] if door else ""
