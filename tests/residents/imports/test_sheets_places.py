"""Rows of workbooks of buildings and of leases: the places that they mean, find and add."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from grids.models import Building, Compound
from residents.models import Dwelling, Lease, Premises
from tests import factories
from tests.residents.sheets import house, lease, shop, worker
from tests.residents.workbooks import OTHER_UNIT, UNIT

NEXT_COMMUNITY = "370402001029001"


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


def plain(**values):
    """A row that names a building and says nothing of it."""
    return {"网格编码": UNIT, "小区": "", "楼栋": "1号楼"} | values


@pytest.fixture
def streets(ground):
    """In each of two grids of a community, and in the next community: 1号楼, and 公园小区 in it."""
    found = {}
    for grid in (*ground, factories.unit(NEXT_COMMUNITY)):
        house = factories.building(grid, "1号楼")
        community = factories.community(grid.code[:12])
        compound, _ = Compound.objects.get_or_create(
            district_id=grid.district_id, community=community, name="公园小区"
        )
        inside = Building.objects.create(
            district_id=grid.district_id, grid=grid, compound=compound, name="2号楼"
        )
        found[grid.code] = (house, inside, compound)
    return found


# Buildings


def test_all_facts_of_a_row_reach_the_building_and_its_compound(import_rows):
    row = house(楼栋="3#", 小区地址="建设路8号", 有无电梯="有", 单元数="3个", 层数="6层")

    import_rows("buildings", [row])

    found = Building.objects.get()
    assert [getattr(found, name) for name in (
        "name", "entrances", "floors", "built_in", "has_lift", "risk_note", "grid", "district",
    )] == ["3号楼", 3, 6, 1998, True, "外墙脱落", factories.unit(), factories.district()]  # fmt: skip
    compound = found.compound
    assert [getattr(compound, name) for name in (
        "name", "property_company", "property_phone", "address", "community", "district",
    )] == [
        "公园小区", "安居物业", "0632-3056789", "建设路8号", factories.community(), factories.district(),
    ]  # fmt: skip


BUILDING_FACTS = [
    ("单元数", "4", "entrances", 4),
    ("层数", "7", "floors", 7),
    ("建成年份", "2001", "built_in", 2001),
    ("有无电梯", "有", "has_lift", True),
    ("风险隐患", "积水", "risk_note", "积水"),
    ("物业公司", "新物业", "property_company", "新物业"),
    ("物业电话", "13700000000", "property_phone", "13700000000"),
    ("小区地址", "和平路1号", "address", "和平路1号"),
]


def test_any_one_fact_that_differs_is_a_change_of_that_fact(import_rows):
    rows = [house(小区=f"{n}小区", 小区地址="老路") for n in range(len(BUILDING_FACTS) + 1)]
    import_rows("buildings", rows)
    before = _facts(rows)
    said = [
        {name: row[name] for name in ("网格编码", "小区", "楼栋")} | {head: word}
        for row, (head, word, _, _) in zip(rows, BUILDING_FACTS, strict=False)
    ]

    assert outcome(import_rows("buildings", [*said, rows[-1]])) == (0, len(said), 1, {})
    assert outcome(import_rows("buildings", [*said, rows[-1]])) == (0, 0, len(rows), {})

    after = _facts(rows)
    for then, now, (_, _, column, value) in zip(before, after, BUILDING_FACTS, strict=False):
        assert {name for name in now if now[name] != then[name]} == {column}
        assert now[column] == value
    assert after[-1] == before[-1]


def _facts(rows):
    """What the register says of the buildings of these rows, and of their compounds."""
    found = [
        Building.objects.select_related("compound").get(
            name=row["楼栋"], compound__name=row["小区"]
        )
        for row in rows
    ]
    return [
        {
            name: getattr(one, name)
            for name in ("entrances", "floors", "built_in", "has_lift", "risk_note")
        }
        | {
            name: getattr(one.compound, name)
            for name in ("property_company", "property_phone", "address")
        }
        for one in found
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, 0),
        ({"小区": "公园小区", "楼栋": "2号楼"}, 1),
        ({"楼栋": "2号楼"}, 1),  # the only one of the name
        ({"小区": "公园小区"}, "new"),
        ({"小区": "新小区", "楼栋": "2号楼"}, "new"),
        ({"楼栋": "3号楼"}, "new"),
        ({"网格编码": OTHER_UNIT}, 0),
        ({"网格编码": NEXT_COMMUNITY, "小区": "公园小区", "楼栋": "2号楼"}, 1),
    ],
)
def test_which_building_a_row_means(import_rows, streets, said, expected):
    row = plain(**said)

    answer = import_rows("buildings", [row | {"层数": "9"}])

    changed = Building.objects.get(floors=9)
    assert (answer["created"], answer["changed"]) == ((1, 0) if expected == "new" else (0, 1))
    if expected != "new":
        assert changed == streets[row["网格编码"]][expected]
    else:
        assert (changed.grid.code, changed.name) == (row["网格编码"], row["楼栋"])
        assert (changed.compound.name if changed.compound else "") == row["小区"]
        assert changed.compound is None or changed.compound.community.code == row["网格编码"][:12]
    assert Compound.objects.count() == 2 + (said.get("小区") == "新小区")


def test_of_two_buildings_of_a_name_the_one_outside_of_compounds_is_meant_without_one(
    import_rows, streets
):
    outside, inside, compound = streets[UNIT]
    Building.objects.filter(pk=inside.pk).update(name="1号楼")
    other = factories.building(outside.grid, "5号楼")
    factories.compound("乙小区", other)
    Building.objects.filter(pk=other.pk).update(name="1号楼")

    assert outcome(import_rows("buildings", [plain(层数="9")])) == (0, 1, 0, {})
    assert Building.objects.get(floors=9) == outside
    Building.objects.filter(pk=outside.pk).update(name="8号楼")
    assert outcome(import_rows("buildings", [plain(层数="9")])) == (
        0, 0, 0, {"building_ambiguous": 1},
    )  # fmt: skip
    assert outcome(import_rows("buildings", [plain(小区="公园小区", 层数="7")])) == (0, 1, 0, {})
    assert Building.objects.get(floors=7).compound == compound


def test_rows_of_a_compound_agree_in_its_community_and_need_not_elsewhere(import_rows, streets):
    rows = [
        plain(小区="甲", 楼栋="1", 物业公司="一号物业"),
        plain(小区="甲", 楼栋="2", 物业电话="13700000000"),
        plain(小区="甲", 楼栋="3", 物业公司="二号物业"),
        plain(小区="甲", 楼栋="4", 物业电话="13800000000"),
        plain(小区="甲", 楼栋="5", 小区地址="和平路"),
        plain(小区="甲", 楼栋="6", 小区地址="建设路"),
        plain(小区="甲", 楼栋="7", 物业公司="一号物业"),
        plain(小区="甲", 楼栋="8", 网格编码=NEXT_COMMUNITY, 物业公司="二号物业"),
        plain(小区="乙", 楼栋="9", 物业公司="二号物业"),
    ]

    answer = import_rows("buildings", rows)

    assert outcome(answer) == (9, 0, 0, {})
    found = {
        (one.name, one.community.code): (one.property_company, one.property_phone, one.address)
        for one in Compound.objects.exclude(name="公园小区")
    }
    assert found == {
        ("甲", UNIT[:12]): ("一号物业", "13700000000", "和平路"),
        ("甲", NEXT_COMMUNITY[:12]): ("二号物业", "", ""),
        ("乙", UNIT[:12]): ("二号物业", "", ""),
    }


def test_a_refused_row_says_nothing_of_its_compound(import_rows, streets):
    rows = [
        plain(小区="公园小区", 楼栋="错" * 61, 物业公司="错物业", 小区地址="错路"),
        plain(小区="新小区", 楼栋="错" * 61, 物业公司="错物业"),
        plain(小区="公园小区", 楼栋="4号楼", 物业公司="对物业"),
    ]

    assert outcome(import_rows("buildings", rows)) == (1, 0, 0, {"too_long": 2})
    compound = streets[UNIT][2]
    compound.refresh_from_db()
    assert (compound.property_company, compound.address) == ("对物业", "")
    assert not Compound.objects.filter(name="新小区").exists()


def test_the_same_building_twice_counts_once_by_grid_compound_and_name(import_rows, ground):
    rows = [
        plain(),
        plain(小区="甲"),
        plain(网格编码=OTHER_UNIT),
        plain(楼栋="2号楼"),
        plain(楼栋="1#"),
    ]

    assert outcome(import_rows("buildings", rows)) == (4, 0, 0, {"duplicate_in_file": 1})


# Leases


def test_all_facts_of_a_row_reach_the_lease(import_rows, ground):
    leader = factories.staff("grid_leader", ground[0])
    row = lease(出租人是否到场="是", 租赁面积="80.5平方米", 月租金="1,500.5元/月", 备注="押一付三")

    import_rows("leases", [row, lease()], by=leader)

    found, other = Lease.objects.order_by("pk")
    assert [getattr(found, name) for name in (
        "landlord_name", "landlord_phone", "landlord_present", "tenant_name", "tenant_phone", "area",
        "rent", "since", "until", "note", "state", "special_edits", "entered_by", "approved_by",
        "ended_on", "grid", "district",
    )] == [
        "王秀兰", "13800000001", True, "赵小明", "13900000002", Decimal("80.5"), Decimal("1500.5"),
        date(2026, 1, 1), date(2026, 12, 31), "押一付三", "waiting", 0, leader, None, None, ground[0],
        factories.district(),
    ]  # fmt: skip
    assert other.landlord_present is False
    assert found.return_reason == ""
    assert abs((timezone.now() - found.entered_at).total_seconds()) < 60


LEASE_FACTS = [
    ("出租人", "李四", "landlord_name", "李四"),
    ("出租人电话", "13700000000", "landlord_phone", "13700000000"),
    ("出租人是否到场", "是", "landlord_present", True),
    ("承租人电话", "13700000000", "tenant_phone", "13700000000"),
    ("租赁面积", "99", "area", Decimal(99)),
    ("月租金", "99", "rent", Decimal(99)),
    ("租期止", "2027-05-31", "until", date(2027, 5, 31)),
    ("备注", "新话", "note", "新话"),
]


@pytest.mark.parametrize(("state", "edits"), [("approved", 1), ("waiting", 0), ("returned", 0)])
def test_any_one_fact_that_differs_waits_for_approval_again(import_rows, ground, state, edits):
    rows = [lease() for _ in range(len(LEASE_FACTS) + 1)]
    import_rows("leases", rows)
    leader = factories.staff("grid_leader", ground[0])
    Lease.objects.update(
        state=state, approved_by=leader, approved_at=timezone.now(), return_reason="x"
    )
    said = [row | {head: word} for row, (head, word, _, _) in zip(rows, LEASE_FACTS, strict=False)]

    answer = import_rows("leases", [*said, rows[-1]], by=leader)

    assert outcome(answer) == (0, len(said), 1, {})
    *changed, same = Lease.objects.order_by("pk")
    for one, (_, _, column, value) in zip(changed, LEASE_FACTS, strict=True):
        assert getattr(one, column) == value
        assert (one.state, one.special_edits, one.entered_by) == ("waiting", edits, leader)
        assert (one.approved_by, one.approved_at, one.return_reason) == (None, None, "")
    assert (same.state, same.special_edits, same.approved_by) == (state, 0, leader)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (0, 0, 1, {})),
        ({"承租人": "钱一"}, (1, 0, 0, {})),
        ({"租期起": "2026-02-01"}, (1, 0, 0, {})),
        ({"室号": "999"}, (1, 0, 0, {})),
        ({"单元": "2单元"}, (1, 0, 0, {})),
        ({"楼栋": "2号楼"}, (1, 0, 0, {})),
        ({"网格编码": OTHER_UNIT}, (1, 0, 0, {})),
    ],
)
def test_a_lease_is_known_by_dwelling_tenant_and_beginning(import_rows, said, expected):
    row = lease()
    import_rows("leases", [row])

    answer = import_rows("leases", [row | said])
    both = import_rows("leases", [row, row | said])

    assert outcome(answer) == expected
    same = {"duplicate_in_file": 1} if not said else {}
    assert (both["unchanged"], both["rejected_by_reason"]) == (1 if not said else 2, same)


def test_an_ended_lease_beside_a_running_one_is_no_hindrance(import_rows):
    row = lease()
    import_rows("leases", [row, lease(承租人="别人", 室号=row["室号"])])
    ended = Lease.objects.get(tenant_name="赵小明")
    Lease.objects.filter(pk=ended.pk).update(ended_on=date(2026, 2, 1))
    Lease.objects.filter(pk=ended.pk)
    rows = [
        row,
        row | {"承租人": "钱一"},
        row | {"租期起": "2026-03-01"},
        row | {"室号": "999"},
    ]

    assert outcome(import_rows("leases", rows)) == (3, 0, 0, {"lease_ended": 1})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"室号": "", "房屋地址": ""}, "dwelling_missing"),
        ({"楼栋": "", "房屋地址": ""}, "dwelling_missing"),
        ({"室号": "", "房屋地址": "建设路9号"}, None),
        ({"楼栋": "", "房屋地址": "建设路9号"}, None),
        ({"租期止": "2026-01-01"}, None),
        ({"租期止": "2025-12-31"}, "period_wrong"),
        ({"租期止": ""}, None),  # an open end
        ({"租期起": ""}, None),
        ({"出租人电话": ""}, None),
        ({"出租人": ""}, None),
        ({"承租人": ""}, "value_missing"),
        ({"承租人电话": "12"}, None),  # left out
        ({"承租人电话": ""}, None),
    ],
)
def test_what_a_lease_needs(import_rows, said, reason):
    answer = import_rows("leases", [lease(**said)])

    assert answer["rejected_by_reason"] == ({reason: 1} if reason else {})
    assert Lease.objects.count() == (reason is None)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"楼栋": "", "房屋地址": "建设路9号"}, {"楼栋": "", "房屋地址": "建设路9号"}, True),
        ({"楼栋": "", "房屋地址": "建设路9号"}, {"楼栋": "", "房屋地址": "建设路8号"}, False),
        ({"房屋地址": "建设路9号"}, {"房屋地址": "建设路8号"}, True),
        ({"小区": "甲"}, {"小区": "乙"}, False),
    ],
)
def test_where_a_second_row_is_the_same_lease(import_rows, first, second, is_same):
    row = lease(室号="101")

    answer = import_rows("leases", [row | first, row | second])

    assert outcome(answer) == ((1, 0, 0, {"duplicate_in_file": 1}) if is_same else (2, 0, 0, {}))


def test_dwellings_are_found_in_their_grid_and_added_where_they_are_not(
    import_rows, ground, streets
):
    known = factories.dwelling(ground[0], room="101")
    elsewhere = factories.dwelling(ground[1], room="102")
    by_address = factories.dwelling(ground[0], building_name="x", room="")
    Dwelling.objects.filter(pk=by_address.pk).update(
        building=None, address="建设路9号", entrance="", room=""
    )
    address = {"楼栋": "", "单元": "", "室号": ""}
    rows = [
        lease(室号="101", 承租人="一"),
        lease(室号="102", 承租人="二"),
        lease(室号="101", 单元="2单元", 承租人="三"),
        lease(室号="101", 楼栋="2号楼", 小区="公园小区", 承租人="四"),
        lease(室号="101", 楼栋="5号楼", 小区="新小区", 承租人="五"),
        lease(室号="101", 楼栋="5号楼", 小区="新小区", 网格编码=NEXT_COMMUNITY, 承租人="六"),
        lease(房屋地址="建设路9号", 承租人="七", **address),
        lease(房屋地址="建设路9号", 承租人="八", **address | {"网格编码": OTHER_UNIT}),
        lease(房屋地址="建设路10号", 承租人="九", **address | {"楼栋": "7号楼"}),
    ]
    buildings = Building.objects.count()

    assert outcome(import_rows("leases", rows)) == (9, 0, 0, {})

    found = {
        one.tenant_name: one.dwelling for one in Lease.objects.select_related("dwelling__building")
    }
    assert (found["一"], found["七"]) == (known, by_address)
    assert elsewhere not in found.values()
    assert {name: (home.address, home.grid.code, home.entrance, home.room) for name, home in found.items()} == {
        "一": ("1号楼1单元101", UNIT, "1单元", "101"),
        "二": ("1号楼1单元102", UNIT, "1单元", "102"),
        "三": ("1号楼2单元101", UNIT, "2单元", "101"),
        "四": ("公园小区2号楼1单元101", UNIT, "1单元", "101"),
        "五": ("新小区5号楼1单元101", UNIT, "1单元", "101"),
        "六": ("新小区5号楼1单元101", NEXT_COMMUNITY, "1单元", "101"),
        "七": ("建设路9号", UNIT, "", ""),
        "八": ("建设路9号", OTHER_UNIT, "", ""),
        "九": ("建设路10号", UNIT, "", ""),
    }  # fmt: skip
    assert found["二"].building == found["三"].building == streets[UNIT][0]
    assert found["四"].building == streets[UNIT][1]
    new = [found[name].building.compound for name in ("五", "六")]
    assert [(one.name, one.community.code) for one in new] == [
        ("新小区", UNIT[:12]), ("新小区", NEXT_COMMUNITY[:12]),
    ]  # fmt: skip
    assert Building.objects.count() == buildings + 2
    assert found["九"].building is None
    assert {(one.use, one.house_code) for one in found.values()} == {("own", "")}
    assert all(one.district_id == one.grid.district_id for one in found.values())


def test_a_refused_lease_adds_no_place(import_rows, ground):
    before = (Dwelling.objects.count(), Building.objects.count())
    rows = [lease(楼栋="9号楼", 小区="新小区", 承租人="")]

    assert outcome(import_rows("leases", rows)) == (0, 0, 0, {"value_missing": 1})
    assert (Dwelling.objects.count(), Building.objects.count()) == before
    assert not Compound.objects.exists()


def test_each_register_finds_a_door_in_whatever_way_it_is_spelled(import_rows, ground):
    home = factories.dwelling(ground[0], building_name="第6栋", entrance="1门", room="0101")

    import_rows("leases", [lease(楼栋="6号楼1单元101室", 单元="", 室号="")])
    import_rows("premises", [shop(楼栋="6#", 单元="一", 室号="一〇一")])
    import_rows("buildings", [house(楼栋="六号楼", 小区="")])
    import_rows("staff", [worker(岗位="楼栋长", 楼栋="6幢")])

    assert Lease.objects.get().dwelling == home
    assert Premises.objects.get().dwelling == home
    assert Building.objects.get().built_in == 1998
    assert home.building.postings.count() == 1
