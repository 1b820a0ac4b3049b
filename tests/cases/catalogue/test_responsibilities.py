"""Which department answers for a category in a grid."""

import pytest

from cases.catalogue import responsibilities
from cases.models import Responsibility
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_responsibility_holds_in_the_district_of_its_grid():
    made = Responsibility(
        grid=make.street(), category=make.category(), department=make.department()
    )

    responsibilities.keep(made)

    made.refresh_from_db()
    assert made.district_id == make.street().district_id == make.district().pk
