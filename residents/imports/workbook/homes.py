"""Households in one sheet, persons in another: the persons take what their sheet does not say of
the household from the row with the same household number, room, or number of the head.

Two rows of households that say different things under one key say nothing.
"""

import itertools

from grids.workbooks import spelling
from grids.workbooks.reader import WorkbookError
from residents import vocabulary
from residents.imports.workbook import persons, values
from residents.places import doors

MOST = 300_000  # households of a workbook that are kept while persons are read
HEAD_ID = f"{persons.HEAD}.id_number"
GIVEN = [
    "grid", "compound", "building", "entrance", "room", "address", "number", "head_name",
]  # fmt: skip
_WHERE = {"grid", "address", "building", "room"}
_KEYS = (
    ("number",),
    ("compound", "building", "entrance", "room"),
    ("building", "entrance", "room"),
    ("building", "room"),
    ("room",),
    (HEAD_ID,),
)
_READ = {
    "number": values.household_number,
    "building": doors.building,
    "entrance": doors.entrance,
    "room": doors.room,
}


def may_be_one(table):
    """Whether a sheet says of households where they live, and nobody but their heads."""
    fields = set(table.columns)
    is_of_heads = "name" not in fields and not any("." in one for one in fields - _of_head(table))
    has_key = bool(fields & {"number", "room", HEAD_ID})
    return is_of_heads and has_key and len(fields & _WHERE) > 0 and len(fields) > 1


def _of_head(table):
    return {one for one in table.columns if one.startswith(f"{persons.HEAD}.")}


def join(found):
    """Say of each table of persons which sheet of households it needs; the others as they are."""
    sheets = [table for table in found if may_be_one(table)]
    for table in found:
        if "name" not in table.columns or _says_where(table):
            continue
        for home in sheets:
            if key := _key(table, home):
                table.home, home.gives = home, key
                break
    return found


def _says_where(table):
    fields = table.columns.keys()
    return "grid" in fields and bool(fields & {"address", "building", "registered_address"})


def _key(table, home):
    """The columns by which both tables name a household, or ()."""
    here, there = _places(table), _places(home)
    gives = set(GIVEN) & there.keys() - table.columns.keys()
    for key in _KEYS:
        if gives - set(key) and all(one in here and one in there for one in key):
            return key
    return ()


def _places(table):
    """{field: position}; the number of the head also where the person's own name stands."""
    found, known = dict(table.columns), vocabulary.heads(table.register)
    for at, head in table.all_heads.items():
        if persons.meaning(head, known) == HEAD_ID:
            found.setdefault(HEAD_ID, at)
    return found


def names_heads(table):
    """Of a sheet of households, whether it names their heads as persons."""
    return bool(table.gives) and HEAD_ID in table.columns


class Homes:
    """What the rows of a sheet of households say, by their key."""

    def __init__(self, table, numbered):
        home = table.home
        self.key = home.gives
        self.fields = [one for one in GIVEN if one in home.columns and one not in table.columns]
        if "head_name" not in home.columns and f"{persons.HEAD}.name" in home.columns:
            self.fields += ["head_name"] if "head_name" not in table.columns else []
        at = _places(home) | {"head_name": home.columns.get(f"{persons.HEAD}.name", -1)}
        at |= home.columns
        self._at = [_places(table)[one] for one in self.key]
        self._found: dict = {}
        key_at, said_at = [at[one] for one in self.key], [at[one] for one in self.fields]
        for __, cells in itertools.islice(numbered, MOST):
            key, said = self._key_of(cells, key_at), tuple(_cell(cells, one) for one in said_at)
            if key is not None and self._found.setdefault(key, said) != said:
                self._found[key] = None
        if next(numbered, None):
            raise WorkbookError("too_large")

    def fill(self, said, rows):
        """Add to the columns `said` of a chunk what the households of its rows say."""
        nothing = ("",) * len(self.fields)
        homes = [self._found.get(self._key_of(cells, self._at)) or nothing for cells in rows]
        for field, cells in zip(self.fields, zip(*homes, strict=True), strict=True):
            said[field] = list(cells)

    def _key_of(self, cells, places):
        said = tuple(
            _READ.get(name, _code)(_cell(cells, at))
            for name, at in zip(self.key, places, strict=True)
        )
        return said if said[-1] else None


def _code(cell):
    return spelling.code_text(cell).upper()


def _cell(cells, at):
    return cells[at] if 0 <= at < len(cells) else ""
