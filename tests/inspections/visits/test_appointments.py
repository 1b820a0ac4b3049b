"""Agreed on by phone, nobody home, reminders to oneself: what the round of the day makes of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from inspections.cadence import schedules
from inspections.models import Appointment, DiaryItem, Schedule
from inspections.visits import appointments, rounds, visit_log
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(home, today):
    schedules.ensure_rules(home.district)
    schedules.plan(home.district, today)
    Schedule.objects.update(next_due_on=today)


def stops(staff, day):
    day_round = rounds.todays_round(staff, day)
    return [stop for entrance in day_round.entrances for stop in entrance.stops]


def test_a_household_with_an_appointment_waits_for_its_day(home, worker, due, today):
    appointments.make(home, by=worker, on=today + timedelta(days=2), part="evening")

    assert stops(worker, today) == []
    [stop] = stops(worker, today + timedelta(days=2))
    assert stop.appointment.part == "evening"


def test_an_appointment_brings_somebody_who_is_not_due(home, worker, today):
    appointments.make(home, by=worker, on=today, part="morning")

    [stop] = stops(worker, today)

    assert (stop.key, stop.appointment.part) == (home.pk, "morning")


def test_a_new_appointment_takes_the_place_of_the_old_one(home, worker, today):
    for days in (1, 3):
        appointments.make(home, by=worker, on=today + timedelta(days=days), part="evening")

    standing = appointments.open_of(Appointment.objects.all()).get()
    assert standing.on == today + timedelta(days=3)


def test_the_visit_keeps_the_appointment(home, worker, today):
    made = appointments.make(home, by=worker, on=today, part="evening")

    visit, __ = visit_log.log_visit(home, by=worker, outcome="met", happened_on=today)

    made.refresh_from_db()
    assert made.kept_by == visit
    assert stops(worker, today) == []


def test_it_is_agreed_on_and_cancelled_from_the_page(client, home, worker, today):
    address = reverse("inspections:appointment", args=[home.pk])

    made = client.post(address, {"on": today.isoformat(), "part": "evening"})
    page = client.get(reverse("inspections:log_visit", args=[home.pk]))
    cancelled = client.post(address, {"cancel": "1"})

    assert made.url == reverse("inspections:today")
    assert page.context["appointment"].part == "evening"
    assert cancelled.status_code == 302
    assert not appointments.open_of(Appointment.objects.all()).exists()


@pytest.mark.parametrize("days", [-1, 61])
def test_a_day_that_cannot_be_is_refused_at_the_field(client, home, worker, today, days):
    address = reverse("inspections:appointment", args=[home.pk])
    day = today + timedelta(days=days)

    answer = client.post(address, {"on": day.isoformat(), "part": "evening"})

    assert answer.status_code == 422
    assert "on" in answer.context["form"].errors


def test_nobody_home_is_counted_and_offered_again_in_three_days(home, worker, due, today):
    visit_log.log_visit(home, by=worker, outcome="nobody", happened_on=today)

    assert stops(worker, today) == []
    assert len(stops(worker, today + timedelta(days=3))) == 1
    assert set(Schedule.objects.values_list("attempts", "next_due_on")) == {(1, today)}


def test_the_attempts_begin_anew_when_somebody_was_met(home, worker, due, today):
    for outcome in ("nobody", "nobody", "met"):
        visit_log.log_visit(home, by=worker, outcome=outcome, happened_on=today)

    done = Schedule.objects.filter(household=home)
    assert set(done.values_list("attempts", "retry_on")) == {(0, None)}


def test_an_attempt_that_arrives_late_moves_nothing(home, worker, due, today):
    visit_log.log_visit(home, by=worker, outcome="met", happened_on=today)

    visit_log.log_visit(home, by=worker, outcome="nobody", happened_on=today - timedelta(days=2))

    assert set(Schedule.objects.values_list("attempts", flat=True)) == {0}


def test_a_reminder_to_oneself_comes_after_a_week_until_it_is_struck_off(
    client, home, worker, today
):
    matter = visit_log.Matter("问问儿子电话", is_to_remind=True)
    visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        happened_on=today - timedelta(days=7),
        diary=[matter],
    )
    colleague = factories.staff("grid_worker", home.grid)

    assert [item.text for item in visit_log.to_remind(worker, today)] == ["问问儿子电话"]
    assert not visit_log.to_remind(colleague, today).exists()
    assert not visit_log.to_remind(worker, today - timedelta(days=1)).exists()
    assert "问问儿子电话" in client.get(reverse("inspections:today")).text
    visit_log.strike_off(DiaryItem.objects.get(), on=today)
    assert not visit_log.to_remind(worker, today).exists()
