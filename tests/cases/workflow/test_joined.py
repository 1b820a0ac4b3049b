"""Who added himself to a case follows it: sight, and nothing else."""

import pytest

from cases import workflow
from cases.models import Case
from grids.scope import Scope
from tests import factories
from tests.cases.office import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbour():
    """A worker of another community of the district."""
    return factories.staff("grid_worker", factories.unit("370402001029001"))


def test_somebody_who_joined_sees_the_case_once_and_does_no_step(office, neighbour):
    case = report(office)
    assert not Case.objects.visible_to(neighbour).exists()
    workflow.support(case, by=neighbour, note="我也看到了")
    other = factories.staff("grid_worker", factories.unit("370402001029001"))
    workflow.support(case, by=other, note="")

    assert list(Case.objects.visible_to(neighbour)) == [case]
    fresh = Scope.of(type(neighbour).objects.get(pk=neighbour.pk))
    assert fresh.grants("case.view", case)
    assert not fresh.grants("case.solve", case)
    assert not fresh.grants("case.evaluate", case)
    assert set(case.events.visible_to(neighbour)) == set(case.events.all())


def test_joining_opens_no_other_case(office, neighbour):
    case, another = report(office), report(office, "2026-11-20 09:30")
    workflow.support(case, by=neighbour, note="")

    assert another not in Case.objects.visible_to(neighbour)
    assert not Scope.of(neighbour).grants("case.view", another)
