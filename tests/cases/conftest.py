"""Imports stand inside: pytest reads this file before Django is set up."""

from datetime import date

import pytest
import time_machine


@pytest.fixture
def office():
    from tests.cases.office import open_office

    return open_office()


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
