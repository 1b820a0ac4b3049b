"""One box finds people, dwellings and premises: by what, for whom, and never through an address."""

import itertools
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from residents import pinyin
from residents.models import Household, Resident
from residents.people import finding
from residents.places import addresses
from residents.places.addresses import Door
from tests import factories

_sequence = itertools.cycle(range(1, 499))


@pytest.fixture
def enter(client):
    def log_in(role, grid, **fields):
        client.force_login(factories.staff(role, grid, **fields))
        return client

    return log_in


@pytest.fixture
def doors(ground):
    """幸福小区3号楼2单元502 with 王欣怡, and the same door of 阳光花园 in the other grid with 李小红."""
    homes = []
    for grid, name, who in zip(ground, ["幸福小区", "阳光花园"], ["王欣怡", "李小红"], strict=True):
        home = factories.household(grid, head_name=who, home=_door(grid, name))
        _someone(home, who)
        homes.append(home)
    return homes


def _door(grid, compound):
    door = factories.dwelling(grid, building_name="3号楼", entrance="2单元", room="502")
    factories.compound(compound, door.building)
    return door


def _someone(home, name, **fields):
    full, initials = pinyin.keys(name)
    number = factories.id_number(sequence=next(_sequence))
    return factories.resident(
        home, name=name, number=number, pinyin=full, initials=initials, **fields
    )


def names(staff, words):
    """Names in the order of the pages."""
    return [
        one.name
        for step in finding.steps(staff, words)
        for one in step.rows.order_by(*step.order, "pk")
    ]


def everywhere():
    return factories.staff("administrator", factories.district())


@pytest.mark.parametrize(
    ("words", "door"),
    [
        ("3号楼2单元502", Door("", "3", "2", "502")),
        ("幸福小区3号楼2单元502室", Door("幸福小区", "3", "2", "502")),
        ("幸福小区 3 栋", Door("幸福小区", "3", "", "")),
        ("三号楼二单元", Door("", "3", "2", "")),
        ("十二幢501", Door("", "12", "", "501")),
        ("3-2-502", Door("", "3", "2", "502")),
        ("a座1201", Door("", "A", "", "1201")),
        ("3号2单元502", Door("", "3", "2", "502")),
        ("幸福小区", Door("幸福小区")),
        ("光明路12号", Door("光明路12号")),
        ("王秀兰", None),
        ("502", None),
        ("wxl", None),
        ("13812346210", None),
    ],
)
def test_pieces_of_an_address_are_understood(words, door):
    assert addresses.parse(words) == door


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("3号楼2单元502", ["王欣怡", "李小红"]),
        ("3-2-502", ["王欣怡", "李小红"]),
        ("幸福小区3号楼2单元502", ["王欣怡"]),
        ("阳光3号楼", ["李小红"]),
        ("幸福小区", ["王欣怡"]),
        ("3号楼3单元502", []),
        ("4号楼", []),
    ],
)
def test_a_door_leads_to_those_who_live_behind_it(doors, words, found):
    assert names(everywhere(), words) == found


def test_a_household_is_found_by_its_number_and_by_its_house_code(doors):
    Household.objects.filter(pk=doors[0].pk).update(number="00012345")
    doors[1].dwelling.house_code = "1234567890123456789012345X"
    doors[1].dwelling.save()

    assert names(everywhere(), "00012345") == ["王欣怡"]
    assert names(everywhere(), "1234567890123456789012345x") == ["李小红"]


def test_a_room_alone_is_found_by_those_who_serve_few_grids(ground, doors):
    assert names(factories.staff("grid_worker", ground[0]), "502") == ["王欣怡"]
    assert names(everywhere(), "502") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("欣怡", {"王欣怡", "欧阳欣怡"}),
        ("王欣", {"王欣怡"}),
        ("阳欣怡", {"欧阳欣怡"}),
        ("欣", {"王欣怡"}),
        ("王", {"王欣怡", "王芳"}),
        ("怡", set()),
        ("wxy", {"王欣怡"}),
        ("wangxin", {"王欣怡"}),
        ("wangf", {"王芳"}),
        ("WANG F", {"王芳"}),
        ("oyxy", {"欧阳欣怡"}),
        ("smith", {"John Smith"}),
        ("john", {"John Smith"}),
        ("J", {"John Smith"}),
    ],
)
@pytest.mark.parametrize("serves", ["one grid", "the district"])
def test_any_part_of_a_name_its_initials_and_its_pinyin_find_a_person(ground, words, found, serves):
    for name in ["王欣怡", "王芳", "欧阳欣怡", "John Smith", "李建国"]:
        _someone(factories.household(ground[0], head_name=name), name)
    staff = everywhere() if serves == "the district" else factories.staff("grid_worker", ground[0])

    assert set(names(staff, words)) == found
    assert set(finding.people(staff, words=words).values_list("name", flat=True)) == (found)


def test_names_that_begin_so_come_first_and_nobody_comes_twice(ground):
    for name in ["王秀英", "李秀", "秀兰", "秀", "秀秀"]:
        _someone(factories.household(ground[0], head_name=name), name)

    assert names(everywhere(), "秀") == ["秀", "秀兰", "秀秀", "李秀", "王秀英"]


@pytest.mark.parametrize("digits", ["6210", "46210", "12346210", "13812346210"])
def test_any_number_of_last_digits_of_a_phone_from_four_on_is_enough(ground, digits):
    factories.resident(grid=ground[0], phone="13812346210")
    factories.resident(
        grid=ground[0], name="李红", phone="13999996210", number=factories.id_number()
    )

    found = names(everywhere(), digits)

    assert "王秀兰" in found
    assert ("李红" in found) is (digits == "6210")


WAYS = [
    "王欣怡",
    "欣怡",
    "王",
    "wxy",
    "wangxin",
    "6210",
    "3号楼2单元502",
    "幸福小区",
    "H0001",
    "502",
]


@pytest.mark.parametrize("postings", ["elsewhere", "five", "none", "ended", "here", "building"])
def test_nobody_finds_outside_the_own_scope_whatever_the_way(ground, doors, postings):
    Household.objects.filter(pk=doors[0].pk).update(number="H0001")
    Resident.objects.filter(household=doors[0]).update(phone="13812346210")
    grids = [factories.unit(f"3704020010280{n}") for n in range(10, 15)]
    staff = {
        "elsewhere": lambda: factories.staff("grid_worker", ground[1]),
        "five": lambda: _posted(*grids),
        "none": lambda: factories.staff(),
        "ended": lambda: _ended(ground[0]),
        "here": lambda: factories.staff("grid_worker", ground[0]),
        "building": lambda: factories.staff(
            "building_steward", ground[0], building=doors[0].dwelling.building
        ),
    }[postings]()

    for words in WAYS:
        found = names(staff, words) + [
            str(row) for other in finding.others(staff, words) for row in other.rows
        ]
        is_seen = any("王欣怡" in one for one in found)
        assert is_seen is (postings in {"here", "building"}), words


def _posted(first, *rest):
    staff = factories.staff("grid_worker", first)
    for grid in rest:
        factories.posting(staff, "grid_worker", grid)
    return staff


def _ended(grid):
    staff = factories.staff("grid_worker", grid)
    staff.postings.update(until="2021-01-01")
    staff.__dict__.pop("_scope", None)
    return staff


@pytest.mark.parametrize("words", ["王欣怡", "wxy", "6210", "3号楼2单元502"])
def test_who_moved_away_is_not_found(ground, doors, words):
    Resident.objects.filter(household=doors[0]).update(
        phone="13812346210", ended_on="2026-01-01", end_reason="moved"
    )

    assert "王欣怡" not in names(everywhere(), words)


def test_names_and_numbers_stand_in_no_address(ground, doors, enter):
    client = enter("grid_worker", ground[0])

    for page in ["residents:people", "residents:households"]:
        answer = client.post(reverse(page), {"q": "欣怡"}, follow=True)

        asked = unquote(answer.request["QUERY_STRING"])
        assert asked.startswith("q=~")
        assert "欣怡" not in asked
        assert "王欣怡" in answer.content.decode()
    assert client.get(reverse("residents:people"), {"q": "~QUJD"}).status_code == 200


def test_pages_of_a_search_go_on_where_the_last_one_ended(ground, enter):
    home = factories.household(ground[0])
    for number in range(60):
        for name in (f"王秀{number % 7}", f"李王{number % 3}"):
            _someone(home, name)
    client = enter("grid_worker", ground[0])
    address, seen = "?q=王", []

    while address:
        page = client.get(reverse("residents:people") + address).context["page"]
        assert "王" not in unquote(page.next_url.partition("after=")[2])
        seen += [one.pk for one in page.rows]
        address = page.next_url

    assert len(seen) == len(set(seen)) == 120


def test_premises_and_buildings_are_found_in_the_same_box(ground, doors, enter):
    shop = factories.premises(ground[0], "王欣怡理发店", credit_code="91370402MA3C")
    factories.premises(ground[1], "王欣怡诊所")
    client = enter("grid_worker", ground[0])

    def page(words):
        return client.get(reverse("residents:people"), {"q": words}).content.decode()

    assert "王欣怡理发店" in page("王欣怡")
    assert "王欣怡诊所" not in page("王欣怡")
    assert reverse("residents:premises_detail", args=[shop.pk]) in page("91370402ma3c")
    building = doors[0].dwelling.building
    assert reverse("residents:building", args=[building.pk]) in page("幸福小区3号楼")


@pytest.mark.parametrize("words", ["王秀兰", "wxl", "3号楼2单元502", "6210", "秀"])
def test_a_search_costs_the_same_number_of_queries_for_any_number_of_finds(ground, enter, words):
    home = factories.household(ground[0], home=_door(ground[0], "幸福小区"))
    client = enter("grid_worker", ground[0])
    counts = []
    for number in (1, 30):
        for __ in range(number):
            _someone(home, "王秀兰", phone="13812346210")
        client.get(reverse("residents:people"), {"q": words})
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("residents:people"), {"q": words})
        counts.append(len(queries))

    assert counts[0] == counts[1]
