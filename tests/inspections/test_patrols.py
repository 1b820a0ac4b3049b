"""Patrols: two a day, one tap when nothing was found, only by who is on duty."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from inspections import patrols
from inspections.models import Patrol, PatrolPoint, PatrolRule
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return factories.unit()


@pytest.fixture
def worker(client, unit):
    worker = factories.staff("grid_worker", unit)
    client.force_login(worker)
    return worker


def walk(client, unit, **fields):
    fields = {"found": "nothing", "client_uuid": str(uuid.uuid4())} | fields
    return client.post(reverse("inspections:walk", args=[unit.pk]), fields)


def test_nothing_found_is_one_tap_and_a_good_answer(client, worker, unit, today):
    answer = walk(client, unit)

    assert answer.url == reverse("inspections:today")
    patrol = Patrol.objects.get()
    assert (patrol.number, patrol.found_nothing, patrol.day) == (1, True, today)
    page = client.get(answer.url)
    [beat] = page.context["beats"]
    assert (beat.done, beat.wanted) == (1, 2)


def test_something_found_goes_on_to_the_report_of_the_grid(client, worker, unit):
    answer = walk(client, unit, found="something")

    assert answer.url.startswith(reverse("cases:report"))
    assert f"grid={unit.pk}" in answer.url
    assert str(Patrol.objects.get().client_uuid) in answer.url
    assert client.get(answer.url).status_code == 200


def test_the_same_patrol_sent_twice_is_one(client, worker, unit):
    key = str(uuid.uuid4())

    walk(client, unit, client_uuid=key)
    walk(client, unit, client_uuid=key)

    assert Patrol.objects.count() == 1


def test_each_patrol_takes_the_next_number_of_its_day(worker, unit, today):
    for day in (today, today, today - dt.timedelta(days=1)):
        patrols.log(unit, by=worker, day=day, found_nothing=True)

    found = Patrol.objects.order_by("pk").values_list("day", "number")
    assert list(found) == [
        (today, 1),
        (today, 2),
        (today - dt.timedelta(days=1), 1),
    ]


@pytest.mark.parametrize("days", [1, -4])
def test_a_day_that_cannot_be_is_refused_at_the_form(client, worker, unit, today, days):
    answer = walk(client, unit, day=(today + dt.timedelta(days=days)).isoformat())

    assert answer.status_code == 422
    assert not Patrol.objects.exists()


def test_only_who_is_on_duty_in_the_grid_walks_it(client, worker):
    other = factories.unit("370402001028002")

    assert walk(client, other).status_code == 404
    with pytest.raises(Refused):
        patrols.log(other, by=worker, day=timezone.localdate(), found_nothing=True)


def test_the_rule_of_the_nearest_place_counts(unit, worker, today):
    beside = factories.unit("370402001029001")
    community, district = unit.parent.parent, factories.district()
    for place, number in ((district, 3), (community, 1)):
        PatrolRule.objects.create(district=district, grid=place, per_day=number)

    assert patrols.wanted_in([unit, beside], today) == {unit.pk: 1, beside.pk: 3}


def test_no_patrol_is_wanted_on_a_day_off_where_the_rule_says_so(unit, worker):
    district = factories.district()
    PatrolRule.objects.create(district=district, grid=district, per_day=2, on_days_off=False)
    sunday, monday = dt.date(2026, 11, 22), dt.date(2026, 11, 23)

    assert patrols.wanted_in([unit], sunday) == {unit.pk: 0}
    assert patrols.wanted_in([unit], monday) == {unit.pk: 2}


def test_the_way_is_kept_in_order_and_a_point_that_goes_stays_on_record(client, worker, unit):
    address = reverse("inspections:points", args=[unit.pk])

    client.post(address, {"lines": "东门：道闸、消防通道\n配电房\n"})
    client.post(address, {"lines": "配电房: 门锁\n南门"})

    assert list(patrols.points_of(unit).values_list("name", "look_at")) == [
        ("配电房", "门锁"),
        ("南门", ""),
    ]
    assert PatrolPoint.objects.get(name="东门").ended_on is not None
    assert "南门" in client.get(reverse("inspections:walk", args=[unit.pk])).text


def test_a_point_that_stands_there_twice_is_named(client, worker, unit):
    address = reverse("inspections:points", args=[unit.pk])

    answer = client.post(address, {"lines": "东门\n西门\n东门"})

    assert answer.status_code == 422
    assert "3" in answer.context["form"].errors["lines"][0]
    assert not PatrolPoint.objects.exists()


def test_a_supervisor_reads_how_the_day_stands(client, unit, today):
    factories.unit("370402001028002")
    walker = factories.staff("grid_worker", unit)
    patrols.log(unit, by=walker, day=today, found_nothing=True)
    client.force_login(factories.staff("supervisor", factories.street()))

    page = client.get(reverse("inspections:patrols"))

    assert (page.context["done"], page.context["wanted"]) == (1, 4)
    assert page.context["short"] == 2
    assert [one.by for one in page.context["patrols"]] == [walker]


def test_an_administrator_sets_how_many(client, unit, today):
    client.force_login(factories.staff("administrator", factories.district()))

    answer = client.post(reverse("inspections:patrol_rule"), {"per_day": 3})

    assert answer.status_code == 302
    assert patrols.wanted_in([unit], timezone.localdate())[unit.pk] in (0, 3)
