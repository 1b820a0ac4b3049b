"""Who is on duty on a day: the one statement that messages, alarms and digests build on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from grids.models import Posting, StandIn
from grids.people.on_duty import on_duty
from tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = timedelta(days=1)


def holders(day=TODAY):
    """{(staff_id, role)} of the postings of a day."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT staff_id, role FROM {on_duty('%(day)s')} post", {"day": day})
        return set(cursor.fetchall())


@pytest.fixture
def worker():
    return make.staff("grid_worker")


@pytest.fixture
def colleague():
    return make.staff()


def stand_in(staff, colleague, since=TODAY, until=TODAY):
    StandIn.objects.create(
        district_id=staff.district_id,
        staff=staff,
        stand_in=colleague,
        since=since,
        until=until,
        by=staff,
    )


def test_who_is_posted_is_on_duty(worker):
    assert holders() == {(worker.pk, "grid_worker")}


def test_who_is_away_is_stood_in_for_on_these_days_only(worker, colleague):
    stand_in(worker, colleague, TODAY, TODAY + DAY)

    on = [holders(TODAY + n * DAY) for n in (-1, 0, 1, 2)]

    own, others = {(worker.pk, "grid_worker")}, {(colleague.pk, "grid_worker")}
    assert on == [own, others, others, own]


def test_a_posting_holds_from_its_first_to_its_last_day(worker):
    Posting.objects.update(since=TODAY, until=TODAY + DAY)

    assert [bool(holders(TODAY + n * DAY)) for n in (-1, 0, 1, 2)] == [False, True, True, False]


def test_somebody_without_an_active_account_is_not_on_duty(worker, colleague):
    stand_in(worker, colleague)
    assert holders() == {(colleague.pk, "grid_worker")}

    colleague.is_active = False
    colleague.save(update_fields=["is_active"])

    assert holders() == set()
