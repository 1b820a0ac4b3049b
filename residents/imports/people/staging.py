"""From cells to the staging table: each cell normalised by its column, each row judged once.

What can be judged from the file and the dictionaries alone is judged here; what needs the
registers is judged in `compare`.
"""

from collections import Counter
from dataclasses import dataclass, field

from grids.workbooks import spelling
from residents.imports.people import ended, further, rare, rows
from residents.imports.people.chunk import Chunk, Copies
from residents.imports.people.document_numbers import Numbers, Reader
from residents.imports.people.dwelling_codes import Codes
from residents.imports.people.families import Told
from residents.imports.people.judging import Judge
from residents.imports.workbook import values
from residents.imports.workbook.copying import copy_text
from residents.imports.workbook.places import Place, Places
from residents.imports.workbook.said_doors import Doors
from residents.models import CareCategory, Code
from residents.places import doors

_COMPUTE = {
    "name": spelling.name,
    "number": values.household_number,
    "grid": spelling.code_text,
    "compound": spelling.said,
    "building": doors.building,
    "entrance": doors.entrance,
    "room": doors.room_as_said,
    "address": spelling.said,
    "birth_on": spelling.day,
    "phone": spelling.phone,
    "registered_address": spelling.said,
    "employer": spelling.said,
    "note": spelling.said,
}


@dataclass
class Staged:
    """What was read: counts, and the numbers of documents (kept out of the database)."""

    rows: int = 0
    households: int = 0
    known_grids: int = 0  # rows whose grid is that of their door or person
    numbers: Numbers = field(default_factory=Numbers)
    district_ids: set = field(default_factory=set)
    unknown: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    rejected: Counter = field(default_factory=Counter)
    rare: list = field(default_factory=list)  # the facts of `rare` of which the file has a column
    has_hidden: bool = False


@dataclass(slots=True, eq=False)
class Home:
    """Where rows of one household live; `copy` is its COPY text once a good row needs it."""

    place: Place | None
    head_name: str
    dwelling_key: tuple | None
    household_key: tuple | None
    is_doubtful: bool
    copy: str | None = None


class Stager:
    """Turns rows of a workbook, chunk by chunk, into text for COPY."""

    chunk_rows = 2_000

    def __init__(self, reach, today, grid="", places=()):
        self.places, self.staged = Places(reach), Staged()
        self.grid = grid  # of rows that name none
        self.known_grids = None  # of rows that name none, by their doors and people
        self.last_head = None, ""  # the door and the name of the head of the rows above
        self.dwellings, self.household_keys = {}, {}
        self._households, self.unknown = set(), values.Unknown()
        self.reader, self.judge = Reader(today), Judge(self.unknown, today)
        self.codes, self.doors = Codes(), Doors(places)
        self.gone = ended.Said(self.unknown, today)
        self.rare = rare.Said(self.unknown)
        self.memos = _memos(self.unknown)
        self.copies, self.families = Copies(self.memos), Told(self.memos)

    @property
    def rows(self):
        return self.staged.rows

    def block(self, chunk, table):
        """The rows of the chunk as COPY text."""
        if table.first is not None:
            chunk = further.unknown_yet(table, chunk, self.reader, self.judge.numbers)
            if not chunk:
                return ""
        keys, cells = zip(*chunk, strict=True)
        self.staged.rows += len(keys)
        columns = rows.columns(table, cells)
        if table.homes:
            table.homes.fill(columns, cells)
        if table.families:
            self.families.tell(table, columns, len(keys))
        if self.known_grids and "grid" not in columns:
            self.known_grids.fill(columns, table, cells)
        if table.person:
            further.complete(table, columns, chunk, self.memos)
        self.gone.note(keys, columns)
        self.rare.note(keys, columns)
        return Chunk(self, keys, columns).block()

    def home(self, cells, has_room):
        """The Home of rows that say this of their household."""
        place = self.places.find(cells.grid or self.grid)
        dwelling_key = rows.dwelling_key(place, has_room, cells, self.doors)
        household_key = rows.household_key(place, cells.number, dwelling_key, cells.head_name)
        is_doubtful = place is None or not place.is_allowed or rows.home_too_long(cells)
        self._households.add(
            (place and place.grid_id, cells.number)
            if cells.number
            else (cells[:6], cells.head_name)
        )
        return Home(place, cells.head_name, dwelling_key, household_key, is_doubtful)

    def copy_of(self, home):
        """The COPY text of a good row, from its reason to the head's name."""
        if home.copy is None:
            place = home.place
            self.staged.district_ids.add(place.district_id)
            home.copy = "\t".join(
                (
                    *rows.reason(None),
                    *rows.where(place),
                    rows.number_of(self.dwellings, home.dwelling_key),
                    rows.number_of(self.household_keys, home.household_key),
                    copy_text(home.head_name),
                )
            )
        return home.copy

    def finish(self):
        """What was read in all."""
        self.staged.households = len(self._households)
        self.staged.known_grids = self.known_grids.count if self.known_grids else 0
        self.staged.unknown = self.unknown.as_dict()
        self.staged.has_hidden = self.judge.has_hidden
        self.staged.rare = sorted(self.rare.names)
        return self.staged


# One that is too long refuses nobody: it is left out and counted.
SIDE_FACTS = ("phone", "registered_address", "employer", "note")


def _limited(name, compute, unknown):
    def computed(cell):
        said = compute(cell)
        if len(said) <= rows.LENGTHS[name]:
            return said
        unknown.note(name, "…" if name == "phone" else f"{said[:10]}…")
        return ""

    return computed


def _in_full(name):
    return "" if "*" in name else name


def _memos(unknown):
    """{field: Memo of what its cells mean}."""
    memos = {name: spelling.Memo(compute) for name, compute in _COMPUTE.items()}
    for name in SIDE_FACTS:
        memos[name] = spelling.Memo(_limited(name, _COMPUTE[name], unknown))
    memos["head_name"] = spelling.Memo(lambda cell: _in_full(memos["name"][cell]))
    codes = list(Code.objects.values_list("table", "code", "name", "other_words"))
    for table in rows.CODED:
        own = [row[1:] for row in codes if row[0] == table]
        memos[table] = spelling.Memo(values.Coded(table, own, unknown))
    for name in ("kind", "document"):
        memos[name] = spelling.Memo(values.Listed(name, unknown))
    categories = CareCategory.objects.values_list("pk", "code", "name", "other_words")
    memos["care"] = spelling.Memo(values.Categories(categories, unknown))
    return memos
