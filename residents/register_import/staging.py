"""From cells to the staging table: each cell normalised by its column, each row judged once.

What can be judged from the file and the dictionaries alone is judged here; what needs the
registers is judged in `compare`.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field

from grids.fields import blind_index
from residents import idnumber, pinyin
from residents.models import CareCategory, Code, Resident
from residents.register_import import reader, values
from residents.register_import.places import Places

CHUNK = 5_000
NULL = r"\N"

# Reasons, the first that applies. Texts and remedies are in `reasons`.
ID_SCIENTIFIC, ID_CHECKSUM = "id_scientific", "id_checksum"
NAME_MISSING, GRID_UNKNOWN = "name_missing", "grid_unknown"
DUPLICATE, CONTRADICTS, OUTSIDE = (
    "id_duplicate_in_file",
    "birth_contradicts_id",
    "outside_scope",
)
FIRST_REASONS = [ID_SCIENTIFIC, ID_CHECKSUM]

ROW_COLUMNS = [
    ("row", "int"), ("reason", "text"), ("field", "text"), ("value", "text"),
    ("grid_id", "bigint"), ("district_id", "bigint"), ("community_id", "bigint"),
    ("dwelling_no", "int"), ("household_no", "int"),
    ("head_name", "text"), ("is_head", "bool"),
    ("relation", "text"), ("relation_agrees", "text[]"),
    ("name", "text"), ("pinyin", "text"), ("initials", "text"),
    ("document", "text"), ("id_index", "bytea"), ("id_mask", "text"),
    ("sex", "text"), ("birth_on", "date"), ("ethnicity", "text"),
    ("education", "text"), ("education_agrees", "text[]"),
    ("marital", "text"), ("marital_agrees", "text[]"),
    ("phone", "text"), ("kind", "text"), ("registered_address", "text"),
    ("employer", "text"), ("note", "text"), ("care", "bigint[]"),
]  # fmt: skip

_LENGTHS = {
    "name": 60, "head_name": 60, "number": 30, "phone": 30, "registered_address": 200,
    "employer": 120, "note": 300, "address": 200, "entrance": 20, "room": 20,
    "building": 60, "compound": 60,
}  # fmt: skip

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
    "note": values.text,
}
CODED = ["sex", "relation", "ethnicity", "education", "marital"]
ORDER = [
    "grid", "compound", "building", "entrance", "room", "address", "number", "head_name",
    "relation", "name", "document", "id_number", "sex", "birth_on", "ethnicity", "education",
    "marital", "phone", "kind", "registered_address", "employer", "care", "note",
]  # fmt: skip
HEAD_RELATION = "02"
_TOTALS = (
    "合计",
    "总计",
    "小计",
    "共计",
    "审核",
    "填表",
    "填报",
    "制表",
    "负责人",
    "经办",
    "备注",
    "注:",
    "注：",
    "说明",
    "合計",
    "審核",
    "簽名",
    "签名",
    "盖章",
    "日期",
)


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


def copy_text(value):
    """Text in the form of COPY."""
    if value == "" or value is None:
        return value or ""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = (
            value.replace("\\", "\\\\")
            .replace("\t", " ")
            .replace("\n", " ")
            .replace("\r", " ")
        )
    return value.replace("\0", "")


class Stager:
    """Reads tables of a workbook, chunk by chunk, into lines for COPY."""

    def __init__(self, reach, today):
        self.today = today
        self.places = Places(reach)
        self.staged = Staged()
        unknown = self.staged.unknown
        self.memos = {name: values.Memo(compute) for name, compute in _COMPUTE.items()}
        codes = list(Code.objects.values_list("table", "code", "name", "other_words"))
        for table in CODED:
            rows = [row[1:] for row in codes if row[0] == table]
            self.memos[table] = values.Memo(values.Coded(table, rows, unknown))
        for name in ("kind", "document"):
            self.memos[name] = values.Memo(values.Listed(name, unknown))
        categories = CareCategory.objects.values_list(
            "pk", "code", "name", "other_words"
        )
        self.memos["care"] = values.Memo(values.Categories(categories, unknown))
        self._seen_numbers, self._seen_people = set(), set()

    def chunks(self, book, table):
        """Lists of (row key, cells) of at most CHUNK rows, sums and signatures left out."""
        is_data = _row_filter(table)
        offset = table.index * reader.SHEET_STEP
        rows = (
            (offset + number, cells)
            for number, cells in reader.data_rows(book, table)
            if is_data(cells)
        )
        while chunk := list(itertools.islice(rows, CHUNK)):
            yield chunk

    def lines(self, chunk, table):
        """One COPY line per row of the chunk."""
        columns = [
            self._column(name, [cells for __, cells in chunk], table) for name in ORDER
        ]
        has_room = "room" in table.columns
        for (row, __), line in zip(chunk, zip(*columns, strict=True), strict=True):
            yield self._line(row, has_room, *line)

    def _column(self, name, rows, table):
        position = table.columns.get(name)
        if name == "id_number":
            return _cells(rows, position)
        memo = self.memos[name]
        if position is None:
            return itertools.repeat(memo[""], len(rows))
        return [memo[cell] for cell in _cells(rows, position)]

    def _line(
        self, row, has_room, grid, compound, building, entrance, room, address, number, head_name,
        relation, name, document, id_cell, sex, birth, ethnicity, education, marital, phone,
        kind, registered_address, employer, care, note,
    ):  # fmt: skip
        """The row as a COPY line; `reason` is the first that applies."""
        staged, places = self.staged, self.places
        staged.rows += 1
        identity, id_reason, written = self._identify(id_cell, document)
        place = places.find(grid)
        is_head = relation[0] == HEAD_RELATION or (bool(name) and name == head_name)
        head_name = head_name or (name if relation[0] == HEAD_RELATION else "")
        dwelling_key = _dwelling_key(
            place, has_room, compound, building, entrance, room, address
        )
        household_key = _household_key(place, number, dwelling_key, head_name)
        staged.households.add(
            number or (grid, compound, building, entrance, room, address, head_name)
        )

        index = id_mask = id_birth = ""
        is_first = True
        if identity is not None:
            id_text, id_mask, id_birth, id_sex, document = identity
            is_first = (document, id_text) not in self._seen_numbers
            self._seen_numbers.add((document, id_text))

        reason = field_name = value = ""
        if id_reason in FIRST_REASONS:
            reason, field_name, value = (
                id_reason,
                "id_number",
                idnumber.mask(written[:20]),
            )
        elif not name:
            reason, field_name = NAME_MISSING, "name"
        elif place is None:
            reason, field_name, value = GRID_UNKNOWN, "grid", grid[:40]
        elif not is_first:
            reason, field_name, value = DUPLICATE, "id_number", id_mask
        elif id_birth and birth and not id_birth.startswith(birth):
            reason, field_name, value = CONTRADICTS, "birth_on", birth[:4] + "****"
        elif (
            identity is not None
            and id_sex
            and sex[0] in ("1", "2")
            and sex[0] != id_sex
        ):
            reason, field_name, value = CONTRADICTS, "sex", sex[0]
        elif not place.is_allowed:
            reason, field_name, value = OUTSIDE, "grid", grid[:40]
        elif id_reason:
            reason, field_name, value = (
                id_reason,
                "id_number",
                idnumber.mask(written[:20]),
            )
        elif too_long := _too_long(locals()):
            reason, field_name = "too_long", too_long
        elif identity is None or not id_birth:
            reason, field_name = self._judge_undocumented(
                identity, birth, household_key, name
            )

        if birth is None and not id_birth:
            birth = ""
        elif birth is None:
            staged.unknown.note("birth_on", "****")
        if reason:
            staged.rejected[reason] += 1
        else:
            staged.district_ids.add(place.district_id)
            if identity is not None:
                staged.numbers[row] = id_text
                index = r"\\x" + blind_index(id_text).hex()
        full, initials = pinyin.keys(name)
        sex_code = (id_sex if identity is not None and id_sex else sex[0]) or ""
        birth_text = id_birth or (birth if birth and len(birth) == 10 else "")
        return "\t".join((
            str(row), reason or NULL, field_name, copy_text(value),
            *((str(place.grid_id), str(place.district_id), str(place.community_id)) if place else (NULL,) * 3),
            _number_of(staged.dwellings, None if reason else dwelling_key),
            _number_of(staged.household_keys, None if reason else household_key),
            copy_text(head_name), "t" if is_head else "f",
            relation[0], _array(relation[1]),
            copy_text(name), copy_text(full), copy_text(initials),
            document or Resident.Document.NONE, index or NULL, copy_text(id_mask),
            sex_code, birth_text or NULL, ethnicity[0],
            education[0], _array(education[1]), marital[0], _array(marital[1]),
            copy_text(phone), kind, copy_text(registered_address), copy_text(employer),
            copy_text(note), _array(care),
        ))  # fmt: skip

    def _identify(self, cell, document):
        """((text, mask, ISO birth, sex, document) or None, reason or "", as written)."""
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            if abs(cell) >= 1e15:
                return None, ID_SCIENTIFIC, f"{cell:.5G}"
            cell = values.text(cell)
        written = values.said(cell)
        if not written:
            return None, "", ""
        if document == Resident.Document.PASSPORT:
            number = written.replace(" ", "").upper()[:18]
            return (number, idnumber.mask(number), "", "", document), "", written
        try:
            number = idnumber.parse(written, self.today)
        except idnumber.NotAnIdNumber as error:
            return None, error.reason, written
        kind = (
            Resident.Document.HMT_PERMIT
            if number.is_permit
            else Resident.Document.ID_CARD
        )
        text = number.text
        birth = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
        return (text, number.mask, birth, number.sex, str(kind)), "", written

    def _judge_undocumented(self, identity, birth, household_key, name):
        """Newborns: known by household, name and birth. (reason, field) or ("", "")."""
        if birth is None or (birth and len(birth) < 10 and identity is None):
            return "birth_unreadable", "birth_on"
        if identity is not None:
            return "", ""
        if not birth:
            return "id_missing", "id_number"
        if household_key is None:
            return "household_missing", "number"
        key = (household_key, name, birth)
        if key in self._seen_people:
            return "person_duplicate_in_file", "name"
        self._seen_people.add(key)
        return "", ""


def _row_filter(table):
    """Whether a row is about a person: not a sum, a signature, or the head once more."""
    id_at, name_at = table.columns.get("id_number", -1), table.columns.get("name", -1)
    name_head = table.heads.get("name")

    def is_data(cells):
        if 0 <= id_at < len(cells) and cells[id_at] not in ("", None):
            return not (
                isinstance(cells[id_at], str)
                and " ".join(cells[id_at].split()) == table.heads["id_number"]
            )
        filled = [cell for cell in cells if cell not in ("", None)]
        if len(filled) <= 2 or str(filled[0]).strip().startswith(_TOTALS):
            return False
        return not (
            0 <= name_at < len(cells)
            and name_head
            and " ".join(str(cells[name_at]).split()) == name_head
        )

    return is_data


def _cells(rows, position):
    if position is None:
        return [""] * len(rows)
    return [cells[position] if position < len(cells) else "" for cells in rows]


def _dwelling_key(place, has_room, compound, building, entrance, room, address):
    """(grid, compound, building, entrance, room, address): in a building, or at an address."""
    if place is None:
        return None
    if building and (room or not has_room):
        return place.grid_id, compound, building, entrance, room, ""
    return (place.grid_id, "", "", "", "", address) if address else None


def _household_key(place, number, dwelling_key, head_name):
    if place is None:
        return None
    if number:
        return place.community_id, number
    return (dwelling_key, head_name) if dwelling_key and head_name else None


def _too_long(row):
    return next(
        (name for name, most in _LENGTHS.items() if len(row[name]) > most), None
    )


def _number_of(numbers, key):
    if key is None:
        return NULL
    return str(numbers.setdefault(key, len(numbers) + 1))


def _array(items):
    return "{" + ",".join(map(str, items)) + "}" if items else NULL
