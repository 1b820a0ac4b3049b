"""Who answers for a matter in a place."""

import pytest

from cases.models import Responsibility
from cases.workflow.routing import department_for
from tests import factories

pytestmark = pytest.mark.django_db


def answer_for(category, grid, department):
    return Responsibility.objects.create(
        district_id=grid.district_id,
        grid=grid,
        category=category,
        department=department,
    )


def test_the_most_specific_responsibility_on_the_way_up_routes():
    unit, category = factories.unit(), factories.category()
    of_district = factories.department("区水务局", line="water")
    of_street = factories.department("街道水务站", grid=factories.street(), line="water")
    answer_for(category, factories.street(), of_street)
    answer_for(category, factories.district(), of_district)

    assert department_for(category, unit) == of_street
    assert department_for(category, factories.unit("370402002001001")) == of_district


def test_a_responsibility_elsewhere_or_for_something_else_does_not_route():
    category = factories.category()
    neighbour = factories.department(
        "邻街道水务站", grid=factories.street("370402002"), line="water"
    )
    answer_for(category, factories.street("370402002"), neighbour)
    answer_for(factories.category("路灯不亮"), factories.street(), factories.department())

    assert department_for(category, factories.unit()) is None


def test_without_a_responsibility_the_line_of_the_standard_routes_to_the_nearest_department():
    standard = factories.standard(default_line="fire")
    of_district = factories.department("区消防大队", line="fire")
    assert department_for(standard.category, factories.unit(), standard) == of_district

    of_street = factories.department("街道消防所", grid=factories.street(), line="fire")
    assert department_for(standard.category, factories.unit(), standard) == of_street


def test_a_department_that_was_closed_gets_nothing():
    standard = factories.standard(default_line="fire")
    closed = factories.department("区消防大队", line="fire", is_active=False)
    answer_for(standard.category, factories.district(), closed)

    assert department_for(standard.category, factories.unit(), standard) is None


def test_another_districts_department_never_answers():
    standard = factories.standard(default_line="fire")
    factories.department("碧江消防", grid=factories.district("520602", "碧江区"), line="fire")

    assert department_for(standard.category, factories.unit(), standard) is None
