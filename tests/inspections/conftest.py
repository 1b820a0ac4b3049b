"""Imports stand inside: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture
def today():
    from django.utils import timezone

    return timezone.localdate()


@pytest.fixture
def home():
    from tests import factories

    return factories.household()


@pytest.fixture
def worker(client, home):
    """Of the home's grid, logged in."""
    from tests import factories

    worker = factories.staff("grid_worker", home.grid)
    client.force_login(worker)
    return worker
