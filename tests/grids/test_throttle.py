"""How often one person may search, look, export, upload and report: counted in a real Redis."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from grids import throttle

NOON = dt.datetime(2026, 11, 24, 4, 0, 20, tzinfo=dt.UTC)  # 12:00:20 in the office


@pytest.fixture(autouse=True)
def limits(settings):
    cache.clear()
    settings.THROTTLES = {"search": [(2, 60), (3, 3600)], "reveal": [(1, 86400)], "export": []}


def spent(name="search", who=7, **later):
    return throttle.spend(name, who, now=NOON + dt.timedelta(**later))


def test_one_more_than_allowed_waits_until_the_minute_is_over():
    assert [spent(), spent()] == [None, None]

    assert spent() == timezone.localtime(NOON).replace(minute=1, second=0)
    assert spent(seconds=40) is None


def test_the_hour_counts_across_its_minutes():
    assert [spent(minutes=minute) for minute in range(3)] == [None, None, None]

    assert spent(minutes=3) == timezone.localtime(NOON).replace(hour=13, minute=0, second=0)
    assert spent(hours=1) is None


def test_a_day_ends_at_midnight_of_the_office():
    assert spent("reveal") is None

    again_at = spent("reveal", hours=11)
    assert again_at.isoformat() == "2026-11-25T00:00:00+08:00"
    assert spent("reveal", hours=12) is None


def test_each_person_and_each_kind_is_counted_alone():
    assert [spent(), spent()] == [None, None]
    assert spent()

    assert spent(who=8) is None
    assert spent("reveal") is None


def test_what_has_no_limit_is_not_counted():
    assert [spent("export") for _ in range(5)] == [None] * 5


def test_a_dead_redis_keeps_nobody_out(breakable_redis):
    assert [spent("reveal"), bool(spent("reveal"))] == [None, True]

    breakable_redis.kill()
    assert spent("reveal") is None


@pytest.mark.parametrize(("wait", "seconds"), [(0, 1), (0.4, 1), (1.2, 1), (59.6, 60), (-5, 1)])
def test_the_wait_is_told_in_whole_seconds_and_is_never_none(wait, seconds):
    limit = throttle.TooOften("search", NOON + dt.timedelta(seconds=wait))

    assert limit.seconds(NOON) == seconds
    assert str(limit).startswith("search until 04:0")
    assert limit.label == throttle.LABELS["search"]
