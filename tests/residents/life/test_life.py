"""The rules of a household's life; its pages are in test_life_pages."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from pghistory.models import Context

from grids.refusal import Refused
from residents import life, move_ins
from residents.models import Household, MoveInRequest, Resident
from residents.people import idnumber
from tests import factories

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def neighbour(ground):
    return factories.staff("grid_worker", ground[1])


@pytest.fixture
def family(ground):
    """A head, a wife and a son."""
    home = factories.household(ground[0], head_name="李建国")
    head = factories.resident(home, name="李建国", sex="1", phone="13800000001")
    wife = factories.resident(home, name="王秀兰", relation="10", phone="13800000002")
    son = factories.resident(home, name="李强", sex="1", relation="20")
    return home, head, wife, son


def person(name="李小宝", relation="20", **facts):
    return {
        "name": name,
        "relation": relation,
        "number": None,
        "sex": "1",
        "birth_on": YESTERDAY,
        "phone": "",
        "kind": "",
    } | facts


def number(text=None):
    return idnumber.parse(text or factories.id_number(date(1990, 3, 4)), TODAY)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def live(household):
    return {one.name for one in household.residents.live()}


def last_reason(row):
    event = apps.get_model("residents", f"{type(row).__name__}Event")
    last = event.objects.filter(pgh_obj=row.pk).latest("pgh_id")
    return Context.objects.get(pk=last.pgh_context_id).metadata


def test_a_newborn_joins_the_household_without_a_number(family, worker):
    home, *_ = family

    life.add_member(home, by=worker, on=YESTERDAY, person=person(), is_birth=True)

    baby = home.residents.get(name="李小宝")
    assert (baby.document, baby.id_index, baby.birth_on) == ("none", None, YESTERDAY)
    assert (baby.grid_id, baby.pinyin) == (home.grid_id, "lixiaobao")
    assert last_reason(baby)["user"] == worker.pk


def test_the_number_of_a_new_member_is_sealed_and_says_birth_and_sex(family, worker):
    home, *_ = family
    known = number()

    life.add_member(home, by=worker, on=TODAY, person=person(number=known, sex="", birth_on=None))

    found = home.residents.get(name="李小宝")
    assert found.id_sealed.reveal() == known.text
    assert known.text.encode() not in bytes(found.id_sealed)
    assert (found.birth_on, found.sex, found.id_mask) == (
        known.birth_on,
        known.sex,
        known.mask,
    )


def test_the_same_newborn_is_not_registered_twice(family, worker):
    home, *_ = family
    life.add_member(home, by=worker, on=TODAY, person=person())

    with pytest.raises(Refused):
        life.add_member(home, by=worker, on=TODAY, person=person())

    assert home.residents.filter(name="李小宝").count() == 1


def test_a_second_head_is_refused(family, worker):
    with pytest.raises(Refused):
        life.add_member(family[0], by=worker, on=TODAY, person=person(relation="02"))


def test_a_member_of_another_household_of_the_own_grid_moves_here_at_once(family, worker, ground):
    home, *_ = family
    aunt = factories.resident(grid=ground[0], name="张桂英")
    old = aunt.household
    known = number(aunt.id_sealed if isinstance(aunt.id_sealed, str) else None)

    life.add_member(home, by=worker, on=TODAY, person=person("张桂英", "99", number=known))

    assert fresh(aunt).household == home
    assert fresh(old).end_reason == "moved"
    assert Resident.objects.filter(id_index=aunt.id_index).count() == 1


def test_a_number_with_another_name_is_refused(family, worker, ground):
    home, *_ = family
    aunt = factories.resident(grid=ground[0], name="张桂英")

    with pytest.raises(Refused):
        life.add_member(
            home,
            by=worker,
            on=TODAY,
            person=person("别人", number=number(aunt.id_sealed)),
        )


def test_a_number_of_another_grid_becomes_a_request_that_reveals_nothing(
    family, worker, neighbour, ground
):
    home, *_ = family
    far = factories.resident(grid=ground[1], name="张桂英")

    done = life.add_member(
        home,
        by=worker,
        on=TODAY,
        person=person("乱写", "30", number=number(far.id_sealed)),
    )

    request = MoveInRequest.objects.get()
    assert "张桂英" not in done.message
    assert ground[1].name not in done.message
    assert fresh(far).household == far.household
    assert list(MoveInRequest.objects.to_answer_by(neighbour)) == [request]
    assert not MoveInRequest.objects.to_answer_by(worker).exists()
    assert neighbour.notifications.filter(kind="move_in").count() == 1


def test_a_number_in_another_district_is_a_new_resident_here(family, worker):
    far = factories.resident(grid=factories.unit("520602003003001"), name="张桂英")

    life.add_member(
        family[0],
        by=worker,
        on=TODAY,
        person=person("张桂英", number=number(far.id_sealed)),
    )

    assert "张桂英" in live(family[0])
    assert fresh(far).ended_on is None


def test_asking_twice_makes_one_request(family, worker, ground):
    far = factories.resident(grid=ground[1], name="张桂英")

    for _ in range(2):
        life.add_member(
            family[0],
            by=worker,
            on=TODAY,
            person=person("张桂英", number=number(far.id_sealed)),
        )

    assert MoveInRequest.objects.count() == 1


def test_when_the_other_grid_agrees_the_person_joins(family, worker, neighbour, ground):
    home, *_ = family
    far = factories.resident(grid=ground[1], name="张桂英")
    old = far.household
    life.add_member(
        home,
        by=worker,
        on=TODAY,
        person=person("张桂英", "30", number=number(far.id_sealed)),
    )

    move_ins.accept(MoveInRequest.objects.get(), by=neighbour)

    moved = fresh(far)
    assert (moved.household, moved.grid_id, moved.relation) == (
        home,
        home.grid_id,
        "30",
    )
    assert fresh(old).ended_on == TODAY
    assert MoveInRequest.objects.get().state == "accepted"


def test_the_head_of_others_is_not_taken_away_from_them(family, worker, neighbour, ground):
    home, *_ = family
    old = factories.household(ground[1], head_name="张桂英")
    far = factories.resident(old, name="张桂英")
    factories.resident(old, name="张小明", relation="20", sex="1")
    life.add_member(
        home,
        by=worker,
        on=TODAY,
        person=person("张桂英", "30", number=number(far.id_sealed)),
    )

    with pytest.raises(Refused):
        move_ins.accept(MoveInRequest.objects.get(), by=neighbour)

    assert fresh(far).household == old
    assert MoveInRequest.objects.get().state == "waiting"


def test_a_new_household_begins_with_its_head(family, worker):
    home, *_ = family

    done = life.arrive(
        home.dwelling,
        by=worker,
        on=YESTERDAY,
        number="",
        person=person("赵敏", "02", number=number(), phone="13900000000", kind="floating"),
    )

    new = done.household
    assert (new.dwelling, new.grid_id, new.head_name, new.arrived_on) == (
        home.dwelling,
        home.grid_id,
        "赵敏",
        YESTERDAY,
    )
    assert new.residents.get().relation == "02"
    assert fresh(home).ended_on is None


def test_a_household_number_is_given_once(family, worker):
    with pytest.raises(Refused) as refusal:
        life.arrive(
            family[0].dwelling,
            by=worker,
            on=TODAY,
            number=family[0].number,
            person=person("赵敏", "02"),
        )

    assert "Another household of the grid" in str(refusal.value) or "户号" in str(refusal.value)


def test_everybody_leaves_and_the_household_is_closed(family, worker):
    home, *members = family

    life.leave(home, by=worker, on=YESTERDAY, members=members, to="济南市历下区")

    home = fresh(home)
    assert (home.ended_on, home.end_reason) == (YESTERDAY, "moved")
    assert live(home) == set()
    assert home.residents.count() == 3
    assert "济南市历下区" in last_reason(home)["reason"]


def test_when_the_head_leaves_the_others_need_a_new_one(family, worker):
    home, head, wife, _son = family

    with pytest.raises(Refused):
        life.leave(home, by=worker, on=TODAY, members=[head])
    life.leave(home, by=worker, on=TODAY, members=[head], head=wife)

    assert (fresh(home).head_name, fresh(home).phone) == ("王秀兰", "13800000002")
    assert fresh(wife).relation == "02"
    assert live(home) == {"王秀兰", "李强"}


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date(1949, 1, 1)])
def test_nobody_dies_in_the_future_or_before_the_birth(family, worker, day):
    home, _, wife, _ = family

    with pytest.raises(Refused):
        life.die(home, by=worker, on=day, member=wife)

    assert fresh(wife).ended_on is None


def test_a_death_ends_the_row_and_the_care_but_not_the_household(family, worker):
    home, _, wife, _ = family
    record = factories.care_record(wife)

    life.die(home, by=worker, on=YESTERDAY, member=wife, note="死亡证明")

    assert (fresh(wife).ended_on, fresh(wife).end_reason) == (YESTERDAY, "died")
    assert fresh(record).until == YESTERDAY
    assert fresh(home).ended_on is None
    assert last_reason(wife)["reason"].endswith("死亡证明")


def test_the_death_of_the_head_asks_for_the_new_head(family, worker):
    home, head, wife, _ = family

    with pytest.raises(Refused):
        life.die(home, by=worker, on=TODAY, member=head)
    with pytest.raises(Refused):
        life.die(home, by=worker, on=TODAY, member=head, head=head)
    life.die(home, by=worker, on=TODAY, member=head, head=wife)

    assert fresh(home).head_name == "王秀兰"


def test_the_last_death_closes_the_household(ground, worker):
    alone = factories.resident(grid=ground[0], name="孙老太")

    life.die(alone.household, by=worker, on=TODAY, member=alone)

    assert fresh(alone.household).end_reason == "died"


def test_who_left_cannot_leave_again(family, worker):
    home, _, wife, _ = family
    life.leave(home, by=worker, on=TODAY, members=[wife])

    with pytest.raises(Refused):
        life.die(home, by=worker, on=TODAY, member=wife)

    assert fresh(wife).end_reason == "moved"


def test_a_departure_is_undone(family, worker):
    home, *members = family
    record = factories.care_record(members[1])
    life.leave(home, by=worker, on=YESTERDAY, members=members)

    life.bring_back(home, by=worker)

    assert fresh(home).ended_on is None
    assert live(home) == {"李建国", "王秀兰", "李强"}
    assert fresh(record).until is None
    assert fresh(members[0]).relation == "02"


def test_an_undo_resumes_care_that_began_after_the_day_of_the_departure(family, worker):
    home, *members = family
    record = factories.care_record(members[1], since=TODAY)
    life.leave(home, by=worker, on=YESTERDAY, members=members)
    assert fresh(record).until == TODAY

    life.bring_back(home, by=worker)

    assert fresh(record).until is None


def test_who_is_brought_back_is_where_the_household_lives_by_now(family, ground):
    home, _, wife, _ = family
    office = factories.staff("community_staff", factories.community())
    life.leave(home, by=office, on=YESTERDAY, members=[wife])
    life.move(home, by=office, on=TODAY, grid=ground[1], place={"address": "新址1号"})

    life.bring_back(home, by=office)

    assert fresh(wife).grid == ground[1]


def test_undoing_brings_back_only_those_of_the_last_departure(family, worker):
    home, head, wife, son = family
    life.die(home, by=worker, on=YESTERDAY, member=son)
    life.leave(home, by=worker, on=TODAY, members=[head, wife])

    life.bring_back(home, by=worker)

    assert live(home) == {"李建国", "王秀兰"}


def test_who_lives_elsewhere_by_now_is_not_brought_back(family, worker, ground):
    home, _, wife, _ = family
    life.leave(home, by=worker, on=TODAY, members=[wife])
    factories.resident(grid=ground[1], name="王秀兰", number=wife.id_sealed)

    with pytest.raises(Refused):
        life.bring_back(home, by=worker)

    assert fresh(wife).ended_on == TODAY


def test_there_is_nothing_to_undo_in_a_household_that_lost_nobody(family, worker):
    with pytest.raises(Refused):
        life.bring_back(family[0], by=worker)


def test_a_new_head_and_what_the_others_are_to_that_head(family, worker):
    home, head, wife, son = family

    with pytest.raises(Refused):
        life.change_head(home, by=worker, head=wife, relations={})
    life.change_head(home, by=worker, head=wife, relations={head.pk: "11"})

    assert fresh(home).head_name == "王秀兰"
    relations = [fresh(one).relation for one in (head, wife, son)]
    assert relations == ["11", "02", "20"]
    with pytest.raises(Refused):
        life.change_head(home, by=worker, head=wife, relations={})


def test_some_members_become_a_household_of_their_own(family, worker):
    home, _head, _wife, son = family

    done = life.split(home, by=worker, on=TODAY, members=[son], head=son)

    assert (done.household.head_name, done.household.dwelling) == (
        "李强",
        home.dwelling,
    )
    assert (fresh(son).household, fresh(son).relation) == (done.household, "02")
    assert live(home) == {"李建国", "王秀兰"}


def test_a_split_leaves_the_head_and_somebody_in_the_old_household(family, worker):
    home, head, wife, son = family

    with pytest.raises(Refused):
        life.split(home, by=worker, on=TODAY, members=[head, son], head=son)
    with pytest.raises(Refused):
        life.split(home, by=worker, on=TODAY, members=[head, wife, son], head=son)

    assert Household.objects.count() == 1


def test_two_households_become_one(family, worker, ground):
    home, head, _wife, _son = family
    into = factories.household(ground[0], head_name="李大爷")
    factories.resident(into, name="李大爷", sex="1")

    life.merge(home, by=worker, on=TODAY, into=into, relation="20")

    assert fresh(home).end_reason == "merged"
    assert live(into) == {"李大爷", "李建国", "王秀兰", "李强"}
    assert fresh(head).relation == "20"
    with pytest.raises(Refused):
        life.bring_back(home, by=worker)


def test_a_household_is_not_merged_into_one_of_another_grid_or_a_closed_one(family, worker, ground):
    home, *_ = family
    far = factories.household(ground[1], head_name="李大爷")
    closed = factories.household(ground[0], ended_on=TODAY, end_reason="moved")

    for into in (far, closed, home):
        with pytest.raises(Refused):
            life.merge(home, by=worker, on=TODAY, into=into, relation="20")

    assert fresh(home).ended_on is None


PLACE = {"building": "1号楼", "entrance": "2单元", "room": "502"}


def test_within_the_own_grids_a_household_moves_at_once(family, worker, ground):
    home, _head, *_ = family
    factories.posting(worker, "grid_worker", ground[1])
    factories.building(ground[1])

    life.move(home, by=worker, on=TODAY, grid=ground[1], place=PLACE)

    home = fresh(home)
    assert (home.grid, home.dwelling.grid, home.dwelling.room) == (
        ground[1],
        ground[1],
        "502",
    )
    assert set(home.residents.values_list("grid", flat=True)) == {ground[1].pk}
    with pytest.raises(Refused):
        life.move(home, by=worker, on=TODAY, grid=ground[1], place=PLACE)


def test_a_move_to_an_unknown_building_is_refused(family, worker, ground):
    with pytest.raises(Refused):
        life.move(
            family[0],
            by=worker,
            on=TODAY,
            grid=ground[0],
            place=PLACE | {"building": "99号楼"},
        )


def test_a_move_to_another_grid_waits_for_that_grid(family, worker, neighbour, ground):
    home, *_ = family
    factories.building(ground[1])

    life.move(home, by=worker, on=TODAY, grid=ground[1], place=PLACE)

    request = MoveInRequest.objects.get()
    assert fresh(home).grid == ground[0]
    assert list(MoveInRequest.objects.to_answer_by(neighbour)) == [request]
    assert not MoveInRequest.objects.to_answer_by(worker).exists()
    assert neighbour.notifications.filter(kind="move_in").count() == 1

    move_ins.accept(request, by=neighbour)

    home = fresh(home)
    assert (home.grid, home.dwelling.room) == (ground[1], "502")
    assert set(home.residents.values_list("grid", flat=True)) == {ground[1].pk}


def test_a_refused_offer_moves_nobody(family, worker, neighbour, ground):
    factories.building(ground[1])
    life.move(family[0], by=worker, on=TODAY, grid=ground[1], place=PLACE)

    move_ins.refuse(MoveInRequest.objects.get(), by=neighbour)

    assert fresh(family[0]).grid == ground[0]


def test_an_offer_of_a_household_that_has_gone_since_is_not_carried_out(
    family, worker, neighbour, ground
):
    home, *members = family
    factories.building(ground[1])
    life.move(home, by=worker, on=TODAY, grid=ground[1], place=PLACE)
    life.leave(home, by=worker, on=TODAY, members=members)

    with pytest.raises(Refused):
        move_ins.accept(MoveInRequest.objects.get(), by=neighbour)


def test_nothing_happens_to_a_closed_household(family, worker):
    home, *members = family
    life.leave(home, by=worker, on=TODAY, members=members)

    with pytest.raises(Refused):
        life.add_member(home, by=worker, on=TODAY, person=person())
    with pytest.raises(Refused):
        life.leave(home, by=worker, on=TODAY, members=members)


def test_an_offer_of_a_household_that_has_moved_on_since_is_not_carried_out(
    family, worker, neighbour, ground
):
    home, *_ = family
    third = factories.unit("370402001028003")
    factories.posting(worker, "grid_worker", third)
    for grid in (ground[1], third):
        factories.building(grid)
    life.move(home, by=worker, on=TODAY, grid=ground[1], place=PLACE)
    life.move(home, by=worker, on=TODAY, grid=third, place=PLACE)

    with pytest.raises(Refused):
        move_ins.accept(MoveInRequest.objects.get(), by=neighbour)

    assert fresh(home).grid == third


@pytest.mark.parametrize("verb", ["add_member", "arrive"])
def test_the_dead_come_back_in_their_file_only(family, worker, verb):
    home, *_ = family
    known = number()
    life.add_member(
        home, by=worker, on=YESTERDAY, person=person(number=known, sex="", birth_on=None)
    )
    one = Resident.objects.get(name=person()["name"])
    life.die(home, by=worker, on=TODAY, member=one)

    with pytest.raises(Refused, match=TODAY.isoformat()):
        again(verb, home, worker, person(number=known, sex="", birth_on=None))

    assert Resident.objects.filter(name=one.name).count() == 1


@pytest.mark.parametrize("verb", ["add_member", "arrive"])
def test_who_left_is_the_same_person_when_back(family, worker, verb):
    home, *_ = family
    known = number()
    life.add_member(
        home, by=worker, on=YESTERDAY, person=person(number=known, sex="", birth_on=None)
    )
    one = Resident.objects.get(name=person()["name"])
    life.leave(home, by=worker, on=YESTERDAY, members=[one])

    again(verb, home, worker, person(number=known, sex="", birth_on=None))

    back = Resident.objects.get(name=one.name)
    assert (back.pk, back.ended_on, back.end_reason) == (one.pk, None, "")
    assert (back.household == home) is (verb == "add_member")


def again(verb, home, worker, who):
    if verb == "add_member":
        return life.add_member(home, by=worker, on=TODAY, person=who)
    dwelling = factories.dwelling(home.grid, room="909")
    return life.arrive(dwelling, by=worker, on=TODAY, person=who)
