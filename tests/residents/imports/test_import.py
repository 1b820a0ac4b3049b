from datetime import date

import pytest
from django.db import connection, transaction

from residents.imports.batch import batches
from residents.imports.batch.registers import reach_of
from residents.models import (
    CareRecord,
    Dwelling,
    Household,
    ImportBatch,
    ImportProblem,
    MoveInRequest,
    Resident,
)
from tests import factories
from tests.residents.workbooks import HEADS, OTHER_UNIT, UNIT, person

TABLES = [
    "grids_compound",
    "grids_building",
    "residents_dwelling",
    "residents_household",
    "residents_resident",
    "residents_carerecord",
    "residents_moveinrequest",
]
EVENTS = [
    "residents_dwellingevent",
    "residents_householdevent",
    "residents_residentevent",
    "residents_carerecordevent",
]


def registers():
    """Every row version of the register and its history: any write changes it."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES + EVENTS:
            cursor.execute(f"SELECT xmin, ctid, t.* FROM {table} t ORDER BY ctid")
            found[table] = cursor.fetchall()
    return found


def run(path, **options):
    return batches.run_file(path, **options)


def test_every_good_row_is_created_once(ground, workbook):
    rows = [person() for __ in range(40)]

    answer = run(workbook(rows))

    assert answer["rows"] == answer["created"] == answer["households"] == 40
    assert answer["rejected"] == answer["waiting"] == 0
    assert Resident.objects.count() == Household.objects.count() == Dwelling.objects.count() == 40
    assert {row.grid.code for row in Resident.objects.select_related("grid")} == {UNIT}


def test_the_facts_of_a_row_reach_the_register(ground, workbook):
    row = person(
        姓名="吕秀兰",
        特殊群体类别="低保户、独居老人",
        工作单位="矿务局",
        born=date(1950, 3, 9),
    )

    run(workbook([row]))

    found = Resident.objects.select_related("household__dwelling__building").get()
    assert (found.name, found.pinyin, found.initials) == ("吕秀兰", "lvxiulan", "lxl")
    assert (found.sex, found.birth_on, found.relation) == ("2", date(1950, 3, 9), "02")
    assert (found.ethnicity, found.education, found.marital) == ("01", "70", "20")
    assert (found.employer, found.kind, found.phone) == (
        "矿务局",
        "registered",
        row["联系电话"],
    )
    assert found.id_sealed.reveal() == row["公民身份号码"]
    assert found.household.number == row["户号"]
    assert found.household.dwelling.address == f"1号楼1单元{row['室号']}"
    assert set(found.care_records.values_list("category__code", flat=True)) == {
        "101",
        "301",
    }


def test_the_same_file_twice_writes_nothing(ground, workbook):
    path = workbook([person(特殊群体类别="低保户" if n % 3 else "") for n in range(30)])
    run(path)
    before = registers()

    answer = run(path)

    assert (answer["unchanged"], answer["created"], answer["changed"]) == (30, 0, 0)
    assert registers() == before


def test_every_spelling_of_the_same_facts_changes_nothing(ground, workbook):
    rows = [
        person(born=date(1960, 12, 30), 婚姻状况=word) for word in ("已婚", "离婚", "未婚", "丧偶")
    ]
    run(workbook(rows))
    before = registers()
    heads = dict(
        zip(
            [
                "所属网格",
                "楼 号",
                "单元号",
                "门牌\n(室)",
                "户编号",
                "户主",
                "家庭关系",
                "姓 名",
                "身份证号",
                "性别\n1男2女",
                "出生年月日",
                "民族",
                "学历",
                "婚否",
                "手机号码",
                "户籍/流动",
                "户口所在地",
                "就业情况",
                "重点人群",
                "备注（可不填）",
            ],
            HEADS,
            strict=True,
        )
    )
    spelled = [
        row
        | {
            "出生日期": "1960年12月30日",
            "性别": 2.0,
            "婚姻状况": "是" if row["婚姻状况"] == "已婚" else "否",
            "姓名": f"{row['姓名'][0]} {row['姓名'][1:]}",
            "联系电话": float(row["联系电话"]),
        }
        for row in rows
    ]

    answer = run(
        workbook(
            spelled,
            heads=heads,
            above=[["人口台账（第三季度）"], ["填报单位：公园社区"]],
        )
    )

    assert answer["unchanged"] == answer["rows"] == 4
    assert registers() == before


def test_sums_signatures_blank_rows_and_repeated_heads_are_no_persons(ground, workbook):
    rows = [
        person(),
        {},
        dict(zip(HEADS, HEADS, strict=True)),
        person(),
        {"网格编码": "合计：2 人"},
        {"网格编码": "审核人："},
    ]

    answer = run(workbook(rows))

    assert (answer["rows"], answer["created"]) == (2, 2)


def test_one_reason_for_each_rejected_row_the_first_that_applies(ground, workbook):
    good = person()
    wrong = good["公民身份号码"][:17] + ("1" if good["公民身份号码"][17] != "1" else "2")
    rows = [
        good,
        person(公民身份号码=3.70402195001011e17, 姓名=""),
        person(公民身份号码=wrong, 网格编码="999999999999999"),
        person(姓名="", 网格编码="999999999999999"),
        person(网格编码="999999999999999", 公民身份号码=good["公民身份号码"]),
        person(公民身份号码=good["公民身份号码"], 出生日期="1901-01-01"),
        person(出生日期="1901-01-01"),
        person(性别="男", 出生日期="", born=date(1980, 1, 1))
        | {"公民身份号码": factories.id_number(date(1980, 1, 1), "2")},
        person(公民身份号码="", 出生日期=""),
        person(楼栋="", 单元="", 室号=""),
        person(户号="长" * 31),
    ]

    answer = run(workbook(rows))

    assert answer["created"] == 1
    assert answer["rejected_by_reason"] == {
        "id_scientific": 1,
        "id_checksum": 1,
        "name_missing": 1,
        "grid_unknown": 1,
        "id_duplicate_in_file": 1,
        "birth_contradicts_id": 2,
        "id_missing": 1,
        "dwelling_missing": 1,
        "too_long": 1,
    }
    assert answer["created"] + answer["rejected"] == answer["rows"]
    assert ImportProblem.objects.filter(batch=answer["batch"]).count() == 10


def test_an_unknown_region_in_a_right_number_is_accepted(ground, workbook):
    row = person(
        公民身份号码=factories.id_number(date(1980, 5, 5), "2", region="999999"),
        出生日期="",
    )

    assert run(workbook([row]))["created"] == 1


def test_problems_are_kept_without_the_number(ground, workbook):
    number = factories.id_number()
    wrong = number[:17] + ("1" if number[17] != "1" else "2")

    answer = run(workbook([person(公民身份号码=wrong)]))

    problem = ImportProblem.objects.get(batch=answer["batch"])
    assert problem.value == f"{wrong[0]}{'*' * 16}{wrong[-1]}"


def test_empty_cells_change_nothing(ground, workbook):
    row = person(特殊群体类别="低保户", 工作单位="矿务局")
    run(workbook([row]))
    before = registers()
    empty = dict.fromkeys(HEADS, "") | {
        name: row[name] for name in ("网格编码", "户号", "姓名", "公民身份号码")
    }

    answer = run(workbook([empty]))

    assert answer["unchanged"] == 1
    assert registers() == before


def test_a_changed_fact_is_a_change_with_its_author_in_the_history(ground, workbook):
    row = person()
    run(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])

    answer = run(workbook([row | {"工作单位": "学校"}]), by=leader)

    found = Resident.objects.get()
    event = found.history.order_by("-pgh_id").select_related("pgh_context").first()
    assert (answer["changed"], found.employer) == (1, "学校")
    assert event.pgh_context.metadata["user"] == leader.pk
    assert event.pgh_context.metadata["batch"] == answer["batch"]


def test_a_dry_run_writes_nothing(ground, workbook):
    run(workbook([person()]))
    before = registers()

    answer = run(workbook([person(), person(姓名="")]), dry_run=True)

    assert (answer["created"], answer["rejected"], answer["batch"]) == (1, 1, None)
    assert registers() == before
    assert ImportBatch.objects.count() == 1


def test_rows_outside_the_importers_grids_are_refused(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])

    answer = run(workbook([person(), person(网格编码=OTHER_UNIT)]), by=leader)

    assert answer["created"] == 1
    assert answer["rejected_by_reason"] == {"outside_scope": 1}


def test_a_worker_without_the_right_imports_nothing(ground, workbook):
    worker = factories.staff("grid_worker", ground[0])

    answer = run(workbook([person()]), by=worker)

    assert answer["rejected_by_reason"] == {"outside_scope": 1}
    assert not Resident.objects.exists()


def test_nobody_takes_over_a_person_of_another_grid(ground, workbook):
    row = person(网格编码=OTHER_UNIT, 工作单位="学校")
    run(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])
    claim = person() | {
        "公民身份号码": row["公民身份号码"],
        "出生日期": row["出生日期"],
        "性别": row["性别"],
    }
    before = Resident.objects.values().get()

    answer = run(workbook([claim]), by=leader)
    again = run(workbook([claim]), by=leader)

    assert (answer["waiting"], answer["changed"], answer["created"]) == (1, 0, 0)
    assert again["waiting"] == 1
    found = Resident.objects.values().get()
    assert {**found, "id_sealed": None} == {**before, "id_sealed": None}
    request = MoveInRequest.objects.get()
    assert (request.from_grid, request.to_grid, request.asked_by) == (
        ground[1],
        ground[0],
        leader,
    )
    assert row["公民身份号码"] not in str(request.row_sealed)
    assert Household.objects.count() == 1


def test_who_may_import_in_both_grids_moves_the_person(ground, workbook):
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    clerk = factories.staff("community_staff", factories.community())
    moved = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}

    answer = run(workbook([moved]), by=clerk)

    found = Resident.objects.select_related("household").get()
    assert answer["changed"] == 1
    assert found.grid == ground[0]
    assert found.household.number == moved["户号"]
    assert Household.objects.get(number=row["户号"]).end_reason == "moved"


@pytest.mark.parametrize(
    ("says_head", "expected"), [(True, {"household_elsewhere": 1}), (False, {})]
)
def test_a_household_of_another_grid_is_not_taken_over(ground, workbook, says_head, expected):
    """By its number alone it is not meant; by number and head it is."""
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])
    home = {"户主姓名": row["姓名"], "姓名": "王小", "与户主关系": "子"} if says_head else {}

    answer = run(workbook([person(户号=row["户号"], **home)]), by=leader)

    assert answer["rejected_by_reason"] == expected
    assert Household.objects.filter(grid=ground[1]).count() == 1


def test_the_same_number_in_another_district_is_another_residency(ground, workbook):
    factories.unit("520602003003001")
    row = person()

    run(workbook([row]))
    answer = run(workbook([row | {"网格编码": "520602003003001"}]))

    assert answer["created"] == 1
    assert Resident.objects.count() == 2


def test_a_newborn_is_known_by_household_name_and_birth_until_the_number_comes(ground, workbook):
    head = person()
    born = date(2026, 10, 1)
    baby = head | {
        "姓名": "王小宝",
        "与户主关系": "子",
        "公民身份号码": "",
        "性别": "男",
        "出生日期": born.isoformat(),
    }

    assert run(workbook([head, baby]))["created"] == 2
    assert run(workbook([head, baby]))["unchanged"] == 2
    number = factories.id_number(born, "1")
    assert run(workbook([head, baby | {"公民身份号码": number}]))["changed"] == 1
    assert run(workbook([head, baby]))["unchanged"] == 2

    assert Resident.objects.get(name="王小宝").id_sealed.reveal() == number
    assert Resident.objects.count() == 2


def test_two_rows_of_a_file_do_not_become_the_same_person(ground, workbook):
    """One row brings the number of a child, the other one still knows it by name and birth."""
    child = person(公民身份号码="", born=date(2026, 5, 4), 与户主关系="子")
    run(workbook([child]))
    numbered = child | {"公民身份号码": factories.id_number(date(2026, 5, 4)), "备注": "已上户口"}

    answer = run(workbook([numbered, child | {"备注": "旧表"}]))

    assert (answer["changed"], answer["rejected"]) == (1, 1)
    assert answer["rejected_by_reason"] == {"person_duplicate_in_file": 1}
    found = Resident.objects.get()
    assert (found.id_sealed.reveal(), found.note) == (numbered["公民身份号码"], "已上户口")


def test_two_children_of_a_household_are_two_persons(ground, workbook):
    child = person(公民身份号码="", born=date(2026, 5, 4), 与户主关系="子")
    twin = child | {"姓名": child["姓名"] + "兰"}
    run(workbook([child, twin]))

    answer = run(workbook([child | {"备注": "长子"}, twin | {"备注": "次子"}]))

    assert (answer["changed"], answer["rejected"]) == (2, 0)


def test_a_grid_name_that_two_grids_have_is_not_guessed(ground, workbook):
    factories.unit("370402001027001", name="东关网格")
    factories.unit("370402001029001", name="东关网格")
    factories.unit("370402001029002", name="西关网格")

    answer = run(workbook([person(网格编码="东关网格"), person(网格编码="西关网格")]))

    assert answer["rejected_by_reason"] == {"grid_unknown": 1}
    assert Resident.objects.get().grid.code == "370402001029002"


def test_a_grid_name_counts_where_the_importer_may_write(ground, workbook):
    factories.unit("370402001027001", name="东关网格")
    ours = factories.unit("370402001029001", name="东关网格")
    leader = factories.staff("grid_leader", factories.community("370402001029"))

    answer = run(workbook([person(网格编码="东关网格")]), by=leader)

    assert answer["created"] == 1
    assert Resident.objects.get().grid == ours


def test_a_household_without_a_number_is_known_by_dwelling_and_head(ground, workbook):
    head = person(户号="")
    spouse = head | {
        "姓名": "李建国",
        "与户主关系": "配偶",
        "公民身份号码": factories.id_number(date(1970, 2, 2), "1"),
        "性别": "男",
        "出生日期": "",
    }

    first, second = run(workbook([head, spouse])), run(workbook([head, spouse]))

    assert (first["created"], first["households"], second["unchanged"]) == (2, 1, 2)
    assert Household.objects.count() == 1


def test_a_household_that_moves_takes_all_its_members_along(ground, workbook):
    head = person()
    child = head | {
        "姓名": "王小丽",
        "与户主关系": "女",
        "公民身份号码": factories.id_number(date(2010, 1, 1), "2"),
        "出生日期": "",
    }
    run(workbook([head, child]))

    answer = run(workbook([head | {"网格编码": OTHER_UNIT, "室号": "909"}]))

    assert answer["changed"] == 1
    assert {row.grid for row in Resident.objects.select_related("grid")} == {ground[1]}
    assert Household.objects.get().dwelling.room == "909"


def test_two_rows_that_put_one_household_into_two_dwellings_are_not_guessed(ground, workbook):
    head = person()
    other = head | {
        "姓名": "王小丽",
        "与户主关系": "女",
        "公民身份号码": factories.id_number(date(2010, 1, 1), "2"),
        "出生日期": "",
        "室号": "909",
    }

    answer = run(workbook([head, other]))

    assert answer["created"] == 1
    assert answer["rejected_by_reason"] == {"household_contradicts": 1}


def test_a_possible_duplicate_is_a_flag_and_not_a_count_of_its_own(ground, workbook):
    row = person(born=date(1960, 1, 1), 姓名="王秀兰")
    run(workbook([row]))

    answer = run(workbook([person(born=date(1960, 1, 1), 姓名="王秀兰")]))

    assert (answer["created"], answer["possible_duplicates"]) == (1, 1)


def test_a_building_is_the_existing_one_of_the_compound(ground, workbook):
    home = factories.dwelling(ground[0], room="101")

    run(workbook([person(室号="101")]))

    assert Household.objects.get().dwelling == home


def test_a_care_category_that_is_there_is_not_recorded_again(ground, workbook):
    row = person(特殊群体类别="低保户")
    run(workbook([row]))

    answer = run(workbook([row | {"特殊群体类别": "低保、独居"}]))

    assert answer["changed"] == 1
    assert CareRecord.objects.count() == 2


def test_registers_that_were_counted_while_empty_are_counted_anew(workbook, ground):
    """After an undo the planner takes them for empty, and joins every row with every row."""
    with transaction.atomic():
        run(workbook([person() for __ in range(30)]))
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE residents_resident")

    run(workbook([person() for __ in range(30)]))

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'residents_resident'")
        assert cursor.fetchone()[0] >= 30


def test_the_engine_uses_the_same_number_of_statements_for_any_number_of_rows(
    ground, workbook, django_assert_max_num_queries
):
    run(workbook([person() for __ in range(200)]), dry_run=True)

    with django_assert_max_num_queries(99):
        run(workbook([person() for __ in range(200)]))


def test_reach_is_everywhere_only_for_the_operator(ground):
    assert reach_of("residents", None) is None
    assert not reach_of("residents", factories.staff())


def test_registers_that_outgrew_their_statistics_are_counted_before_they_are_compared(
    ground, workbook
):
    def planner_counts():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples FROM pg_class WHERE oid = 'residents_dwelling'::regclass"
            )
            return cursor.fetchone()[0]

    unit = ground[0]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO residents_dwelling (district_id, grid_id, entrance, room, address, house_code, use)
            SELECT %s, %s, '', '', 'address ' || n, '', 'own' FROM generate_series(1, 20000) n""",
            [unit.district_id, unit.pk],
        )
    before = planner_counts()

    run(workbook([person()]), dry_run=True)

    assert before < 15_000 < planner_counts()
