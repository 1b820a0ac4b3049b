"""A chunk of rows, column by column: each distinct cell becomes COPY text once, and a row is
these texts joined. Rows about which anything might be said are judged one by one.
"""

import itertools
from collections import Counter

from grids.fields import blind_indexes
from grids.workbooks import spelling
from grids.workbooks.as_shown import NOT_CALCULATED
from residents import pinyin
from residents.imports.people import dwelling_codes, masked, rows
from residents.imports.people.document_numbers import Identity
from residents.imports.workbook.copying import copy_text
from residents.models import HEAD_OF_HOUSEHOLD
from residents.people import idnumber

_DOOR = ["grid", "compound", "building", "entrance", "room", "address"]
_HOME = ["grid", "compound", "building", "entrance", "room", "address", "number"]
# The columns after the document, in the order of rows.ROW_COLUMNS.
_TAIL = [
    "ethnicity",
    "education",
    "marital",
    "phone",
    "kind",
    "registered_address",
    "employer",
    "note",
    "care",
]
_AGREEING = {"relation", "education", "marital"}
_HEAD = HEAD_OF_HOUSEHOLD + "\t"
_SEXES = ("1", "2")


class Copies(dict):
    """{field: Memo from a cell to its COPY text}; None for a cell that needs a verdict."""

    def __init__(self, memos):
        super().__init__()
        for name in ["relation", *_TAIL]:
            self[name] = spelling.Memo(_copying(name, memos[name]))
        self["name"] = spelling.Memo(lambda cell: _copy_name(memos["name"][cell]))
        self["sex"] = spelling.Memo(lambda cell: memos["sex"][cell][0])


class Chunk:
    """`keys` of the rows and {field: its cells}; the stager knows what cells mean."""

    def __init__(self, stager, keys, cells):
        self.stager, self.keys = stager, keys
        self._cells, self._nothing = cells, [""] * len(keys)
        self._names = self._mean("name")

    def block(self):
        """COPY text of all the rows."""
        stager = self.stager
        names, relations = self._read("name"), self._read("relation")
        homes = self._homes(relations)
        identities = self._identities()
        unique = [_unique(identity) for identity in identities]
        columns = [names, *map(self._read, _TAIL)]
        wrong = self._wrong_codes(homes) | self._not_calculated()
        doubtful = self._doubtful(identities, homes, columns) | self._repeated(unique)
        doubtful.update(wrong)
        good = [at not in doubtful for at in range(len(self.keys))]

        def pick(column):
            return list(itertools.compress(column, good)) if doubtful else column

        stager.judge.numbers.update(pick(unique))
        texts, copies = _copy_identities(pick(identities))
        lines = [
            *map(
                "\t".join,
                zip(
                    map(str, pick(self.keys)),
                    [home.copy or stager.copy_of(home) for home in pick(homes)],
                    pick(self._are_heads(relations, homes)),
                    pick(relations),
                    pick(names),
                    copies,
                    *map(pick, columns[1:]),
                    strict=True,
                ),
            )
        ]
        numbers = dict(zip(pick(self.keys), texts, strict=True))
        for at in sorted(doubtful):
            lines.append(self._judged_line(at, homes[at], identities[at], numbers, wrong.get(at)))
        stager.staged.numbers.add(numbers)
        return "\n".join(lines) + "\n"

    def _raw(self, name):
        return self._cells.get(name, self._nothing)

    def _read(self, name):
        """The column as COPY text."""
        return list(map(self.stager.copies[name].__getitem__, self._raw(name)))

    def _mean(self, name):
        """What the column's cells mean."""
        return list(map(self.stager.memos[name].__getitem__, self._raw(name)))

    def _identities(self):
        if "id_number" not in self._cells and self._raw("name") is self._raw("head_name"):
            return [masked.OF_HEAD] * len(self.keys)
        documents = self._mean("document") if "document" in self._cells else []
        return self.stager.reader.column(self._raw("id_number"), documents)

    def _homes(self, relations):
        """The Home of each row. Rows of one household mostly follow each other."""
        heads = self._mean("head_name")
        if "" in heads:
            heads = [
                head or (name if relation.startswith(_HEAD) else "")
                for head, name, relation in zip(heads, self._names, relations, strict=True)
            ]
        found, last, home = [], None, None
        heads = self._heads_above(heads)
        for said in zip(*map(self._raw, _HOME), heads, strict=True):
            if said != last:
                home, last = self._home(said), said
            found.append(home)
        return found

    def _heads_above(self, heads):
        """A member without number and head belongs to the head above at the same door."""
        if "" not in heads:
            return heads
        doors = list(zip(*map(self._raw, _DOOR), strict=True))
        numbers, last, found = self._mean("number"), self.stager.last_head, []
        for door, number, head in zip(doors, numbers, heads, strict=True):
            if head:
                last = door, head
            elif not number and any(door[1:]) and last[0] == door:
                head = last[1]
            found.append(head)
        self.stager.last_head = last
        return found

    def _home(self, said):
        memos = self.stager.memos
        meant = [memos[name][cell] for name, cell in zip(_HOME, said, strict=False)]
        cells = rows.HomeCells._make([*meant, said[-1]])
        return self.stager.home(cells, has_room="room" in self._cells)

    def _are_heads(self, relations, homes):
        return [
            "t" if relation.startswith(_HEAD) or (name and name == home.head_name) else "f"
            for relation, name, home in zip(relations, self._names, homes, strict=True)
        ]

    def _doubtful(self, identities, homes, columns):
        """Places of the rows that need a verdict: whatever is not plainly good."""
        days = self.stager.memos["birth_on"]
        doubtful = {
            at
            for at, (identity, home, birth, sex) in enumerate(
                zip(
                    identities,
                    homes,
                    self._raw("birth_on"),
                    self._read("sex"),
                    strict=True,
                )
            )
            if identity.__class__ is not Identity
            or home.is_doubtful
            or not identity.birth
            or (birth != identity.birth and not _agrees(days[birth], identity.birth))
            or (sex != identity.sex and sex in _SEXES)
        }
        for column in columns:
            if None in column:
                doubtful.update(at for at, copy in enumerate(column) if copy is None)
        return doubtful

    def _repeated(self, keys):
        """Places of the rows whose number is in the file already, or twice in the chunk."""
        seen = self.stager.judge.numbers
        counts = Counter(keys)
        del counts[None]
        if len(counts) == counts.total() and seen.isdisjoint(counts):
            return set()
        return {
            at
            for at, key in enumerate(keys)
            if key is not None and (counts[key] > 1 or key in seen)
        }

    def _wrong_codes(self, homes):
        """{place: verdict} of the rows whose house code cannot be right."""
        if dwelling_codes.FIELD not in self._cells:
            return {}
        return self.stager.codes.judge(self._raw(dwelling_codes.FIELD), homes)

    def _not_calculated(self):
        """{place: verdict} of the rows with a formula that nobody calculated."""
        return {
            at: (rows.NOT_CALCULATED, field, "")
            for field, cells in self._cells.items()
            if NOT_CALCULATED in cells
            for at, cell in enumerate(cells)
            if cell == NOT_CALCULATED
        }

    def _judged_line(self, at, home, found, numbers, last_verdict):
        """The row as COPY text, after its verdict; `numbers` gets the number of a good one."""
        stager, memos = self.stager, self.stager.memos
        cells = rows.Cells._make(memos[name][self._raw(name)[at]] for name in rows.ORDER)
        if last_verdict and last_verdict[0] == rows.NOT_CALCULATED:
            verdict = last_verdict
        else:
            verdict = stager.judge.verdict(cells, home.place, found, home.household_key)
            verdict = verdict or last_verdict
        identity = found if isinstance(found, Identity) else None
        if verdict:
            stager.staged.rejected[verdict[0]] += 1
            home_copy = rows.rejected_home(verdict, home)
        else:
            home_copy = stager.copy_of(home)
            if identity:
                numbers[self.keys[at]] = identity.text
        return "\t".join(
            (
                str(self.keys[at]),
                home_copy,
                "t" if rows.is_head(cells, home) else "f",
                *rows.person(
                    cells, identity, masked.mask_of(found, cells), is_rejected=verdict is not None
                ),
            )
        )


def _agrees(day, birth):
    return day is not None and birth.startswith(day)


def _unique(identity):
    return identity.key if identity.__class__ is Identity else None


def _copy_identities(identities):
    """(numbers, their columns as COPY text)"""
    texts = [identity.text for identity in identities]
    return texts, [
        f"{document}\t\\\\x{index}\t{idnumber.mask(text)}\t{sex}\t{birth}"
        for (document, text, birth, sex), index in zip(
            identities, blind_indexes(texts), strict=True
        )
    ]


def _copy_name(name):
    if not name or len(name) > rows.LENGTHS["name"] or "*" in name:
        return None
    return "\t".join(map(copy_text, (name, *pinyin.keys(name))))


def _copying(name, memo):
    """The function from a cell of this column to its COPY text."""
    if name in _AGREEING:
        return lambda cell: f"{memo[cell][0]}\t{rows.array(memo[cell][1])}"
    if name == "care":
        return lambda cell: rows.array(memo[cell])
    if name == "ethnicity":
        return lambda cell: memo[cell][0]
    most = rows.LENGTHS.get(name, 200)

    def copy(cell):
        said = memo[cell]
        return copy_text(said) if len(said) <= most else None

    return copy
