import json
import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from grids.models import Notification
from inspections import tasks
from inspections.cadence import schedules
from inspections.models import Reminder, Schedule
from inspections.telling import reminders
from inspections.visits import rounds
from tests import factories

MORNING = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = date(2026, 11, 23)  # a Monday
COUNTS = ("coming", "due", "overdue", "digests")


def plan(*days):
    """One household for each of `days`; its home visit is due so many days from today."""
    homes = [factories.household() for _ in days]
    schedules.plan_all(TODAY)
    Schedule.objects.update(next_due_on=TODAY + timedelta(days=300))
    for home, day in zip(homes, days, strict=True):
        home.schedules.filter(rule__mode="home").update(next_due_on=TODAY + timedelta(days=day))
    return homes


def remind(now=MORNING):
    report = reminders.remind(now)
    return tuple(report[name] for name in COUNTS)


@pytest.mark.django_db
def test_each_target_is_announced_once_as_coming_due_and_overdue():
    plan(3, 5, 0, -1, -2, -30, 200)

    assert remind() == (2, 1, 3, 0)
    assert remind() == (0, 0, 0, 0)
    assert remind(MORNING + timedelta(days=3)) == (0, 1, 1, 0)


@pytest.mark.django_db
def test_a_household_with_visit_and_call_due_is_one_target():
    plan(0)[0].schedules.update(next_due_on=TODAY)

    assert remind()[1] == 1
    assert Reminder.objects.count() == 2


@pytest.mark.django_db
def test_a_worker_gets_one_digest_a_day_and_it_says_what_the_day_shows():
    plan(0, 0, -4, 2)[0].schedules.filter(rule__mode="call").update(next_due_on=TODAY)
    worker = factories.staff("grid_worker")

    assert remind()[3] == 1
    assert remind(MORNING + timedelta(minutes=1)) == (0, 0, 0, 0)

    digest = Notification.objects.get(recipient=worker)
    shown = rounds.todays_round(worker, TODAY)
    assert (shown.homes, shown.calls, shown.late) == (3, 0, 1)
    assert digest.title == "今日走访 3 户，电话 0 户；其中逾期 1 户；近期到期 1 户"
    assert digest.url == "/today/"
    assert remind(MORNING + timedelta(days=1))[3] == 1


@pytest.mark.django_db
def test_who_has_nothing_due_hears_nothing():
    plan(200)
    factories.staff("grid_worker")

    assert remind() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_only_those_posted_to_the_grid_on_that_day_are_told():
    plan(0)
    factories.staff("grid_worker", factories.unit("370402001028002"))
    factories.staff("grid_worker", since=TODAY + timedelta(days=1))
    factories.staff("grid_worker", is_active=False)
    factories.staff("supervisor", factories.street())
    above = factories.staff("grid_worker", factories.base())

    remind()

    assert [note.recipient for note in Notification.objects.all()] == [above]


@pytest.mark.django_db
def test_a_building_steward_hears_of_his_own_building_only():
    plan(0, 0)
    Schedule.objects.last().household.dwelling.__class__.objects.filter(
        pk=Schedule.objects.last().household.dwelling_id
    ).update(building=factories.building(name="2号楼"))
    steward = factories.staff("building_steward", building=factories.building(name="2号楼"))

    remind()

    assert Notification.objects.get(recipient=steward).title.startswith("今日走访 1 户")


@pytest.mark.django_db
def test_leaders_hear_only_of_what_became_overdue():
    plan(0)
    leader = factories.staff("grid_leader", factories.community())

    assert remind() == (0, 1, 0, 0)
    assert remind(MORNING + timedelta(days=1)) == (0, 0, 1, 1)
    assert remind(MORNING + timedelta(days=2)) == (0, 0, 0, 0)

    note = Notification.objects.get(recipient=leader)
    assert (note.title, note.url) == ("新增逾期走访 1 户", "/visits/overdue/")


@pytest.mark.django_db
def test_after_days_without_the_server_only_the_latest_step_is_announced():
    plan(-10)

    assert remind() == (0, 0, 1, 0)


@pytest.mark.django_db
def test_a_visit_ends_the_reminders_until_the_next_date():
    home = plan(0)[0]
    remind()
    schedules.move(home, mode="home", on=TODAY)

    assert remind(MORNING + timedelta(days=1)) == (0, 0, 0, 0)
    assert remind(MORNING + timedelta(days=181)) == (0, 1, 1, 0)


@pytest.mark.django_db
def test_the_day_is_the_day_of_the_office_not_of_utc():
    plan(0)

    assert remind(datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai")))[1] == 0
    assert remind(datetime(2026, 11, 22, 16, 30, tzinfo=ZoneInfo("UTC")))[1] == 1


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_announce_each_date_once():
    plan(*[0, -3, 2] * 20)
    factories.staff("grid_worker")
    reports, barrier = [], threading.Barrier(2)

    def run():
        barrier.wait()
        try:
            reports.append(remind())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [sum(counts) for counts in zip(*reports, strict=True)] == [20, 20, 20, 1]
    assert Reminder.objects.count() == 60


@pytest.mark.django_db
def test_the_command_prints_one_json_object(capsys):
    plan(0)

    call_command("remind", now="2026-11-23T08:00:00+08:00", json=True)

    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["now", *COUNTS, "seconds"]
    assert (report["due"], report["now"]) == (1, "2026-11-23T08:00:00+08:00")


@pytest.mark.parametrize("text", ["2026-11-22T08:00:00", "2026-11-22", "tomorrow"])
def test_a_moment_without_offset_is_refused(text):
    with pytest.raises(CommandError, match="2026-11-22T09:00:00\\+08:00"):
        call_command("remind", now=text)


@pytest.mark.django_db
def test_the_tasks_of_beat_plan_and_remind():
    home = factories.household()

    tasks.plan_schedules()
    home.schedules.update(next_due_on=TODAY - timedelta(days=900))
    tasks.remind()

    assert set(Reminder.objects.values_list("stage", flat=True)) == {"overdue"}


@pytest.mark.django_db
def test_what_stays_overdue_is_in_the_digest_of_every_morning():
    plan(-30)
    factories.staff("grid_worker")
    remind()

    assert remind(MORNING + timedelta(days=1)) == (0, 0, 0, 1)
    assert remind(MORNING + timedelta(days=1, minutes=1)) == (0, 0, 0, 0)


@pytest.mark.django_db
def test_reminding_takes_the_same_number_of_statements_for_few_and_many():
    def statements(now):
        with CaptureQueriesContext(connection) as captured:
            reminders.remind(now)
        return len(captured)

    plan(0, -1, 2)
    few = statements(MORNING + timedelta(days=1))
    plan(*[0, -1, 2] * 10)

    assert statements(MORNING + timedelta(days=2)) == few
