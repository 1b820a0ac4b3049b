"""Who may not read a birth date sees an age that never tells the birthday."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from residents.lists import narrowing
from residents.models import Resident
from tests import factories as make

pytestmark = pytest.mark.django_db
BEFORE, AFTER = "2026-04-30 12:00:00+08:00", "2026-05-02 12:00:00+08:00"


@pytest.fixture
def old(ground):
    """Sixty on the first of May 2026."""
    return make.resident(grid=ground[0], birth_on=date(1966, 5, 1))


def age_seen(client, role, grid):
    client.force_login(make.staff(role, grid))
    [one] = client.get(reverse("residents:people")).context["page"].rows
    return one.age


@pytest.mark.parametrize(("role", "ages"), [("grid_worker", [59, 60]), ("supervisor", [60, 60])])
def test_an_age_turns_on_the_birthday_only_for_those_who_may_read_it(old, client, role, ages):
    seen = []
    for moment in (BEFORE, AFTER):
        with time_machine.travel(moment, tick=False):
            seen.append(age_seen(client, role, old.grid))

    assert seen == ages


@pytest.mark.parametrize(("role", "found"), [("grid_worker", [0, 1]), ("supervisor", [1, 1])])
def test_a_group_of_ages_is_no_finer(old, role, found):
    staff, seen = make.staff(role, old.grid), []
    for moment in (BEFORE, AFTER):
        with time_machine.travel(moment, tick=False):
            seen.append(narrowing.residents(staff, old.grid, {"age": "old"}).count())

    assert seen == found


def test_where_two_posts_differ_each_place_counts_by_its_own(ground):
    staff = make.staff("grid_worker", ground[0])
    make.posting(staff, "supervisor", ground[1])
    for grid in ground:
        make.resident(grid=grid, birth_on=date(1966, 5, 1))

    with time_machine.travel(BEFORE, tick=False):
        condition = narrowing.born(staff, "old")
        found = Resident.objects.visible_to(staff).filter(condition)
        assert [one.grid for one in found] == [ground[1]]
