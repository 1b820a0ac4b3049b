"""Imports of premises, leases, buildings, care records and staff: what a row means, and what stays out."""

import json
from datetime import date

import pytest
from django.db import connection
from stdnum.cn import uscc

from grids.models import Building, Compound, Posting, Staff
from residents.models import CareRecord, Dwelling, Lease, Licence, Premises
from tests import factories
from tests.residents.imports.test_sheets_undo import contents
from tests.residents.sheets import (
    credit_code,
    heads,
    house,
    lease,
    number_of,
    record,
    run,
    shop,
    worker,
)
from tests.residents.workbooks import OTHER_UNIT, UNIT, write

MAKERS = {"premises": shop, "leases": lease, "buildings": house, "staff": worker}
EVENTS = [
    "grids_compoundevent",
    "grids_buildingevent",
    "grids_staffevent",
    "grids_postingevent",
    "residents_dwellingevent",
    "residents_premisesevent",
    "residents_licenceevent",
    "residents_leaseevent",
    "residents_carerecordevent",
]


def reasons(answer):
    return answer["rejected_by_reason"]


def events():
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in EVENTS))
        return cursor.fetchall()


def rows_of(register, ground, count=6):
    if register == "care":
        return [record(factories.resident(grid=ground[0])) for _ in range(count)]
    return [MAKERS[register]() for _ in range(count)]


@pytest.mark.parametrize("register", [*MAKERS, "care"])
def test_a_clean_workbook_comes_in_and_a_second_time_writes_nothing(ground, import_rows, register):
    rows = rows_of(register, ground)

    dry = import_rows(register, rows, dry_run=True)
    nothing = contents()
    first = import_rows(register, rows)
    after, history = contents(), events()
    second = import_rows(register, rows)

    assert nothing != after
    assert (dry["created"], first["created"], first["rejected"]) == (6, 6, 0)
    assert (second["unchanged"], second["changed"], second["created"]) == (6, 0, 0)
    assert (contents(), events()) == (after, history)
    assert first["households"] == 0


@pytest.mark.parametrize(
    ("register", "change"),
    [
        ("premises", {"联系电话": "13711112222"}),
        ("premises", {"食品经营许可证": "JY1234567", "食品经营许可证有效期": "2027-05-31"}),
        ("leases", {"月租金": "1,800元/月"}),
        ("buildings", {"层数": "7层"}),
        ("buildings", {"小区地址": "建设路8号"}),
        ("care", {"备注": "每月探望"}),
        ("staff", {"离岗日期": "2027-06-30"}),
    ],
)
def test_only_the_row_that_says_something_new_is_changed(ground, import_rows, register, change):
    rows = rows_of(register, ground)
    import_rows(register, rows)

    answer = import_rows(register, [rows[0] | change, *rows[1:]])
    again = import_rows(register, [rows[0] | change, *rows[1:]])

    assert (answer["changed"], answer["unchanged"]) == (1, 5)
    assert again["unchanged"] == 6


@pytest.mark.parametrize("register", [*MAKERS, "care"])
def test_an_empty_cell_changes_nothing(ground, import_rows, register):
    rows = rows_of(register, ground, 2)
    import_rows(register, rows)
    before = contents()
    keep = {
        "premises": {"网格编码", "单位名称", "统一社会信用代码"},
        "leases": set(rows[0]) - {"月租金", "租赁面积", "承租人电话"},
        "buildings": {"网格编码", "小区", "楼栋"},
        "care": {"公民身份号码", "特殊群体类别"},
        "staff": {"姓名", "联系电话"},
    }[register]
    bare = [{head: value if head in keep else "" for head, value in row.items()} for row in rows]

    assert import_rows(register, bare)["unchanged"] == 2
    assert contents() == before


def _with_lease_ended(import_rows):
    row = lease()
    import_rows("leases", [row])
    Lease.objects.update(ended_on=date(2026, 2, 1))
    return row


@pytest.mark.parametrize(
    ("register", "change", "reason"),
    [
        ("premises", {"单位名称": ""}, "value_missing"),
        ("premises", {"网格编码": "370402001028999"}, "grid_unknown"),
        ("premises", {"企业编码": 9.1370402e17}, "number_damaged"),
        ("premises", {"企业编码": "长" * 31}, "too_long"),
        ("leases", {"承租人": ""}, "value_missing"),
        ("leases", {"租期止": "2025-12-31"}, "period_wrong"),
        ("leases", {"室号": ""}, "dwelling_missing"),
        ("buildings", {"楼栋": ""}, "value_missing"),
        ("care", {"特殊群体类别": "没有这个词"}, "category_unknown"),
        ("care", {"公民身份号码": "110101195005010028"}, "id_checksum"),
        ("care", {"公民身份号码": 1.10101195005e17}, "id_scientific"),
        ("care", {"公民身份号码": factories.id_number(date(1931, 5, 1))}, "resident_unknown"),
        ("care", {"姓名": "别人"}, "name_contradicts"),
        ("care", {"终止日期": "2020-01-01"}, "period_wrong"),
        ("staff", {"岗位": "大队长"}, "role_unknown"),
        ("staff", {"网格编码": ""}, "value_missing"),
        ("staff", {"联系电话": "0632-3056789"}, "username_missing"),
        ("staff", {"用户名": "a b/c", "联系电话": ""}, "username_wrong"),
        ("staff", {"岗位": "部门经办人", "部门": "没有的局"}, "department_unknown"),
        ("staff", {"岗位": "楼栋长", "楼栋": "88号楼"}, "building_unknown"),
        ("staff", {"岗位": "楼栋长"}, "value_missing"),
        ("staff", {"离岗日期": "2025-01-01"}, "period_wrong"),
    ],
)
def test_a_row_stays_out_for_one_reason_and_the_others_come_in(
    ground, import_rows, register, change, reason
):
    rows = rows_of(register, ground, 3)

    answer = import_rows(register, [rows[0], rows[1] | change, rows[2]])

    assert reasons(answer) == {reason: 1}
    assert (answer["created"], answer["rejected"], answer["rows"]) == (2, 1, 3)


@pytest.mark.parametrize("register", [*MAKERS, "care"])
def test_the_second_row_of_the_same_entry_stays_out(ground, import_rows, register):
    rows = rows_of(register, ground, 2)

    answer = import_rows(register, [*rows, rows[0]])

    assert reasons(answer) == {"duplicate_in_file": 1}


def test_each_kind_of_reason_has_words_and_a_remedy():
    import re
    from pathlib import Path

    from residents.imports import others
    from residents.imports.workbook import reasons as words

    folder = Path(others.__file__).parent
    said = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r"reason = (?:CASE WHEN [^']*)?'(\w+)'", said))
    codes |= set(re.findall(r'Wrong\(\s*"(\w+)"', said)) | set(
        re.findall(r'return "(\w+)", "', said)
    )

    assert len(codes) > 20
    assert codes - {"word_unknown"} <= set(words.REASONS)


# Heads and layouts as offices send them


def test_titles_senders_sums_signatures_and_blank_rows_are_no_data(import_rows):
    rows = [shop() for _ in range(4)]
    names = {
        "所 属\n网格（编码）": "网格编码",
        "企业名称*": "单位名称",
        "统一社会\n信用代码（18位）": "统一社会信用代码",
        "性质": "单位类型",
        "法定代表人": "负责人",
        "手机号": "联系电话",
        "营业面积(㎡)": "经营面积",
        "从业人员": "从业人数",
        "开办时间": "开业日期",
    }
    tail = [
        {},
        {"网格编码": "合计", "单位名称": "4家"},
        {"网格编码": "填表人：张三", "单位名称": "审核人：李四"},
    ]

    answer = import_rows(
        "premises",
        [*rows[:2], {}, *rows[2:], *tail],
        names=names,
        above=[["某街道企业底册"], ["填报单位：公园社区"], []],
    )

    assert (answer["rows"], answer["created"]) == (4, 4)


def test_heads_in_two_rows_and_spellings_of_the_same_facts(import_rows, tmp_path, ground):
    import xlsxwriter

    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("商户")
        sheet.merge_range(0, 0, 1, 0, "网格编码")
        sheet.merge_range(0, 1, 0, 3, "基本情况")
        sheet.merge_range(0, 4, 0, 5, "食品经营许可证")
        sheet.write_row(1, 1, ["商户名称", "类型", "开业日期", "编号", "有效期至"])
        sheet.write_row(
            2, 0, [UNIT, "利民 超市", "个体户", "２０１９年５月１日", "JY1", "2027.5.31"]
        )
        sheet.write_row(3, 0, [UNIT, "国营饭店", "国企", 43586, "JY2", "长期"])
    answer = run(path, "premises")

    assert answer["created"] == 2, answer
    first, second = Premises.objects.order_by("pk")
    assert (first.name, first.kind, first.opened_on) == (
        "利民超市",
        "self_employed",
        date(2019, 5, 1),
    )
    assert (second.kind, second.opened_on) == ("state", date(2019, 5, 1))
    assert list(Licence.objects.order_by("pk").values_list("kind", "number", "expires_on")) == [
        ("食品经营许可证", "JY1", date(2027, 5, 31)),
        ("食品经营许可证", "JY2", None),
    ]


def test_traditional_words_several_sheets_and_english_heads(ground, tmp_path):
    import xlsxwriter

    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        one, notes, two = (book.add_worksheet(name) for name in ("一", "說明", "二"))
        one.write_row(0, 0, ["網格編碼", "小區", "樓棟", "層數", "有無電梯", "風險隱患"])
        one.write_row(1, 0, [UNIT, "公園小區", "1", 6, "有", "無"])
        one.write_row(2, 0, [UNIT, "公園小區", "２號樓", 6, "無", "外牆"])
        notes.write_row(0, 0, ["請於月底前報送"])
        two.write_row(0, 0, ["grid", "compound", "building", "floors"])
        two.write_row(1, 0, [OTHER_UNIT, "", "3#", 18])
    answer = run(path, "buildings")

    assert (answer["rows"], answer["created"]) == (3, 3)
    assert set(Building.objects.values_list("floors", "has_lift")) == {
        (6, True),
        (6, False),
        (18, None),
    }
    assert Building.objects.filter(name="3号楼", compound=None).exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_of_either_encoding(ground, tmp_path, encoding):
    import csv

    rows, path = [house() for _ in range(3)], tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, heads(rows))
        writer.writeheader()
        writer.writerows(rows)

    assert run(path, "buildings")["created"] == 3


def test_a_column_of_credit_codes_is_known_by_its_contents(import_rows):
    rows = [shop() for _ in range(5)]
    names = {
        "网格编码": "网格编码",
        "单位名称": "单位名称",
        "类型": "单位类型",
        "号": "统一社会信用代码",
    }

    import_rows("premises", rows, names=names)

    assert not Premises.objects.filter(credit_code="").exists()


def test_the_empty_form_reads_as_nothing_until_somebody_fills_it_in(ground, tmp_path):
    from residents.imports.batch import registers
    from residents.imports.others import blank
    from residents.models import ImportBatch

    for register in ImportBatch.Register.values:
        path = tmp_path / f"{register}.xlsx"
        path.write_bytes(blank.workbook(register, "台账"))
        __, [table] = registers.read(path, register=register)

        assert table.not_understood == []
        assert run(path, register, dry_run=True)["rows"] == 0


# Premises


def test_premises_are_known_by_code_else_credit_code_else_grid_and_name(import_rows):
    code = credit_code()
    import_rows(
        "premises",
        [
            shop(企业编码="Q1", 统一社会信用代码=""),
            shop(统一社会信用代码=code),
            shop(统一社会信用代码="", 单位名称="老王修车"),
        ],
    )

    answer = import_rows(
        "premises",
        [
            shop(企业编码="Q1", 单位名称="新名字", 统一社会信用代码=""),
            shop(统一社会信用代码=code, 单位名称="另一个新名字"),
            shop(统一社会信用代码="", 单位名称="老王修车", 从业人数="9"),
            shop(企业编码="Q2", 统一社会信用代码=""),
        ],
    )

    assert (answer["changed"], answer["created"], answer["rejected"]) == (3, 1, 0)
    assert Premises.objects.get(code="Q1").name == "新名字"
    assert Premises.objects.get(credit_code=code).name == "另一个新名字"
    assert Premises.objects.get(name="老王修车").head_count == 9


def test_two_shops_of_one_firm_are_two_when_each_has_its_code(import_rows):
    code = credit_code()
    rows = [shop(企业编码="A1", 统一社会信用代码=code), shop(企业编码="A2", 统一社会信用代码=code)]

    assert import_rows("premises", rows)["created"] == 2
    assert import_rows("premises", rows)["unchanged"] == 2


def test_premises_that_several_rows_could_mean_are_not_guessed(ground, import_rows):
    for _ in range(2):
        factories.premises(ground[0], name="利民超市")

    answer = import_rows("premises", [shop(单位名称="利民超市", 统一社会信用代码="")])

    assert reasons(answer) == {"premises_ambiguous": 1}


def test_new_premises_get_codes_of_their_grid_that_were_never_used(ground, import_rows):
    factories.premises(ground[0], code=f"{UNIT}P0007", ended_on=date(2025, 1, 1))

    import_rows("premises", [shop(), shop(), shop(网格编码=OTHER_UNIT)])

    codes = Premises.objects.filter(ended_on=None).order_by("pk").values_list("code", flat=True)
    assert list(codes) == [f"{UNIT}P0008", f"{UNIT}P0009", f"{OTHER_UNIT}P0001"]


def test_premises_are_tied_to_building_and_dwelling_that_the_register_knows(ground, import_rows):
    home = factories.dwelling(ground[0], room="101")

    import_rows(
        "premises",
        [
            shop(楼栋="1", 单元="1", 室号="101", 经营地址=""),
            shop(楼栋="1号楼", 经营地址=""),
            shop(楼栋="77号楼"),
        ],
    )

    first, second, third = Premises.objects.order_by("pk")
    assert (first.dwelling, first.building, first.address) == (home, home.building, "1号楼1单元101")
    assert (second.dwelling, second.building) == (None, home.building)
    assert third.building is None


def test_a_credit_code_tells_the_type_of_self_employed_and_institutions(import_rows):
    import_rows(
        "premises",
        [
            shop(单位类型=""),
            shop(单位类型="", 统一社会信用代码=credit_code("11370402MB")),
        ],
    )

    kinds = Premises.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["self_employed", "institution"]


def test_a_licence_gets_its_new_day_and_another_licence_is_added(import_rows):
    row = shop(
        食品经营许可证号="JY1",
        食品经营许可证有效期至="2026-05-31",
        许可证名称="卫生许可证",
        许可证编号="W1",
        发证机关="卫健局",
    )
    import_rows("premises", [row])

    changed = import_rows(
        "premises", [row | {"食品经营许可证有效期至": "2031-05-31", "许可证编号": "W2"}]
    )

    assert changed["changed"] == 1
    assert set(Licence.objects.values_list("kind", "number", "expires_on")) == {
        ("食品经营许可证", "JY1", date(2031, 5, 31)),
        ("卫生许可证", "W1", None),
        ("卫生许可证", "W2", None),
    }


# Leases


def test_an_imported_lease_waits_and_a_change_of_an_approved_one_counts(ground, import_rows):
    leader, other = (factories.staff("grid_leader", ground[0]) for _ in range(2))
    row = lease()
    import_rows("leases", [row], by=leader)
    found = Lease.objects.get()
    assert (found.state, found.entered_by) == ("waiting", leader)
    Lease.objects.update(state="approved", approved_by=other)

    import_rows("leases", [row | {"月租金": "2000"}], by=leader)

    found.refresh_from_db()
    assert (found.state, found.special_edits, found.approved_by) == ("waiting", 1, None)
    assert found.rent == 2000


def test_a_lease_makes_the_dwelling_that_it_needs_once(import_rows):
    row = lease(小区="公园小区")

    import_rows(
        "leases",
        [row, row | {"承租人": "钱一"}, lease(楼栋="", 单元="", 室号="", 房屋地址="建设路9号")],
    )

    assert Lease.objects.count() == 3
    assert Dwelling.objects.count() == 2
    assert Building.objects.get().compound == Compound.objects.get(name="公园小区")


def test_a_lease_that_has_ended_is_not_entered_again(import_rows):
    row = _with_lease_ended(import_rows)

    assert reasons(import_rows("leases", [row])) == {"lease_ended": 1}


def test_a_lease_of_a_building_name_that_two_compounds_share_is_refused(ground, import_rows):
    import_rows("buildings", [house(小区="甲", 楼栋="1号楼"), house(小区="乙", 楼栋="1号楼")])

    assert reasons(import_rows("leases", [lease()])) == {"building_ambiguous": 1}
    assert import_rows("leases", [lease(小区="甲")])["created"] == 1


# Buildings


def test_of_a_compound_the_first_word_of_the_file_counts(import_rows):
    rows = [house(), house(物业公司=""), house(物业公司="另一家物业")]

    answer = import_rows("buildings", rows)

    assert (answer["created"], reasons(answer)) == (3, {})
    assert Compound.objects.get().property_company == "安居物业"
    assert Compound.objects.get().property_phone == "0632-3056789"


# Care records


def test_a_record_ends_on_the_day_that_a_row_says_and_stays_ended(ground, import_rows):
    row = record(factories.resident(grid=ground[0]))
    import_rows("care", [row])

    ended = import_rows("care", [row | {"终止日期": "2026-03-31"}])
    again = import_rows("care", [row | {"终止日期": "2026-03-31"}])

    assert (ended["changed"], again["unchanged"]) == (1, 1)
    assert import_rows("care", [row])["unchanged"] == 1
    assert CareRecord.objects.get().until == date(2026, 3, 31)


def test_somebody_who_lives_elsewhere_is_as_unknown_as_nobody(ground, import_rows):
    leader = factories.staff("grid_leader", ground[0])
    there = factories.resident(grid=ground[1])
    nobody = record(there, 公民身份号码=factories.id_number(date(1931, 5, 1)), 姓名="无此人")

    answer = import_rows("care", [record(there), nobody], by=leader)

    assert reasons(answer) == {"resident_unknown": 2}
    assert not CareRecord.objects.exists()


def test_no_answer_of_a_care_import_holds_an_id_number(ground, import_rows):
    from residents.models import ImportBatch

    people = [factories.resident(grid=ground[0]) for _ in range(2)]
    numbers = [number_of(one) for one in people]
    wrong = numbers[0][:17] + ("0" if numbers[0][17] != "0" else "1")

    answer = import_rows(
        "care",
        [record(people[0], 公民身份号码=wrong), record(people[1], 姓名="别人"), record(people[0])],
    )

    batch = ImportBatch.objects.get(pk=answer["batch"])
    told = json.dumps([answer, batch.result, batch.preview, batch.mapping], ensure_ascii=False)
    told += str(list(batch.problems.values()))
    assert answer["rejected"] == 2
    for number in [*numbers, wrong]:
        assert number not in told
        assert number[6:14] not in told


@pytest.mark.parametrize("passes_for_a_credit_code", [True, False])
def test_an_id_number_in_a_wrong_column_is_not_echoed(
    ground, import_rows, passes_for_a_credit_code
):
    from residents.models import ImportBatch

    number = next(
        number
        for number in (factories.id_number(sequence=one) for one in range(1, 499))
        if uscc.is_valid(number) is passes_for_a_credit_code
    )
    rows = [shop(统一社会信用代码=number), shop(单位类型=number), shop(网格编码=number)]

    answer = import_rows("premises", rows)

    batch = ImportBatch.objects.get(pk=answer["batch"])
    told = json.dumps(batch.result) + str(list(batch.problems.values()))
    assert answer["rejected"] == 1  # no such grid
    assert number not in told
    assert Premises.objects.exists()
    assert not Premises.objects.filter(credit_code=number).exists()


# Staff


def test_a_new_account_has_no_password_and_sleeps(import_rows):
    import_rows("staff", [worker(用户名="wang.gong", 岗位="网格长")])

    person = Staff.objects.get(username="wang.gong")
    assert not person.has_usable_password()
    assert not person.is_active
    assert [one.role for one in person.postings.all()] == ["grid_leader"]


def test_several_postings_of_one_person_are_one_account(import_rows):
    first = worker()
    rows = [first, first | {"网格编码": OTHER_UNIT}, first | {"岗位": "信息员"}]

    assert import_rows("staff", rows)["created"] == 3
    assert import_rows("staff", rows)["unchanged"] == 3
    assert Staff.objects.get(username=first["联系电话"]).postings.count() == 3


def test_who_is_known_by_name_and_phone_is_not_made_twice(ground, import_rows):
    known = factories.staff("grid_worker", ground[0], full_name="张三", phone="13712345678")

    answer = import_rows(
        "staff", [worker(姓名="张 三", 联系电话="137-1234-5678", 网格编码=OTHER_UNIT)]
    )

    assert answer["changed"] == 1
    assert known.postings.count() == 2


def test_staff_who_share_name_and_phone_are_not_guessed(ground, import_rows):
    for _ in range(2):
        factories.staff("grid_worker", ground[0], full_name="张三", phone="13712345678")

    answer = import_rows("staff", [worker(姓名="张三", 联系电话="13712345678")])

    assert reasons(answer) == {"staff_ambiguous": 1}


def test_staff_are_not_posted_at_a_grid_whose_name_two_grids_have(import_rows):
    factories.unit("370402001027001", name="东关网格")
    factories.unit("370402001029001", name="东关网格")
    theirs = factories.unit("370402001029002", name="西关网格")

    answer = import_rows("staff", [worker(网格编码="东关网格"), worker(网格编码="西关网格")])

    assert reasons(answer) == {"grid_unknown": 1}
    assert Posting.objects.get().grid == theirs


def test_no_account_of_somebody_else_is_taken_over(ground, import_rows):
    boss = factories.staff(
        "administrator",
        factories.district(),
        username="boss",
        full_name="局长",
        phone="13900000000",
    )

    answer = import_rows("staff", [worker(用户名="boss", 姓名="张三")])

    assert reasons(answer) == {"username_taken": 1}
    assert boss.postings.count() == 1


def test_rows_that_contradict_each_other_about_a_person_are_refused(import_rows):
    row = worker(用户名="z1")

    answer = import_rows("staff", [row, row | {"姓名": "李四", "岗位": "信息员"}])

    assert reasons(answer) == {"person_contradicts": 1}


def test_a_posting_that_would_overlap_another_is_refused(ground, import_rows):
    person = factories.staff(full_name="张三", phone="13712345678", district=factories.district())
    for since, until in ((date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 6, 1), None)):
        factories.posting(person, "grid_worker", ground[0], since=since, until=until)

    answer = import_rows(
        "staff",
        [worker(姓名="张三", 联系电话="13712345678", 上岗日期="2024-06-01", 离岗日期="2025-12-31")],
    )

    assert reasons(answer) == {"posting_overlaps": 1}


def test_department_staff_are_posted_where_their_department_serves(ground, import_rows):
    department = factories.department()

    import_rows("staff", [worker(岗位="部门经办人", 部门="城市管理局", 网格编码="")])

    posting = Posting.objects.get()
    assert (posting.department, posting.grid) == (department, department.grid)


# Whose rows


@pytest.mark.parametrize("register", ["premises", "leases", "buildings"])
def test_rows_of_grids_outside_the_area_stay_out(ground, import_rows, register):
    leader = factories.staff("grid_leader", ground[0])
    rows = [MAKERS[register](), MAKERS[register](网格编码=OTHER_UNIT)]

    answer = import_rows(register, rows, by=leader)

    assert (answer["created"], reasons(answer)) == (1, {"outside_scope": 1})


def test_premises_of_another_grid_are_not_taken_over(ground, import_rows):
    leader = factories.staff("grid_leader", ground[0])
    there = factories.premises(ground[1], credit_code=credit_code())

    answer = import_rows("premises", [shop(统一社会信用代码=there.credit_code)], by=leader)

    assert reasons(answer) == {"entry_elsewhere": 1}
    there.refresh_from_db()
    assert there.grid == ground[1]


def test_nobody_grants_a_posting_outside_or_above_the_own_place(ground, import_rows):
    street = factories.street()
    admin = factories.staff("administrator", street)
    factories.unit("370402002001001")

    answer = import_rows(
        "staff",
        [
            worker(),
            worker(网格编码=street.code, 岗位="管理员"),
            worker(网格编码="370402", 岗位="管理员"),
            worker(网格编码="370402002001001"),
            worker(网格编码="370402002"),
        ],
        by=admin,
    )

    assert (answer["created"], reasons(answer)) == (2, {"outside_scope": 3})
    again = import_rows("staff", [worker(), worker(网格编码="370402", 岗位="管理员")], by=admin)
    assert again["created"] == 1


def test_accounts_of_another_district_are_not_touched(ground, import_rows):
    admin = factories.staff("administrator", factories.district())
    far = factories.staff(
        "grid_worker",
        factories.unit("520602003003001"),
        username="far",
        full_name="张三",
        phone="13712345678",
    )

    answer = import_rows(
        "staff",
        [
            worker(用户名="far", 姓名="张三", 联系电话="13712345678"),
        ],
        by=admin,
    )

    assert reasons(answer) == {"outside_scope": 1}
    assert far.postings.count() == 1


def test_who_keeps_registers_but_no_staff_imports_no_staff(ground, import_rows):
    leader = factories.staff("grid_leader", ground[0])

    answer = import_rows("staff", [worker()], by=leader)

    assert reasons(answer) == {"outside_scope": 1}


def test_the_command_says_the_same_keys_for_every_register(ground, tmp_path, capsys):
    from django.core.management import call_command

    path = write(tmp_path / "a.xlsx", [shop(), shop(单位名称="")], heads=heads([shop()]))

    call_command("import_register", str(path), "--register", "premises", "--json")

    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == [
        "batch",
        "rows",
        "created",
        "changed",
        "unchanged",
        "rejected",
        "rejected_by_reason",
        "possible_duplicates",
        "waiting",
        "households",
        "seconds",
        "result_file",
    ]
    assert (answer["created"], answer["rejected"], answer["households"]) == (1, 1, 0)
