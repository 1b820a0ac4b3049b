"""Which departments serve a place."""

import pytest

from grids.models import Department
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_place_is_served_by_the_departments_of_its_street_and_of_its_district():
    of_street = make.department("综合执法队", make.street("370402001"))
    of_district = make.department("城市管理局", make.district("370402"))
    make.department("综合执法队", make.street("370402002"))
    make.department("城市管理局", make.district("520602", "碧江区"))

    serving = Department.objects.serving(make.unit("370402001028001"))

    assert set(serving) == {of_street, of_district}


def test_a_department_that_was_dissolved_serves_nobody():
    make.department("城市管理局", is_active=False)
    heir = make.department("综合行政执法局")

    assert list(Department.objects.serving(make.unit())) == [heir]
