"""A request to move in: who is told, who may answer, what a yes and a no leave."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from grids.fields import new_keys
from grids.models import Notification
from grids.refusal import Refused
from residents import move_ins, notices
from residents.changing import AlreadyAnswered
from residents.models import Household, MoveInRequest, Resident
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def ground():
    return factories.unit("370402001028001"), factories.unit("370402001028002")


@pytest.fixture
def wang(ground):
    return factories.resident(grid=ground[0], name="王秀兰")


def put(person, plan, *, to, is_offer=False, **fields):
    return MoveInRequest.objects.create(
        pk=new_keys(MoveInRequest)[0],
        district_id=person.district_id,
        resident=person,
        from_grid_id=person.grid_id,
        to_grid=to,
        row_sealed=json.dumps(plan),
        is_offer=is_offer,
        asked_at=timezone.now(),
        **fields,
    )


def join(home, **plan):
    return {"plan": "join", "household": home.pk, "relation": "20"} | plan


@pytest.mark.parametrize("is_offer", [False, True])
def test_who_is_told_and_who_may_answer(ground, wang, is_offer):
    to = ground[1]
    request = put(wang, {}, to=to, is_offer=is_offer)
    asked, other = (ground[1], ground[0]) if is_offer else (ground[0], ground[1])
    worker = factories.staff("grid_worker", asked)
    leader = factories.staff("grid_leader", asked.parent)
    clerk = factories.staff("community_staff", factories.community())
    elsewhere = factories.staff("grid_worker", other)
    assistant = factories.staff("assistant", asked)
    administrator = factories.staff("administrator", factories.community())
    street = factories.staff("community_staff", factories.street())
    later = factories.staff("grid_worker", asked, since=TODAY + timedelta(days=1))

    notices.announce_move_ins([request])
    notices.announce_move_ins([request])

    told = {one.recipient for one in Notification.objects.all()}
    assert told == {worker, leader, clerk}
    assert Notification.objects.count() == 3
    assert {(one.kind, one.key) for one in Notification.objects.all()} == {
        ("move_in", f"move-in-{request.pk}")
    }

    def may(person):
        return MoveInRequest.objects.to_answer_by(person).exists()

    assert all(map(may, (worker, leader, clerk, administrator, street)))
    assert not any(map(may, (elsewhere, assistant, later)))
    stranger = factories.staff("administrator", factories.district("520602", "碧江区"))
    assert not may(stranger)
    assert may(factories.staff("administrator", factories.district()))


def test_a_yes_lets_the_person_join_and_a_second_answer_is_refused(ground, wang):
    home = factories.household(ground[1], head_name="张三")
    request = put(wang, join(home), to=ground[1])
    by = factories.staff("grid_worker", ground[0])

    move_ins.accept(request, by=by)

    moved = Resident.objects.get(pk=wang.pk)
    assert (moved.household, moved.grid_id, moved.relation) == (home, ground[1].pk, "20")
    request.refresh_from_db()
    assert (request.state, request.answered_by) == ("accepted", by)
    assert abs((timezone.now() - request.answered_at).total_seconds()) < 60
    for answer in (move_ins.accept, move_ins.refuse):
        with pytest.raises(AlreadyAnswered):
            answer(request, by=by)


def test_a_no_moves_nobody(ground, wang):
    home = factories.household(ground[1])
    request = put(wang, join(home), to=ground[1])
    by = factories.staff("grid_worker", ground[0])

    move_ins.refuse(request, by=by)

    request.refresh_from_db()
    assert (request.state, request.answered_by) == ("refused", by)
    assert Resident.objects.get(pk=wang.pk).household == wang.household
    with pytest.raises(AlreadyAnswered):
        move_ins.accept(request, by=by)


def test_a_yes_to_an_arrival_begins_a_household(ground, wang):
    flat = factories.dwelling(ground[1])
    plan = {
        "plan": "arrive",
        "dwelling": flat.pk,
        "number": "N9",
        "phone": "139",
        "on": "2026-01-01",
    }
    left = wang.household

    move_ins.accept(put(wang, plan, to=ground[1]), by=factories.staff("grid_worker", ground[0]))

    home = Household.objects.get(dwelling=flat)
    assert (home.head_name, home.number, home.phone, home.arrived_on) == (
        "王秀兰", "N9", "139", TODAY,
    )  # fmt: skip
    moved = Resident.objects.get(pk=wang.pk)
    assert (moved.household, moved.relation) == (home, "02")
    left.refresh_from_db()
    assert left.end_reason == "moved"


def test_a_yes_to_an_offer_moves_the_household_with_what_was_said_of_its_stay(ground, wang):
    Resident.objects.filter(pk=wang.pk).update(kind="floating")
    factories.building(ground[1], "9号楼")
    place = {"building": "9号楼", "entrance": "1单元", "room": "101", "address": ""}
    plan = {
        "plan": "move", "household": wang.household_id, "place": place, "on": "2026-01-01",
        "stay": {"came_from": "济南", "leaves_on": "2027-01-01"},
    }  # fmt: skip

    move_ins.accept(
        put(wang, plan, to=ground[1], is_offer=True), by=factories.staff("grid_worker", ground[1])
    )

    home = Household.objects.get(pk=wang.household_id)
    moved = Resident.objects.get(pk=wang.pk)
    assert (home.grid, home.dwelling.room, moved.grid) == (ground[1], "101", ground[1])
    assert (moved.stay.came_from, str(moved.stay.leaves_on)) == ("济南", "2027-01-01")


@pytest.mark.parametrize("case", ["gone", "household ended", "household elsewhere"])
def test_what_has_changed_since_is_not_carried_out(ground, wang, case):
    home = factories.household(ground[1])
    request = put(wang, join(home), to=ground[1])
    match case:
        case "gone":
            Resident.objects.filter(pk=wang.pk).update(ended_on=TODAY, end_reason="moved")
        case "household ended":
            Household.objects.filter(pk=home.pk).update(ended_on=TODAY, end_reason="moved")
        case _:
            Household.objects.filter(pk=home.pk).update(grid=ground[0])

    with pytest.raises(Refused):
        move_ins.accept(request, by=factories.staff("grid_worker", ground[0]))

    request.refresh_from_db()
    assert request.state == "waiting"
    assert Resident.objects.get(pk=wang.pk).household == wang.household


def test_the_head_of_others_is_not_taken_away_by_a_yes(ground, wang):
    Household.objects.filter(pk=wang.household_id).update(head_name="王秀兰")
    factories.resident(wang.household, name="李强")
    home = factories.household(ground[1])

    with pytest.raises(Refused):
        move_ins.accept(
            put(wang, join(home), to=ground[1]), by=factories.staff("grid_worker", ground[0])
        )


@pytest.mark.parametrize("is_import", [True, False])
def test_whoever_moved_on_is_asked_of_the_grid_lived_in_now(ground, wang, is_import):
    third = factories.unit("370402001028003")
    keeper = factories.staff("grid_worker", third)
    plan = {"name": wang.name} if is_import else join(factories.household(ground[1]))
    request = put(wang, plan, to=ground[1])
    Household.objects.filter(pk=wang.household_id).update(grid=third)
    Resident.objects.filter(pk=wang.pk).update(grid=third)

    with pytest.raises(Refused):
        move_ins.accept(request, by=factories.staff("grid_worker", ground[0]))

    request.refresh_from_db()
    assert (request.state, request.from_grid) == ("waiting", third)
    assert Resident.objects.get(pk=wang.pk).household == wang.household
    assert keeper.notifications.filter(kind="move_in").count() == 1


@pytest.mark.parametrize(("answer", "state"), [("accept", "accepted"), ("refuse", "refused")])
def test_whoever_asked_hears_of_the_answer(ground, wang, answer, state):
    request = put(wang, join(factories.household(ground[1])), to=ground[1])
    asker = factories.staff("grid_worker", ground[1])
    type(request).objects.filter(pk=request.pk).update(asked_by=asker)

    getattr(move_ins, answer)(request, by=factories.staff("grid_worker", ground[0]))

    assert [one.key for one in asker.notifications.all()] == [f"move-in-{request.pk}-{state}"]
