"""The tree holds its own invariants, whoever writes to it."""

import pytest
from django.db import IntegrityError, transaction

from grids.models import Grid
from grids.refusal import Refused
from grids.tree import add_grid
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_new_grid_knows_its_district_and_its_path():
    unit = make.unit("370402001028001")

    assert unit.path == "370402/370402001/370402001028/370402001028B01/370402001028001/"
    assert unit.district.code == "370402"


def test_everything_below_a_street_is_found_by_its_path():
    make.unit("370402001028001")
    make.unit("370402002001001")

    below = Grid.objects.below(make.street("370402001")).values_list("code", flat=True)

    assert sorted(below) == [
        "370402001",
        "370402001028",
        "370402001028001",
        "370402001028B01",
    ]


def test_a_unit_grid_cannot_lie_directly_under_a_community():
    with pytest.raises(Refused):
        add_grid(
            parent=make.community(),
            code="370402001028009",
            name="x",
            tier="unit",
            valid_from=make.LONG_AGO,
        )


def test_the_database_refuses_a_parent_that_is_not_one_tier_above():
    unit = make.unit()

    with pytest.raises(IntegrityError, match="one_tier_below"), transaction.atomic():
        Grid.objects.filter(pk=unit.pk).update(parent=make.community())


def test_a_code_is_issued_once():
    make.unit("370402001028001")

    with pytest.raises(IntegrityError, match="issued_once"), transaction.atomic():
        add_grid(
            parent=make.base(),
            code="370402001028001",
            name="again",
            valid_from=make.LONG_AGO,
        )


def test_a_row_cannot_lie_in_a_grid_of_another_district():
    home = make.household()

    with pytest.raises(IntegrityError, match="grid_of_district"), transaction.atomic():
        type(home).objects.filter(pk=home.pk).update(district=make.district("520602", "碧江区"))
