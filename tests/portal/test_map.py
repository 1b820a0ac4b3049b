"""The map shows the cells under a place, who answers for them, and their lights."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from gridmgmt.map import layers
from tests import factories as make

pytestmark = pytest.mark.django_db


def square(west, south, size=0.01):
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def ground():
    cells = []
    for number in (1, 2):
        cell = make.unit(f"37040200102800{number}")
        cell.boundary = square(117.5 + number / 100, 34.8)
        cell.save(update_fields=["boundary"])
        cells.append(cell)
    return cells


def case(grid, *, due):
    now = timezone.now()
    number = f"370402-2611-{Case.objects.count():05d}"
    return Case.objects.create(
        district_id=grid.district_id,
        grid=grid,
        category=make.category(),
        title="井盖缺失",
        number=number,
        source="patrol",
        reported_at=now,
        stage_since=now,
        due_at=now + due,
        warn_at=now + due - timedelta(hours=1),
    )


def properties(place, person):
    found = layers.features(place, person, now=timezone.now())["features"]
    return {feature["properties"]["code"]: feature["properties"] for feature in found}


def test_a_cell_takes_the_colour_of_its_worst_light(ground):
    case(ground[0], due=timedelta(days=1))
    case(ground[0], due=timedelta(minutes=-1))
    case(ground[1], due=timedelta(minutes=30))
    leader = make.staff("grid_leader", make.community())

    cells = properties(make.community(), leader)

    assert cells["370402001028001"]["light"] == "red"
    assert (cells["370402001028001"]["red"], cells["370402001028001"]["green"]) == (
        1,
        1,
    )
    assert cells["370402001028002"]["light"] == "yellow"


def test_a_cell_names_who_is_posted_there(ground):
    make.staff("grid_worker", ground[0], full_name="郭文慧")
    leader = make.staff("grid_leader", make.community())

    cells = properties(make.community(), leader)

    assert cells["370402001028001"]["people"] == [{"role": "网格员", "name": "郭文慧"}]
    assert cells["370402001028002"]["people"] == []


def test_a_worker_sees_the_own_cell_only(ground):
    worker = make.staff("grid_worker", ground[0])

    assert set(properties(ground[0], worker)) == {"370402001028001"}


def test_a_large_place_is_drawn_by_its_next_level(ground, monkeypatch):
    monkeypatch.setattr(layers, "MOST_UNITS", 1)
    base = ground[0].parent
    base.boundary = square(117.5, 34.8, 0.02)
    base.save(update_fields=["boundary"])
    leader = make.staff("grid_leader", make.community())

    assert set(properties(make.community(), leader)) == {"370402001028B01"}


def test_the_map_costs_the_same_queries_with_two_cells_or_one(
    ground, django_assert_max_num_queries, client
):
    client.force_login(make.staff("grid_leader", make.community()), "grids.auth.StaffBackend")

    with django_assert_max_num_queries(20):
        assert client.get(reverse("map:layer")).status_code == 200
