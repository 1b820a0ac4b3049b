"""The invented districts: their codes, names and boundaries."""

from collections import Counter
from itertools import pairwise

import pytest

from gridmgmt.demo.places import (
    DISTRICT,
    EMPTY_COMMUNITY,
    plan_district,
    plan_second_district,
    short_name,
)
from grids.boundaries.coverage import check_coverage


@pytest.fixture(scope="module")
def plan():
    return plan_district(seed=20261122)


@pytest.fixture(scope="module")
def places(plan):
    return {place.code: place for place in plan[1]}


def test_the_district_has_its_real_streets_and_communities_and_their_grids(places):
    tiers = Counter(place.tier for place in places.values())

    assert tiers == {
        "district": 1,
        "street": 11,
        "community": 170,
        "base": 396,
        "unit": 1144,
    }
    assert places["370402001"].name == "中心街街道"
    assert places[EMPTY_COMMUNITY].name == "公园社区"


def test_each_community_has_at_least_four_unit_grids_numbered_from_001(places):
    for code, place in places.items():
        if place.tier == "community":
            units = [c for c, p in places.items() if p.tier == "unit" and c.startswith(code)]
            assert len(units) >= 4
            assert units == [f"{code}{number:03d}" for number in range(1, len(units) + 1)]


def test_unit_grids_are_numbered_from_west_to_east_and_from_north_to_south(places):
    bases = [place for place in places.values() if place.tier == "base"]
    for base in bases:
        units = [place for place in places.values() if place.parent == base.code]
        assert [unit.area.x0 for unit in units] == sorted(unit.area.x0 for unit in units)
    for left, right in pairwise(bases):
        if left.parent == right.parent:
            assert left.area.y1 == right.area.y0


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("公园社区居委会", "公园社区"),
        ("铁西居委会", "铁西社区"),
        ("新风里回族社区居委会", "新风里回族社区"),
        ("岳楼村委会", "岳楼村"),
        ("雷村村委会", "雷村"),
        ("南园村村民委员会", "南园村"),
        ("陈庄农村社区村委会", "陈庄村"),
        ("北门社区居民委员会", "北门社区"),
    ],
)
def test_names_are_what_people_say(official, short):
    assert short_name(official) == short


def test_grids_are_named_after_their_community(places):
    assert places[f"{EMPTY_COMMUNITY}003"].name == "公园社区第3网格"


def test_children_tile_their_parents_without_the_smallest_fault(places):
    children = {}
    for place in places.values():
        children.setdefault(place.parent, []).append((place.code, place.boundary))

    for parent, areas in children.items():
        if parent is not None:
            report = check_coverage(areas, parent=places[parent].boundary, tolerance_m2=0)
            assert report.is_complete, (parent, report.faults)


def test_all_unit_grids_together_tile_the_district(places):
    units = [(p.code, p.boundary) for p in places.values() if p.tier == "unit"]

    report = check_coverage(units, parent=places[DISTRICT].boundary, tolerance_m2=0)

    assert report.is_complete, report.faults


def test_a_missing_unit_grid_would_be_noticed(places):
    units = [(p.code, p.boundary) for p in places.values() if p.tier == "unit"]

    report = check_coverage(units[1:], parent=places[DISTRICT].boundary, tolerance_m2=1)

    assert len(report.faults) == 1


def test_the_same_seed_gives_the_same_ground_and_another_seed_another():
    first, again, other = (plan_district(seed)[1] for seed in (1, 1, 2))

    assert first == again
    assert [p.boundary for p in first] != [p.boundary for p in other]


def test_a_place_inside_an_area_is_inside_its_boundary(plan):
    from shapely.geometry import Point, shape

    lattice, places = plan
    for place in places[:200]:
        polygon = shape(place.boundary)
        assert polygon.covers(Point(*lattice.inside(place.area, 0.3, 0.7)))


def test_the_second_district_is_small_and_somewhere_else():
    places = plan_second_district(seed=20261122)[1]

    tiers = Counter(place.tier for place in places)
    assert tiers == {"district": 1, "street": 1, "community": 2, "base": 4, "unit": 8}
    assert all(place.code.startswith("520602") for place in places)
