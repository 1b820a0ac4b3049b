"""Place -> unit grid of a district, and the command that checks boundaries in the database."""

import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from shapely.geometry import box, mapping

from grids.boundaries import locate as module
from grids.boundaries.locate import forget, locate, locate_grid
from grids.models import Grid
from tests import factories

pytestmark = pytest.mark.django_db


def square(west, south, east, north):
    """A rectangle in thousandths of a degree, east and north of 117 E 34 N."""
    return mapping(
        box(
            117 + west / 1000,
            34 + south / 1000,
            117 + east / 1000,
            34 + north / 1000,
        )
    )


def draw(grid, *edges):
    Grid.objects.filter(pk=grid.pk).update(
        boundary=square(*edges), boundary_changed_at=timezone.now()
    )
    return grid


@pytest.fixture
def two_units():
    forget()
    west = draw(factories.unit("370402001028001"), 0, 0, 10, 10)
    east = draw(factories.unit("370402001028002"), 10, 0, 20, 10)
    draw(factories.base(), 0, 0, 20, 10)
    yield west, east
    forget()


def test_a_place_is_in_the_unit_grid_around_it(two_units):
    west, east = two_units

    assert locate(west.district_id, 117.005, 34.005) == west.code
    assert locate_grid(west.district_id, 117.015, 34.005) == east
    assert locate_grid(west.district_id, 118, 34) is None


def test_a_place_on_the_border_is_in_the_grid_with_the_lower_code(two_units):
    west, _east = two_units

    assert locate(west.district_id, 117.01, 34.005) == west.code


def test_a_place_is_not_found_in_another_district(two_units):
    other = factories.district("520602", "碧江区")

    assert locate(other, 117.005, 34.005) is None


def test_a_second_question_asks_the_database_nothing(two_units, django_assert_num_queries):
    west, _east = two_units
    locate(west.district_id, 117.005, 34.005)

    with django_assert_num_queries(0):
        locate(west.district_id, 117.015, 34.005)


def test_a_changed_boundary_counts_at_once_where_it_was_changed(two_units):
    west, east = two_units
    locate(west.district_id, 117.005, 34.005)

    draw(west, 0, 0, 4, 10)
    draw(east, 4, 0, 20, 10)
    forget(west.district_id)

    assert locate(west.district_id, 117.005, 34.005) == east.code


def test_a_changed_boundary_counts_elsewhere_after_a_moment(two_units, monkeypatch):
    west, east = two_units
    locate(west.district_id, 117.005, 34.005)
    draw(west, 0, 0, 4, 10)
    draw(east, 4, 0, 20, 10)

    now = time.monotonic()
    assert locate(west.district_id, 117.005, 34.005) == west.code
    monkeypatch.setattr(module.time, "monotonic", lambda: now + 60)

    assert locate(west.district_id, 117.005, 34.005) == east.code


def test_a_grid_that_has_ended_is_not_found(two_units):
    west, _east = two_units
    yesterday = timezone.localdate() - timedelta(days=1)
    Grid.objects.filter(pk=west.pk).update(valid_to=yesterday)
    forget()

    assert locate(west.district_id, 117.005, 34.005) is None


def check(**options):
    out = StringIO()
    code = 0
    try:
        call_command("check_coverage", as_json=True, stdout=out, **options)
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue())


def test_grids_that_cover_their_parent_pass(two_units):
    code, report = check(tolerance=0)

    assert code == 0
    assert report["is_complete"]
    assert report["parents"] == []


def test_a_gap_is_reported_with_its_size_and_place_and_the_command_fails(two_units):
    _west, east = two_units
    draw(east, 11, 0, 20, 10)

    code, report = check()

    (fault,) = report["parents"][0]["faults"]
    assert code == 1
    assert (fault["kind"], fault["codes"]) == (
        "gap",
        ["370402001028001", "370402001028002"],
    )
    assert fault["area_m2"] == pytest.approx(102_400, rel=0.01)
    assert 117.010 < fault["lon"] < 117.011


def test_a_gap_below_the_tolerance_is_counted_and_passed(two_units):
    _west, east = two_units
    draw(east, 11, 0, 20, 10)

    code, report = check(tolerance=200_000)

    assert code == 0
    assert (report["faults"], report["ignored"]) == (0, 1)


def test_only_what_lies_below_a_grid_is_checked_when_one_is_named(two_units):
    _code, report = check(grid="370402001028B01")

    assert report["checked"] == 3
    with pytest.raises(CommandError, match="999"):
        check(grid="999")


def test_a_boundary_that_cannot_be_read_is_named(two_units):
    west, _east = two_units
    Grid.objects.filter(pk=west.pk).update(boundary={"type": "Point", "coordinates": []})

    code, report = check()

    assert code == 1
    assert report["unreadable"][0]["code"] == west.code
