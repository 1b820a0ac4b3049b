"""Rows of a workbook of premises: which premises, which licences and which codes they mean."""

from datetime import date
from decimal import Decimal

import pytest

from residents.models import ImportBatch, Licence, Premises
from tests import factories
from tests.residents.sheets import credit_code, shop
from tests.residents.workbooks import OTHER_UNIT, UNIT

FAR = "520602003003001"  # of another district
GONE = date(2025, 1, 1)


@pytest.fixture
def ground(db):
    """Two grids; these registers need no dictionaries."""
    return factories.unit(UNIT), factories.unit(OTHER_UNIT)


def outcome(answer):
    return (
        answer["created"],
        answer["changed"],
        answer["unchanged"],
        answer["rejected_by_reason"],
    )


def bare(name, **values):
    """A row that names premises and says nothing else of them."""
    return {"网格编码": UNIT, "单位名称": name, "企业编码": "", "统一社会信用代码": ""} | values


def with_kind(name, **values):
    return bare(name, 单位类型="个体工商户") | values


# Which premises


CODE, OTHER_CODE = credit_code(), credit_code()


@pytest.mark.parametrize(
    ("known", "said", "expected"),
    [
        # by code
        ({"code": "Q1"}, {"企业编码": "Q1", "单位名称": "新名"}, "changed"),
        ({"code": "Q1", "ended_on": GONE}, {"企业编码": "Q1"}, "created"),
        ({"code": "Q1", "credit_code": CODE}, {"企业编码": "Q1", "统一社会信用代码": OTHER_CODE},
         "changed"),
        # by credit code
        ({"credit_code": CODE}, {"统一社会信用代码": CODE, "单位名称": "新名"}, "changed"),
        ({"credit_code": CODE, "ended_on": GONE}, {"统一社会信用代码": CODE}, "created"),
        ({"credit_code": CODE, "code": "Q1"}, {"统一社会信用代码": CODE, "单位名称": "新名"},
         "changed"),
        ({"credit_code": CODE}, {"统一社会信用代码": CODE, "企业编码": "Q1", "单位名称": "新名"},
         "changed"),
        ({"credit_code": CODE, "code": "Q1"},
         {"统一社会信用代码": CODE, "企业编码": "Q2", "单位名称": "新名"}, "created"),
        # by grid and name
        ({}, {}, "unchanged"),
        ({"ended_on": GONE}, {}, "created"),
        ({}, {"单位名称": "新名"}, "created"),
        ({}, {"企业编码": "Q1"}, "changed"),
        ({}, {"统一社会信用代码": CODE}, "changed"),
        ({"code": "Q1"}, {}, "unchanged"),
        ({"credit_code": CODE}, {}, "unchanged"),
        ({"code": "Q1"}, {"企业编码": "Q2"}, "created"),
        ({"credit_code": CODE}, {"统一社会信用代码": OTHER_CODE}, "created"),
        ({"grid": OTHER_UNIT}, {}, "created"),
        ({"grid": FAR, "code": "Q1"}, {"企业编码": "Q1"}, "created"),
        ({"grid": FAR, "credit_code": CODE}, {"统一社会信用代码": CODE}, "created"),
        # in another grid of the district: the same premises, moved
        ({"grid": OTHER_UNIT, "code": "Q1"}, {"企业编码": "Q1"}, "changed"),
        ({"grid": OTHER_UNIT, "credit_code": CODE}, {"统一社会信用代码": CODE}, "changed"),
    ],
)  # fmt: skip
def test_which_premises_a_row_means(import_rows, known, said, expected):
    known = known | {"grid": factories.unit(known.get("grid", UNIT))}
    known.setdefault("code", "")
    before = factories.premises(name="利民超市", **known)

    answer = import_rows("premises", [with_kind("利民超市", **said)])

    assert {expected: 1} == {
        name: answer[name] for name in ("created", "changed", "unchanged") if answer[name]
    }, answer
    found = Premises.objects.exclude(pk=before.pk)
    assert found.count() == (expected == "created")
    if expected == "changed":
        before.refresh_from_db()
        assert before.name == said.get("单位名称", "利民超市")
        assert before.code == (said.get("企业编码") or known["code"])
        assert before.credit_code == (said.get("统一社会信用代码") or known.get("credit_code", ""))
        assert before.grid.code == UNIT


def test_a_code_is_believed_before_a_credit_code_and_that_before_a_name(import_rows, ground):
    by_name = factories.premises(name="利民超市")
    by_credit = factories.premises(name="甲", credit_code=CODE)
    by_code = factories.premises(name="乙", code="Q1")

    import_rows("premises", [with_kind("利民超市", 统一社会信用代码=CODE, 企业编码="Q1")])

    by_code.refresh_from_db()
    assert (by_code.name, by_code.credit_code) == ("利民超市", CODE)
    import_rows("premises", [with_kind("乙店", 统一社会信用代码=CODE, 行业类别="零售")])
    assert set(Premises.objects.filter(name="乙店").values_list("pk", flat=True)) <= {
        by_credit.pk, by_code.pk,
    }  # fmt: skip
    assert Premises.objects.filter(pk=by_name.pk, name="利民超市", credit_code="").exists()


def test_of_two_shops_of_a_firm_the_one_in_the_grid_of_the_row_is_meant(import_rows, ground):
    here, there = (factories.premises(grid, name="连锁店", credit_code=CODE) for grid in ground)

    answer = import_rows("premises", [with_kind("新店名", 统一社会信用代码=CODE)])
    again = import_rows(
        "premises", [with_kind("另一店名", 统一社会信用代码=CODE, 网格编码=OTHER_UNIT)]
    )

    assert (outcome(answer), outcome(again)) == ((0, 1, 0, {}), (0, 1, 0, {}))
    names = [Premises.objects.get(pk=one.pk).name for one in (here, there)]
    assert names == ["新店名", "另一店名"]


def test_two_rows_that_mean_the_same_premises_count_once(import_rows, ground):
    factories.premises(name="利民超市", code="Q1")
    rows = [with_kind("新名", 企业编码="Q1"), with_kind("利民超市"), with_kind("别的店")]

    assert outcome(import_rows("premises", rows)) == (1, 1, 0, {"duplicate_in_file": 1})


@pytest.mark.parametrize(
    ("second", "is_same"),
    [
        ({}, True),
        ({"单位名称": "别名"}, True),  # the same codes
        ({"单位名称": "别名", "统一社会信用代码": OTHER_CODE}, True),  # the same code
        ({"单位名称": "别名", "企业编码": "Q2"}, False),
        ({"单位名称": "别名", "企业编码": ""}, True),  # the same credit code
        ({"企业编码": "Q2", "统一社会信用代码": OTHER_CODE}, False),  # the same name
        ({"企业编码": "", "统一社会信用代码": OTHER_CODE}, False),
        ({"企业编码": "", "统一社会信用代码": ""}, True),
        ({"单位名称": "别名", "企业编码": "", "统一社会信用代码": ""}, False),
        ({"网格编码": OTHER_UNIT, "企业编码": "", "统一社会信用代码": ""}, False),
        ({"网格编码": OTHER_UNIT, "企业编码": ""}, True),
        ({"网格编码": FAR}, False),  # another district has codes of its own
    ],
)
def test_which_second_row_of_a_file_is_the_same_premises(import_rows, ground, second, is_same):
    factories.unit(FAR)
    row = with_kind("利民超市", 企业编码="Q1", 统一社会信用代码=CODE)

    answer = import_rows("premises", [row, row | second])

    expected = (1, 0, 0, {"duplicate_in_file": 1}) if is_same else (2, 0, 0, {})
    assert outcome(answer) == expected


def test_a_refused_row_stays_refused_whatever_it_means(import_rows, ground):
    factories.premises(name="利民超市", code="Q1", credit_code=CODE)
    for name in ("2号楼", "2号楼 "):
        factories.building(ground[0], name.strip())
    wrong = {"楼栋": "长" * 61}
    rows = [
        with_kind("利民超市", **wrong),
        with_kind("甲", 企业编码="Q1", **wrong),
        with_kind("乙", 统一社会信用代码=CODE, **wrong),
        with_kind("丙", 室号="101", **wrong),
        with_kind("丁", 从业人数="1", 党员人数="2", **wrong),
        with_kind("戊", 发证日期="2026-05-01", 有效期至="2025-05-01", **wrong),
        bare("己", **wrong),
    ]

    assert outcome(import_rows("premises", rows)) == (0, 0, 0, {"too_long": 7})
    assert not Licence.objects.exists()


# Facts


def test_all_facts_of_a_row_reach_the_register(import_rows, ground):
    home = factories.dwelling(ground[0], room="101")
    row = shop(
        企业编码="Q7",
        经营范围="日用百货",
        自有或租赁="租赁",
        经营面积="60.55㎡",
        从业人数="10人",
        雇工人数="4",
        外来务工人数="3",
        党员人数="2",
        备注="临街",
        楼栋="1号楼",
        单元="1单元",
        室号="101",
        营业执照号="370402600123456",
        营业执照有效期至="2030-01-31",
        食品经营许可证号="JY1",
        食品经营许可证有效期至="2027-05-31",
        许可证名称="卫生许可证",
        许可证编号="W1",
        发证机关="卫健局",
        发证日期="2024-02-01",
        有效期至="2028-02-01",
    )

    assert import_rows("premises", [row])["created"] == 1

    found = Premises.objects.get()
    facts = {name: getattr(found, name) for name in (
        "code", "name", "credit_code", "kind", "category", "business", "responsible_person", "phone",
        "address", "owner_or_tenant", "area", "opened_on", "head_count", "employees",
        "employees_from_elsewhere", "party_members", "note", "building", "dwelling", "grid", "ended_on",
    )}  # fmt: skip
    assert facts == {
        "code": "Q7",
        "name": row["单位名称"],
        "credit_code": row["统一社会信用代码"],
        "kind": "self_employed",
        "category": "零售",
        "business": "日用百货",
        "responsible_person": "李建国",
        "phone": row["联系电话"],
        "address": row["经营地址"],
        "owner_or_tenant": "rented",
        "area": Decimal("60.55"),
        "opened_on": date(2019, 5, 1),
        "head_count": 10,
        "employees": 4,
        "employees_from_elsewhere": 3,
        "party_members": 2,
        "note": "临街",
        "building": home.building,
        "dwelling": home,
        "grid": ground[0],
        "ended_on": None,
    }
    assert sorted(
        Licence.objects.values_list("kind", "number", "authority", "issued_on", "expires_on"),
        key=str,
    ) == [
        ("卫生许可证", "W1", "卫健局", date(2024, 2, 1), date(2028, 2, 1)),
        ("营业执照", "370402600123456", "", None, date(2030, 1, 31)),
        ("食品经营许可证", "JY1", "", None, date(2027, 5, 31)),
    ]


FACTS = [
    ("行业类别", "餐饮", "category", "餐饮"),
    ("经营范围", "面食", "business", "面食"),
    ("负责人", "王五", "responsible_person", "王五"),
    ("联系电话", "13700000000", "phone", "13700000000"),
    ("自有或租赁", "自有", "owner_or_tenant", "own"),
    ("经营面积", "99.5", "area", Decimal("99.5")),
    ("开业日期", "2020-02-02", "opened_on", date(2020, 2, 2)),
    ("从业人数", "8", "head_count", 8),
    ("雇工人数", "1", "employees", 1),
    ("外来务工人数", "1", "employees_from_elsewhere", 1),
    ("党员人数", "1", "party_members", 1),
    ("备注", "新话", "note", "新话"),
    ("单位类型", "国企", "kind", "state"),
    ("经营地址", "和平路1号", "address", "和平路1号"),
]


def test_any_one_fact_that_differs_is_a_change_of_that_fact(import_rows):
    rows = [shop() for _ in range(len(FACTS) + 1)]
    import_rows("premises", rows)
    before = {one.name: vars(one) for one in Premises.objects.all()}
    said = [
        {name: row[name] for name in ("网格编码", "单位名称", "统一社会信用代码")} | {head: word}
        for row, (head, word, _, _) in zip(rows, FACTS, strict=False)
    ]

    assert outcome(import_rows("premises", [*said, rows[-1]])) == (0, len(FACTS), 1, {})

    for row, (_, _, column, value) in zip(rows, FACTS, strict=False):
        now, then = vars(Premises.objects.get(name=row["单位名称"])), before[row["单位名称"]]
        assert {name for name in now if name != "_state" and now[name] != then[name]} == {column}
        assert now[column] == value


@pytest.mark.parametrize(
    ("known", "said", "is_right"),
    [
        (None, {"从业人数": "3", "雇工人数": "3"}, True),
        (None, {"从业人数": "3", "外来务工人数": "3", "党员人数": "3"}, True),
        (None, {"从业人数": "3", "外来务工人数": "4"}, False),
        (None, {"从业人数": "", "雇工人数": "4"}, True),
        (3, {"从业人数": "", "雇工人数": "3"}, True),
        (3, {"从业人数": "", "党员人数": "4"}, False),
        (3, {"从业人数": "5", "党员人数": "4"}, True),
    ],
)
def test_no_part_is_more_than_all(import_rows, ground, known, said, is_right):
    factories.premises(name="别家", head_count=1)
    if known:
        factories.premises(name="利民超市", head_count=known)

    answer = import_rows("premises", [with_kind("利民超市", **said)])

    assert answer["rejected_by_reason"] == {}
    unknown = ImportBatch.objects.get(pk=answer["batch"]).result["unknown_values"]
    found = Premises.objects.get(name="利民超市")
    parts = [found.employees, found.employees_from_elsewhere, found.party_members]
    assert (any(parts), not unknown) == (is_right, is_right)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"统一社会信用代码": credit_code("92370402MA")}, "self_employed"),
        ({"统一社会信用代码": credit_code("11370402MB")}, "institution"),
        ({"统一社会信用代码": credit_code("12370402MB")}, "institution"),
        ({"统一社会信用代码": credit_code("92370402MA"), "单位类型": "私企"}, "private"),
        ({"统一社会信用代码": credit_code("91370402MA")}, None),
        ({"统一社会信用代码": ""}, None),
    ],
)
def test_the_type_of_new_premises_is_said_or_told_by_the_code(import_rows, said, kind):
    answer = import_rows("premises", [bare("利民超市", **said)])

    unknown = ImportBatch.objects.get(pk=answer["batch"]).result["unknown_values"]
    assert unknown == ({} if kind else {"kind": {"—": 1}})
    assert Premises.objects.get().kind == (kind or "other")


def test_the_type_of_known_premises_need_not_be_said(import_rows, ground):
    factories.premises(name="利民超市", kind="state")

    assert outcome(import_rows("premises", [bare("利民超市")])) == (0, 0, 1, {})


def test_a_business_licence_of_today_is_the_credit_code(import_rows):
    code, other = credit_code(), credit_code()
    rows = [
        with_kind("甲", 营业执照号=code.lower()),
        with_kind("乙", 营业执照号="370402600123456"),
        with_kind("丙", 营业执照号=credit_code(), 统一社会信用代码=other),
    ]

    import_rows("premises", rows)

    assert dict(Premises.objects.values_list("name", "credit_code")) == {
        "甲": code, "乙": "", "丙": other,
    }  # fmt: skip


# Places


@pytest.mark.parametrize(
    ("place", "address", "expected"),
    [
        ({"楼栋": "1号楼", "单元": "1单元", "室号": "101"}, "", "room"),
        ({"楼栋": "1号楼", "单元": "2单元", "室号": "101"}, "", "building"),
        ({"楼栋": "1号楼", "单元": "1单元", "室号": "102"}, "", "building"),
        ({"楼栋": "1号楼"}, "", "building"),
        ({"楼栋": "1号楼"}, "建设路9号", "building"),
        ({}, "建设路9号", "address"),
        ({"楼栋": "2号楼"}, "建设路9号", "address"),  # no room: the address may be a dwelling's
        ({"楼栋": "2号楼", "室号": "9"}, "建设路9号", None),
        ({"网格编码": OTHER_UNIT, "楼栋": "1号楼", "单元": "1单元", "室号": "101"}, "", None),
        ({"网格编码": OTHER_UNIT}, "建设路9号", None),
        ({}, "建设路10号", None),
    ],
)
def test_where_premises_lie(import_rows, ground, place, address, expected):
    room = factories.dwelling(ground[0], room="101")
    plain = factories.dwelling(ground[0], room="", entrance="")
    type(plain).objects.filter(pk=plain.pk).update(building=None, address="建设路9号")

    import_rows("premises", [with_kind("利民超市", 经营地址=address, **place)])

    found = Premises.objects.get()
    dwelling = {"room": room, "address": plain}.get(expected)
    building = room.building if expected in ("room", "building") else None
    if expected == "building" and address:
        dwelling = plain
    assert (found.dwelling, found.building) == (dwelling, building)


def test_premises_in_a_building_that_two_compounds_have_are_refused(import_rows, ground):
    houses = [factories.building(ground[0], name) for name in ("1号楼", "2号楼")]
    factories.compound("甲小区", houses[0])
    factories.compound("乙小区", houses[1])
    type(houses[0]).objects.update(name="1号楼")
    rows = [
        with_kind("甲", 楼栋="1号楼"),
        with_kind("乙", 楼栋="1号楼", 小区="乙小区"),
        with_kind("丙", 楼栋="9号楼"),
    ]

    assert outcome(import_rows("premises", rows)) == (2, 0, 0, {"building_ambiguous": 1})
    assert dict(Premises.objects.values_list("name", "building")) == {
        "乙": houses[1].pk, "丙": None,
    }  # fmt: skip


# Codes


def test_codes_go_on_after_the_highest_of_the_grid_in_register_and_file(import_rows, ground):
    far = factories.unit(FAR)
    factories.premises(ground[0], code=f"{UNIT}P0007", name="旧")
    factories.premises(ground[0], code=f"{UNIT}P00092", name="别的写法")
    factories.premises(far, code=f"{UNIT}P0050", name="外区")
    rows = [
        with_kind("甲"),
        with_kind("乙", 企业编码=f"{UNIT}P0011"),
        with_kind("丙"),
        with_kind("丁", 网格编码=OTHER_UNIT),
        with_kind("戊", 企业编码="自编1"),
        with_kind("己", 企业编码=f"{UNIT}P0040", 楼栋="长" * 61),
    ]

    import_rows("premises", rows)

    codes = dict(Premises.objects.filter(name__in="甲乙丙丁戊己").values_list("name", "code"))
    assert codes == {
        "甲": f"{UNIT}P0012",
        "乙": f"{UNIT}P0011",
        "丙": f"{UNIT}P0013",
        "丁": f"{OTHER_UNIT}P0001",
        "戊": "自编1",
    }


def test_the_last_code_of_a_grid_is_9999(import_rows, ground):
    factories.premises(ground[0], code=f"{UNIT}P9998", name="旧")

    import_rows("premises", [with_kind("甲"), with_kind("乙")])

    codes = dict(Premises.objects.values_list("name", "code"))
    assert (codes["甲"], codes["乙"]) == (f"{UNIT}P9999", "")


# Licences


@pytest.fixture
def licensed(ground):
    """Premises with a numbered and an unnumbered food licence, and one that was withdrawn."""
    found = factories.premises(name="利民超市")
    food = {"kind": "食品经营许可证", "authority": "市监局", "issued_on": date(2024, 1, 1)}
    factories.licence(found, number="JY1", expires_on=date(2027, 1, 1), **food)
    factories.licence(found, number="JY9", ended_on=GONE, **food)
    factories.licence(factories.premises(name="别家"), number="JY1", **food)
    return found


def _licences(premises):
    found = premises.licences.order_by("number", "pk")
    return [
        (one.number, one.authority, str(one.issued_on)[2:], str(one.expires_on)[2:])
        for one in found
        if one.ended_on is None
    ]


JY1 = ("JY1", "市监局", "24-01-01", "27-01-01")


@pytest.mark.parametrize(
    ("said", "expected", "after"),
    [
        ({"许可证编号": "JY1"}, "unchanged", [JY1]),
        ({"许可证编号": "JY1", "发证机关": "市监局", "发证日期": "2024-01-01", "有效期至": "2027-01-01"},
         "unchanged", [JY1]),
        ({"许可证编号": "JY1", "发证机关": "新局"}, "changed",
         [("JY1", "新局", "24-01-01", "27-01-01")]),
        ({"许可证编号": "JY1", "发证日期": "2025-01-01"}, "changed",
         [("JY1", "市监局", "25-01-01", "27-01-01")]),
        ({"许可证编号": "JY1", "有效期至": "2028-01-01"}, "changed",
         [("JY1", "市监局", "24-01-01", "28-01-01")]),
        ({"有效期至": "2028-01-01"}, "changed", [("JY1", "市监局", "24-01-01", "28-01-01")]),
        ({"发证日期": "2025-01-01"}, "changed", [("JY1", "市监局", "25-01-01", "27-01-01")]),
        ({"许可证编号": "JY2"}, "changed", [JY1, ("JY2", "", "ne", "ne")]),
        ({"许可证编号": "JY9"}, "changed", [JY1, ("JY9", "", "ne", "ne")]),
        ({"许可证编号": "JY1", "许可证名称": "卫生许可证"}, "changed",
         [JY1, ("JY1", "", "ne", "ne")]),
        ({"发证机关": "新局"}, "unchanged", [JY1]),  # of no licence that the row names
    ],
)  # fmt: skip
def test_which_licence_a_row_means(import_rows, licensed, said, expected, after):
    row = bare("利民超市", 许可证名称="食品经营许可证") | said

    answer = import_rows("premises", [row, bare("别家")])

    assert answer[expected] == (2 if expected == "unchanged" else 1)
    assert _licences(licensed) == after
    assert Licence.objects.filter(premises__name="别家").count() == 1
    assert import_rows("premises", [row])["unchanged"] == 1


def test_a_licence_whose_number_becomes_known_is_the_same_licence(import_rows, ground):
    found = factories.premises(name="利民超市")
    factories.licence(found, kind="许可证", expires_on=date(2027, 1, 1))

    import_rows("premises", [bare("利民超市", 许可证编号="W1")])

    assert _licences(found) == [("W1", "", "ne", "27-01-01")]


def test_of_several_licences_the_one_with_the_number_is_meant(import_rows, ground):
    found = factories.premises(name="利民超市")
    factories.licence(found, kind="许可证", number="")
    factories.licence(found, kind="许可证", number="W1")

    import_rows("premises", [bare("利民超市", 许可证编号="W1", 有效期至="2028-01-01")])

    assert _licences(found) == [("", "", "ne", "ne"), ("W1", "", "ne", "28-01-01")]


@pytest.mark.parametrize(
    ("issued", "expires", "is_right"),
    [
        ("2026-05-01", "2026-05-01", True),
        ("2026-05-02", "2026-05-01", False),
        ("", "2026-05-01", True),
        ("2026-05-01", "长期", True),
    ],
)
def test_a_licence_does_not_end_before_it_was_issued(import_rows, issued, expires, is_right):
    answer = import_rows("premises", [shop(许可证编号="W", 发证日期=issued, 有效期至=expires)])

    unknown = ImportBatch.objects.get(pk=answer["batch"]).result["unknown_values"]
    left_out = {} if is_right else {"licence_expires_on": {f"{issued} — {expires}": 1}}
    assert (answer["rejected_by_reason"], unknown) == ({}, left_out)
    licence = Licence.objects.get()
    assert bool(licence.issued_on or licence.expires_on) == is_right


@pytest.mark.parametrize(
    ("said", "is_held"), [({}, True), ({"企业编码": "Q1"}, False), ({"楼栋": "长" * 61}, False)]
)
def test_the_codes_of_a_grid_are_held_while_new_ones_are_issued(import_rows, ground, said, is_held):
    from django.db import connection

    from grids import locks

    import_rows("premises", [with_kind("甲", **said)])

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
            AND classid = %s""",
            [locks.PREMISES_CODES],
        )
        assert cursor.fetchall() == ([(ground[0].pk,)] if is_held else [])
