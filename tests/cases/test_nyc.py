"""A real day of a city, 2,304 reports with their places, through the ordinary way of a report.

Each lies in exactly one unit grid, goes to the department that answers, and has its clock; what lies
outside the ground is refused with the reason. Nothing is lost: sent = accepted + refused.
"""

import csv
import gzip
import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from django.urls import reverse
from django.utils import timezone
from shapely.geometry import shape

from cases import lights, workflow
from cases.calendar.working_days import ensure_calendar
from cases.catalogue import shipped, versions
from cases.models import Alarm, Case, Category, Stage
from cases.workflow import routing
from gridmgmt.demo import places
from gridmgmt.demo.casefiles import answer_for
from gridmgmt.demo.ground import lay
from grids.boundaries import locate
from grids.models import Grid
from tests import factories as make
from tests.test_access import enter

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parent.parent / "data" / "cases"
DAY = date(2026, 11, 20)
SLICE, BY_FORM = 300, 30


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """The demo district with its departments and its catalogue, a dispatcher, and the reports on its map."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        shipped.seed()
        ground = lay(*places.plan_district(7))
        answer_for(ground)
        district = Grid.objects.get(pk=ground.district)
        ensure_calendar(district)
        locate.forget()
        ground.staff = make.staff("dispatcher", district)
        ground.grid, ground.reports = district, _reports(district)
        yield ground
        transaction.set_rollback(True)
    locate.forget()


@pytest.fixture
def town(city, db):
    """The same ground for a test; what the test writes is taken back."""
    return city


def _reports(district):
    """The day's reports with our categories, their box laid over the box of the district."""
    with (DATA / "nyc311_categories.csv").open(encoding="utf-8") as file:
        names = {row["type"]: (row["kind"], row["code"]) for row in csv.DictReader(file)}
    categories = {(found.kind, found.code): found for found in Category.objects.all()}
    with gzip.open(DATA / "nyc311_2013-12-25.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lons, lats = ([float(row[name]) for row in rows] for name in ("lon", "lat"))
    west, south, east, north = shape(district.boundary).bounds
    for row, lon, lat in zip(rows, lons, lats, strict=True):
        row["category"] = categories[names[row["type"]]]
        row["lon"] = west + (lon - min(lons)) / (max(lons) - min(lons)) * (east - west)
        row["lat"] = south + (lat - min(lats)) / (max(lats) - min(lats)) * (north - south)
        created = datetime.strptime(f"{row['created']} +0800", "%m/%d/%Y %I:%M:%S %p %z")
        row["at"] = created.replace(year=DAY.year, month=DAY.month, day=DAY.day)
    return rows


def send(town, row):
    """(case, "") or (None, why not): as a worker's phone does, the place first, then the report."""
    grid = locate.locate_grid(town.district, row["lon"], row["lat"])
    if grid is None:
        return None, "outside"
    return workflow.report(
        by=town.staff,
        grid=grid,
        category=row["category"],
        title=row["category"].name,
        source="hotline",
        description=f"{row['type']}: {row['descriptor']}",
        lon=row["lon"],
        lat=row["lat"],
        at=row["at"],
        client_uuid=uuid.uuid4(),
    ), ""


def bring_to_department(town, case):
    """Registered under the first condition of its category, dispatched to who answers for it."""
    standard = (
        versions.in_force(case.reported_at.date())
        .filter(category=case.category)
        .order_by("pk")
        .first()
    )
    workflow.register(
        case, by=town.staff, standard=standard, at=case.reported_at + timedelta(minutes=10)
    )
    to = routing.department_for(case.category, case.grid, standard)
    workflow.dispatch(case, by=town.staff, to=to, at=case.reported_at + timedelta(minutes=15))


def run(town, rows):
    """Send the rows; (accepted cases, Counter of reasons)."""
    accepted, refused = [], Counter()
    for row in rows:
        case, why = send(town, row)
        if case is None:
            refused[why] += 1
            assert not _is_inside(town, row)
            continue
        bring_to_department(town, case)
        accepted.append(case)
    return accepted, refused


def _is_inside(town, row):
    return shape(town.grid.boundary).contains(shapely.Point(row["lon"], row["lat"]))


def check(town, cases):
    """What must hold of every case that was taken in."""
    units = dict(Grid.objects.units().filter(district=town.district).values_list("pk", "boundary"))
    areas = {key: shape(boundary) for key, boundary in units.items()}
    tree = shapely.STRtree(list(areas.values()))
    keys = list(areas)
    stored = Case.objects.filter(pk__in=[case.pk for case in cases])
    for case in stored.select_related("department", "standard", "grid"):
        around = {
            keys[at] for at in tree.query(shapely.Point(case.lon, case.lat), predicate="intersects")
        }
        assert case.grid_id in around
        assert len(around) == 1 or _is_on_a_border(case, areas)
        assert case.stage == Stage.DISPATCHED
        assert case.department.district_id == town.district
        assert case.grid.path.startswith(case.department.grid.path)
        assert case.registered_at < case.warn_at
        assert case.registered_at < case.due_at
        assert lights.light(case, case.stage_since) == "green"
    assert len({case.number for case in stored}) == len(cases)
    alarms = Counter(Alarm.objects.filter(case__in=stored, run=1).values_list("case", flat=True))
    assert set(alarms.values()) == {len(Alarm.Level)}
    assert len(alarms) == len(cases)


def _is_on_a_border(case, areas):
    return areas[case.grid_id].boundary.distance(shapely.Point(case.lon, case.lat)) < 1e-12


def test_the_day_is_whole_and_every_kind_of_request_has_a_category(town):
    assert len(town.reports) == 2304
    assert len({row["category"].pk for row in town.reports}) > 25


def test_every_place_lies_in_one_unit_grid_or_outside_the_ground(town):
    units = Grid.objects.units().filter(district=town.district)
    areas = {grid.code: shape(grid.boundary) for grid in units.only("code", "boundary")}
    tree, codes = shapely.STRtree(list(areas.values())), list(areas)
    outside = 0
    for row in town.reports:
        place = shapely.Point(row["lon"], row["lat"])
        found = locate.locate(town.district, row["lon"], row["lat"])
        around = {codes[at] for at in tree.query(place, predicate="intersects")}
        assert {found} - {None} <= around
        assert (found is None) == (not around)
        outside += found is None

    assert 0 < outside < 300
    assert len(town.reports) - outside > 2000


def test_a_slice_of_the_day_is_taken_in_routed_and_clocked(town):
    rows = town.reports[:: len(town.reports) // SLICE][:SLICE]

    accepted, refused = run(town, rows)

    assert len(accepted) + sum(refused.values()) == len(rows) == SLICE
    assert set(refused) == {"outside"}
    check(town, accepted)
    assert len({case.department_id for case in accepted}) > 5
    units = {case.standard.limit_unit for case in accepted}
    assert {"urgent_hours", "working_hours", "working_days"} <= units


def test_reports_through_the_form_are_kept_or_refused_with_the_reason(town, client):
    enter(client, town.staff)
    step = len(town.reports) // BY_FORM
    rows = [*town.reports[::step][:BY_FORM], {**town.reports[0], "lon": 0.0, "lat": 0.0}]
    outcomes = Counter()
    for row in rows:
        place = client.get(
            reverse("cases:report_place"), {"lon": row["lon"], "lat": row["lat"]}
        ).json()
        words = {
            "client_uuid": str(uuid.uuid4()),
            "category": row["category"].pk,
            "grid": place["grid"] or "",
            "lon": row["lon"],
            "lat": row["lat"],
            "source": "hotline",
            "description": f"{row['type']}: {row['descriptor']}",
        }
        answer = client.post(reverse("cases:report"), words)
        if answer.status_code == 200:  # the same was reported nearby: it is another one
            answer = client.post(reverse("cases:report"), words | {"seen": "1"})
        if place["grid"] is None:
            assert answer.status_code == 422
            assert "请选择网格" in answer.content.decode()
            outcomes["refused"] += 1
            continue
        assert answer.status_code == 302
        case = Case.objects.get(client_uuid=words["client_uuid"])
        assert (case.grid_id, case.lon) == (place["grid"], row["lon"])
        assert case.step_due_at is not None
        outcomes["accepted"] += 1

    assert outcomes["accepted"] + outcomes["refused"] == len(rows)
    assert outcomes["refused"] >= 1
    assert Case.objects.filter(reporter=town.staff).count() == outcomes["accepted"]


@pytest.mark.soak
def test_the_whole_day_is_taken_in_routed_and_clocked(town):
    accepted, refused = run(town, town.reports)

    assert len(accepted) + sum(refused.values()) == 2304
    assert set(refused) == {"outside"}
    check(town, accepted)
    assert Case.objects.filter(reporter=town.staff).count() == len(accepted)
    days = timedelta(days=60)
    assert all(case.due_at < timezone.now() + days for case in accepted)
