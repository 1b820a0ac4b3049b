"""Facts that differ between a household and its members: each is asked about once, and stays ours."""

import json

import pytest

from residents.models import Household, ImportBatch, ImportConflict, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

NUMBERS = {name: factories.id_number() for name in ("王大", "王二", "李大", "新人")}
WANG = {"户号": "N1", "室号": "101", "户主姓名": "王大"}
LI = {"户号": "N2", "室号": "102", "户主姓名": "李大"}


def row(name, *, home, **said):
    is_head = home["户主姓名"] == name
    plain = {
        "联系电话": "13800000001" if is_head else "13800000002",
        "出生日期": "",
        "工作单位": "厂",
    }
    relation = {"与户主关系": "户主" if is_head else "配偶"}
    return person(姓名=name, 公民身份号码=NUMBERS[name], **home | plain | relation | said)


@pytest.fixture
def known(ground, workbook):
    """王大 and 王二 in 101, 李大 in 102."""
    run(
        workbook([row("王大", home=WANG), row("王二", home=WANG), row("李大", home=LI)]),
        "residents",
    )


def asked(answer):
    found = ImportConflict.objects.filter(batch=answer["batch"]).order_by("row", "field")
    return [(one.row, one.field) for one in found]


def lives():
    """{name: (number of the household, room, grid)}"""
    rows = Resident.objects.filter(ended_on=None).select_related("household__dwelling", "grid")
    return {
        one.name: (one.household.number, one.household.dwelling.room, one.grid.code) for one in rows
    }


AT_HOME = {
    "王大": ("N1", "101", UNIT),
    "王二": ("N1", "101", UNIT),
    "李大": ("N2", "102", UNIT),
}
ELSEWHERE = {"室号": "109"}


@pytest.mark.parametrize("on_conflict", ["ask", "ours"])
@pytest.mark.parametrize(
    ("rows", "conflicts", "new"),
    [
        # nothing differs
        ([("王大", WANG), ("王二", WANG)], [], {}),
        # a household that moves: one question, in the row that speaks for it
        ([("王大", WANG | ELSEWHERE), ("王二", WANG | ELSEWHERE)], [(2, "place")], {}),
        ([("王二", WANG | ELSEWHERE), ("王大", WANG | ELSEWHERE)], [(3, "place")], {}),
        ([("王大", WANG | {"网格编码": OTHER_UNIT})], [(2, "place")], {}),
        # a member who moves to another household, or alone to another one
        ([("王二", LI)], [(2, "place")], {}),
        ([("王二", LI), ("李大", LI)], [(2, "place")], {}),
        ([("王二", {"户号": "N9", "室号": "109", "户主姓名": "王二"})],
         [(2, "phone"), (2, "place"), (2, "relation")], {}),
        # a new member of a household that moves comes, the household stays
        ([("新人", WANG | ELSEWHERE)], [(2, "place")], {"新人": ("N1", "101", UNIT)}),
        ([("新人", WANG | {"网格编码": OTHER_UNIT})], [(2, "place")], {"新人": ("N1", "101", UNIT)}),
        # another head, said by a member, by a new member, by both
        ([("王二", WANG | {"户主姓名": "王三"})], [(2, "head_name")], {}),
        ([("新人", WANG | {"户主姓名": "王三"})], [(2, "head_name")], {"新人": ("N1", "101", UNIT)}),
        # both at once
        ([("王二", WANG | ELSEWHERE | {"户主姓名": "王三"})], [(2, "head_name"), (2, "place")], {}),
    ],
)  # fmt: skip
def test_what_is_asked_of_places_and_heads(known, workbook, rows, conflicts, new, on_conflict):
    before = Household.objects.values("number", "head_name", "phone", "dwelling")
    before = list(before.order_by("number"))
    said = [
        row(name, home=home, 与户主关系="其他") if name == "新人" else row(name, home=home)
        for name, home in rows
    ]

    answer = run(workbook(said), "residents", on_conflict=on_conflict)

    assert (answer["created"], answer["changed"]) == (len(new), 0)
    assert answer["conflicts"] == len(conflicts)
    assert asked(answer) == (conflicts if on_conflict == "ask" else [])
    assert lives() == AT_HOME | new
    after = Household.objects.filter(ended_on=None).values(
        "number", "head_name", "phone", "dwelling"
    )
    assert list(after.order_by("number")) == before


@pytest.mark.parametrize(
    ("said", "household_phone", "conflicts"),
    [
        ({"姓名": "王改", "户主姓名": "王改"}, None, [(2, "name")]),
        ({"联系电话": "13900000009"}, None, [(2, "phone")]),
        ({"联系电话": "13900000009"}, "0632", [(2, "household_phone"), (2, "phone")]),
        ({"联系电话": "13800000001"}, "0632", []),  # known of the head: no news of the household
        ({"联系电话": ""}, "0632", []),
        ({"联系电话": "13800000001"}, "", []),
        ({"性别": ""}, None, []),
        ({"工作单位": ""}, None, []),
        ({"工作单位": "校"}, None, [(2, "employer")]),
        ({"婚姻状况": "离婚", "民族": "回族", "文化程度": "博士"}, None,
         [(2, "education"), (2, "ethnicity"), (2, "marital")]),
        ({"备注": "新话"}, None, []),
        ({"户籍地址": "路"}, None, []),
    ],
)  # fmt: skip
def test_a_fact_of_the_head_is_asked_about_once(known, workbook, said, household_phone, conflicts):
    if household_phone is not None:
        Household.objects.filter(number="N1").update(phone=household_phone)

    answer = run(workbook([row("王大", home=WANG) | said]), "residents", on_conflict="ask")

    assert asked(answer) == conflicts
    assert answer["conflicts"] == len(conflicts)
    found = Resident.objects.get(relation="02", household__number="N1")
    assert (found.name, found.phone, found.employer) == ("王大", "13800000001", "厂")
    assert found.note == said.get("备注", "")
    assert found.registered_address == said.get("户籍地址", "")
    assert found.household.head_name == "王大"


def test_both_sides_are_kept_sealed_and_the_place_reads_like_one(known, workbook):
    answer = run(
        workbook([row("王二", home=LI), row("李大", home=LI, 工作单位="校")]),
        "residents",
        on_conflict="ask",
    )

    place, employer = ImportConflict.objects.order_by("row")
    assert (place.field, employer.field) == ("place", "employer")
    assert (employer.ours_sealed.reveal(), employer.theirs_sealed.reveal()) == ("厂", "校")
    assert place.ours_sealed.reveal() == "第1网格 1号楼1单元101 #N1"
    theirs = json.loads(place.theirs_sealed.reveal())
    assert theirs["text"] == "第1网格 1号楼1单元102 #N2"
    assert theirs["row"] == {
        "grid": UNIT, "building": "1号楼", "entrance": "1单元", "room": "102", "number": "N2",
        "head_name": "李大", "name": "王二", "birth_on": "1950-05-01", "id_number": NUMBERS["王二"],
    }  # fmt: skip
    assert place.resident.name == "王二"
    batch = ImportBatch.objects.get(pk=answer["batch"])
    summary = batch.result["conflicts"]
    assert (summary["rows"], summary["facts"]) == (2, 2)
    assert summary["by_field"] == {"employer": 1, "place": 1}
    assert NUMBERS["王二"] not in json.dumps(batch.result)


def test_examples_are_masked_and_three_of_each_field(ground, workbook):
    rows = [person(工作单位="厂", 联系电话=f"1380000000{n}") for n in range(5)]
    run(workbook(rows), "residents")
    changed = [
        one
        | {"工作单位": f"校{n}", "联系电话": f"1390000000{n}", "姓名": f"王改{n}", "户主姓名": ""}
        for n, one in enumerate(rows)
    ]

    answer = run(workbook(changed), "residents", on_conflict="ask")

    found = ImportBatch.objects.get(pk=answer["batch"]).result["conflicts"]
    assert (found["rows"], found["facts"]) == (5, 15)
    assert {field: len(examples) for field, examples in found["examples"].items()} == {
        "employer": 3, "phone": 3, "name": 3,
    }  # fmt: skip
    first = found["examples"]["employer"][0]
    assert first == {"row": 2, "ours": "厂", "theirs": "校0"}
    assert found["examples"]["phone"][0] == {
        "row": 2, "ours": "*******0000", "theirs": "*******0000",
    }  # fmt: skip
    name = found["examples"]["name"][0]
    assert name["theirs"] == "*改0"
    assert name["ours"].startswith("*")


@pytest.mark.parametrize("is_dry", [True, False])
def test_theirs_are_taken_and_a_dry_run_counts_what_would_be(known, workbook, is_dry):
    said = [row("王大", home=WANG | ELSEWHERE, 工作单位="校"), row("王二", home=WANG | ELSEWHERE)]

    answer = run(workbook(said), "residents", dry_run=is_dry)

    assert (answer["changed"], answer["unchanged"]) in ((1, 1), (2, 0))
    assert "conflicts" not in answer
    assert not ImportConflict.objects.exists()
    if is_dry:
        assert lives() == AT_HOME
    else:
        assert lives() == AT_HOME | {"王大": ("N1", "109", UNIT), "王二": ("N1", "109", UNIT)}
