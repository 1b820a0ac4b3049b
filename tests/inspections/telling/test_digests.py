"""The digest of the morning: at the hour that was chosen, once, and not on days off."""

import threading
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import CalendarDay, WorkCalendar
from grids.models import Notification, StandIn
from inspections.cadence import schedules
from inspections.models import DigestDay, Reminder, Schedule
from inspections.telling import digest_hours, reminders
from tests import factories

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
SATURDAY = date(2026, 11, 28)
DAY = timedelta(days=1)


@pytest.fixture
def worker():
    home = factories.household()
    schedules.plan_all(MONDAY)
    home.schedules.update(next_due_on=MONDAY + timedelta(days=300))
    home.schedules.filter(rule__mode="home").update(next_due_on=MONDAY)
    return factories.staff("grid_worker", home.grid)


def remind(hour, minute=0, day=MONDAY):
    now = datetime.combine(day, time(hour, minute), ZoneInfo("Asia/Shanghai"))
    return reminders.remind(now)["digests"]


def test_the_digest_comes_at_half_past_seven_and_not_before(worker):
    assert [remind(0, 1), remind(7, 29), remind(7, 30), remind(7, 31)] == [0, 0, 1, 0]


def test_whoever_chose_another_hour_gets_it_then(worker):
    other = factories.staff("grid_worker")
    digest_hours.choose(worker, time(6))
    digest_hours.choose(other, time(9, 30))

    assert [remind(6), remind(7, 30), remind(9, 29), remind(9, 30)] == [1, 0, 0, 1]
    told = Notification.objects.order_by("pk").values_list("recipient", flat=True)
    assert list(told) == [worker.pk, other.pk]


def test_a_server_that_was_away_in_the_morning_tells_later_and_once(worker):
    digest_hours.choose(factories.staff("grid_worker"), time(6))

    assert [remind(11), remind(11, 1)] == [2, 0]


def test_a_later_choice_brings_no_second_digest(worker):
    remind(7, 30)
    digest_hours.choose(worker, time(9))

    assert remind(9) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["visits_due", "visits_overdue"])
def test_a_run_that_was_killed_leaves_nothing_behind_and_the_next_one_tells_once(worker, kind):
    leader = factories.staff("grid_leader", factories.community())
    Schedule.objects.filter(next_due_on=MONDAY).update(next_due_on=MONDAY - DAY)
    reader = {"visits_due": worker, "visits_overdue": leader}[kind]
    pid, told, errors = [], threading.Event(), []

    def run():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid.append(cursor.fetchone()[0])
        told.set()
        try:
            remind(7, 30)
        except OperationalError as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():  # the digest waits for this row, and is killed while it does
        Notification.objects.create(
            recipient=reader,
            kind=kind,
            title="x",
            key=f"{kind}-{MONDAY}",
            created_at=timezone.now(),
        )
        thread.start()
        told.wait()
        _kill_when_it_waits(pid[0])
        thread.join()
        transaction.set_rollback(True)

    assert len(errors) == 1
    left = (Notification, Reminder, DigestDay)
    assert not any(model.objects.exists() for model in left)
    assert [remind(7, 30), remind(7, 31)] == [2, 0]
    told = Notification.objects.order_by("pk").values_list("recipient", flat=True)
    assert list(told) == [worker.pk, leader.pk]


def _kill_when_it_waits(pid):
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid = %s AND wait_event_type = 'Lock'",
                [pid],
            )
            if cursor.fetchone():
                return
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.05)")
    raise AssertionError("The run never came to the digests.")


def test_on_days_off_nobody_is_told_and_the_next_working_day_covers_them(worker):
    leader = factories.staff("grid_leader", factories.community())
    home = factories.household()
    schedules.plan_all(MONDAY)
    home.schedules.update(next_due_on=MONDAY + timedelta(days=300))
    home.schedules.filter(rule__mode="home").update(next_due_on=SATURDAY - timedelta(days=1))
    remind(8, day=SATURDAY - timedelta(days=1))
    before = Notification.objects.filter(recipient=leader).count()

    weekend = [remind(8, day=SATURDAY + timedelta(days=number)) for number in (0, 1)]
    remind(8, day=SATURDAY + timedelta(days=2))

    assert weekend == [0, 0]
    told = Notification.objects.filter(recipient=leader).order_by("-pk")
    assert told.count() == before + 1
    assert told[0].title == "新增逾期走访 1 户"


def test_a_saturday_that_is_worked_has_a_digest(worker):
    calendar = WorkCalendar.objects.create(district=factories.district(), name="市中区工作日历")
    CalendarDay.objects.create(calendar=calendar, day=SATURDAY, hours=[["08:30", "12:00"]])

    assert remind(8, day=SATURDAY) == 1


def test_who_stands_in_gets_the_digest_of_the_absent_one(worker):
    stand_in = factories.staff("grid_worker", factories.unit("370402001028002"), full_name="替班员")
    StandIn.objects.create(
        district=factories.district(),
        staff=worker,
        stand_in=stand_in,
        since=MONDAY,
        until=MONDAY,
        by=worker,
    )

    remind(8)
    remind(8, day=MONDAY + timedelta(days=1))

    told = Notification.objects.order_by("pk").values_list("recipient", flat=True)
    assert list(told) == [stand_in.pk, worker.pk]


def test_the_hour_is_chosen_on_a_page(client, worker):
    client.force_login(worker)
    page = reverse("inspections:digest")
    assert 'value="07:30" selected' in client.get(page).content.decode()

    assert client.post(page, {"at": "06:00"}).status_code == 302
    assert client.post(page, {"at": "03:00"}).status_code == 422

    assert digest_hours.hour_of(worker) == time(6)
