"""A household that has moved out need not tell the visits."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.cadence import schedules
from inspections.models import Schedule
from residents import life
from residents.models import CareRecord
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_schedules_of_a_household_that_has_left_are_no_longer_due_and_are_again_after_an_undo():
    ground = factories.unit()
    worker = factories.staff("grid_worker", ground)
    member = factories.resident(grid=ground)
    schedules.ensure_rules(factories.district())
    schedules.plan(factories.district(), timezone.localdate())
    later = timezone.localdate() + timedelta(days=400)
    assert (
        Schedule.objects.applying(later).overdue(later).filter(household=member.household).exists()
    )

    life.leave(member.household, by=worker, on=timezone.localdate(), members=[member])

    assert (
        not Schedule.objects.applying(later)
        .overdue(later)
        .filter(household=member.household)
        .exists()
    )
    assert schedules.plan(factories.district(), later) == 0

    life.bring_back(member.household, by=worker)

    assert (
        Schedule.objects.applying(later).overdue(later).filter(household=member.household).exists()
    )


def test_a_death_in_a_care_household_makes_it_an_ordinary_one():
    ground = factories.unit()
    worker = factories.staff("grid_worker", ground)
    home = factories.household(ground, head_name="李建国")
    head = factories.resident(home, name="李建国", sex="1")
    factories.resident(home, name="王秀兰", relation="10")
    factories.care_record(head)
    wife = home.residents.get(name="王秀兰")
    today = timezone.localdate()
    under_care = CareRecord.objects.on(today).filter(resident__household=home)
    assert under_care.exists()

    life.die(home, by=worker, on=today - timedelta(days=1), member=head, head=wife)

    assert not under_care.exists()


@pytest.mark.parametrize(("role", "is_offered"), [("grid_worker", True), ("assistant", False)])
def test_who_may_edit_goes_from_moved_away_in_the_visit_to_the_move_away(client, role, is_offered):
    ground = factories.unit()
    home = factories.resident(grid=ground).household
    client.force_login(factories.staff(role, ground))

    page = client.get(reverse("inspections:log_visit", args=[home.pk])).content.decode()

    form = reverse("residents:household_life", args=[home.pk, "leave"])
    assert (form in page) == is_offered
    assert client.get(form).status_code == (200 if is_offered else 403)
