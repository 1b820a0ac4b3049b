"""Facts that few lists have: of a person's file and stay, of the household, its dwelling, the owner.

They are staged by row and name in a table of their own, which a list without such columns never
makes. Of several rows of a household that say one, the first counts. An empty cell changes nothing;
a value that cannot be read, or does not belong to the kind of resident, is left out and reported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import connection, models

from grids.workbooks import spelling
from residents.imports.others import cells
from residents.imports.workbook import copying, values
from residents.models import Code, Dwelling, Household, Resident, Stay
from residents.people import stays

STAGED = ("import_rare", ["row", "name", "value"])


@dataclass(frozen=True)
class Fact:
    """A column of a model, and how its cell is read; `is_private`: a report shows nothing of it."""

    model: type[models.Model]
    read: Callable
    is_private: bool = False

    def field(self, name):
        return self.model._meta.get_field(name)


FACTS = {
    "former_name": Fact(Resident, spelling.name, is_private=True),
    "native_place": Fact(Resident, spelling.said),
    "political": Fact(Resident, spelling.said),  # a code: `_reader`
    "occupation": Fact(Resident, spelling.said),
    "lives_where_registered": Fact(Resident, cells.listed("separation")),
    "went_to": Fact(Resident, spelling.said, is_private=True),
    "came_from": Fact(Stay, spelling.said, is_private=True),
    "reason": Fact(Stay, cells.listed("stay_reason")),
    "came_on": Fact(Stay, cells.day),
    "leaves_on": Fact(Stay, cells.day),
    "permit": Fact(Stay, cells.listed("permit")),
    "permit_on": Fact(Stay, cells.day),
    "permit_until": Fact(Stay, cells.day),
    "nationality": Fact(Stay, spelling.said),
    "latin_surname": Fact(Stay, spelling.said, is_private=True),
    "latin_given": Fact(Stay, spelling.said, is_private=True),
    "arrived_on": Fact(Household, cells.day),
    "use": Fact(Dwelling, cells.listed("dwelling_use")),
    "tenure": Fact(Dwelling, cells.listed("tenure")),
    "owner_name": Fact(Dwelling, spelling.name, is_private=True),
    "owner_phone": Fact(Dwelling, cells.phone, is_private=True),
    "area": Fact(Dwelling, cells.fraction(8, 2)),
    "floor": Fact(Dwelling, cells.small),
}

CHOICES = {
    name: dict(choices) for name, fact in FACTS.items() if (choices := fact.field(name).choices)
}


def values_of(model, texts):
    """{column: value} of those texts that are facts of a model."""
    return {
        name: fact.field(name).to_python(texts[name])
        for name, fact in FACTS.items()
        if fact.model is model and name in texts
    }


def known(name, resident):
    """What the register says of a fact, about this person or the home."""
    fact = FACTS[name]
    row = {
        Resident: resident,
        Stay: stays.of(resident),
        Household: resident.household,
        Dwelling: resident.household.dwelling,
    }[fact.model]
    return getattr(row, name, "")


class Said:
    """What the rows of a workbook say; one without such a column costs nothing."""

    def __init__(self, unknown):
        self.unknown, self.lines, self.names = unknown, [], set()
        self._memos = {}

    def note(self, keys, columns):
        """`columns` {field: its cells}, as of `rows.columns`."""
        for name in FACTS.keys() & columns.keys():
            memo = self._memo(name)
            self.lines += [
                f"{key}\t{name}\t{copying.copy_text(said)}\n"
                for key, cell in zip(keys, columns[name], strict=True)
                if (said := memo[cell])
            ]
            self.names.add(name)

    def expect(self, tables):
        """Look up the dictionaries before rows are read: then the connection is busy."""
        for name in FACTS:
            if any(name in table.columns for table in tables):
                self._memo(name)

    def _memo(self, name):
        if name not in self._memos:
            read = partial(_read, name, _reader(name, self.unknown), self.unknown)
            self._memos[name] = spelling.Memo(read)
        return self._memos[name]


def _reader(name, unknown):
    if name != "political":
        return FACTS[name].read
    rows = Code.objects.filter(table=name).values_list("code", "name", "other_words")
    coded = values.Coded(name, list(rows), unknown)
    return lambda cell: coded(cell)[0]


def _read(name, read, unknown, cell):
    fact = FACTS[name]
    most = fact.field(name).max_length
    try:
        said = read(cell)
    except cells.Wrong:
        said = None
    if said is None or (most and len(said) > most):
        written = cells.harmless(spelling.text(cell))[:20]
        unknown.note(name, "****" if fact.is_private else written)
        return ""
    return said


def stage(block):
    """Copy what the columns say into their table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS import_rare (row int, name text, value text) ON COMMIT DROP"
        )
    copying.copy(*STAGED, [block])
