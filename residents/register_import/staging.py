"""From cells to the staging table: each cell normalised by its column, each row judged once.

What can be judged from the file and the dictionaries alone is judged here; what needs the
registers is judged in `compare`.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field

from residents import idnumber
from residents.models import CareCategory, Code, Resident
from residents.register_import import reader, rows, values
from residents.register_import.places import Places

CHUNK = 5_000

_COMPUTE = {
    "name": values.name,
    "head_name": values.name,
    "number": values.code_text,
    "grid": values.code_text,
    "compound": values.said,
    "building": values.building,
    "entrance": values.entrance,
    "room": values.room,
    "address": values.said,
    "birth_on": values.day,
    "phone": values.phone,
    "registered_address": values.said,
    "employer": values.said,
    "note": values.said,
}


@dataclass
class Staged:
    """What was read: counts, the numbers of documents (kept out of the database) and places."""

    rows: int = 0
    households: set = field(default_factory=set)
    numbers: dict = field(default_factory=dict)
    dwellings: dict = field(default_factory=dict)
    household_keys: dict = field(default_factory=dict)
    district_ids: set = field(default_factory=set)
    unknown: values.Unknown = field(default_factory=values.Unknown)
    rejected: Counter = field(default_factory=Counter)


class Stager:
    """Reads tables of a workbook, chunk by chunk, into lines for COPY."""

    def __init__(self, reach, today):
        self.today = today
        self.places = Places(reach)
        self.staged = Staged()
        unknown = self.staged.unknown
        self.memos = {name: values.Memo(compute) for name, compute in _COMPUTE.items()}
        codes = list(Code.objects.values_list("table", "code", "name", "other_words"))
        for table in rows.CODED:
            own = [row[1:] for row in codes if row[0] == table]
            self.memos[table] = values.Memo(values.Coded(table, own, unknown))
        for name in ("kind", "document"):
            self.memos[name] = values.Memo(values.Listed(name, unknown))
        categories = CareCategory.objects.values_list(
            "pk", "code", "name", "other_words"
        )
        self.memos["care"] = values.Memo(values.Categories(categories, unknown))
        self._seen_numbers, self._seen_people = set(), set()

    def chunks(self, book, table):
        """Lists of (row key, cells) of at most CHUNK rows, sums and signatures left out."""
        is_data = rows.row_filter(table)
        offset = table.index * reader.SHEET_STEP
        numbered = (
            (offset + number, cells)
            for number, cells in reader.data_rows(book, table)
            if is_data(cells)
        )
        while chunk := list(itertools.islice(numbered, CHUNK)):
            yield chunk

    def lines(self, chunk, table):
        """One COPY line per row of the chunk."""
        cells_of = [cells for __, cells in chunk]
        columns = [self._column(name, cells_of, table) for name in rows.ORDER]
        has_room = "room" in table.columns
        for (row, __), cells in zip(
            chunk, map(rows.Cells._make, zip(*columns, strict=True)), strict=True
        ):
            yield self._line(row, cells, has_room)

    def _column(self, name, chunk, table):
        position = table.columns.get(name)
        if name == "id_number":
            return rows.cells(chunk, position)
        memo = self.memos[name]
        if position is None:
            return itertools.repeat(memo[""], len(chunk))
        return [memo[cell] for cell in rows.cells(chunk, position)]

    def _line(self, row, cells, has_room):
        """The row as a COPY line."""
        staged = self.staged
        staged.rows += 1
        identity, id_reason, written = self._identify(cells.id_number, cells.document)
        place = self.places.find(cells.grid)
        is_head, head_name = rows.head(cells)
        dwelling_key = rows.dwelling_key(place, has_room, cells)
        household_key = rows.household_key(place, cells.number, dwelling_key, head_name)
        staged.households.add(cells.number or (cells[:6], head_name))
        verdict = self._judge(cells, place, identity, id_reason, written, household_key)
        if verdict:
            staged.rejected[verdict[0]] += 1
            dwelling_key = household_key = None
        else:
            staged.district_ids.add(place.district_id)
            if identity:
                staged.numbers[row] = identity.text
        where = (
            (str(place.grid_id), str(place.district_id), str(place.community_id))
            if place
            else (rows.NULL,) * 3
        )
        return "\t".join((
            str(row), *rows.reason(verdict), *where,
            rows.number_of(staged.dwellings, dwelling_key),
            rows.number_of(staged.household_keys, household_key),
            rows.copy_text(head_name), "t" if is_head else "f",
            *rows.person(cells, identity, is_rejected=verdict is not None),
        ))  # fmt: skip

    def _judge(self, cells, place, identity, id_reason, written, household_key):
        """(reason, field, masked value) of the first reason against the row, or None."""
        is_first = identity is None or self._is_first(self._seen_numbers, identity.key)
        birth, sex = cells.birth_on, cells.sex[0]
        if id_reason in rows.FIRST_REASONS:
            return id_reason, "id_number", rows.masked(id_reason, written)
        if not cells.name:
            return rows.NAME_MISSING, "name", ""
        if place is None:
            return rows.GRID_UNKNOWN, "grid", cells.grid[:40]
        if not is_first:
            return rows.DUPLICATE, "id_number", identity.mask
        if (
            identity
            and identity.birth
            and birth
            and not identity.birth.startswith(birth)
        ):
            return rows.CONTRADICTS, "birth_on", birth[:4] + "****"
        if identity and identity.sex and sex in ("1", "2") and sex != identity.sex:
            return rows.CONTRADICTS, "sex", sex
        if not place.is_allowed:
            return rows.OUTSIDE, "grid", cells.grid[:40]
        if id_reason:
            return id_reason, "id_number", idnumber.mask(written[:20])
        if too_long := rows.too_long(cells):
            return "too_long", too_long, ""
        if identity and identity.birth:
            if birth is None:
                self.staged.unknown.note("birth_on", "****")
            return None
        return self._judge_undocumented(cells, identity, household_key)

    def _judge_undocumented(self, cells, identity, household_key):
        """Newborns: known by household, name and birth."""
        birth = cells.birth_on
        if birth is None or (birth and len(birth) < 10 and identity is None):
            return "birth_unreadable", "birth_on", ""
        if identity is not None:
            return None
        if not birth:
            return "id_missing", "id_number", ""
        if household_key is None:
            return "household_missing", "number", ""
        if not self._is_first(self._seen_people, (household_key, cells.name, birth)):
            return "person_duplicate_in_file", "name", ""
        return None

    @staticmethod
    def _is_first(seen, key):
        if key in seen:
            return False
        seen.add(key)
        return True

    def _identify(self, cell, document):
        """(rows.Identity or None, reason or "", the number as written)."""
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            if abs(cell) >= 1e15:
                return None, rows.ID_SCIENTIFIC, f"{cell:.0E}"
            cell = values.text(cell)
        written = values.said(cell)
        if not written:
            return None, "", ""
        if document == Resident.Document.PASSPORT:
            number = written.replace(" ", "").upper()[:18]
            return (
                rows.Identity(document, number, idnumber.mask(number), "", ""),
                "",
                written,
            )
        try:
            number = idnumber.parse(written, self.today)
        except idnumber.NotAnIdNumber as error:
            return None, error.reason, written
        text = number.text
        kind = rows.PERMIT if number.is_permit else rows.ID_CARD
        birth = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
        return rows.Identity(kind, text, number.mask, birth, number.sex), "", written
