"""A building as a plan, what an address means, who answers for a building: each part by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grids.models import Building, Compound
from grids.models.grid import HouseCodes
from grids.refusal import Refused
from residents.models import Dwelling, Household, Resident
from residents.places import addresses, buildings, dwellings, house_codes
from residents.places.addresses import Door
from tests import factories

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


# The plan


@pytest.mark.parametrize(
    ("room", "floor", "expected"),
    [
        ("1203", None, 12), ("502", None, 5), ("502A", None, 5), ("0502", None, 5), ("0002", None, None),
        ("12", None, None), ("12034", None, None), ("1203", 3, 3), ("1203", 0, 0), ("东户", None, None),
        ("502AB", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_on_which_floor_a_room_is(room, floor, expected):
    assert buildings.floor_of(Dwelling(room=room, floor=floor)) == expected


def home(room, *, entrance="1单元", floor=None, heads=(), **fields):
    found = factories.dwelling(room=room, entrance=entrance, floor=floor, **fields)
    for head in heads:
        factories.household(home=found, head_name=head)
    return found


def shape(plan):
    return {
        entrance.name: [
            (floor, [flat.dwelling.room for flat in flats]) for floor, flats in entrance.floors
        ]
        for entrance in plan
    }


def test_floors_from_the_top_and_doors_from_the_left_whatever_is_registered(db):
    leader = factories.staff("grid_leader")
    for room in ("301", "1002", "1001", "102", "东户", "101"):
        home(room)
    home("201", entrance="10单元")
    home("202", entrance="2单元")
    house = Building.objects.get()

    assert shape(buildings.plan(house, leader)) == {
        "1单元": [(10, ["1001", "1002"]), (3, ["301"]), (1, ["101", "102"]), (None, ["东户"])],
        "2单元": [(2, ["202"])],
        "10单元": [(2, ["201"])],
    }
    assert [entrance.name for entrance in buildings.plan(house, leader)] == [
        "1单元", "2单元", "10单元",
    ]  # fmt: skip
    first = buildings.plan(house, leader)[0]
    assert (first.doors, len(first.flats)) == (2, 6)
    stranger = factories.staff("grid_leader", factories.unit("370402001028002"))
    assert buildings.plan(house, stranger) == []


@pytest.mark.parametrize(
    ("highest", "floors"),
    [
        (None, [3]),
        (2, [3]),
        (3, [3, 2, 1]),
        (4, [4, 3, 2, 1]),
        (60, list(range(60, 0, -1))),
        (61, [3]),
    ],
)
def test_floors_on_which_nothing_is_registered_are_shown_too(db, highest, floors):
    home("301")
    Building.objects.update(floors=highest)

    [entrance] = buildings.plan(Building.objects.get(), factories.staff("grid_leader"))

    assert [floor for floor, _ in entrance.floors] == floors


def test_who_lives_behind_a_door(db):
    leader, assistant = (factories.staff(role) for role in ("grid_leader", "assistant"))
    two, one, none = home("101", heads="甲乙"), home("102", heads="丙"), home("103", use="empty")
    Dwelling.objects.filter(pk=one.pk).update(use="empty")
    first = two.households.get(head_name="甲")
    cared = factories.resident(first, name="甲")
    factories.resident(first, name="甲二")
    factories.resident(first, name="甲走", ended_on=YESTERDAY)
    factories.care_record(cared)
    factories.care_record(cared, factories.care_category("低保"))
    factories.care_record(
        factories.resident(one.households.get(), name="丙"),
        factories.care_category("二级", "watch"),
    )
    gone = factories.household(home=none, head_name="走")
    Household.objects.filter(pk=gone.pk).update(ended_on=YESTERDAY, end_reason="moved")
    past = factories.resident(one.households.get(), name="丙二")
    factories.care_record(past, until=YESTERDAY)
    left = factories.resident(one.households.get(), name="丙三")
    factories.care_record(left)
    Resident.objects.filter(pk=left.pk).update(ended_on=YESTERDAY, end_reason="moved")

    [entrance] = buildings.plan(two.building, leader)
    flats = {flat.dwelling.room: flat for flat in entrance.flats}

    assert [flats[room].heads for room in ("101", "102", "103")] == ["甲、乙", "丙", ""]
    assert [flats[room].members for room in ("101", "102", "103")] == [2, 2, 0]
    assert [flats[room].cared for room in ("101", "102", "103")] == [[cared], [], []]
    assert [flats[room].state for room in ("102", "103")] == ["other", "empty"]
    assert flats["101"].only_household is None
    assert flats["102"].only_household == one.households.get()
    [entrance] = buildings.plan(two.building, assistant)
    assert [flat.cared for flat in entrance.flats] == [[], [], []]


@pytest.mark.parametrize(
    ("year", "is_one"),
    [(1799, False), (1800, True), (TODAY.year + 5, True), (TODAY.year + 6, False)],
)
def test_in_which_year_a_building_may_be_built(year, is_one):
    assert buildings.is_year_of_building(year) is is_one


# Lists and sums


@pytest.fixture
def estate(ground):
    """甲 with two buildings in both grids, 乙 without one, 丙 in the next community."""
    first, second = (factories.building(grid, "1号楼") for grid in ground)
    there = factories.building(factories.unit("370402001029001"), "1号楼")
    found = {"甲": factories.compound("甲", first, second), "丙": factories.compound("丙", there)}
    found["乙"] = Compound.objects.create(
        district=factories.district(), community=factories.community(), name="乙"
    )
    return found


def test_compounds_of_a_place_are_those_of_its_community_and_with_a_building_there(estate, ground):
    leader = factories.staff("grid_leader", factories.street())

    def names(here, staff=leader):
        return sorted(one.name for one in buildings.compounds(staff, here))

    assert names(None) == sorted("甲乙丙")
    assert names(factories.community()) == sorted("甲乙")
    assert names(ground[1]) == ["甲"]
    assert names(factories.unit("370402001029001")) == ["丙"]
    assert [one.grid for one in buildings.buildings(leader, ground[1])] == [ground[1]]
    assert buildings.buildings(leader).count() == 3
    assert buildings.buildings(factories.staff("grid_worker", ground[0])).count() == 1


def test_what_a_compound_or_building_holds(estate, ground):
    leader = factories.staff("grid_leader", factories.street())
    first = Building.objects.get(grid=ground[0])
    for room, heads in (("101", 2), ("102", 1), ("103", 0)):
        flat = factories.dwelling(ground[0], room=room)
        Dwelling.objects.filter(pk=flat.pk).update(building=first)
        for number in range(heads):
            one = factories.household(home=flat, head_name=f"{room}{number}")
            factories.resident(one, name="甲")
            factories.resident(one, name="乙", ended_on=YESTERDAY)
    gone = Household.objects.get(head_name="1010")
    Household.objects.filter(pk=gone.pk).update(ended_on=YESTERDAY, end_reason="moved")

    found = buildings.counts(leader, "building", list(Building.objects.all()))
    assert found[first.pk] == {"dwellings": 3, "households": 2, "residents": 3}
    assert {tuple(one.values()) for key, one in found.items() if key != first.pk} == {(0, 0, 0)}
    found = buildings.counts(leader, "compound", list(estate.values()))
    assert found[estate["甲"].pk] == {
        "dwellings": 3, "households": 2, "residents": 3, "buildings": 2,
    }  # fmt: skip
    assert found[estate["乙"].pk]["buildings"] == 0


def test_who_answers_for_a_building(ground):
    house, other = (factories.building(ground[0], name) for name in ("1号楼", "2号楼"))
    steward = factories.staff("building_steward", ground[0], building=house)
    worker = factories.staff("grid_worker", ground[0])
    clerk = factories.staff("community_staff", factories.community())
    factories.staff("building_steward", ground[0], building=other)
    factories.staff("grid_worker", ground[1])
    factories.staff("supervisor", factories.street())
    factories.staff("grid_worker", ground[0], since=TODAY + timedelta(days=1))
    asleep = factories.staff("grid_worker", ground[0])
    type(asleep).objects.filter(pk=asleep.pk).update(is_active=False)
    department = factories.department("城管队", ground[0])
    factories.staff("department_handler", department=department)

    assert [one.staff for one in buildings.responsible(house)] == [steward, worker, clerk]


def test_where_the_register_is_kept(ground):
    leader = factories.staff("grid_leader", ground[0])
    admin = factories.staff("administrator", factories.district())
    clerk = factories.staff("community_staff", factories.community())
    factories.unit("370402001029001")
    ended = factories.unit("370402001028003")
    type(ended).objects.filter(pk=ended.pk).update(valid_to=YESTERDAY)
    community = factories.community()

    codes = [one.code for one in buildings.communities_kept_by(admin)]
    assert codes == ["370402001028", "370402001029"]
    assert list(buildings.communities_kept_by(clerk)) == [community]
    assert list(buildings.communities_kept_by(leader)) == []
    assert list(buildings.units_kept_by(leader, community)) == [ground[0]]
    assert list(buildings.units_kept_by(clerk, community)) == list(ground)
    assert list(buildings.units_kept_by(factories.staff("grid_worker"), community)) == []


# Addresses


@pytest.mark.parametrize(
    ("words", "door"),
    [
        ("幸福小区3号楼2单元502", Door("幸福小区", "3", "2", "502")),
        ("3栋", Door("", "3", "", "")),
        ("3棟2門502號", Door("", "3", "2", "502")),
        ("十二幢", Door("", "12", "", "")),
        ("二十座", Door("", "20", "", "")),
        ("二十三号楼", Door("", "23", "", "")),
        ("九号楼", Door("", "9", "", "")),
        ("b2栋101室", Door("", "B2", "", "101")),
        ("3#楼502", Door("", "3", "", "502")),
        ("3#", Door("", "3", "", "")),
        ("3号2单元502", Door("", "3", "2", "502")),
        ("3-2-502", Door("", "3", "2", "502")),
        ("3－2—502", Door("", "3", "2", "502")),
        ("幸福 3-1502", Door("幸福", "3", "", "1502")),
        ("幸福小区", Door("幸福小区", "", "", "")),
        ("建设路", Door("建设路", "", "", "")),
        ("建设路8号", Door("建设路8号", "", "", "")),
        ("王秀兰", None),
        ("3-2", None),
        ("502", None),
        ("", None),
    ],
)
def test_what_a_piece_of_an_address_means(words, door):
    assert addresses.parse(words) == door


@pytest.mark.parametrize(
    ("door", "found"),
    [
        (Door("", "1", "", ""), "abc"),
        (Door("", "1", "1", ""), "ac"),
        (Door("", "1", "", "101"), "ab"),
        (Door("", "1", "2", "101"), "b"),
        (Door("甲小区", "1", "", ""), "abc"),
        (Door("甲", "1", "", ""), "abc"),
        (Door("市中甲小区", "1", "", ""), "abc"),
        (Door("乙小区", "1", "", ""), ""),
        (Door("", "2", "", ""), "d"),
        (Door("建设路", "", "", ""), "e"),
        (Door("甲小区", "", "", ""), "abc"),
        (Door("甲小区", "", "", "101"), "ab"),
    ],
)
def test_the_doors_that_an_address_leads_to(ground, door, found):
    homes = {
        "a": home("101"), "b": home("101", entrance="2单元"), "c": home("102"),
        "d": home("103", building_name="2栋"), "e": home("9"),
    }  # fmt: skip
    factories.compound("甲小区", homes["a"].building)
    Dwelling.objects.filter(pk=homes["e"].pk).update(building=None, address="建设路9号")
    Dwelling.objects.filter(pk=homes["b"].pk).update(room="101室", entrance="2")
    worker = factories.staff("grid_worker", ground[0])

    rows = addresses.dwellings(worker, door)

    assert {name for name, one in homes.items() if one in list(rows)} == set(found)
    assert not addresses.dwellings(factories.staff("grid_worker", ground[1]), door)


def test_without_a_door_only_a_few_buildings_are_looked_into(ground, monkeypatch):
    monkeypatch.setattr(addresses, "FEW_BUILDINGS", 1)
    monkeypatch.setattr(addresses, "MOST_BUILDINGS", 2)
    houses = [home("101", building_name=f"{n}号楼").building for n in range(1, 4)]
    factories.compound("甲小区", *houses)
    worker = factories.staff("grid_worker", ground[0])

    assert addresses.dwellings(worker, Door("甲小区")).count() == 1
    assert addresses.dwellings(worker, Door("甲小区"), all=True).count() == 2
    assert addresses.dwellings(worker, Door("甲小区", room="101")).count() == 2


# House codes


def digit_of(body):
    """ISO 7064 MOD 11,10, as the standard says it."""
    rest = 10
    for digit in body:
        total = (rest + int(digit)) % 10
        rest = (2 * (total if total else 10)) % 11
    return str((11 - rest) % 10)


BODY = "3704020010280010001010101"
CODES = ["0" * 25, "1" * 25, "9" * 25, BODY, "1234567890123456789012345"]


@pytest.mark.parametrize("body", CODES)
def test_the_check_digit_of_a_house_code(body):
    right = digit_of(body)
    wrong = str((int(right) + 1) % 10)

    assert house_codes.check_digit(body) == right
    assert house_codes.clean(body + right, HouseCodes.JGJT_246) == body + right
    with pytest.raises(house_codes.WrongHouseCode) as refused:
        house_codes.clean(body + wrong, HouseCodes.JGJT_246)
    assert refused.value.reason == "house_code_check"


@pytest.mark.parametrize(
    ("how", "written", "code"),
    [
        ("free", "甲-1/2_3.4", "甲-1/2_3.4"),
        ("free", "x" * 30, "x" * 30),
        ("free", "x" * 31, None),
        ("free", "", ""),
        ("free", "无", ""),
        ("digits_25", BODY, BODY),
        ("digits_25", f" {BODY[:6]}-{BODY[6:12]}/{BODY[12:20]}.{BODY[20:]} ", BODY),
        ("digits_25", BODY[:24], None),
        ("digits_25", BODY + "1", None),
        ("digits_25", BODY[:24] + "X", None),
        ("jgjt_246", BODY, None),
        ("jgjt_246", BODY + digit_of(BODY) + "0", None),
        ("jgjt_246", BODY + "X", None),
        ("jgjt_246", "", ""),
    ],
)
def test_which_house_codes_a_district_takes(how, written, code):
    how = {
        "free": HouseCodes.FREE,
        "digits_25": HouseCodes.DIGITS_25,
        "jgjt_246": HouseCodes.JGJT_246,
    }[how]

    if code is None:
        with pytest.raises(house_codes.WrongHouseCode):
            house_codes.clean(written, how)
    else:
        assert house_codes.clean(written, how) == code


# Dwellings that are asked for


def test_a_dwelling_is_found_or_added_in_its_building_or_at_its_address(ground):
    known = home("101")
    house = known.building
    factories.compound("甲小区", house)

    assert dwellings.find_or_add(ground[0], building="1号楼", entrance="1单元", room="101") == known
    new = dwellings.find_or_add(ground[0], building="1号楼", entrance="2单元", room="101")
    assert (new.address, new.building, new.grid, new.district_id) == (
        "甲小区1号楼2单元101", house, ground[0], ground[0].district_id,
    )  # fmt: skip
    free = dwellings.find_or_add(ground[0], address="建设路9号")
    assert (free.building, free.address, free.district_id) == (
        None,
        "建设路9号",
        ground[0].district_id,
    )
    assert dwellings.find_or_add(ground[0], address="建设路9号") == free
    assert dwellings.find_or_add(ground[1], address="建设路9号") != free
    for grid, name in ((ground[1], "1号楼"), (ground[0], "9号楼")):
        with pytest.raises(Refused):
            dwellings.find_or_add(grid, building=name)
    Building.objects.create(district_id=ground[0].district_id, grid=ground[0], name="1号楼")
    with pytest.raises(Refused):
        dwellings.find_or_add(ground[0], building="1号楼")
