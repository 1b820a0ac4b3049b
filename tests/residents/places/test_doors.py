"""Every spelling of a door is one door."""

import pytest
from django.db import connection
from django.urls import reverse

from grids.models import Building, DistrictProfile
from residents.models import Dwelling, Household
from residents.places import addresses, doors, doors_in_sql, dwellings
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import HEADS, person

BUILDINGS = ["3", "3#", "3#楼", "3号", "3楼", "3号楼", "３号楼", "３＃", "3栋", "3幢", "3座", "3橦", "3号栋", "3楼栋", "3棟",
    "第3栋", "三号楼", "三栋", "03", "003栋", "No.3", "№3", "十栋", "十三栋", "二十栋", "二十三号楼", "一〇一号楼", "一零一栋",
    "3 号楼", "0", "零", "A座", "B3", "3-1", "三里屯楼", "12345", "门卫室", "3排", "第三排", "3排房", "楼"]  # fmt: skip
ENTRANCES = [
    "",
    "1",
    "1单元",
    "01单元",
    "一单元",
    "十二单元",
    "第1单元",
    "1门",
    "1單元",
    "1#",
    "东单元",
    "A单元",
    "单元",
    "0",
]
ROOMS = ["", "101", "0101", "101室", "0101室", "101号", "101号室", "101房", "一〇一", "一零一室", "二〇三室", "十二室", "１０１", "101A",
    "101A室", "B101", "负一层", "门面3", "00", "000", "-101", "101-2", "东户", "1", "01"]  # fmt: skip


def in_sql(expression, words):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {expression} FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, n) ORDER BY n",
            [words],
        )
        return [found for (found,) in cursor.fetchall()]


@pytest.mark.parametrize(("own", "own_in_sql"), [((), "NULL"), (("排", "组"), "'|排|组'")])
def test_the_database_reads_a_building_as_we_do(db, own, own_in_sql):
    found = in_sql(doors_in_sql.building("t.name", own_in_sql), BUILDINGS)

    assert found == [doors.building(one, own) for one in BUILDINGS]


def test_the_database_reads_an_entrance_and_a_room_as_we_do(db):
    assert in_sql(doors_in_sql.entrance("t.name"), ENTRANCES) == [*map(doors.entrance, ENTRANCES)]
    assert in_sql(doors_in_sql.room("t.name"), ROOMS) == [*map(doors.room, ROOMS)]


@pytest.mark.parametrize(
    "said", ["101", "0101", "101室", "101号室", "101 房", "一〇一", "一零一", "１０１", 101.0]
)
def test_a_room_has_one_number(said):
    assert doors.room(said) == "101"


@pytest.mark.parametrize(
    ("said", "room"), [("二〇三室", "203"), ("00", "00"), ("B101室", "B101"), ("门面3", "门面3")]
)
def test_other_rooms(said, room):
    assert doors.room(said) == room


@pytest.mark.parametrize(
    "said",
    [
        "6号楼1单元101",
        "6栋1单元101室",
        "06#01单元0101",
        "六号楼一单元一〇一室",
        "６号楼１单元１０１",
        "6-1-101",
        "第6幢1门101",
    ],
)
def test_a_door_in_one_cell_is_the_door(said):
    building, entrance, room = doors.in_one(said)

    assert (building, entrance, doors.without_zeros(room)) == ("6号楼", "1单元", "101")


@pytest.mark.parametrize(
    "said", ["6号楼", "幸福小区6号楼1单元101", "光明路12号", "3-502", "101", "", "6号楼1单元"]
)
def test_another_cell_is_none(said):
    assert doors.in_one(said) is None


@pytest.mark.parametrize("room", ["101", "0101", "101室", "一〇一"])
@pytest.mark.parametrize(
    ("entrance", "known"),
    [("1单元", "101"), ("1门", "0101"), ("一单元", "101室"), ("01", "一〇一"), ("", "1单元101")],
)
def test_a_room_of_the_register_is_found_in_whatever_way_it_is_spelled_there(
    ground, workbook, entrance, known, room
):
    home = factories.dwelling(ground[0], building_name="1栋", entrance=entrance, room=known)

    run(workbook([person(楼栋="1", 单元="1", 室号=room)]), "residents")

    assert [*Household.objects.values_list("dwelling", flat=True)] == [home.pk]


def test_another_room_of_the_register_is_not(ground, workbook):
    factories.dwelling(ground[0], building_name="1栋", entrance="1门", room="0102")

    run(workbook([person(楼栋="1", 单元="1", 室号="101")]), "residents")

    assert Dwelling.objects.count() == 2


def test_of_rooms_with_and_without_a_zero_each_is_itself(ground, workbook):
    with_zero, without = (
        factories.dwelling(ground[0], building_name="1栋", entrance="1单元", room=room)
        for room in ("0101", "101")
    )

    run(workbook([person(楼栋="1", 单元="1", 室号=room) for room in ("0101", "101")]), "residents")

    assert [*Household.objects.order_by("pk").values_list("dwelling", flat=True)] == [
        with_zero.pk,
        without.pk,
    ]


def test_in_a_file_they_are_one_where_the_register_has_neither(ground, workbook):
    run(
        workbook(
            [person(楼栋="1", 单元="1", 室号=room) for room in ("0101", "101", "101室", "一〇一")]
        ),
        "residents",
    )

    assert [*Dwelling.objects.values_list("entrance", "room")] == [("1单元", "101")]


@pytest.mark.parametrize(
    "cells",
    [
        {"楼栋": "6号楼1单元101", "单元": "", "室号": ""},
        {"楼栋": "", "单元": "", "室号": "6#1单元0101"},
        {"楼栋": "6栋", "单元": "", "室号": "1单元101室"},
        {"楼栋": "6", "单元": "一", "室号": "6号楼1单元101"},
        {"楼栋": "", "单元": "", "室号": "", "地址": "六号楼一单元一〇一"},
    ],
)
def test_a_door_may_stand_in_any_one_cell(ground, workbook, cells):
    home = factories.dwelling(ground[0], building_name="6号楼", entrance="1单元", room="101")

    run(workbook([person(**cells)], heads=[*HEADS, "地址"]), "residents")

    assert [*Household.objects.values_list("dwelling", flat=True)] == [home.pk]


@pytest.mark.parametrize("known", ["3排", "第三排", "03排"])
def test_a_district_has_words_of_its_own_for_a_building(ground, workbook, known):
    DistrictProfile.objects.create(district=factories.district(), building_words="排、组")
    home = factories.dwelling(ground[0], building_name=known, entrance="", room="101")

    run(
        workbook(
            [person(楼栋=said, 单元="", 室号="101") for said in ("3排", "三组", "3", "3号楼")]
        ),
        "residents",
    )

    assert {*Household.objects.values_list("dwelling", flat=True)} == {home.pk}


def test_the_words_of_another_district_mean_nothing_here(ground, workbook):
    DistrictProfile.objects.create(district=factories.district("370403"), building_words="排")

    run(workbook([person(楼栋=said) for said in ("3排", "3")]), "residents")

    assert {*Building.objects.values_list("name", flat=True)} == {"3排", "3号楼"}


def test_the_pages_find_a_building_and_a_room_in_any_spelling(ground):
    home = factories.dwelling(ground[0], building_name="3栋", entrance="1门", room="0101")

    found = dwellings.find_or_add(ground[0], building="3#", entrance="1单元", room="101室")
    other = dwellings.find_or_add(ground[0], building="3#", entrance="1单元", room="0102")

    assert (found, other.room, other.building) == (home, "102", home.building)


def test_of_two_rooms_the_pages_take_the_one_that_was_written(ground):
    homes = [
        factories.dwelling(ground[0], building_name="3栋", entrance="1单元", room=room)
        for room in ("101", "0101")
    ]

    found = [
        dwellings.find_or_add(ground[0], building="3栋", entrance="1单元", room=room)
        for room in ("101", "0101")
    ]

    assert found == homes


def test_the_search_box_reads_the_words_of_the_district(ground):
    staff = factories.staff("administrator", factories.district())
    home = factories.dwelling(ground[0], building_name="3排", entrance="", room="0101")

    def found(words):
        door = addresses.meant_by(staff, words)
        return [*addresses.dwellings(staff, door)] if door and door.building else []

    assert found("3排101") == []
    DistrictProfile.objects.create(district=factories.district(), building_words="排")
    assert [found(words) for words in ("3排101", "三排一〇一室", "3-101", "3号楼101")] == [
        [home]
    ] * 4
    assert found("3排102") == []


def test_an_administrator_says_what_the_district_calls_a_building(client, db):
    profile = DistrictProfile.objects.create(
        district=factories.district(), has_three_administrators=False
    )
    client.force_login(factories.staff("administrator", factories.district()))
    page = reverse("admin:grids_districtprofile_change", args=[profile.pk])
    facts = {name: getattr(profile, name) for name in ("community_label", "base_label", "unit_label", "house_codes", "purposes",
        "base_band_min", "base_band_max", "unit_band_min", "unit_band_max")}  # fmt: skip

    assert client.post(page, facts | {"building_words": "排1"}).status_code == 200
    assert client.post(page, facts | {"building_words": "排, 组"}).status_code == 302

    assert doors.own_words() == {profile.district_id: ("排", "组")}


@pytest.mark.parametrize(
    "said",
    ["3", "3#", "3#楼", "3号", "3 号", "3楼", "3号楼", "３号楼", "3栋", "3幢", "3座", "第3栋", "三号楼", "三栋",
     "03", "003栋", "No.3", "ＮＯ．３", "№3", "3号楼栋", "3棟", "第三號樓", 3.0],
)  # fmt: skip
def test_a_building_with_a_number_has_one_name(said):
    assert doors.building(said) == "3号楼"


@pytest.mark.parametrize(
    ("said", "name"),
    [("13栋", "13号楼"), ("十三栋", "13号楼"), ("一〇一号楼", "101号楼"), ("0", "0"), ("A座", "A座"), ("3-1", "3-1"), ("三里屯楼", "三里屯楼"), ("12345", "12345")],
)  # fmt: skip
def test_other_buildings_keep_theirs(said, name):
    assert doors.building(said) == name


@pytest.mark.parametrize("known", ["3号楼", "3栋", "3幢", "03栋", "第3座"])
def test_the_building_of_the_register_is_meant_in_whatever_way_it_is_spelled_there(
    ground, workbook, known
):
    building = factories.building(ground[0], name=known)

    assert (
        run(workbook([person(楼栋=said) for said in ("3#", "三号楼", "3幢")]), "residents")[
            "created"
        ]
        == 3
    )

    assert list(Building.objects.values_list("pk", "name")) == [(building.pk, known)]


def test_the_name_as_the_file_has_it_comes_before_another_spelling(ground, workbook):
    factories.building(ground[0], name="3栋")
    building = factories.building(ground[0], name="3号楼")

    run(workbook([person(楼栋="3号楼")]), "residents")

    assert building.dwellings.count() == 1
