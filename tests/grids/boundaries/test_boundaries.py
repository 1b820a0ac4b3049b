"""Boundaries, the look-up of a place, and the check that areas cover their parent once."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry import box, mapping

from grids.boundaries.boundaries import (
    BoundaryError,
    Locator,
    area_m2,
    normalise,
    read_boundary,
    read_collection,
)
from grids.boundaries.coverage import GAP, HOLE, OVERLAP, STRAY, check_coverage

GEO = Path(__file__).parents[2] / "data" / "geo"


def load(name):
    return json.loads((GEO / f"{name}.geojson").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def villages():
    areas = read_collection(load("clean_124_villages_children"))
    return [(properties["source_code"], polygon) for properties, polygon in areas]


@pytest.fixture(scope="module")
def villages_parent():
    return read_collection(load("clean_124_villages_parent"))[0][1]


@pytest.fixture(scope="module")
def chicago():
    areas = read_collection(load("chicago_77_simplified"))
    return [(properties["area_no"].zfill(2), polygon) for properties, polygon in areas]


def square(west, south, east, north):
    """A rectangle in hundredths of a degree, east and north of 117 E 34 N."""
    return box(117 + west / 100, 34 + south / 100, 117 + east / 100, 34 + north / 100)


def ring(*points):
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]}


def test_planar_drawing_units_are_refused_with_the_reason():
    with pytest.raises(BoundaryError) as refused:
        read_collection(load("columbus_49_neighbourhoods_planar"))

    assert refused.value.code == "planar"
    assert "WGS-84" in str(refused.value)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (
            ring((117, 34), (117.1, 34.1), (117.1, 34), (117, 34.1), (117, 34)),
            "self_intersection",
        ),
        (ring((34, 117), (34.1, 117), (34.1, 117.1), (34, 117)), "swapped"),
        (ring((5e5, 3.8e6), (5.1e5, 3.8e6), (5.1e5, 3.9e6), (5e5, 3.8e6)), "planar"),
        (ring((117, 34), (117.1, 34), (117.1, 34.1)), "too_few_points"),
        (ring((117, 34), (117.1, 34), (117.1, 34.1), (117, 34.1)), "not_closed"),
        (
            ring((117, 34), (117.1, float("nan")), (117.1, 34.1), (117, 34)),
            "not_a_number",
        ),
        (ring((117, 34), ("117.1", 34), (117.1, 34.1), (117, 34)), "not_geojson"),
        (ring((117, 34), (117.1, 34), (117.2, 34), (117, 34)), "self_intersection"),
        ({"type": "Point", "coordinates": [117, 34]}, "not_an_area"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": None}, "not_geojson"),
        ({"type": "Feature", "geometry": None}, "not_geojson"),
        ({}, "not_geojson"),
        (None, "not_geojson"),
        ([1, 2], "not_geojson"),
        ("POLYGON EMPTY", "not_geojson"),
    ],
)
def test_a_boundary_that_cannot_be_used_says_why(geometry, code):
    with pytest.raises(BoundaryError) as refused:
        read_boundary(geometry)

    assert refused.value.code == code
    assert str(refused.value)


def test_a_line_that_crosses_itself_is_shown_where():
    bow_tie = ring((117, 34), (117.1, 34.1), (117.1, 34), (117, 34.1), (117, 34))

    with pytest.raises(BoundaryError, match=r"117\.050000, 34\.050000"):
        read_boundary(bow_tie)


def test_a_file_in_another_reference_system_is_refused_by_its_name():
    web_mercator = {
        "type": "name",
        "properties": {"name": "urn:ogc:def:crs:EPSG::3857"},
    }
    feature = {
        "type": "Feature",
        "geometry": mapping(square(0, 0, 1, 1)),
        "properties": {},
    }

    with pytest.raises(BoundaryError, match="3857"):
        read_collection({"type": "FeatureCollection", "crs": web_mercator, "features": [feature]})


@pytest.mark.parametrize(
    "name",
    [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:EPSG::4326",
        "EPSG:4326",
        "urn:ogc:def:crs:EPSG::4490",
        "epsg:4490",
    ],
)
def test_wgs_84_and_the_chinese_cgcs2000_are_read_under_each_of_their_names(name):
    feature = {"type": "Feature", "geometry": mapping(square(0, 0, 1, 1)), "properties": {}}
    crs = {"type": "name", "properties": {"name": name}}

    found = read_collection({"type": "FeatureCollection", "crs": crs, "features": [feature]})

    assert len(found) == 1


def test_a_bad_area_in_a_file_is_named_by_its_number():
    good = {
        "type": "Feature",
        "geometry": mapping(square(0, 0, 1, 1)),
        "properties": {},
    }
    bad = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [117, 34]}}

    with pytest.raises(BoundaryError, match="2"):
        read_collection({"type": "FeatureCollection", "features": [good, bad]})


def test_a_stored_boundary_has_seven_decimals_and_no_height():
    west = 117.123456789
    raw = ring((west, 34, 12.5), (117.2, 34, 12.5), (117.2, 34.1, 1), (west, 34, 0))

    stored = normalise(raw)

    assert stored["coordinates"][0][0] == [117.1234568, 34.0]
    assert all(len(position) == 2 for position in stored["coordinates"][0])


def test_an_area_in_square_metres_is_that_of_the_ellipsoid():
    # One minute square at 35 N: radii of curvature of WGS-84 at its middle.
    minute = 1 / 60
    expected = 1848.98 * 1521.42  # metres north-south by metres east-west at 35 N 0.5'

    assert area_m2(box(117, 35, 117 + minute, 35 + minute)) == pytest.approx(expected, rel=1e-3)


def test_the_real_sliver_of_45_square_metres_is_found_exactly_and_passed_with_a_tolerance(
    villages, villages_parent
):
    exact = check_coverage(villages, parent=villages_parent, tolerance_m2=0)
    tolerant = check_coverage(villages, parent=villages_parent, tolerance_m2=50)

    assert [fault.kind for fault in exact.faults] == [GAP]
    assert exact.faults[0].area_m2 == pytest.approx(45, abs=1)
    assert tolerant.is_complete
    assert (tolerant.ignored, round(tolerant.ignored_m2)) == (1, 45)


def test_three_enclaves_in_a_clean_coverage_are_found(chicago):
    report = check_coverage(chicago, tolerance_m2=100)

    found = [round(fault.area_m2 / 1e6, 2) for fault in report.of_kind(HOLE)]
    assert found == [7.99, 0.51, 0.33]
    assert len(report.faults) == 3


def test_a_missing_area_in_the_middle_is_a_hole_and_names_its_neighbours(villages, villages_parent):
    inner = "65000010049"

    report = check_coverage(
        [area for area in villages if area[0] != inner],
        parent=villages_parent,
        tolerance_m2=100,
    )

    assert not report.is_complete
    assert report.faults[0].area_m2 > 10_000
    assert inner not in report.faults[0].codes


def test_gaps_overlaps_and_strays_are_told_apart():
    parent = square(0, 0, 3, 1)
    areas = [
        ("a", square(0, 0, 1.1, 1)),  # 0.1 into b
        ("b", square(1, 0, 2, 1)),  # nothing from 2 to 3
        ("c", square(3, 0, 3.5, 1)),  # outside
    ]

    report = check_coverage(areas, parent=parent, tolerance_m2=1)

    codes = {fault.kind: fault.codes for fault in report.faults}
    assert codes == {OVERLAP: ("a", "b"), GAP: ("b", "c"), STRAY: ("c",)}
    one = area_m2(square(0, 0, 1, 1))
    assert report.total_m2(GAP) == pytest.approx(one, rel=1e-6)
    assert report.total_m2(OVERLAP) == pytest.approx(one / 10, rel=1e-6)
    assert report.total_m2(STRAY) == pytest.approx(one / 2, rel=1e-6)


@pytest.mark.parametrize("second", [square(0, 0, 2, 2), square(0.5, 0.5, 1, 1)])
def test_an_area_drawn_twice_or_inside_another_overlaps_it(second):
    areas = [("a", square(0, 0, 2, 2)), ("b", second)]

    report = check_coverage(areas, parent=square(0, 0, 2, 2), tolerance_m2=1)

    assert [(fault.kind, fault.codes) for fault in report.faults] == [(OVERLAP, ("a", "b"))]


def test_a_declared_exclusion_is_not_missing():
    parent = square(0, 0, 3, 3)
    around = parent.difference(square(1, 1, 2, 2))

    without = check_coverage([("a", around)], parent=parent)
    declared = check_coverage([("a", around)], parent=parent, exclusions=[square(1, 1, 2, 2)])

    assert [fault.kind for fault in without.faults] == [HOLE]
    assert declared.is_complete


def test_a_hole_that_the_parent_has_too_is_not_missing():
    parent = square(0, 0, 3, 3).difference(square(1, 1, 2, 2))

    assert check_coverage([("a", parent)], parent=parent, tolerance_m2=0).is_complete


def test_a_point_is_found_in_the_area_that_holds_it(villages):
    locator = Locator(villages)

    for code, polygon in villages:
        inside = polygon.representative_point()
        assert locator.at(inside.x, inside.y) == code


def test_a_point_outside_every_area_is_nowhere(villages):
    locator = Locator(villages)

    assert locator.at(0, 0) is None
    assert locator.at(float("nan"), 25.0) is None


def test_a_point_on_a_border_is_in_the_area_with_the_lowest_code():
    areas = [
        ("3", square(1, 0, 2, 1)),
        ("2", square(0, 0, 1, 1)),
        ("1", square(0, 1, 2, 2)),
    ]

    locator = Locator(areas)

    assert locator.at(117.01, 34.005) == "2"
    assert locator.at(117.01, 34.01) == "1"
    assert Locator(reversed(areas)).at(117.01, 34.01) == "1"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_every_point_of_a_shared_line_is_in_exactly_one_area(villages, data):
    __, polygon = data.draw(st.sampled_from(villages))
    point = polygon.exterior.interpolate(data.draw(st.floats(0, 1)), normalized=True)

    found = Locator(villages).at(point.x, point.y)

    touching = [code for code, other in villages if other.distance(point) <= 1e-9]
    assert found == min(touching)


def test_a_look_up_costs_the_same_among_a_hundred_times_as_many_areas(villages):
    """By processor time in one run, so that a busy machine says the same; bench/locating.py measures."""
    more = [
        (f"{code}-{step}", translate(polygon, xoff=step))
        for step in range(100)
        for code, polygon in villages
    ]
    points = [polygon.representative_point() for __, polygon in villages] * 10

    few, many = (
        min(_cost(lambda point, asked=asked: asked.at(point.x, point.y), points) for __ in range(3))
        for asked in (Locator(villages), Locator(more))
    )

    assert many <= 4 * few


def _cost(ask, points):
    start = time.process_time()
    for point in points:
        ask(point)
    return time.process_time() - start


def test_shapely_is_not_loaded_before_a_boundary_is_read():
    program = "import sys, grids.boundaries.boundaries, grids.boundaries.coverage; sys.exit('shapely' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
