"""Compounds, buildings as plans and dwellings: who sees what, and who corrects it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grids.models import Building, Compound, DistrictProfile
from residents.models import AccessRecord, Dwelling
from residents.places import buildings, dwellings, house_codes
from tests import factories

pytestmark = pytest.mark.django_db
BODY = "4403030070020300006000002"


@pytest.fixture
def enter(client):
    def log_in(role, grid=None, **options):
        person = factories.staff(role, grid, **options)
        client.force_login(person)
        return client

    return log_in


@pytest.fixture
def house(ground):
    """A building of two entrances and three floors; in 1单元101 lives a cared-for widow."""
    home = factories.dwelling(ground[0], room="101")
    widow = factories.household(home=home, head_name="王秀兰")
    factories.care_record(factories.resident(widow, name="王秀兰"))
    factories.household(
        home=factories.dwelling(ground[0], room="102", use="rented"), head_name="赵租客"
    )
    factories.dwelling(ground[0], room="201", use="empty")
    factories.dwelling(ground[0], room="1203", entrance="2单元", use="empty")
    house = home.building
    Building.objects.filter(pk=house.pk).update(floors=3, entrances=2)
    house.refresh_from_db()
    return house


def page(client, name, key, status=200, **query):
    answer = client.get(reverse(f"residents:{name}", args=[key]), query)
    assert answer.status_code == status
    return answer


def flat(answer, room):
    flats = [one for entrance in answer.context["entrances"] for one in entrance.flats]
    return next(one for one in flats if one.dwelling.room == room)


def test_the_plan_shows_who_lives_where_and_what_stands_empty(house, enter, ground):
    answer = page(enter("community_staff", factories.community()), "building", house.pk)

    assert flat(answer, "101").heads == "王秀兰"
    assert flat(answer, "102").state == "rented"
    assert flat(answer, "201").state == "empty"
    assert answer.context["total"] == {
        "dwellings": 4,
        "households": 2,
        "residents": 1,
        "empty": 2,
        "rented": 1,
        "lapsed": 0,
    }
    for word in ("王秀兰", "赵租客", "自住", "出租", "空置"):
        assert word in answer.content.decode()


def test_floors_go_from_the_top_and_one_without_dwellings_is_there_too(house, enter):
    answer = page(enter("grid_worker"), "building", house.pk)

    first, second = answer.context["entrances"]
    assert [floor for floor, __ in first.floors] == [3, 2, 1]
    assert [floor for floor, __ in second.floors] == [12]
    assert "未登记" in answer.content.decode()


@pytest.mark.parametrize(
    ("room", "floor", "expected"),
    [
        ("101", None, 1),
        ("1203", None, 12),
        ("302室", None, 3),
        ("302", 4, 4),
        ("3号", None, None),
        ("5", None, None),
        ("B101", None, None),
        ("012", None, None),
    ],
)
def test_the_floor_is_what_the_register_says_else_what_the_room_says(room, floor, expected):
    assert buildings.floor_of(Dwelling(room=room, floor=floor)) == expected


def test_a_dwelling_in_which_somebody_lives_is_not_shown_as_empty(ground, enter):
    home = factories.dwelling(ground[0], use="empty", room="301")
    factories.household(home=home)

    answer = page(enter("grid_worker"), "building", home.building_id)

    assert flat(answer, "301").state == "other"
    assert answer.context["total"]["empty"] == 0


def test_phones_show_the_entrance_that_was_chosen(house, enter):
    client = enter("grid_worker")

    assert page(client, "building", house.pk).context["chosen"] == "1单元"
    chosen = page(client, "building", house.pk, entrance="2单元")
    assert chosen.context["chosen"] == "2单元"
    assert page(client, "building", house.pk, entrance="x").context["chosen"] == "1单元"


@pytest.mark.parametrize(
    ("role", "sees"),
    [("grid_worker", True), ("assistant", False), ("supervisor", False)],
)
def test_only_who_may_read_care_sees_it_on_the_plan_and_each_look_is_kept(
    house, enter, ground, role, sees
):
    answer = page(enter(role, ground[0]), "building", house.pk)

    assert bool(flat(answer, "101").cared) == sees
    assert ("mark--care" in answer.content.decode().split("</ul>", 4)[-1]) == sees
    assert AccessRecord.objects.filter(field="care").exists() == sees


def test_the_plan_costs_the_same_for_a_small_and_a_large_building(house, enter, ground):
    client = enter("grid_worker", ground[0])
    page(client, "building", house.pk)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(client, "building", house.pk)
    for number in range(40):
        home = factories.dwelling(ground[0], room=f"{number + 30}01")
        factories.resident(factories.household(home=home, head_name="新户"), name="新户")

    with CaptureQueriesContext(connection) as many:
        page(client, "building", house.pk)

    assert len(many) == len(few)
    assert len(many) < 25


def test_a_steward_sees_the_own_building_and_no_other(house, enter, ground):
    other = factories.building(ground[0], "2号楼")
    client = enter("building_steward", ground[0], building=house)

    assert page(client, "building", house.pk).context["total"]["households"] == 2
    page(client, "building", other.pk, 404)


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [("grid_worker", 1, 404), ("dispatcher", "district", 403)],
)
def test_a_building_is_closed_to_others(house, enter, ground, role, place, status):
    grid = factories.district() if place == "district" else ground[place]

    page(enter(role, grid), "building", house.pk, status)


def test_the_responsible_people_are_named_the_nearest_first(house, enter, ground):
    factories.staff("building_steward", ground[0], building=house, full_name="楼长")
    factories.staff("grid_leader", factories.community(), full_name="网格长")
    factories.staff("grid_worker", ground[1], full_name="别的网格员")
    client = enter("grid_worker", ground[0], full_name="网格员")

    posts = page(client, "building", house.pk).context["posts"]

    assert [post.staff.full_name for post in posts] == ["楼长", "网格员", "网格长"]


@pytest.fixture
def compound(house, ground):
    return factories.compound("幸福小区", house, property_phone="0632-1234567")


def test_compounds_are_listed_with_their_numbers(compound, enter, ground):
    elsewhere = factories.building(factories.unit("370402001029001"), "9号楼")
    factories.compound("别处小区", elsewhere)
    client = enter("grid_worker", ground[0])

    answer = client.get(reverse("residents:compounds"))

    [(one, counts)] = answer.context["compounds"]
    assert one == compound
    assert counts == {"buildings": 1, "dwellings": 4, "households": 2, "residents": 1}
    page(client, "compound", Compound.objects.get(name="别处小区").pk, 404)


def test_the_list_of_compounds_costs_the_same_for_few_and_many(compound, enter, ground):
    client = enter("community_staff", factories.community())
    client.get(reverse("residents:compounds"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("residents:compounds"))
    for number in range(12):
        factories.compound(f"{number}区", factories.building(ground[0], f"{number}幢"))

    with CaptureQueriesContext(connection) as many:
        client.get(reverse("residents:compounds"))

    assert len(many) == len(few)


def test_a_building_outside_compounds_is_found_by_its_name(house, enter, ground):
    client = enter("grid_worker", ground[0])

    found = client.get(reverse("residents:compounds"), {"q": "1号"}).context["alone"]
    assert [one for one, __ in found] == [house]
    answer = client.get(reverse("residents:compounds"), {"q": "没有"})
    assert answer.context["alone"] == []


def correct(client, name, key, **facts):
    return client.post(reverse(f"residents:edit_{name}", args=[key]), facts)


def test_who_keeps_the_register_of_a_place_corrects_its_buildings(house, enter, ground):
    client = enter("grid_worker", ground[0])

    answer = correct(
        client,
        "building",
        house.pk,
        floors=6,
        entrances=2,
        has_lift="0",
        risk_note="外墙脱落",
        reason="现场查看",
    )

    assert answer.status_code == 302
    house.refresh_from_db()
    assert (house.floors, house.has_lift, house.risk_note) == (6, False, "外墙脱落")
    shown = page(client, "building", house.pk).content.decode()
    assert "现场查看" in shown
    assert "外墙脱落" in shown


def test_the_facts_of_a_compound_are_corrected_by_its_community(compound, enter, ground):
    assert correct(enter("grid_worker", ground[0]), "compound", compound.pk).status_code == 404
    client = enter("community_staff", factories.community())

    answer = correct(client, "compound", compound.pk, property_company="安居物业")

    assert answer.status_code == 302
    compound.refresh_from_db()
    assert compound.property_company == "安居物业"


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [("grid_worker", 1, 404), ("assistant", 0, 403), ("supervisor", 0, 403)],
)
def test_others_correct_neither_building_nor_dwelling(house, enter, ground, role, place, status):
    client = enter(role, ground[place])
    home = house.dwellings.first()

    for name, key in (("building", house.pk), ("dwelling", home.pk)):
        page(client, f"edit_{name}", key, status)
        assert correct(client, name, key, floors=9, use="empty").status_code == status

    assert Building.objects.get(pk=house.pk).floors == 3
    assert Dwelling.objects.get(pk=home.pk).use == "own"


def test_a_number_of_floors_that_is_none_comes_back(house, enter, ground):
    answer = correct(enter("grid_worker"), "building", house.pk, floors="很多")

    assert answer.status_code == 422
    assert "floors" in answer.context["form"].errors


def facts_of(home, **others):
    return {
        "use": home.use,
        "tenure": "private",
        "owner_name": "王 秀兰",
        "owner_phone": "139 0000 0001",
        "area": "88.5",
        "floor": "1",
        "house_code": "",
    } | others


def test_a_fact_of_a_dwelling_is_corrected_where_one_sees_it(house, enter, ground):
    home = house.dwellings.get(room="101")
    household = home.households.get()
    client = enter("grid_worker", ground[0])
    address = reverse("residents:edit_dwelling", args=[home.pk])
    assert address in page(client, "household", household.pk).content.decode()

    answer = client.post(f"{address}?household={household.pk}", facts_of(home, reason="看过房产证"))

    assert answer.url == reverse("residents:household", args=[household.pk])
    home.refresh_from_db()
    assert (home.owner_name, home.owner_phone) == ("王秀兰", "13900000001")
    assert (str(home.area), home.tenure, home.floor) == ("88.50", "private", 1)
    file = client.get(answer.url).content.decode()
    assert "13900000001" in file
    history = client.get(answer.url, {"tab": "history"}).content.decode()
    for word in ("看过房产证", "产权人", "王秀兰", "88.50"):
        assert word in history


def test_saving_a_dwelling_unchanged_writes_no_history(house, enter, ground):
    home = house.dwellings.get(room="101")
    by = factories.staff("grid_worker", ground[0])

    assert dwellings.correct(home, {"use": "own", "floor": None}, by=by) == []


def test_a_house_code_is_checked_as_the_district_says(house, enter, ground):
    profile, __ = DistrictProfile.objects.get_or_create(district=factories.district())
    DistrictProfile.objects.filter(pk=profile.pk).update(house_codes="jgjt_246")
    home = house.dwellings.get(room="101")
    client = enter("grid_worker", ground[0])

    answer = correct(client, "dwelling", home.pk, **facts_of(home, house_code=BODY))
    assert answer.status_code == 422
    assert "校验码" in answer.content.decode()

    code = BODY + house_codes.check_digit(BODY)
    answer = correct(client, "dwelling", home.pk, **facts_of(home, house_code=code))
    assert answer.status_code == 302
    assert Dwelling.objects.get(pk=home.pk).house_code == code


def test_an_old_house_code_stays_when_other_facts_are_corrected(house, enter, ground):
    home = house.dwellings.get(room="101")
    Dwelling.objects.filter(pk=home.pk).update(house_code="旧-1")
    profile, __ = DistrictProfile.objects.get_or_create(district=factories.district())
    DistrictProfile.objects.filter(pk=profile.pk).update(house_codes="digits_25")

    answer = correct(
        enter("grid_worker", ground[0]),
        "dwelling",
        home.pk,
        **facts_of(home, house_code="旧-1"),
    )

    assert answer.status_code == 302
    assert Dwelling.objects.get(pk=home.pk).house_code == "旧-1"


def test_who_may_not_read_phones_sees_the_end_of_the_owners_phone(house, enter, ground):
    home = house.dwellings.get(room="101")
    Dwelling.objects.filter(pk=home.pk).update(owner_name="甲", owner_phone="13912345678")

    shown = page(enter("supervisor", ground[0]), "dwelling", home.pk).content.decode()

    assert "13912345678" not in shown
    assert "5678" in shown


def test_an_empty_dwelling_has_a_page_of_its_own(house, enter, ground):
    home = house.dwellings.get(room="201")

    answer = page(enter("grid_worker", ground[0]), "dwelling", home.pk)

    assert list(answer.context["households"]) == []
    assert "空置" in answer.content.decode()
    page(enter("grid_worker", ground[1]), "dwelling", home.pk, 404)


def test_the_place_stays_in_the_bar_while_a_building_is_corrected(house, enter, ground):
    answer = page(enter("grid_worker", ground[0]), "edit_building", house.pk)

    assert "place__crumbs" in answer.content.decode()


def test_who_sees_the_building_but_not_its_register_is_shown_no_dwelling(client, house, ground):
    person = factories.staff("dispatcher", factories.district())
    factories.posting(person, "assistant", ground[1])
    client.force_login(person)

    answer = page(client, "building", house.pk)

    assert answer.context["entrances"] == []
    assert "王秀兰" not in answer.content.decode()


def test_a_keeper_of_the_community_puts_down_a_compound_and_a_building(enter, ground):
    client = enter("community_staff", factories.community())
    community = factories.community()

    answer = client.post(
        reverse("residents:new_compound"),
        {"community": community.pk, "name": " 新苑小区 ", "property_company": "好管家"},
    )

    new = Compound.objects.get(name="新苑小区")
    assert answer.url == reverse("residents:compound", args=[new.pk])
    assert (new.community, new.district) == (community, community.district)

    answer = client.post(
        reverse("residents:new_building_in", args=[new.pk]),
        {"name": "1号楼", "grid": ground[0].pk, "entrances": 2, "floors": 6},
    )

    building = Building.objects.get(compound=new)
    assert answer.url == reverse("residents:building", args=[building.pk])
    assert (building.grid, building.floors) == (ground[0], 6)


def test_a_second_building_of_the_same_name_is_refused_at_the_name(compound, enter, ground):
    client = enter("community_staff", factories.community())
    again = {"name": compound.buildings.get().name, "grid": ground[0].pk}

    answer = client.post(reverse("residents:new_building_in", args=[compound.pk]), again)

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert compound.buildings.count() == 1


def test_a_second_compound_of_the_same_name_is_refused_in_plain_words(compound, enter, ground):
    client = enter("community_staff", factories.community())
    again = {"community": compound.community_id, "name": compound.name}

    answer = client.post(reverse("residents:new_compound"), again)

    assert answer.status_code == 422
    assert "本社区已有同名小区" in answer.content.decode()


def test_a_building_of_a_year_to_come_is_refused_at_the_year(compound, enter, ground):
    client = enter("community_staff", factories.community())
    told = {"name": "9号楼", "grid": ground[0].pk, "built_in": 2090}

    answer = client.post(reverse("residents:new_building_in", args=[compound.pk]), told)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["built_in"]


def test_nobody_builds_in_somebody_elses_community(compound, enter, ground):
    other = factories.unit("370402001029001")
    client = enter("community_staff", other.parent.parent)
    client.get(reverse("residents:compounds"))

    page(client, "new_building_in", compound.pk, 404)
    answer = client.post(
        reverse("residents:new_compound"),
        {"community": factories.community().pk, "name": "越界小区"},
    )

    assert answer.status_code == 422
    assert not Compound.objects.filter(name="越界小区").exists()


def test_a_worker_corrects_buildings_and_adds_none(compound, enter, ground):
    client = enter("grid_worker", ground[0])

    page(client, "new_building_in", compound.pk, 403)
    assert client.get(reverse("residents:new_compound")).status_code == 403
