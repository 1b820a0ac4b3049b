"""What stands in the database for all tests of a module, and who of them gets the database."""

import pytest

from grids.models import Grid
from tests import factories as make


@pytest.fixture(scope="module")
def standing(standing_rows):
    return standing_rows(make.district)


def test_whoever_reads_standing_rows_is_among_those_with_a_database(request, standing):
    """Otherwise it runs after all others, when the database of its worker may be gone."""
    assert request.node.get_closest_marker("django_db")
    assert Grid.objects.filter(pk=standing.pk).exists()


def test_who_reads_no_row_gets_no_database(request):
    assert not request.node.get_closest_marker("django_db")
    with pytest.raises(RuntimeError, match="not allowed"):
        Grid.objects.exists()
