"""One row of the residents' workbook by itself: its verdict, its document, its household, its text."""

from datetime import date

import pytest

from residents.imports.people import rows
from residents.imports.people.document_numbers import (
    Identity,
    NoNumber,
    Numbers,
    Reader,
)
from residents.imports.people.judging import Judge
from residents.imports.people.masked import Masked
from residents.imports.workbook.places import Place
from residents.imports.workbook.said_doors import Doors
from residents.imports.workbook.values import Unknown
from residents.people import idnumber

TODAY = date(2026, 11, 22)
NUMBER, OTHER = "37040219500501002" + "0", "110101199003074514"
HERE = Place(grid_id=1, district_id=2, community_id=3, is_allowed=True)
ELSEWHERE = Place(grid_id=4, district_id=2, community_id=3, is_allowed=False)
CHILD = Identity("passport", "G1", "", "")
KNOWN = Identity("id_card", OTHER, "1990-03-07", "1")


def cells(**said):
    empty = dict.fromkeys(rows.ORDER, "")
    for name in ("sex", "relation", "ethnicity", "education", "marital"):
        empty[name] = ("", ())
    return rows.Cells(**empty | {"name": "王秀兰", "birth_on": "1990-03-07"} | said)


def verdict(judge=None, *, place=HERE, found=KNOWN, key=("x",), **said):
    return (judge or Judge(Unknown(), TODAY)).verdict(cells(**said), place, found, key)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        # the number first
        ({"found": NoNumber("id_scientific", "1E+17"), "name": ""},
         ("id_scientific", "id_number", "1.****E+17")),
        ({"found": NoNumber("id_checksum", "110101199003074515"), "name": "", "place": None},
         ("id_checksum", "id_number", "1****************5")),
        # then the name, then the grid
        ({"name": "", "place": None}, ("name_missing", "name", "")),
        ({"place": None, "grid": "无" * 50}, ("grid_unknown", "grid", "无" * 40)),
        # what contradicts the number
        ({"birth_on": "1990-03-08"}, ("birth_contradicts_id", "birth_on", "1990****")),
        ({"birth_on": "1991"}, ("birth_contradicts_id", "birth_on", "1991****")),
        ({"birth_on": "1990-03"}, None),
        ({"birth_on": "1990"}, None),
        ({"birth_on": ""}, None),
        ({"birth_on": None}, None),
        ({"sex": ("2", ())}, ("birth_contradicts_id", "sex", "2")),
        ({"sex": ("1", ())}, None),
        ({"sex": ("9", ())}, None),
        ({"birth_on": "1991", "place": ELSEWHERE}, ("birth_contradicts_id", "birth_on", "1991****")),
        # whose grid
        ({"place": ELSEWHERE, "grid": "G" * 50}, ("outside_scope", "grid", "G" * 40)),
        ({"place": ELSEWHERE, "found": NoNumber("id_birth", OTHER)}, ("outside_scope", "grid", "")),
        # other things against the number
        ({"found": NoNumber("id_birth", OTHER)}, ("id_birth", "id_number", "1****************4")),
        ({"found": NoNumber("id_future", OTHER), "note": "长" * 301},
         ("id_future", "id_number", "1****************4")),
        # too long
        ({"note": "长" * 300}, None),
        ({"note": "长" * 301}, ("too_long", "note", "")),
        ({"name": "长" * 61}, ("too_long", "name", "")),
        # without a document, or with one that says no birth
        ({"found": None}, None),
        ({"found": None, "birth_on": None}, ("birth_unreadable", "birth_on", "")),
        ({"found": None, "birth_on": "1990-03"}, ("birth_incomplete", "birth_on", "1990")),
        ({"found": None, "birth_on": "1899-12-31"}, ("birth_outside", "birth_on", "1899")),
        ({"found": None, "birth_on": "2026-11-23"}, ("birth_outside", "birth_on", "2026")),
        ({"found": None, "birth_on": "2027"}, ("birth_outside", "birth_on", "2027")),
        ({"found": None, "birth_on": ""}, None),  # a child of the household, or refused in SQL
        ({"found": Masked("3**4"), "birth_on": ""}, None),
        ({"found": Masked("3**4"), "place": ELSEWHERE}, ("outside_scope", "grid", "")),
        ({"found": None, "key": None}, ("household_missing", "number", "")),
        ({"found": CHILD, "birth_on": None}, ("birth_unreadable", "birth_on", "")),
        ({"found": CHILD, "birth_on": "1990"}, None),
        ({"found": CHILD, "birth_on": ""}, None),
        ({"found": CHILD, "key": None}, None),
        ({"found": CHILD, "sex": ("2", ())}, None),
    ],
)  # fmt: skip
def test_the_first_thing_against_a_row(said, expected):
    assert verdict(**said) == expected


def test_a_number_counts_once_and_also_where_its_row_is_refused():
    judge = Judge(Unknown(), TODAY)
    masked = "1****************4"

    assert verdict(judge, place=ELSEWHERE)[0] == "outside_scope"
    assert verdict(judge) == ("id_duplicate_in_file", "id_number", masked)
    other = Identity("id_card", NUMBER, "1950-05-01", "2")
    assert verdict(judge, found=other, birth_on="") is None
    assert verdict(judge, found=Identity("passport", OTHER, "", "")) is None
    assert verdict(judge, found=Identity("passport", OTHER, "", ""))[0] == "id_duplicate_in_file"


def test_somebody_without_a_document_counts_once_by_household_name_and_birth():
    judge = Judge(Unknown(), TODAY)

    assert verdict(judge, found=None) is None
    assert verdict(judge, found=None) == ("person_duplicate_in_file", "name", "")
    assert verdict(judge, found=None, name="王小") is None
    assert verdict(judge, found=None, birth_on="1990-03-08") is None
    assert verdict(judge, found=None, key=("y",)) is None


def test_a_birth_that_cannot_be_read_beside_a_number_is_counted_and_not_shown():
    unknown = Unknown()

    verdict(Judge(unknown, TODAY), birth_on=None)
    verdict(Judge(unknown, TODAY))

    assert unknown.as_dict() == {"birth_on": {"****": 1}}


# Documents


@pytest.mark.parametrize(
    ("cell", "document", "expected"),
    [
        (OTHER, "", KNOWN),
        (OTHER, "id_card", KNOWN),
        (f" {OTHER[:6]} {OTHER[6:]} ", "", KNOWN),
        ("", "", None),
        ("无", "", None),
        (None, "", None),
        ("G 123a", "passport", Identity("passport", "G123A", "", "")),
        (OTHER, "passport", KNOWN),  # a citizen's number is one, whatever the file calls it
        ("G" * 30, "passport", Identity("passport", "G" * 30, "", "")),
        ("G" * 31, "passport", NoNumber("document_wrong", "G" * 31)),
        ("军字第1234567号", "military", Identity("military", "军字第1234567号", "", "")),
        ("R370123456", "birth_cert", Identity("birth_cert", "R370123456", "", "")),
        ("h1234567800", "hm_pass", Identity("hm_pass", "H1234567800", "", "")),
        ("H12345679", "", Identity("hm_pass", "H12345679", "", "")),
        ("12345678", "tw_pass", Identity("tw_pass", "12345678", "", "")),
        ("12345678", "", NoNumber("id_checksum", "12345678")),
        ("USA110083012601", "", Identity("permanent", "USA110083012601", "", "")),
        ("USA11", "permanent", NoNumber("document_wrong", "USA11")),
        ("911560198301240012", "", Identity("permanent", "911560198301240012", "1983-01-24", "1")),
        (OTHER[:6] + "." + OTHER[6:14] + "." + OTHER[14:], "", KNOWN),
        (OTHER[:3] + "," + OTHER[3:], "", KNOWN),
        (OTHER + ".0", "", KNOWN),
        (OTHER[:6] + "\u00ad" + OTHER[6:], "", KNOWN),
        ("0", "", None),
        (0.0, "", None),
        ("0" * 18, "", None),
        ("待补", "", None),
        ("1" * 18, "", NoNumber("id_checksum", "1" * 18)),
        ("G123", "", NoNumber("id_checksum", "G123")),
        (1e15, "", NoNumber("id_scientific", "1E+15")),
        (-1e15, "", NoNumber("id_scientific", "-1E+15")),
        (10**15, "", NoNumber("id_scientific", "1E+15")),
        (999999999999999.0, "", NoNumber("id_birth", "999999999999999")),
        (5, "", NoNumber("id_checksum", "5")),
        (True, "", NoNumber("id_checksum", "True")),
        ("810000199001011235"[:17] + idnumber.check_character("81000019900101123"), "", "permit"),
    ],
)
def test_what_a_cell_of_numbers_is(cell, document, expected):
    [found] = Reader(TODAY).column([cell], [document])

    if expected == "permit":
        assert (found.document, found.birth, found.sex) == ("hmt_permit", "1990-01-01", "1")
    else:
        assert found == expected


def test_a_column_without_kinds_is_read_like_one_of_plain_numbers():
    assert Reader(TODAY).column([OTHER, ""], []) == [KNOWN, None]
    assert (KNOWN.key, KNOWN.mask) == (11010119900307451, "1****************4")
    assert CHILD.key == "passport G1"


def test_numbers_are_kept_by_their_rows():
    numbers = Numbers()
    numbers.add({2: "a", 5: "b"})
    numbers.add({})
    numbers.add({9: "c"})

    assert len(numbers.chunks) == 2
    assert list(numbers.of({2, 9, 7})) == [(2, "a"), (9, "c")]
    assert list(numbers.of(set())) == []


# Homes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "has_room", "said", "key"),
    [
        (HERE, True, {"building": "1号楼", "room": "101", "compound": "甲", "entrance": "1单元"},
         (1, "甲", "1号楼", "1单元", "101", "")),
        (HERE, True, {"building": "1号楼"}, None),
        (HERE, False, {"building": "1号楼"}, (1, "", "1号楼", "", "", "")),
        (HERE, True, {"building": "1号楼", "address": "建设路"}, (1, "", "", "", "", "建设路")),
        (HERE, True, {"address": "建设路"}, (1, "", "", "", "", "建设路")),
        (HERE, True, {"room": "101"}, None),
        (HERE, True, {"building": "1号楼", "room": "101", "address": "建设路"},
         (1, "", "1号楼", "", "101", "")),
        (None, True, {"address": "建设路"}, None),
    ],
)  # fmt: skip
def test_which_dwelling_a_row_means(place, has_room, said, key):
    home = rows.HomeCells(**dict.fromkeys(rows.HomeCells._fields, "") | said)

    assert rows.dwelling_key(place, has_room, home, Doors()) == key


@pytest.mark.parametrize(
    ("place", "number", "dwelling", "head", "key"),
    [
        (HERE, "N1", None, "", (1, "N1")),
        (HERE, "N1", "d", "王", (1, "N1")),
        (HERE, "", "d", "王", ("d", "王")),
        (HERE, "", "d", "", None),
        (HERE, "", None, "王", None),
        (None, "N1", "d", "王", None),
    ],
)
def test_which_household_a_row_means(place, number, dwelling, head, key):
    assert rows.household_key(place, number, dwelling, head) == key


MOST = {
    "name": 60, "head_name": 60, "number": 30, "phone": 30, "registered_address": 200, "employer": 120,
    "note": 300, "address": 200, "entrance": 20, "room": 20, "building": 60, "compound": 60,
}  # fmt: skip


@pytest.mark.parametrize("name", MOST)
def test_how_many_letters_a_cell_may_have(name):
    assert rows.too_long(cells(**{name: "x" * MOST[name]})) is None
    assert rows.too_long(cells(**{name: "x" * (MOST[name] + 1)})) == name
    if name in rows.HomeCells._fields:
        empty = dict.fromkeys(rows.HomeCells._fields, "")
        assert not rows.home_too_long(rows.HomeCells(**empty | {name: "x" * MOST[name]}))
        assert rows.home_too_long(rows.HomeCells(**empty | {name: "x" * (MOST[name] + 1)}))
    assert set(rows.LENGTHS) == set(MOST)


@pytest.mark.parametrize(
    ("relation", "name", "head", "is_head"),
    [
        ("02", "王", "李", True), ("20", "王", "王", True), ("20", "王", "李", False), ("20", "", "", False),
        ("", "王", "", False),
    ],
)  # fmt: skip
def test_who_is_the_head(relation, name, head, is_head):
    home = rows.HomeCells(**dict.fromkeys(rows.HomeCells._fields, "") | {"head_name": head})

    assert rows.is_head(cells(relation=(relation, ()), name=name), home) is is_head


# Text for COPY


@pytest.mark.parametrize(
    ("items", "text"), [((), r"\N"), (("20",), "{20}"), ((3, 7), "{3,7}"), (None, r"\N")]
)
def test_an_array(items, text):
    assert rows.array(items) == text


def test_keys_get_numbers_in_the_order_of_their_coming():
    numbers = {}

    assert [rows.number_of(numbers, key) for key in ("a", "b", "a", None, "c")] == [
        "1", "2", "1", r"\N", "3",
    ]  # fmt: skip
    assert numbers == {"a": 1, "b": 2, "c": 3}


def test_where_a_row_lies():
    assert rows.where(HERE) == ("1", "2", "3")
    assert rows.where(None) == (r"\N",) * 3
    assert list(rows.reason(None)) == [r"\N", "", ""]
    assert list(rows.reason(("too_long", "note", "a\tb"))) == ["too_long", "note", "a b"]


@pytest.mark.parametrize(
    ("reason", "written", "shown"),
    [
        ("id_scientific", "3.7e+17", "3.****E+17"),
        ("id_scientific", "370402", "3****2"),
        ("id_checksum", "3.7E+17", "3*****7"),
        ("id_checksum", "1" * 30, "1" + "*" * 18 + "1"),
    ],
)
def test_a_wrong_number_as_it_is_shown(reason, written, shown):
    assert rows.masked(reason, written) == shown


def test_the_columns_that_a_table_has():
    class Table:
        columns = {"name": 0, "note": 2, "far": 9}

    assert rows.columns(Table, [["王", "x", "y"], ["李"]]) == {
        "name": ("王", "李"),
        "note": ("y", ""),
    }


def test_the_columns_of_a_person():
    said = rows.person(
        cells(
            relation=("20", ("20", "21")), sex=("2", ()), ethnicity=("01", ()), education=("70", ()),
            marital=("20", ("20", "21")), phone="138", kind="floating", registered_address="路",
            employer="厂", note="话", care=(3, 7),
        ),
        KNOWN,
        is_rejected=True,
    )  # fmt: skip
    assert said == (
        "20", "{20,21}", "王秀兰", "wangxiulan", "wxl", "id_card", r"\N", "1****************4", "1",
        "1990-03-07", "01", "70", r"\N", "20", "{20,21}", "138", "floating", "路", "厂", "话", "{3,7}",
    )  # fmt: skip
    nobody = rows.person(cells(birth_on="1990", sex=("2", ())), None, is_rejected=False)
    assert nobody[5:10] == ("none", r"\N", "", "2", r"\N")
    known = rows.person(cells(), None, is_rejected=False)
    assert known[9] == "1990-03-07"
    accepted = rows.person(cells(), KNOWN, is_rejected=False)
    assert accepted[6].startswith(r"\\x")
    assert len(rows.ROW_COLUMNS) == 11 + len(accepted)


COLUMNS = [
    "row",
    "reason",
    "field",
    "value",
    "grid_id",
    "district_id",
    "community_id",
    "dwelling_no",
    "household_no",
    "head_name",
    "is_head",
    "relation",
    "relation_agrees",
    "name",
    "pinyin",
    "initials",
    "document",
    "id_index",
    "id_mask",
    "sex",
    "birth_on",
    "ethnicity",
    "education",
    "education_agrees",
    "marital",
    "marital_agrees",
    "phone",
    "kind",
    "registered_address",
    "employer",
    "note",
    "care",
]


def test_the_columns_stand_in_the_order_in_which_rows_are_written():
    assert [name for name, _ in rows.ROW_COLUMNS] == COLUMNS
