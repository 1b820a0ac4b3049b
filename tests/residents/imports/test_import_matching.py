"""Which person, household and dwelling of the register a row means, and what of it is written."""

from datetime import date

import pytest
from django.utils import timezone

from grids.fields import blind_index
from residents.models import CareRecord, Dwelling, Household, MoveInRequest, Resident
from tests import factories
from tests.residents.sheets import run as run_register
from tests.residents.workbooks import HEADS, OTHER_UNIT, UNIT, person

NEXT_COMMUNITY = "370402001029001"
FAR = "520602003003001"
BORN = date(1970, 2, 3)


def run(path, **options):
    return run_register(path, "residents", **options)


def outcome(answer):
    return (
        answer["created"],
        answer["changed"],
        answer["unchanged"],
        answer["waiting"],
        answer["rejected_by_reason"],
    )


def newcomer(**values):
    """Somebody whom the register does not know, for the household that the row names."""
    return person(姓名="李新", 户主姓名="王秀兰", 与户主关系="其他", 室号="101", 户号="") | values


@pytest.fixture
def home(ground):
    """A household with its number, in 1号楼1单元101."""
    return factories.household(
        home=factories.dwelling(ground[0], room="101"), head_name="王秀兰", number="N1", phone="1"
    )


# Which household


@pytest.mark.parametrize(
    ("said", "is_same"),
    [
        ({"户号": "N1"}, True),
        ({"户号": "N1", "户主姓名": "张别人"}, True),
        ({}, True),
        ({"户主姓名": "张别人"}, False),
        ({"室号": "102"}, False),
        ({"单元": "2单元"}, False),
        ({"户号": "N2"}, False),
        ({"网格编码": OTHER_UNIT}, False),
        ({"网格编码": NEXT_COMMUNITY, "户号": "N1"}, False),
    ],
)
def test_a_household_is_known_by_its_number_else_by_dwelling_and_head(
    workbook, home, said, is_same
):
    factories.unit(NEXT_COMMUNITY)

    answer = run(workbook([newcomer(**said)]))

    found = Resident.objects.get(name="李新").household
    assert outcome(answer) == (1, 0, 0, 0, {})
    assert (found == home) is is_same
    assert Household.objects.count() == (1 if is_same else 2)
    if is_same:
        home.refresh_from_db()
        assert (home.number, home.dwelling.room, home.phone) == ("N1", "101", "1")
        assert home.head_name == said.get("户主姓名", "王秀兰")


def test_a_household_that_ended_is_none(workbook, home):
    Household.objects.update(ended_on=date(2025, 1, 1), end_reason="moved")

    run(workbook([newcomer(户号="N1"), newcomer()]))

    assert not Resident.objects.filter(household=home).exists()
    assert Household.objects.filter(ended_on=None).count() == 2


def test_a_household_without_a_number_learns_it_and_one_with_another_number_does_not(
    workbook, home
):
    Household.objects.update(number="")

    assert outcome(run(workbook([newcomer(户号="N7")]))) == (1, 0, 0, 0, {})

    home.refresh_from_db()
    assert (home.number, Household.objects.count()) == ("N7", 1)
    run(workbook([newcomer(户号="N8", 姓名="李另")]))
    assert Household.objects.count() == 2


def test_of_two_households_of_a_dwelling_and_head_the_one_without_a_number_is_meant(
    workbook, home, ground
):
    other = factories.household(home=home.dwelling, head_name="王秀兰", number="")

    run(workbook([newcomer()]))

    assert Resident.objects.get().household == other


def test_the_row_of_the_head_speaks_for_the_household(workbook, home):
    rows = [
        newcomer(户号="N1", 户主姓名="", 联系电话="13900000001"),
        newcomer(户号="N1", 户主姓名="", 姓名="王大", 与户主关系="户主", 联系电话="13900000002"),
        newcomer(户号="N1", 户主姓名="", 姓名="王二", 联系电话="13900000003"),
    ]

    run(workbook(rows))

    home.refresh_from_db()
    assert (home.head_name, home.phone) == ("王大", "13900000002")


def test_without_a_head_the_first_row_names_a_new_household_and_renames_no_old_one(workbook, home):
    rows = [
        newcomer(户号="N1", 户主姓名="", 姓名="王甲"),
        newcomer(户号="N9", 户主姓名="", 姓名="王乙", 室号="109"),
        newcomer(户号="N9", 户主姓名="", 姓名="王丙", 室号="109"),
    ]

    run(workbook(rows))

    home.refresh_from_db()
    assert (home.head_name, home.phone) == ("王秀兰", "1")
    new = Household.objects.get(number="N9")
    assert (new.head_name, new.phone, new.grid, new.community) == (
        "王乙", "", home.grid, home.community,
    )  # fmt: skip
    assert (new.district, new.arrived_on, new.ended_on, new.end_reason) == (
        home.district, None, None, "",
    )  # fmt: skip
    assert abs((timezone.now() - new.created_at).total_seconds()) < 60


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ({"户主姓名": "王改名"}, "head_name", "王改名"),
        ({"联系电话": "13900000009"}, "phone", "13900000009"),
        ({"室号": "109"}, "room", "109"),
        ({"网格编码": OTHER_UNIT}, "grid_id", None),
    ],
)
def test_what_a_row_says_of_its_household_is_a_change(workbook, ground, said, column, value):
    row = person(户号="N1", 联系电话="13900000001", 姓名="王秀兰", 与户主关系="户主")
    other = person(户号="N2")
    run(workbook([row, other]))
    before = Household.objects.values().get(number="N2")
    said = said | {"姓名": row["姓名"]}

    assert outcome(run(workbook([row | said, other]))) == (0, 1, 1, 0, {})

    found = Household.objects.select_related("dwelling").get(number="N1")
    now = found.dwelling.room if column == "room" else getattr(found, column)
    assert now == (value or ground[1].pk)
    assert Household.objects.values().get(number="N2") == before
    assert outcome(run(workbook([row | said, other]))) == (0, 0, 2, 0, {})


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("leader of the grid", (0, 0, 0, 0, {"household_elsewhere": 1})),
        ("leader of both", (1, 0, 0, 0, {})),
        ("clerk of the community", (1, 0, 0, 0, {})),
        (None, (1, 0, 0, 0, {})),
    ],
)
def test_only_who_may_write_in_both_grids_moves_a_household(workbook, ground, home, who, expected):
    role, place = {
        "leader of the grid": ("grid_leader", ground[1]),
        "leader of both": ("grid_leader", factories.community()),
        "clerk of the community": ("community_staff", factories.community()),
        None: (None, None),
    }[who]
    by = factories.staff(role, place) if role else None
    member = factories.resident(home, name="王留")
    gone = factories.resident(home, name="王走", ended_on=date(2025, 1, 1))

    answer = run(workbook([newcomer(户号="N1", 网格编码=OTHER_UNIT)]), by=by)

    assert outcome(answer) == expected
    home.refresh_from_db()
    member.refresh_from_db()
    gone.refresh_from_db()
    moved = expected[0] == 1
    assert [one.grid_id for one in (home, member, gone)] == [
        ground[moved].pk, ground[moved].pk, ground[0].pk,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"户号": "N5"}, {"户号": "N5"}, (2, 0, 0, 0, {})),
        ({"户号": "N5"}, {"户号": "N5", "室号": "109"},
         (1, 0, 0, 0, {"household_contradicts": 1})),
        ({"户号": "N5"}, {"户号": "N5", "网格编码": OTHER_UNIT}, (2, 0, 0, 0, {})),
        ({"户号": "N5"}, {"户号": "N5", "楼栋": "", "单元": "", "室号": ""}, (2, 0, 0, 0, {})),
        ({"户号": "N5", "楼栋": "", "单元": "", "室号": ""}, {"户号": "N5"}, (2, 0, 0, 0, {})),
        ({"户号": "N1", "楼栋": "", "单元": "", "室号": ""}, {"户号": "N1"}, (2, 0, 0, 0, {})),
        ({"户号": "N5", "楼栋": "", "单元": "", "室号": ""},
         {"户号": "N5", "楼栋": "", "单元": "", "室号": ""},
         (0, 0, 0, 0, {"dwelling_missing": 2})),
        ({"户号": "", "楼栋": "", "单元": "", "室号": ""}, {"户号": "N1"},
         (1, 0, 0, 0, {"household_missing": 1})),
    ],
)  # fmt: skip
def test_the_rows_of_a_household_agree_about_its_place(workbook, home, first, second, expected):
    rows = [newcomer(**first), newcomer(**second | {"姓名": "李另"})]

    assert outcome(run(workbook(rows))) == expected


def test_a_building_that_two_compounds_have_is_not_guessed(workbook, ground):
    houses = [factories.building(ground[0], name) for name in ("8号楼", "9号楼")]
    factories.compound("甲小区", houses[0])
    factories.compound("乙小区", houses[1])
    type(houses[0]).objects.update(name="8号楼")
    row = newcomer(楼栋="8号楼")
    named = newcomer(楼栋="8号楼", 室号="102", 小区="乙小区")

    answer = run(workbook([row, named], heads=[*HEADS, "小区"]))

    assert outcome(answer) == (1, 0, 0, 0, {"building_ambiguous": 1})
    assert Dwelling.objects.get().building == houses[1]


# Which person


def known_by_number(home, **fields):
    found = factories.resident(home, name="李新", birth_on=BORN, **fields)
    return found, {"公民身份号码": found.id_sealed, "出生日期": "", "姓名": "李新", "户号": "N1"}


def test_a_number_is_known_in_its_district_while_the_person_lives_there(workbook, ground, home):
    far = factories.household(factories.unit(FAR))
    __, said = known_by_number(far)
    row = newcomer(**said)
    assert run(workbook([row]))["created"] == 1
    assert run(workbook([row]))["unchanged"] == 1
    Resident.objects.filter(grid=ground[0]).update(ended_on=date(2026, 1, 1), end_reason="moved")
    assert run(workbook([row])).get("asked", 0) == 1
    assert Resident.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "outcome_of_it"),
    [("leader", "waiting"), ("clerk", "changed"), ("both leaders", "changed"), (None, "changed")],
)
def test_somebody_of_another_grid_waits_for_it_unless_the_importer_writes_there_too(
    workbook, ground, home, who, outcome_of_it
):
    there, said = known_by_number(factories.household(ground[1]))
    by = None
    if who:
        role = "community_staff" if who == "clerk" else "grid_leader"
        by = factories.staff(role, factories.community() if who == "clerk" else ground[0])
    if who == "both leaders":
        factories.posting(by, "grid_leader", ground[1])

    answer = run(workbook([newcomer(**said)]), by=by)

    assert answer[outcome_of_it] == 1
    there.refresh_from_db()
    assert there.grid == (ground[1] if outcome_of_it == "waiting" else ground[0])
    assert MoveInRequest.objects.count() == (outcome_of_it == "waiting")


def test_the_request_to_move_in_says_everything_that_the_row_said(workbook, ground, home):
    import json

    there, said = known_by_number(factories.household(ground[1]))
    leader = factories.staff("grid_leader", ground[0])
    row = newcomer(**said) | {
        "民族": "回族", "文化程度": "大学本科", "婚姻状况": "离婚", "联系电话": "13900000001",
        "人口类型": "流动人口", "户籍地址": "和平路", "工作单位": "学校", "备注": "话",
        "特殊群体类别": "低保户、独居老人", "与户主关系": "女婿",
    }  # fmt: skip

    run(workbook([row, person()]), by=leader)
    run(workbook([row, person()]), by=leader)

    request = MoveInRequest.objects.get()
    facts = json.loads(request.row_sealed.reveal())
    assert facts == {
        "grid": UNIT, "building": "1号楼", "entrance": "1单元", "room": "101", "number": "N1",
        "head_name": "王秀兰", "relation": facts["relation"], "name": "李新", "sex": "2",
        "birth_on": "1970-02-03", "ethnicity": "03", "education": facts["education"], "marital": "40",
        "phone": "13900000001", "kind": "floating", "registered_address": "和平路",
        "employer": "学校", "note": "话", "care": facts["care"], "id_number": said["公民身份号码"],
    }  # fmt: skip
    assert set(facts["care"].split("、")) == {"101", "301"}
    assert (request.resident, request.from_grid, request.to_grid, request.district_id) == (
        there, ground[1], ground[0], ground[0].district_id,
    )  # fmt: skip
    assert (request.asked_by, request.state) == (leader, "waiting")
    assert abs((timezone.now() - request.asked_at).total_seconds()) < 60
    MoveInRequest.objects.update(state="refused")
    run(workbook([row]), by=leader)
    assert MoveInRequest.objects.count() == 2


def child_of(home, **fields):
    """Somebody without a document."""
    found = factories.resident(home, name="李新", birth_on=BORN, **fields)
    Resident.objects.filter(pk=found.pk).update(id_index=None, id_sealed=None, id_mask="")
    return found


UNDOCUMENTED = {"公民身份号码": "", "出生日期": BORN.isoformat(), "户号": "N1"}


@pytest.mark.parametrize(
    ("said", "is_same"),
    [
        ({}, True),
        ({"姓名": "李别"}, False),
        ({"出生日期": "1970-02-04"}, False),
        ({"户号": "N2", "室号": "102"}, False),
        ({"公民身份号码": factories.id_number(BORN)}, True),
        ({"公民身份号码": factories.id_number(date(1970, 2, 4)), "出生日期": ""}, False),
    ],
)
def test_somebody_without_a_number_is_known_by_household_name_and_birth(
    workbook, home, said, is_same
):
    known = child_of(home)
    other = factories.resident(home, name="王别", birth_on=BORN)

    run(workbook([newcomer(**UNDOCUMENTED | said)]))

    assert Resident.objects.count() == (2 if is_same else 3)
    known.refresh_from_db()
    assert (known.id_index is not None) is (is_same and bool(said))
    if is_same and said:
        assert known.id_sealed.reveal() == said["公民身份号码"]
        assert (known.document, known.id_mask[0], known.id_mask[-1]) == (
            "id_card", said["公民身份号码"][0], said["公民身份号码"][-1],
        )  # fmt: skip
    other.refresh_from_db()
    assert other.name == "王别"


def test_somebody_with_a_number_is_known_without_it_and_not_by_another(workbook, home):
    known, said = known_by_number(home)

    assert outcome(run(workbook([newcomer(**UNDOCUMENTED)])))[0] == 0
    assert Resident.objects.count() == 1
    other = factories.id_number(BORN)
    answer = run(workbook([newcomer(**said | {"公民身份号码": other})]))
    assert answer["rejected_by_reason"] == {"number_differs": 1}
    known.refresh_from_db()
    assert known.id_sealed.reveal() == said["公民身份号码"]


def test_somebody_without_a_number_who_left_comes_back_when_somebody_says_so(workbook, home):
    known = child_of(home)
    Resident.objects.filter(pk=known.pk).update(ended_on=date(2026, 1, 1), end_reason="moved")

    answer = run(workbook([newcomer(**UNDOCUMENTED)]))
    assert (answer["created"], answer.get("asked", 0)) == (0, 1)


def test_a_second_row_that_means_the_same_person_waits_for_no_later_one(workbook, home):
    child_of(home)
    numbered = newcomer(**UNDOCUMENTED | {"公民身份号码": factories.id_number(BORN)})
    plain = newcomer(**UNDOCUMENTED)
    far = newcomer(户号="N7", 室号="107", 姓名="李远")

    answer = run(workbook([plain, numbered, far]))

    assert answer["rejected_by_reason"] == {"person_duplicate_in_file": 1}
    assert Resident.objects.get(name="李新").id_index is None


def test_a_known_person_needs_no_household_in_the_row(workbook, home):
    known, said = known_by_number(home)
    row = newcomer(
        **said | {"户号": "", "楼栋": "", "单元": "", "室号": "", "户主姓名": "", "备注": "新话"}
    )

    assert outcome(run(workbook([row]))) == (0, 1, 0, 0, {})

    known.refresh_from_db()
    assert (known.note, known.household, known.grid) == ("新话", home, home.grid)


def test_who_moves_to_another_household_leaves_an_empty_one_that_ends(workbook, ground, home):
    mover, said = known_by_number(factories.household(ground[0], number="N3"))
    last, last_said = known_by_number(factories.household(ground[0], number="N4"))
    stays = factories.resident(mover.household, name="王留")
    factories.resident(last.household, name="王走", ended_on=date(2025, 1, 1))

    answer = run(workbook([newcomer(**said), newcomer(**last_said)]))

    assert outcome(answer) == (0, 2, 0, 0, {})
    assert {one.household for one in Resident.objects.filter(name="李新")} == {home}
    stays.refresh_from_db()
    ends = dict(Household.objects.values_list("number", "ended_on"))
    assert ends == {"N1": None, "N3": None, "N4": timezone.localdate()}
    assert Household.objects.get(number="N4").end_reason == "moved"


# Facts of a person

FACTS = {
    "民族": ("回族", "ethnicity", "03"),
    "文化程度": ("高中", "education", "60"),
    "婚姻状况": ("离婚", "marital", "40"),
    "联系电话": ("13900000009", "phone", "13900000009"),
    "人口类型": ("流动人口", "kind", "floating"),
    "户籍地址": ("和平路1号", "registered_address", "和平路1号"),
    "工作单位": ("学校", "employer", "学校"),
    "备注": ("新话", "note", "新话"),
    "与户主关系": ("配偶", "relation", "10"),
}


def test_any_one_fact_that_differs_is_a_change_of_that_fact(workbook, ground):
    rows = [
        person(户籍地址="老路", 工作单位="老厂", 备注="老话", 与户主关系="其他", 户主姓名="王户主")
        for _ in range(len(FACTS) + 1)
    ]
    run(workbook(rows))
    before = _by_number(rows)
    said = [row | {head: FACTS[head][0]} for row, head in zip(rows, FACTS, strict=False)]

    assert outcome(run(workbook([*said, rows[-1]]))) == (0, len(FACTS), 1, 0, {})
    assert outcome(run(workbook([*said, rows[-1]]))) == (0, 0, len(rows), 0, {})

    after = _by_number(rows)
    for then, now, (_, column, value) in zip(before, after, FACTS.values(), strict=False):
        changed = {name for name in now if now[name] != then[name]}
        assert changed == {column}
        assert now[column] == value
    assert after[-1] == before[-1]


def _by_number(rows):
    """What the register says of the people of these rows, but for the sealed number."""
    found = {
        bytes(one["id_index"]): one | {"id_index": None, "id_sealed": None}
        for one in Resident.objects.values()
    }
    return [found[blind_index(row["公民身份号码"])] for row in rows]


def test_a_sex_or_birth_that_nobody_knew_is_learnt(workbook, home):
    known, said = known_by_number(home)
    Resident.objects.filter(pk=known.pk).update(sex="9", birth_on=None)

    assert outcome(run(workbook([newcomer(**said)]))) == (0, 1, 0, 0, {})

    known.refresh_from_db()
    assert (known.sex, known.birth_on) == ("2", BORN)


def test_a_new_person_without_a_kind_is_registered_and_without_a_sex_unknown(workbook, home):
    run(workbook([newcomer(**UNDOCUMENTED | {"人口类型": "", "性别": ""})]))

    found = Resident.objects.get()
    assert (found.kind, found.sex, found.document, found.id_mask) == ("registered", "9", "none", "")
    assert (found.id_index, found.id_sealed, found.ended_on, found.end_reason) == (
        None, None, None, "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "expected", "records"),
    [
        ({"until": None}, "unchanged", 1),
        ({"until": date(2025, 1, 1)}, "changed", 2),
        ({"of": "another"}, "changed", 1),
        ({"category": "301"}, "changed", 2),
        (None, "changed", 1),
    ],
)
def test_a_category_that_runs_is_no_change_and_any_other_begins_today(
    workbook, home, before, expected, records
):
    from residents.models import CareCategory

    known, said = known_by_number(home)
    row = newcomer(**said | {"特殊群体类别": "", "与户主关系": "配偶"})
    run(workbook([row]))
    if before is not None:
        someone = known if "of" not in before else factories.resident(home, name="王别")
        category = CareCategory.objects.get(code=before.get("category", "101"))
        factories.care_record(someone, category, until=before.get("until"))

    answer = run(workbook([row | {"特殊群体类别": "低保户"}]))

    assert answer[expected] == 1
    assert known.care_records.count() == records
    if expected == "changed":
        new = known.care_records.get(since=timezone.localdate())
        assert (new.category.code, new.until, new.note) == ("101", None, "")
        assert new.source.endswith(".xlsx")
    assert CareRecord.objects.filter(until=None, resident=known, category__code="101").count() == 1


# Possible duplicates


@pytest.mark.parametrize(
    ("known", "said", "is_possible"),
    [
        ({}, {}, True),
        ({"grid": OTHER_UNIT}, {}, True),
        ({"grid": NEXT_COMMUNITY}, {}, False),
        ({"ended_on": date(2025, 1, 1)}, {}, False),
        ({"birth_on": date(1970, 2, 4)}, {}, False),
        ({}, {"姓名": "李欣"}, False),  # sounds alike
        (None, {"姓名": "李欣"}, False),
        (None, {}, False),
    ],
)
def test_who_might_be_somebody_of_the_community(workbook, ground, home, known, said, is_possible):
    if known is not None:
        grid = factories.unit(known.get("grid", UNIT))
        fields = {name: value for name, value in known.items() if name != "grid"}
        there = factories.resident(
            grid=grid,
            name="李新",
            **{"birth_on": BORN, "pinyin": "lixin", "initials": "lx"} | fields,
        )
        assert there.pk
    row = newcomer(公民身份号码=factories.id_number(BORN), 出生日期="", 户号="N1") | said

    answer = run(workbook([row, person()]))

    assert answer["possible_duplicates"] == is_possible


def test_two_new_people_of_a_file_might_be_one(workbook, home):
    rows = [
        newcomer(公民身份号码=factories.id_number(BORN), 出生日期="", 户号="N1"),
        newcomer(公民身份号码=factories.id_number(BORN), 出生日期="", 户号="N1"),
        newcomer(公民身份号码=factories.id_number(date(1970, 2, 4)), 出生日期="", 户号="N1"),
        newcomer(公民身份号码=factories.id_number(BORN), 出生日期="", 户号="N1", 姓名="李欣"),
    ]

    answer = run(workbook(rows))

    assert (answer["created"], answer["possible_duplicates"]) == (4, 2)
