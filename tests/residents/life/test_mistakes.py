"""What was entered by mistake: taken out with its reason; days that cannot be; the step entered last."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from grids.audit.guard import owner_erases
from grids.refusal import Refused
from residents import life
from residents.life import going, mistakes
from residents.models import Household, Resident
from residents.people import flows
from tests import factories
from tests.residents.life.test_life import (
    TODAY,
    YESTERDAY,
    family,
    fresh,
    last_reason,
    live,
    person,
)

__all__ = ["family"]
LONG_AGO = date(2020, 1, 1)
WHY = "登记到了别的楼"


@pytest.fixture
def newborn(family, worker):
    home = family[0]
    life.add_member(home, by=worker, on=TODAY, person=person(), is_birth=True)
    return home, home.residents.get(name="李小宝")


# Taken out


def test_who_was_entered_by_mistake_is_taken_out_with_the_reason(newborn, worker):
    home, child = newborn
    record = factories.care_record(child)

    life.take_out(home, by=worker, member=child, note=WHY)

    found = fresh(child)
    assert (found.ended_on, found.end_reason) == (TODAY, "mistake")
    assert (last_reason(found)["user"], WHY in last_reason(found)["reason"]) == (worker.pk, True)
    assert fresh(record).until == TODAY
    assert fresh(home).ended_on is None


def test_it_can_be_brought_back(newborn, worker):
    home, child = newborn
    life.take_out(home, by=worker, member=child, note=WHY)

    life.bring_back(home, by=worker)

    assert (fresh(child).ended_on, fresh(child).end_reason) == (None, "")


def test_without_a_reason_nobody_is_taken_out(newborn, worker):
    home, child = newborn

    with pytest.raises(Refused):
        life.take_out(home, by=worker, member=child, note="")

    assert fresh(child).ended_on is None


def test_who_was_not_entered_by_hand_is_not_taken_out(newborn, worker):
    home, child = newborn
    old = home.residents.get(name="李强")  # of the register itself
    assert list(mistakes.entered_lately(home, timezone.now())) == [child]

    with pytest.raises(Refused):
        life.take_out(home, by=worker, member=old, note=WHY)

    assert fresh(old).ended_on is None


@pytest.mark.parametrize(("hours", "is_offered"), [(167, True), (169, False)])
def test_it_is_offered_for_seven_days(newborn, hours, is_offered):
    home, _child = newborn
    later = timezone.now() + timedelta(hours=hours)

    assert mistakes.entered_lately(home, later).exists() is is_offered


def test_who_came_from_another_household_was_there_before(family, ground, worker):
    home = family[0]
    other = factories.resident(grid=ground[0], name="赵敏")
    factories.resident(other.household, name="赵六", relation="02")
    Household.objects.filter(pk=other.household_id).update(head_name="赵六")
    Resident.objects.filter(pk=other.pk).update(household=home, relation="20")

    with pytest.raises(Refused):
        life.take_out(home, by=worker, member=other, note=WHY)

    assert fresh(other).ended_on is None


def test_a_household_that_was_a_mistake_is_closed(ground, worker):
    place = factories.household(ground[0]).dwelling
    done = life.arrive(place, by=worker, on=TODAY, person=person(relation="02"))
    [head] = done.household.residents.all()

    life.take_out(done.household, by=worker, member=head, note=WHY)

    home = fresh(done.household)
    assert (home.ended_on, home.end_reason) == (TODAY, "mistake")


def test_a_mistake_counts_in_no_flow_of_the_month(newborn, worker):
    home, child = newborn
    month = TODAY.replace(day=1)

    def counted(flow):
        return flows.events(flow, month).filter(pgh_obj=child.pk).count()

    assert (counted("new"), counted("signed_off")) == (1, 0)
    life.take_out(home, by=worker, member=child, note=WHY)
    assert (counted("new"), counted("signed_off")) == (0, 0)
    life.bring_back(home, by=worker)
    assert (counted("new"), counted("signed_off")) == (1, 0)


def test_a_mistake_of_the_month_before_is_signed_off(newborn, worker):
    _home, child = newborn
    begin = timezone.now().replace(day=1) - timedelta(days=3)
    model = apps.get_model("residents", "ResidentEvent")
    with owner_erases():
        model.objects.filter(pgh_obj=child.pk).update(pgh_created_at=begin)
    Resident.objects.filter(pk=child.pk).update(ended_on=TODAY, end_reason="mistake")

    rows = flows.events("signed_off", TODAY.replace(day=1))

    assert rows.filter(pgh_obj=child.pk).count() == 1


# Its page


def test_the_page_takes_out_and_asks_why(client, newborn, worker):
    home, child = newborn
    client.force_login(worker)
    address = reverse("residents:household_life", args=[home.pk, "mistake"])
    file = reverse("residents:household", args=[home.pk])
    assert address in client.get(file).content.decode()
    assert list(client.get(address).context["form"].fields["member"].queryset) == [child]

    assert client.post(address, {"member": child.pk}).status_code == 422
    assert fresh(child).ended_on is None
    client.post(address, {"member": child.pk, "note": WHY})

    assert fresh(child).end_reason == "mistake"
    assert address not in client.get(file).content.decode()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("role", "place", "status"), [("grid_worker", 1, 404), ("assistant", 0, 403)]
)
def test_others_take_nobody_out(client, newborn, ground, role, place, status):
    home, child = newborn
    client.force_login(factories.staff(role, ground[place]))
    address = reverse("residents:household_life", args=[home.pk, "mistake"])

    assert client.post(address, {"member": child.pk, "note": WHY}).status_code == status

    assert fresh(child).ended_on is None


# The step that was entered last


def test_the_step_entered_last_is_undone_whatever_its_day(family, worker):
    home, _head, wife, son = family
    life.die(home, by=worker, on=TODAY, member=wife)
    life.leave(home, by=worker, on=LONG_AGO, members=[son])

    life.bring_back(home, by=worker)
    assert live(home) == {"李建国", "李强"}
    life.bring_back(home, by=worker)
    assert live(home) == {"李建国", "李强", "王秀兰"}


def test_two_steps_of_one_day_are_undone_one_after_the_other(family, worker):
    home, _head, wife, son = family
    for one in (wife, son):
        life.leave(home, by=worker, on=YESTERDAY, members=[one])

    assert going.last_ended(fresh(home)) == [son]
    life.bring_back(home, by=worker)
    assert going.last_ended(fresh(home)) == [wife]


def test_those_who_left_together_come_back_together(family, worker):
    home, _head, wife, son = family
    life.leave(home, by=worker, on=YESTERDAY, members=[wife, son])

    assert going.last_ended(fresh(home)) == [wife, son]


def test_a_fact_corrected_later_is_no_later_end(family, worker):
    home, _head, wife, son = family
    life.leave(home, by=worker, on=YESTERDAY, members=[wife])
    life.leave(home, by=worker, on=YESTERDAY, members=[son])
    Resident.objects.filter(pk=wife.pk).update(note="改")

    assert going.last_ended(fresh(home)) == [son]


# Days that cannot be


def steps(home, member, other, by):
    """{step: what does it on a day}"""
    grid = home.grid
    place = {"address": "和平路9号"}
    joined = {"into": other, "relation": "20"}
    return {
        "leave": lambda on: life.leave(home, by=by, on=on, members=[member]),
        "death": lambda on: life.die(home, by=by, on=on, member=member),
        "split": lambda on: life.split(home, by=by, on=on, members=[member], head=member),
        "merge": lambda on: life.merge(home, by=by, on=on, **joined),
        "move": lambda on: life.move(home, by=by, on=on, grid=grid, place=place),
        "member": lambda on: life.add_member(home, by=by, on=on, person=person(birth_on=LONG_AGO)),
    }


STEPS = ["leave", "death", "split", "merge", "move", "member"]


@pytest.mark.parametrize("step", STEPS)
def test_nothing_happens_before_the_household_was_made(family, ground, worker, step):
    home, _head, _wife, son = family
    Resident.objects.update(birth_on=LONG_AGO)
    Household.objects.filter(pk=home.pk).update(arrived_on=YESTERDAY)
    do = steps(fresh(home), son, factories.household(ground[0]), worker)[step]

    with pytest.raises(Refused):
        do(YESTERDAY - timedelta(days=1))

    do(YESTERDAY)


def test_a_household_of_which_nobody_knows_since_when_may_have_a_past(family, worker):
    home, _head, _wife, son = family
    Household.objects.filter(pk=home.pk).update(arrived_on=None)

    life.leave(home, by=worker, on=LONG_AGO, members=[son])

    assert fresh(son).ended_on == LONG_AGO


@pytest.mark.parametrize("step", ["leave", "death", "split", "merge"])
def test_nobody_does_anything_before_the_birth(family, ground, worker, step):
    home, _head, _wife, son = family
    Resident.objects.filter(pk=son.pk).update(birth_on=YESTERDAY)
    do = steps(home, fresh(son), factories.household(ground[0]), worker)[step]

    with pytest.raises(Refused):
        do(YESTERDAY - timedelta(days=1))

    do(YESTERDAY)


@pytest.mark.parametrize("verb", ["birth", "arrive"])
def test_nobody_comes_before_the_birth(family, worker, verb):
    home = family[0]

    def do(on):
        if verb == "birth":
            life.add_member(home, by=worker, on=on, person=person(), is_birth=True)
        else:
            life.arrive(home.dwelling, by=worker, on=on, person=person(relation="02"))

    with pytest.raises(Refused):
        do(YESTERDAY - timedelta(days=1))
    assert not Resident.objects.filter(name="李小宝").exists()

    do(YESTERDAY)
    assert Resident.objects.filter(name="李小宝").exists()
