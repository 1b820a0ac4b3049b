import copy
import itertools

import pytest

_count = itertools.count(1)


@pytest.fixture(scope="module")
def standing_ground(standing_rows):
    return standing_rows(_two_grids)


@pytest.fixture
def ground(standing_ground, db):
    """Two unit grids of a community, and the dictionaries of the registers."""
    from django.core.cache import cache

    cache.clear()
    return copy.deepcopy(standing_ground) or _two_grids()


def _two_grids():
    from gridmgmt import dictionaries
    from tests import factories

    dictionaries.seed_registers()
    return factories.unit("370402001028001"), factories.unit("370402001028002")


@pytest.fixture
def workbook(tmp_path):
    """workbook(rows, heads=..., above=...) -> path."""
    from tests.residents.workbooks import write

    return lambda rows, **options: write(
        tmp_path / f"register-{next(_count)}.xlsx", rows, **options
    )


@pytest.fixture
def enter(client):
    """enter("grid_leader", grid) -> the person; the client is logged in."""
    from tests import factories

    def log_in(role, grid):
        person = factories.staff(role, grid)
        client.force_login(person)
        return person

    return log_in


@pytest.fixture
def worker(ground):
    from tests import factories

    return factories.staff("grid_worker", ground[0])


@pytest.fixture
def leader(enter, ground):
    return enter("grid_leader", ground[0])
