"""Which row is the head, what each column is taken for, and what is shown of it when asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from residents.imports.workbook import columns, heads
from residents.models import ImportBatch, ImportMapping
from tests import factories
from tests.residents.sheets import credit_code

NUMBER = factories.id_number


def find(*rows, register="residents"):
    return heads.find(0, "表", [list(row) for row in rows], register)


def meanings(table):
    return dict(table.columns)


# The head


def test_the_row_with_most_columns_is_the_head():
    table = find(
        ["网格", "姓名", "性别", "民族"],
        ["网格", "姓名", "性别", "民族", "备注"],
        ["网格", "姓名", "性别", "民族", "学历"],
    )

    assert (table.head_row, len(table.columns)) == (2, 5)


@pytest.mark.parametrize(
    ("register", "row", "is_head"),
    [
        ("residents", ["姓名", "网格", "性别", "民族"], True),
        ("residents", ["姓名", "网格", "性别"], False),  # three are too few
        ("residents", ["姓名", "民族", "性别", "备注"], False),  # one of those that must be there
        ("residents", ["户号", "网格", "性别", "民族"], True),
        ("premises", ["单位名称", "网格编码", "备注"], True),
        ("premises", ["单位名称", "网格编码"], False),
        ("premises", ["单位名称", "面积", "备注"], False),
        ("premises", ["统一社会信用代码", "企业编码", "备注"], True),
        ("leases", ["承租人", "出租人", "备注"], True),
        ("leases", ["房屋地址", "租期起", "备注"], True),
        ("leases", ["承租人", "租期止", "备注"], False),
        ("buildings", ["楼栋", "小区", "层数"], True),
        ("buildings", ["楼栋", "层数", "电梯"], False),
        ("care", ["公民身份号码", "特殊群体类别", "备注"], True),
        ("care", ["公民身份号码", "备注", "认定日期"], False),
        ("staff", ["姓名", "岗位", "部门"], True),
        ("staff", ["姓名", "部门", "职责"], False),
        ("staff", ["用户名", "联系电话", "职责"], True),
    ],
)
def test_which_columns_make_a_head(register, row, is_head):
    assert (find(row, register=register) is not None) is is_head


def test_a_head_is_looked_for_in_sixty_rows_and_counts_written_cells_only():
    head = ["网格", "姓名", "性别", "民族"]
    blank = ["", "", "", ""]

    assert find(*[blank] * 59, head).head_row == 60
    assert find(*[blank] * 60, head) is None
    assert find([1.0, None, "  ", True]) is None


@pytest.mark.parametrize(
    ("above", "below", "columns_"),
    [
        # merged group titles, and heads over two rows
        (["网格编码", "食品经营许可证", "", "单位名称"], ["", "编号", "有效期至", ""],
         {"grid": 0, "food_licence_number": 1, "food_licence_expires_on": 2, "premises_name": 3}),
        # a longer row below, a longer row above
        (["网格编码"], ["", "单位名称", "单位类型"], {"grid": 0, "premises_name": 1, "kind": 2}),
        (["网格编码", "单位名称", "单位类型"], ["其他"], {"premises_name": 1, "kind": 2}),
    ],
)  # fmt: skip
def test_heads_in_two_rows(above, below, columns_):
    table = find(above, below, register="premises")

    if below == ["其他"]:  # the row above is a head by itself
        assert (table.head_row, meanings(table)) == (1, {"grid": 0, **columns_})
    else:
        assert (table.head_row, meanings(table)) == (2, columns_)


def test_what_is_not_understood_or_said_twice_is_named():
    table = find(["网格", "姓名", "性别", "民族", "爱 好\n(选填)", "姓名", "序号", "年龄"])

    assert table.not_understood == ["爱 好 (选填)", "姓名"]
    assert table.all_heads == {
        0: "网格", 1: "姓名", 2: "性别", 3: "民族", 4: "爱 好 (选填)", 5: "姓名", 6: "序号", 7: "年龄",
    }  # fmt: skip
    assert table.heads == {"grid": "网格", "name": "姓名", "sex": "性别", "ethnicity": "民族"}


def test_a_head_is_known_by_its_first_line_too():
    table = find(["网格\n（填编码）", "姓名\n请填全名", "性别", "民族"])

    assert meanings(table) == {"grid": 0, "name": 1, "sex": 2, "ethnicity": 3}


# Columns known by what is in them


def rows_with(numbers, head="证件", register="residents"):
    first = {
        "residents": ["网格", "姓名", "性别", "民族"],
        "premises": ["网格编码", "单位名称", "备注", "面积"],
    }
    return find(
        [*first[register], head], *[["", "", "", "", one] for one in numbers], register=register
    )


@pytest.mark.parametrize(
    ("right", "wrong", "is_known"),
    [(4, 1, True), (3, 1, False), (8, 2, True), (7, 2, False), (1, 0, True), (0, 1, False)],
)
def test_a_column_is_one_of_numbers_when_four_fifths_are(right, wrong, is_known):
    numbers = [NUMBER() for _ in range(right)] + ["无号码人员某某某某某某某某某某"] * wrong

    table = rows_with([*numbers, "", " "])

    assert ("id_number" in table.columns) is is_known
    assert table.not_understood == ([] if is_known else ["证件"])
    if is_known:
        assert (table.columns["id_number"], table.heads["id_number"]) == (4, "证件")


def test_only_the_first_forty_rows_are_looked_at_and_short_numbers_are_none():
    assert "id_number" not in rows_with([""] * 41 + [NUMBER()]).columns
    assert "id_number" in rows_with([""] * 39 + [NUMBER()]).columns
    assert "id_number" not in rows_with(["37040219500501"] * 3).columns
    assert "id_number" in rows_with(["370402500501001"] * 3).columns


def test_a_column_of_credit_codes_is_known_in_the_registers_that_have_one():
    codes = [credit_code() for _ in range(3)]

    assert rows_with(codes, register="premises").columns["credit_code"] == 4
    assert (
        "credit_code" not in rows_with([code[:17] for code in codes], register="premises").columns
    )
    assert "credit_code" not in rows_with(codes).columns
    assert "id_number" not in rows_with([NUMBER()], register="premises").columns


def test_a_column_that_is_understood_is_not_taken_for_another():
    known = find(
        ["网格", "姓名", "身份证号", "性别", "户籍"], ["", "", "", "", NUMBER()], ["", "", NUMBER()]
    )

    assert known.columns["id_number"] == 2
    one_column = find(["姓名", "号", "别的", "再别的"], ["", NUMBER(), "", ""])
    assert one_column is None


# Fingerprints and choices


def test_the_fingerprint_is_that_of_the_heads_and_the_register():
    head = ["网格编码", "单位名称", "备注", "房屋地址", "承租人", "出租人", "姓名"]
    table = find(head, register="premises")

    assert (
        table.fingerprint
        == find(["网格编码 ", "单位\n名称", *head[2:]], register="premises").fingerprint
    )
    assert table.fingerprint != find([head[1], head[0], *head[2:]], register="premises").fingerprint
    assert table.fingerprint != find([*head, "别的"], register="premises").fingerprint
    assert table.fingerprint != find(head, register="leases").fingerprint


def test_columns_mean_what_somebody_says():
    table = find(["网格", "姓名", "性别", "民族", "爱好"])

    table.choose({"0": "grid", "1": "", "4": "note", "9": "phone"})

    assert table.columns == {"grid": 0, "note": 4, "phone": 9}
    assert table.heads == {"grid": "网格", "note": "爱好", "phone": ""}
    assert table.not_understood == ["姓名", "性别", "民族"]


@pytest.mark.parametrize(
    ("register", "row", "is_clear"),
    [
        ("residents", ["网格", "姓名", "性别", "民族"], True),
        ("residents", ["网格", "姓名", "性别", "民族", "爱好"], False),
        ("residents", ["网格", "户号", "性别", "民族"], False),
        ("residents", ["姓名", "户号", "性别", "民族"], True),
        ("premises", ["单位名称", "企业编码", "备注"], False),
        ("premises", ["网格编码", "企业编码", "备注"], False),
        ("premises", ["网格编码", "单位名称", "备注"], True),
        ("leases", ["网格编码", "出租人", "承租人", "租期起", "租期止"], True),
        ("leases", ["网格编码", "出租人", "承租人", "租期起"], True),
        ("leases", ["网格编码", "出租人", "承租人", "租期止"], False),
        ("leases", ["网格编码", "出租人", "租期起", "租期止"], False),
        ("leases", ["网格编码", "承租人", "租期起", "租期止"], True),
        ("leases", ["出租人", "承租人", "租期起", "租期止"], False),
        ("buildings", ["网格编码", "楼栋", "层数"], True),
        ("buildings", ["网格编码", "小区", "层数"], False),
        ("buildings", ["小区", "楼栋", "层数"], False),
        ("care", ["公民身份号码", "特殊群体类别", "备注"], True),
        ("care", ["姓名", "特殊群体类别", "备注"], False),
        ("care", ["公民身份号码", "姓名", "备注"], False),
        ("staff", ["姓名", "岗位", "部门"], True),
        ("staff", ["用户名", "岗位", "部门"], False),
    ],
)
def test_what_has_to_be_asked(register, row, is_clear):
    table = find(row, register=register)
    other = find(["网格编码", "单位名称", "备注"], register="premises")
    other.index = 1

    assert columns.are_clear([table], {}) is is_clear
    assert columns.are_clear([other, table], {}) is is_clear
    assert columns.are_clear([table], {"0": {}})
    assert columns.are_clear([], {})


def test_what_one_person_said_of_a_form_is_recalled_in_the_district(ground):
    me, other = (factories.staff("grid_leader") for _ in range(2))
    here, there = factories.district(), factories.district("520602", "碧江区")
    first, second = find(["网格", "姓名", "性别", "民族"]), find(["网格", "姓名", "性别", "学历"])
    second.index = 3
    columns.remember([first], {"0": {"0": "grid"}}, by=me, district_id=here.pk)
    later = timezone.now() + timedelta(days=1)

    def recalled(tables, by=me, district=here):
        return columns.recall(tables, by=by, district_id=district.pk, now=later)

    assert recalled([second, first]) == {"0": {"0": "grid"}}
    assert ImportMapping.objects.get().used_at == later
    assert (
        recalled([second]) == recalled([first], by=other) == recalled([first], district=there) == {}
    )
    columns.remember(
        [first, second], {"0": {"1": "name"}, "3": {"0": "grid"}}, by=me, district_id=here.pk
    )
    assert recalled([second, first]) == {"0": {"1": "name"}, "3": {"0": "grid"}}
    assert ImportMapping.objects.count() == 2


# What is shown


@pytest.mark.parametrize(
    ("cell", "meaning", "shown"),
    [
        ("王秀兰", "name", "王**"),
        ("王秀兰", "head_name", "王**"),
        ("王秀兰", "full_name", "王**"),
        ("王秀兰", "responsible_person", "王**"),
        ("王秀兰", "landlord_name", "王**"),
        ("王秀兰", "tenant_name", "王**"),
        ("王秀兰", "note", "王秀兰"),
        ("19900307", "birth_on", "1990****"),
        ("九十年三月", "birth_on", "九十年三****"),
        ("2001年5月", "", "2001****"),
        ("1990.3", "note", "1990****"),
        ("1990", "note", "1990"),
        ("2101-05", "note", "2101-05"),
        ("370402001028001", "grid", "370402001028001"),
        ("370402001028001", "number", "370402001028001"),
        ("370402001028001", "code", "370402001028001"),
        ("92370402MA0000001X", "credit_code", "92370402MA0000001X"),
        ("13812345678", "username", "13812345678"),
        ("13812345678", "", "*******5678"),
        ("23812345678", "", "2*********8"),
        ("123456", "", "1****6"),
        ("12345", "", "12345"),
        ("长" * 30, "", "长" * 24),
        (5.0, "floors", "5"),
    ],
)
def test_a_cell_tells_its_kind_and_not_whose_it_is(cell, meaning, shown):
    assert columns.masked(cell, meaning) == shown


def test_a_table_is_kept_with_the_batch_and_read_back():
    table = find(["网格", "姓名", "性别", "民族", "爱好"])
    table.index, table.height, table.custom = 2, 7, {"fact_x": "医保"}
    table.samples = {1: ["王**"]}

    said = columns.as_json(table)
    [back] = columns.kept(
        ImportBatch(register="residents", mapping={"tables": [said, {"sheet": "旧"}]})
    )

    assert vars(back) == vars(table)
    assert "custom" not in columns.as_json(find(["网格", "姓名", "性别", "民族"]))
    assert columns.kept(ImportBatch(mapping={})) == []
    assert columns.without_samples({"tables": [said], "x": 1}) == {
        "tables": [said | {"samples": {}}], "x": 1,
    }  # fmt: skip
    assert columns.without_samples({}) == {}


def test_the_page_shows_every_column_with_what_it_is_taken_for():
    table = find(["网格", "爱好", "性别", "民族", "户号"], [NUMBER(), "", "", "", "", NUMBER()])
    table.custom, table.samples = {"fact_x": "医保"}, {1: ["钓鱼"]}

    [shown] = columns.shown([table], {})
    [said] = columns.shown([table], {"0": {"0": "", "1": "name", "5": "id_number"}})

    assert [
        (one["field"], one["head"], one["chosen"], one["samples"]) for one in shown["columns"]
    ] == [
        ("column-0-0", "网格", "grid", []),
        ("column-0-1", "爱好", "", ["钓鱼"]),
        ("column-0-2", "性别", "sex", []),
        ("column-0-3", "民族", "ethnicity", []),
        ("column-0-4", "户号", "number", []),
        ("column-0-5", "", "id_number", []),
    ]
    assert (shown["missing"], said["missing"]) == (["姓名"], [])
    assert [one["chosen"] for one in said["columns"]] == ["", "name", "", "", "", "id_number"]
    assert (shown["index"], shown["sheet"], shown["rows"]) == (0, "表", 0)
    assert columns.labels_of(table)["fact_x"] == "医保"


def test_a_form_says_each_column_once():
    table = find(["网格", "姓名", "性别", "民族", "爱好"])
    table.custom = {"fact_x": "医保"}
    data = {
        "column-0-0": "grid", "column-0-1": "note", "column-0-2": "fact_x", "column-0-3": "made_up",
        "column-0-4": "note",
    }  # fmt: skip

    chosen, twice = columns.chosen_in(data, [table])

    assert chosen == {"0": {"0": "grid", "1": "note", "2": "fact_x", "3": "", "4": "note"}}
    assert twice == [("表", "备注")]
    assert columns.chosen_in({}, [table]) == ({"0": dict.fromkeys("01234", "")}, [])
