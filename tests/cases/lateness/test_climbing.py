"""A late case left alone with a real beat and a real worker: it climbs, whatever happens to them."""

import signal
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases import workflow
from cases.lights import GREEN, RED, YELLOW, light
from cases.models import Alarm, Case, CaseEvent, LadderPolicy, SupervisionSlip
from gridmgmt.running import localstack
from grids.models import Notification
from tests import database, factories
from tests.cases.office import open_office

pytestmark = pytest.mark.worker
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

DEPARTMENT = {"handler", "second_handler", "coordinator"}
GRID, COMMUNITY = {"worker", "colleague"}, {"leader", "clerk"}
TOLD = [
    DEPARTMENT,
    DEPARTMENT | GRID,
    DEPARTMENT | GRID | COMMUNITY,
    DEPARTMENT | GRID | COMMUNITY | {"supervisor"},
    DEPARTMENT | GRID | COMMUNITY | {"supervisor", "dispatcher", "head"},
]


def in_hand(office, standard):
    """A case that a department works on, under a limit that runs from now."""
    case = workflow.report(
        by=office.worker,
        grid=office.unit,
        category=standard.category,
        title="井盖缺失",
        source="patrol",
    )
    workflow.register(case, by=office.supervisor, standard=standard)
    workflow.dispatch(case, by=office.supervisor, to=office.department)
    workflow.accept(case, by=office.handler)
    return case


def people_told(office, case):
    """For each rung, the names of those told of it, one entry for each message."""
    names = {
        person.pk: name for name, person in vars(office).items() if hasattr(person, "username")
    }
    found = Notification.objects.filter(key__startswith=f"alarm:{case.pk}:")
    told = {}
    for key, recipient in found.values_list("key", "recipient"):
        told.setdefault(int(key.rsplit(":", 1)[1]), []).append(names[recipient])
    return told


def assert_climbed(office, case, *, told):
    """All rungs once, four slips, and these people at each of these rungs, each once."""
    fired = CaseEvent.objects.filter(case=case, kind="alarm").order_by("id")
    assert [event.data["level"] for event in fired] == [0, 1, 2, 3, 4]
    slips = SupervisionSlip.objects.filter(case=case).order_by("number")
    assert [slip.colour for slip in slips] == ["blue", "yellow", "orange", "red"]
    assert {slip.department for slip in slips} == {office.department}
    heard = people_told(office, case)
    assert set(heard) == set(told)
    for rung, people in heard.items():
        assert sorted(people) == sorted(TOLD[rung]), rung


def assert_numbers_without_a_gap():
    numbers = sorted(
        int(number.rsplit("-", 1)[1])
        for number in SupervisionSlip.objects.values_list("number", flat=True)
    )
    assert numbers == list(range(1, len(numbers) + 1))


def sweep_by_command(*arguments):
    """`manage.py escalate` in a process of its own, on the test's database."""
    import os
    import subprocess

    return subprocess.Popen(
        [sys.executable, "manage.py", "escalate", *arguments],
        cwd=localstack.ROOT,
        env=os.environ | {"DATABASE_URL": database.address_of(connection.settings_dict["NAME"])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def sweep_twice_at_once():
    both = [sweep_by_command(), sweep_by_command()]
    for process in both:
        output, _errors = process.communicate(timeout=60)
        assert process.returncode == 0, output.decode()


def sweep_with_a_clock_set_back():
    earlier = (timezone.localtime() - timedelta(hours=2)).isoformat()
    assert sweep_by_command("--now", earlier).wait(60) == 0


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def move(case, rung, to):
    """Let a rung of the case be reached at `to`, and the light with it."""
    Alarm.objects.filter(case=case, level=rung).update(fires_at=to)
    if rung == Alarm.Level.WARN:
        Case.objects.filter(pk=case.pk).update(warn_at=to, limit_warn_at=to)
    if rung == Alarm.Level.DUE:
        Case.objects.filter(pk=case.pk).update(due_at=to)


def has_fired(case, rung):
    return lambda: Alarm.objects.filter(case=case, level=rung, fired_at__isnull=False).exists()


def lamp(case):
    case.refresh_from_db()
    return light(case, timezone.now())


def test_a_case_climbs_alone_through_kills_doubled_sweeps_and_downtime(start_celery, wait_for):
    quick = {"app": "tests.quick_celery"}
    office = open_office(factories.standard(4, "urgent_hours"))
    case, late = (in_hand(office, office.standard) for _ in range(2))
    worker, beat = start_celery("worker", **quick), start_celery("beat", **quick)
    lamps = [lamp(case)]

    def reach(rung):
        move(case, rung, timezone.now() + SECOND)
        wait_for(has_fired(case, rung), 120)
        lamps.append(lamp(case))

    reach(0)
    kill(worker)
    move(case, 1, timezone.now())
    worker = start_celery("worker", **quick)
    wait_for(has_fired(case, 1), 120)
    lamps.append(lamp(case))
    kill(beat)
    beat = start_celery("beat", **quick)
    reach(2)
    move(case, 3, timezone.now())
    sweep_twice_at_once()
    wait_for(has_fired(case, 3), 120)
    sweep_with_a_clock_set_back()
    kill(worker)
    kill(beat)  # an hour of downtime, in which the other case passes every rung
    for rung in range(5):
        move(late, rung, timezone.now() - (60 - rung) * MINUTE)
    start_celery("worker", **quick)
    start_celery("beat", **quick)
    wait_for(has_fired(late, 4), 120)
    reach(4)

    assert lamps == [GREEN, YELLOW, RED, RED, RED]
    assert_climbed(office, case, told=[0, 1, 2, 3, 4])
    assert_climbed(office, late, told=[4])
    assert_numbers_without_a_gap()


@pytest.mark.soak
def test_ten_minutes_alone_with_a_limit_of_three(start_celery, wait_for):
    """Beat's own minute, a limit of 3 minutes, nobody touches the case: 1:30 yellow, then red at
    3:00, slips at 3:00, 4:30, 6:00 and 9:00; and accidents in between."""
    office = open_office(factories.standard(3, "minutes"))
    LadderPolicy.objects.create(district=factories.district(), warn_percent=50)
    worker, beat = start_celery("worker"), start_celery("beat")
    case, late = (in_hand(office, office.standard) for _ in range(2))
    begun, lamps = time.monotonic(), []
    for rung in range(5):  # this one is moved back by an hour while both are dead
        move(late, rung, timezone.now() + timedelta(hours=9))

    def watch(until):
        while time.monotonic() - begun < until:
            if lamp(case) not in lamps[-1:]:
                lamps.append(lamp(case))
            time.sleep(0.5)

    watch(100)
    kill(worker)
    worker = start_celery("worker")
    watch(185)
    kill(beat)
    beat = start_celery("beat")
    watch(271)
    sweep_twice_at_once()
    watch(300)
    sweep_with_a_clock_set_back()
    watch(430)
    kill(worker)
    kill(beat)
    for rung in range(5):
        move(late, rung, timezone.now() - (60 - rung) * MINUTE)
    watch(445)
    start_celery("worker")
    start_celery("beat")
    watch(540)
    wait_for(has_fired(case, 4), 75)
    watch(610)

    assert lamps == [GREEN, YELLOW, RED]
    assert_climbed(office, case, told=[0, 1, 2, 3, 4])
    assert_climbed(office, late, told=[4])
    assert_numbers_without_a_gap()
    moments = dict(Alarm.objects.filter(case=case).values_list("level", "fired_at"))
    planned = dict(Alarm.objects.filter(case=case).values_list("level", "fires_at"))
    for rung, moment in moments.items():
        assert timedelta() <= moment - planned[rung] < 75 * SECOND, rung


def test_sweeps_from_many_threads_at_once_double_nothing(transactional_db):
    """The lock inside one database: eight sweeps at the same moment."""
    from django.db import connection

    from cases.lateness import escalation

    office = open_office(factories.standard(4, "urgent_hours"))
    cases = [in_hand(office, office.standard) for _ in range(3)]
    later, done = timezone.now() + timedelta(hours=20), []

    def sweep():
        try:
            done.append(escalation.sweep(later))
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    escalation.sweep(later)

    assert sum(one["fired"] for one in done) <= 15
    for case in cases:
        assert_climbed(office, case, told=[4])
    assert_numbers_without_a_gap()
