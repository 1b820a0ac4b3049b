import pytest


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """A test is one transaction, of which the thread that renews a lease sees nothing."""
    from grids.jobs import lease

    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)


@pytest.fixture
def gone(ground):
    from tests.residents.retention.gone import somebody_gone

    return somebody_gone(ground[0])


@pytest.fixture
def visited(gone):
    from tests.residents.retention.gone import visit_to

    return visit_to(gone)


@pytest.fixture
def boss(ground):
    from tests import factories as make

    return make.staff("administrator", make.district())
