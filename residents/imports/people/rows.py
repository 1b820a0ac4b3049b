"""One row: what it says of a person, a place and a household, and how COPY writes that."""

import itertools
from collections import namedtuple
from operator import attrgetter, gt

from grids.fields import blind_index
from residents import pinyin
from residents.imports.people.document_numbers import ID_CHECKSUM, ID_SCIENTIFIC, NO_DOCUMENT
from residents.imports.workbook.copying import NULL, copy_text
from residents.models import HEAD_OF_HOUSEHOLD
from residents.people import idnumber

# Reasons, the first that applies. Texts and remedies are in `reasons`.
NAME_MISSING, GRID_UNKNOWN = "name_missing", "grid_unknown"
DUPLICATE, CONTRADICTS, OUTSIDE = (
    "id_duplicate_in_file",
    "birth_contradicts_id",
    "outside_scope",
)
NOT_CALCULATED = "not_calculated"
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

LENGTHS = {
    "name": 60,
    "head_name": 60,
    "number": 30,
    "phone": 30,
    "registered_address": 200,
    "employer": 120,
    "note": 300,
    "address": 200,
    "entrance": 20,
    "room": 20,
    "building": 60,
    "compound": 60,
}

CODED = ["sex", "relation", "ethnicity", "education", "marital"]
Cells = namedtuple(
    "Cells",
    [
        "grid",
        "compound",
        "building",
        "entrance",
        "room",
        "address",
        "number",
        "head_name",
        "relation",
        "name",
        "document",
        "sex",
        "birth_on",
        "ethnicity",
        "education",
        "marital",
        "phone",
        "kind",
        "registered_address",
        "employer",
        "care",
        "note",
    ],
)
ORDER = Cells._fields
# What tells where a row lives; `head_name` also when only the head's own row says it.
HomeCells = namedtuple(
    "HomeCells",
    ["grid", "compound", "building", "entrance", "room", "address", "number", "head_name"],
)
_limited = attrgetter(*LENGTHS)
_home_lengths = {name: LENGTHS[name] for name in HomeCells._fields if name in LENGTHS}
_home_limited = attrgetter(*_home_lengths)


def reason(verdict):
    return map(copy_text, verdict) if verdict else (NULL, "", "")


def is_head(cells, home):
    says_head = cells.relation[0] == HEAD_OF_HOUSEHOLD
    return says_head or (bool(cells.name) and cells.name == home.head_name)


def where(place):
    if place is None:
        return (NULL,) * 3
    return str(place.grid_id), str(place.district_id), str(place.community_id)


def rejected_home(verdict, home):
    """The COPY text of a rejected row, from its reason to the head's name: it belongs nowhere."""
    return "\t".join((*reason(verdict), *where(home.place), NULL, NULL, copy_text(home.head_name)))


def person(cells, identity, mask="", *, is_rejected):
    """The columns of the person as COPY text, from `relation` to `care`; `mask` where no number is told."""
    full, initials = pinyin.keys(cells.name)
    index, birth = (
        NULL,
        cells.birth_on if cells.birth_on and len(cells.birth_on) == 10 else "",
    )
    if identity and not is_rejected:
        index = r"\\x" + blind_index(identity.text).hex()
    return (
        cells.relation[0],
        array(cells.relation[1]),
        copy_text(cells.name),
        copy_text(full),
        copy_text(initials),
        identity.document if identity else NO_DOCUMENT,
        index,
        copy_text(identity.mask if identity else mask),
        (identity and identity.sex) or cells.sex[0] or "",
        (identity and identity.birth) or birth or NULL,
        cells.ethnicity[0],
        cells.education[0],
        array(cells.education[1]),
        cells.marital[0],
        array(cells.marital[1]),
        copy_text(cells.phone),
        cells.kind,
        copy_text(cells.registered_address),
        copy_text(cells.employer),
        copy_text(cells.note),
        array(cells.care),
    )


def masked(reason, written):
    """3.****E+17 for a number that became a float, else the first and last character."""
    if reason == ID_SCIENTIFIC and "E" in written.upper():
        return f"{written[0]}.****E{written.upper().partition('E')[2]}"
    return idnumber.mask(written[:20])


def columns(table, chunk):
    """{field: list of its cells} of the columns that the table has."""
    found = list(itertools.zip_longest(*chunk, fillvalue=""))
    said = {field: found[at] for field, at in table.columns.items() if at < len(found)}
    if not said.keys() & {"address", "building"} and "registered_address" in said:
        said["address"] = said["registered_address"]  # of the police: who is registered here
    if "name" not in said and "head_name" in said:
        said["name"] = said["head_name"]  # a list of households names their heads alone
    return said


def dwelling_key(place, has_room, cells, doors):
    """(grid, compound, building, entrance, room, address): in a building, or at an address."""
    if place is None:
        return None
    said = cells.compound, cells.building, cells.entrance, cells.room, cells.address
    door = doors.read(place, *said)
    __, building, __, room = door
    if building and (room or not has_room):
        return (place.grid_id, *door, "")
    if not cells.address:
        return None
    return (place.grid_id, "", "", "", "", cells.address)


def household_key(place, number, dwelling_key, head_name):
    if place is None:
        return None
    if number:
        return place.grid_id, number
    return (dwelling_key, head_name) if dwelling_key and head_name else None


def too_long(cells):
    """The first field with more letters than its column takes, or None."""
    if not any(map(gt, map(len, _limited(cells)), LENGTHS.values())):
        return None
    return next(name for name, most in LENGTHS.items() if len(getattr(cells, name)) > most)


def home_too_long(cells):
    return any(map(gt, map(len, _home_limited(cells)), _home_lengths.values()))


def number_of(numbers, key):
    if key is None:
        return NULL
    return str(numbers.setdefault(key, len(numbers) + 1))


def array(items):
    return "{" + ",".join(map(str, items)) + "}" if items else NULL
