"""Imports stand inside: pytest reads this file before Django is set up."""

import copy
from datetime import date

import pytest
import time_machine


@pytest.fixture(scope="module")
def standing_office(standing_rows):
    from tests.cases.office import open_office

    return standing_rows(open_office)


@pytest.fixture
def office(standing_office):
    from django.core.cache import cache

    from tests.cases.office import open_office

    cache.clear()
    return copy.deepcopy(standing_office) or open_office()


@pytest.fixture
def friday_before_noon():
    with time_machine.travel("2026-11-20T11:50:00+08:00"):
        yield


@pytest.fixture
def friday_afternoon():
    with time_machine.travel("2026-11-20T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def calendar(db):
    from cases.calendar import working_days
    from tests import factories

    return working_days.ensure_calendar(factories.district(), today=date(2026, 11, 22))


@pytest.fixture
def boss(db):
    from tests import factories

    return factories.staff("administrator", factories.district())
