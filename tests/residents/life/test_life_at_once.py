"""Two people handle the same household at the same moment, each on a connection of their own."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from grids.refusal import Refused
from residents import life
from residents.models import Household, Resident
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*steps):
    """Run the steps in threads that start together; what each came to."""
    start, answers = threading.Barrier(len(steps)), [None] * len(steps)

    def run(number, step):
        start.wait()
        try:
            step()
            answers[number] = "done"
        except Refused:
            answers[number] = "refused"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.parametrize("attempt", range(5))
def test_the_same_member_leaves_and_dies_at_once_and_only_one_is_recorded(attempt):
    ground = factories.unit()
    worker = factories.staff("grid_worker", ground)
    home = factories.household(ground, head_name="李建国")
    factories.resident(home, name="李建国", sex="1")
    wife = factories.resident(home, name="王秀兰", relation="10")
    today = timezone.localdate()

    answers = at_once(
        lambda: life.leave(home, by=worker, on=today, members=[wife]),
        lambda: life.die(home, by=worker, on=today, member=wife),
    )

    assert answers == ["done", "refused"]


@pytest.mark.parametrize("attempt", range(5))
def test_two_households_that_merge_into_each_other_do_not_both_end(attempt):
    ground = factories.unit()
    worker = factories.staff("grid_worker", ground)
    one, other = (
        factories.resident(grid=ground, name=name).household for name in ("李建国", "张桂英")
    )
    today = timezone.localdate()

    answers = at_once(
        lambda: life.merge(one, by=worker, on=today, into=other, relation="99"),
        lambda: life.merge(other, by=worker, on=today, into=one, relation="99"),
    )

    assert answers == ["done", "refused"]
    [left] = Household.objects.live()
    assert Resident.objects.live().filter(household=left).count() == 2


@pytest.mark.parametrize("attempt", range(5))
def test_a_person_registered_twice_at_once_lives_in_one_household(attempt):
    from residents.people import idnumber

    ground = factories.unit()
    worker = factories.staff("grid_worker", ground)
    homes = [factories.resident(grid=ground).household for _ in range(2)]
    today = timezone.localdate()
    person = {
        "name": "李小宝",
        "relation": "20",
        "number": idnumber.parse(factories.id_number(), today),
    }

    at_once(
        *(
            lambda home=home: life.add_member(home, by=worker, on=today, person=person)
            for home in homes
        )
    )

    assert Resident.objects.live().filter(name="李小宝").count() == 1
