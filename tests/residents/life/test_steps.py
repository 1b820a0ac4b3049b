"""Each step in the life of a household, fact by fact: what it writes, where, and what it refuses."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from grids.refusal import Refused
from residents import life
from residents.life import asking_the_other_grid, going
from residents.models import Dwelling, Household, MoveInRequest, Resident, Stay
from tests import factories
from tests.residents.life.test_life import fresh, last_reason, live, number, person

TODAY = timezone.localdate()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def family(ground):
    """A head, a wife and a son."""
    home = factories.household(ground[0], head_name="李建国")
    head = factories.resident(home, name="李建国", sex="1", phone="13800000001")
    wife = factories.resident(home, name="王秀兰", relation="10", phone="13800000002")
    son = factories.resident(home, name="李强", sex="1", relation="20")
    return home, head, wife, son


# Coming


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, {"sex": "1", "birth_on": YESTERDAY, "document": "none", "id_mask": "",
              "kind": "registered", "phone": ""}),
        ({"sex": "", "phone": "13900000000", "kind": "floating"},
         {"sex": "9", "phone": "13900000000", "kind": "floating"}),
        ({"number": number(factories.id_number(date(1990, 1, 1), "1", "810000")), "sex": ""}, {"document": "hmt_permit"}),
    ],
)  # fmt: skip
def test_what_is_written_of_a_new_member(family, worker, facts, expected):
    home = family[0]

    done = life.add_member(home, by=worker, on=YESTERDAY, person=person(**facts))

    found = Resident.objects.get(name="李小宝")
    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.district_id, found.grid_id, found.household, found.initials) == (
        home.district_id, home.grid_id, home, "lxb",
    )  # fmt: skip
    assert done.household == home
    assert Stay.objects.filter(resident=found).count() == (found.kind == "floating")


def test_a_stay_begins_on_the_day_that_was_said_else_when_the_person_comes(family, worker):
    for name, stay in (("李甲", {"came_on": date(2026, 1, 1)}), ("李乙", {"came_from": "济南"})):
        facts = person(name, kind="floating", stay=stay)
        life.add_member(family[0], by=worker, on=YESTERDAY, person=facts)

    days = dict(Stay.objects.values_list("resident__name", "came_on"))
    assert days == {"李甲": date(2026, 1, 1), "李乙": YESTERDAY}


def test_a_birth_and_a_new_member_are_two_reasons(family, worker):
    home = family[0]
    life.add_member(home, by=worker, on=TODAY, person=person("李甲"), is_birth=True, note="医院")
    life.add_member(home, by=worker, on=TODAY, person=person("李乙"))

    birth, joined = (last_reason(Resident.objects.get(name=name)) for name in ("李甲", "李乙"))
    assert birth["reason"].endswith(" · 医院")
    assert birth["reason"].removesuffix(" · 医院") != joined["reason"]
    assert {birth["source"], joined["source"]} == {"life"}


def test_nobody_comes_tomorrow_into_a_closed_household_or_twice(family, worker, ground):
    home, head, *_ = family
    empty = factories.household(ground[0])

    for where, facts in (
        (home, {"on": TOMORROW, "person": person()}),
        (home, {"on": TODAY, "person": person("李建国", "99", number=number(head.id_sealed))}),
        (home, {"on": TODAY, "person": person(relation="02")}),
    ):
        with pytest.raises(Refused):
            life.add_member(where, by=worker, **facts)
    assert live(home) == {"李建国", "王秀兰", "李强"}
    life.add_member(empty, by=worker, on=TODAY, person=person(relation="02"))
    assert live(empty) == {"李小宝"}
    Household.objects.filter(pk=empty.pk).update(ended_on=TODAY, end_reason="moved")
    with pytest.raises(Refused):
        life.add_member(empty, by=worker, on=TODAY, person=person("李三"))


def test_who_left_or_lives_in_another_district_is_somebody_new_here(family, worker):
    known = factories.id_number(date(1990, 3, 4))
    far = factories.resident(grid=factories.unit("520602003003001"), number=known, name="李远")
    gone = factories.resident(family[0], number=known, name="李走", ended_on=YESTERDAY)

    life.add_member(family[0], by=worker, on=TODAY, person=person("李新", number=number(known)))

    assert fresh(far).household != family[0]
    assert fresh(gone).ended_on == YESTERDAY
    assert Resident.objects.get(name="李新").household == family[0]


def test_a_member_of_another_household_brings_only_what_was_not_known(family, worker, ground):
    aunt = factories.resident(grid=ground[0], name="张桂英", kind="floating", relation="02")
    factories.stay(aunt, came_from="济南")
    facts = person(
        "张桂英", "99", number=number(aunt.id_sealed), stay={"came_from": "青岛", "permit": "x"}
    )
    left = aunt.household

    life.add_member(family[0], by=worker, on=YESTERDAY, person=facts)

    moved = fresh(aunt)
    assert (moved.household, moved.relation, moved.grid_id) == (family[0], "99", ground[0].pk)
    assert (moved.stay.came_from, moved.stay.permit) == ("济南", "x")
    assert (fresh(left).ended_on, fresh(left).end_reason) == (YESTERDAY, "moved")
    assert live(family[0]) == {"李建国", "王秀兰", "李强", "张桂英"}


def test_who_leaves_others_behind_leaves_their_household_open_unless_it_was_the_head(
    family, worker, ground
):
    other = factories.household(ground[0], head_name="张桂英")
    head = factories.resident(other, name="张桂英")
    member = factories.resident(other, name="张小", relation="20")

    def bring(one):
        facts = person(one.name, "99", number=number(one.id_sealed))
        life.add_member(family[0], by=worker, on=TODAY, person=facts)

    with pytest.raises(Refused):
        bring(head)
    bring(member)
    assert fresh(other).ended_on is None
    bring(head)
    assert fresh(other).ended_on == TODAY


def test_a_household_that_arrives(ground, worker):
    home = factories.dwelling(ground[0])
    facts = person("李新", phone="13900000000", kind="floating", stay={"came_from": "济南"})

    done = life.arrive(home, by=worker, on=YESTERDAY, person=facts, number="N9", note="租房")

    found = done.household
    assert [getattr(found, name) for name in (
        "district_id", "grid_id", "dwelling", "number", "head_name", "phone", "arrived_on", "ended_on",
    )] == [
        home.district_id, home.grid_id, home, "N9", "李新", "13900000000", YESTERDAY, None,
    ]  # fmt: skip
    assert found.community.code == "370402001028"
    head = found.residents.get()
    assert (head.relation, head.stay.came_from, head.stay.came_on) == ("02", "济南", YESTERDAY)
    assert last_reason(found)["reason"].endswith("租房")
    with pytest.raises(Refused):
        life.arrive(home, by=worker, on=TOMORROW, person=person("李明天"))


def test_somebody_known_arrives_as_the_head_of_a_new_household(ground, worker):
    known = factories.resident(grid=ground[0], name="张桂英", relation="20", kind="floating")
    facts = person("张桂英", number=number(known.id_sealed), stay={"came_from": "济南"}, phone="1")
    left = known.household

    done = life.arrive(factories.dwelling(ground[0]), by=worker, on=TODAY, person=facts)

    moved = fresh(known)
    assert (moved.household, moved.relation, moved.stay.came_from) == (done.household, "02", "济南")
    assert (done.household.head_name, done.household.phone) == ("张桂英", "1")
    assert fresh(left).end_reason == "moved"
    with pytest.raises(Refused):
        life.arrive(
            factories.dwelling(ground[0]), by=worker, on=TODAY,
            person=facts | {"name": "别人"},
        )  # fmt: skip


def test_a_number_of_another_grid_asks_it_with_all_that_was_said(ground, worker):
    import json

    there = factories.resident(grid=ground[1], name="张桂英")
    home = factories.dwelling(ground[0])
    facts = person("张桂英", number=number(there.id_sealed), phone="139")

    done = life.arrive(home, by=worker, on=YESTERDAY, person=facts, number="N9")

    request = MoveInRequest.objects.get()
    assert json.loads(request.row_sealed.reveal()) == {
        "plan": "arrive", "dwelling": home.pk, "number": "N9", "on": YESTERDAY.isoformat(),
        "phone": "139",
    }  # fmt: skip
    assert (request.resident, request.from_grid, request.to_grid) == (there, ground[1], ground[0])
    assert (request.is_offer, request.asked_by, request.state) == (False, worker, "waiting")
    assert request.district_id == ground[0].district_id
    assert abs((timezone.now() - request.asked_at).total_seconds()) < 60
    assert done.household is None
    assert not Household.objects.filter(dwelling=home).exists()
    assert asking_the_other_grid.place_of(request) == ""


# Going


def test_who_leaves_by_whom_when_and_where_to(family, worker):
    home, _head, wife, son = family
    factories.care_record(son, since=TODAY - timedelta(days=9))
    future = factories.care_record(son, factories.care_category("低保"), since=TODAY)
    over = factories.care_record(
        son, factories.care_category("高龄"), since=date(2020, 1, 1), until=date(2021, 1, 1)
    )
    factories.stay(Resident.objects.get(pk=wife.pk))

    done = life.leave(home, by=worker, on=YESTERDAY, members=[son], to="济南", note="上学")

    gone = fresh(son)
    assert (gone.ended_on, gone.end_reason, gone.went_to) == (YESTERDAY, "moved", "济南")
    assert last_reason(gone)["reason"].endswith("济南 · 上学")
    assert (fresh(home).ended_on, done.household) == (None, home)
    assert fresh(wife).ended_on is None
    assert wife.stay.ended_on is None
    assert [one.until for one in son.care_records.order_by("pk")] == [
        YESTERDAY, TODAY, date(2021, 1, 1),
    ]  # fmt: skip
    life.bring_back(home, by=worker)
    assert [one.until for one in son.care_records.order_by("pk")] == [
        None, None, date(2021, 1, 1),
    ]  # fmt: skip
    assert fresh(future).until is None
    assert fresh(over).until == date(2021, 1, 1)
    back = fresh(son)
    assert (back.ended_on, back.end_reason, back.went_to, back.relation) == (None, "", "", "20")


def test_a_head_who_leaves_hands_over_name_and_telephone(family, worker):
    home, head, wife, son = family
    Household.objects.update(phone="0632")

    life.leave(home, by=worker, on=TODAY, members=[head], head=wife)

    assert (fresh(home).head_name, fresh(home).phone) == ("王秀兰", "13800000002")
    assert fresh(wife).relation == "02"
    life.leave(home, by=worker, on=TODAY, members=[wife], head=son)
    assert (fresh(home).head_name, fresh(home).phone) == ("李强", "13800000002")


def test_the_dead_keep_where_they_went_and_come_back_with_it(family, worker):
    home, *_, son = family
    Resident.objects.filter(pk=son.pk).update(went_to="济南")

    life.die(home, by=worker, on=TODAY, member=son)
    assert (fresh(son).end_reason, fresh(son).went_to) == ("died", "济南")
    life.bring_back(home, by=worker, note="误报")

    assert (fresh(son).ended_on, fresh(son).went_to) == (None, "济南")
    assert last_reason(fresh(son))["reason"].endswith("误报")


@pytest.mark.parametrize(
    ("birth_on", "on", "is_right"),
    [(YESTERDAY, YESTERDAY, True), (TODAY, YESTERDAY, False), (None, YESTERDAY, True)],
)
def test_nobody_goes_before_the_birth(family, worker, birth_on, on, is_right):
    home, *_, son = family
    Resident.objects.filter(pk=son.pk).update(birth_on=birth_on)

    if is_right:
        life.leave(home, by=worker, on=on, members=[son])
    else:
        with pytest.raises(Refused):
            life.leave(home, by=worker, on=on, members=[son])
    assert (fresh(son).ended_on is None) is not is_right


def test_somebody_has_to_be_chosen_and_a_new_head_only_where_the_head_goes(family, worker):
    home, head, wife, son = family

    for members, new in (([], None), ([head], None), ([head], head)):
        with pytest.raises(Refused):
            life.leave(home, by=worker, on=TODAY, members=members, head=new)
    assert fresh(home).head_name == "李建国"
    life.leave(home, by=worker, on=TODAY, members=[wife])
    life.leave(home, by=worker, on=TODAY, members=[head, son], head=head)
    assert (fresh(home).ended_on, fresh(home).end_reason) == (TODAY, "moved")
    with pytest.raises(Refused):
        life.leave(home, by=worker, on=TODAY, members=[])


def test_an_empty_household_ends_by_itself(ground, worker):
    home = factories.household(ground[0])

    life.leave(home, by=worker, on=TODAY, members=[])

    assert fresh(home).ended_on == TODAY


def test_the_last_departure_is_the_one_that_is_undone(family, worker):
    home, head, wife, son = family
    rows = Resident.objects.filter(household=home)
    rows.filter(pk=son.pk).update(ended_on=date(2026, 1, 1), end_reason="moved")
    rows.filter(pk=wife.pk).update(ended_on=date(2026, 2, 1), end_reason="died")
    rows.filter(pk=head.pk).update(ended_on=date(2026, 2, 1), end_reason="moved")
    other = factories.resident(home, name="李并", ended_on=date(2026, 3, 1), end_reason="merged")

    def last():
        return {one.name for one in going.last_ended(fresh(home))}

    assert last() in ({"李建国"}, {"王秀兰"})
    Household.objects.filter(pk=home.pk).update(ended_on=date(2026, 1, 5), end_reason="moved")
    assert last() == set()
    Household.objects.filter(pk=home.pk).update(ended_on=date(2026, 2, 1))
    assert len(last()) == 1
    rows.exclude(pk__in=(son.pk, other.pk)).update(ended_on=None, end_reason="")
    Household.objects.filter(pk=home.pk).update(ended_on=None, end_reason="")
    assert last() == {"李强"}


def test_who_comes_back_is_no_second_head_and_the_house_opens_with_the_first(family, worker):
    home, head, wife, son = family
    life.leave(home, by=worker, on=TODAY, members=[head], head=wife)
    Household.objects.filter(pk=home.pk).update(head_name="王秀兰")
    life.bring_back(home, by=worker)
    assert [fresh(one).relation for one in (head, wife)] == ["", "02"]

    life.leave(home, by=worker, on=TODAY, members=[head, wife, son])
    assert fresh(home).ended_on == TODAY
    life.bring_back(home, by=worker)
    assert (fresh(home).ended_on, fresh(home).end_reason) == (None, "")
    assert live(home) == {"李建国", "王秀兰", "李强"}
    assert fresh(wife).relation == "02"


def test_a_merged_household_is_not_brought_back(family, worker):
    Household.objects.update(ended_on=TODAY, end_reason="merged")
    Resident.objects.update(ended_on=TODAY, end_reason="moved")

    with pytest.raises(Refused):
        life.bring_back(family[0], by=worker)


# The question of a lease that ran out


@pytest.mark.parametrize(
    ("use", "stays_behind", "after"),
    [("lapsed", False, "empty"), ("lapsed", True, "lapsed"), ("let", False, "let")],
)
def test_a_dwelling_is_empty_once_nobody_lives_there(family, worker, use, stays_behind, after):
    home = family[0]
    Dwelling.objects.filter(pk=home.dwelling_id).update(use=use)
    if stays_behind:
        factories.household(home=home.dwelling, head_name="邻")

    life.leave(home, by=worker, on=TODAY, members=list(family[1:]))

    assert fresh(home.dwelling).use == after


@pytest.mark.parametrize(
    ("use", "is_lapsed", "is_of_household", "after"),
    [
        ("empty", True, True, "lapsed"),
        ("empty", False, True, "empty"),
        ("empty", True, False, "empty"),
        ("own", True, True, "own"),
    ],
)
def test_the_question_stands_again_when_they_are_back(
    family, worker, use, is_lapsed, is_of_household, after
):
    home = family[0]
    factories.lease(
        home.dwelling,
        household=home if is_of_household else None,
        state="approved",
        since=YESTERDAY - timedelta(days=364),
        until=YESTERDAY,
        ended_on=YESTERDAY if is_lapsed else None,
    )
    life.leave(home, by=worker, on=TODAY, members=list(family[1:]))
    Dwelling.objects.filter(pk=home.dwelling_id).update(use=use)

    life.bring_back(home, by=worker)

    assert fresh(home.dwelling).use == after


# Another order


def test_a_new_head_keeps_the_telephone_of_the_household_where_none_is_known(family, worker):
    home, head, wife, son = family
    Household.objects.update(phone="0632")

    life.change_head(
        home, by=worker, head=son, relations={head.pk: "50", wife.pk: "52"}, note="老了"
    )

    assert (fresh(home).head_name, fresh(home).phone) == ("李强", "0632")
    assert [fresh(one).relation for one in (head, wife, son)] == ["50", "52", "02"]
    assert last_reason(fresh(home))["reason"].endswith("老了")
    life.change_head(home, by=worker, head=head, relations={son.pk: "20"})
    assert [fresh(one).relation for one in (head, wife, son)] == ["02", "52", "20"]


@pytest.mark.parametrize(
    ("new", "relations"),
    [
        ("head", {}),
        ("wife", {}),
        ("wife", {"head": ""}),
        ("wife", {"head": "02"}),
        ("wife", {"head": "10", "son": "02"}),
    ],
)
def test_which_change_of_head_is_refused(family, worker, new, relations):
    home, head, wife, son = family
    people = {"head": head, "wife": wife, "son": son}
    relations = {people[name].pk: code for name, code in relations.items()}

    with pytest.raises(Refused):
        life.change_head(home, by=worker, head=people[new], relations=relations)
    assert fresh(home).head_name == "李建国"


def test_a_household_whose_head_is_nobody_gets_one(family, worker):
    home, head, wife, _ = family
    Household.objects.update(head_name="无人")

    life.change_head(home, by=worker, head=wife, relations={wife.pk: "02"})

    assert (fresh(home).head_name, fresh(head).relation) == ("王秀兰", "")


def test_a_split_makes_a_household_of_those_who_go(family, worker):
    home, head, wife, son = family

    done = life.split(
        home, by=worker, on=YESTERDAY, members=[wife, son], head=wife, number="N8", note="分家"
    )

    new = done.household
    assert (new.head_name, new.phone, new.number, new.arrived_on, new.dwelling) == (
        "王秀兰", "13800000002", "N8", YESTERDAY, home.dwelling,
    )  # fmt: skip
    assert (live(home), live(new)) == ({"李建国"}, {"王秀兰", "李强"})
    assert [fresh(one).relation for one in (head, wife, son)] == ["02", "02", "20"]
    assert last_reason(new)["reason"].endswith("分家")


@pytest.mark.parametrize("case", ["all", "head", "tomorrow", "not among them", "closed"])
def test_which_split_is_refused(family, worker, case):
    home, head, wife, son = family
    members, new, on = {
        "all": ([head, wife, son], wife, TODAY),
        "head": ([head, son], son, TODAY),
        "tomorrow": ([son], son, TOMORROW),
        "not among them": ([son], wife, TODAY),
        "closed": ([son], son, TODAY),
    }[case]
    if case == "closed":
        Household.objects.filter(pk=home.pk).update(ended_on=TODAY, end_reason="moved")

    with pytest.raises(Refused):
        life.split(home, by=worker, on=on, members=members, head=new)
    assert Household.objects.count() == 1


def test_two_households_of_two_grids_become_one(family, ground):
    home, head, wife, son = family
    both = factories.staff("grid_worker", ground[0])
    factories.posting(both, "grid_worker", ground[1])
    into = factories.household(ground[1], head_name="张三")
    factories.resident(into, name="张三")
    factories.resident(home, name="李走", ended_on=date(2025, 1, 1))

    done = life.merge(home, by=both, on=YESTERDAY, into=into, relation="50", note="同住")

    assert done.household == into
    assert live(into) == {"张三", "李建国", "王秀兰", "李强"}
    assert [(fresh(one).relation, fresh(one).grid_id) for one in (head, wife, son)] == [
        ("50", ground[1].pk), ("10", ground[1].pk), ("20", ground[1].pk),
    ]  # fmt: skip
    assert (fresh(home).ended_on, fresh(home).end_reason) == (YESTERDAY, "merged")
    assert fresh(into).head_name == "张三"
    assert last_reason(fresh(home))["reason"].endswith("同住")
    assert Resident.objects.get(name="李走").household == home


@pytest.mark.parametrize(
    "case", ["itself", "head", "tomorrow", "other grid", "other district", "closed"]
)
def test_which_merging_is_refused(family, worker, ground, case):
    home = family[0]
    into = factories.household(ground[0], head_name="张三")
    far = factories.household(factories.unit("520602003003001"))
    both = factories.staff("grid_worker", far.grid)
    factories.posting(both, "grid_worker", ground[0])
    options = {"by": worker, "on": TODAY, "into": into, "relation": "50"} | {
        "itself": {"into": home},
        "head": {"relation": "02"},
        "tomorrow": {"on": TOMORROW},
        "other grid": {"into": factories.household(ground[1])},
        "other district": {"into": far, "by": both},
        "closed": {},
    }[case]
    if case == "closed":
        Household.objects.filter(pk=into.pk).update(ended_on=TODAY, end_reason="moved")

    with pytest.raises(Refused):
        life.merge(home, **options)
    assert fresh(home).ended_on is None


# Moving


def test_a_move_takes_household_and_members_to_the_new_grid(family, ground):
    home, head, wife, son = family
    both = factories.staff("grid_worker", ground[0])
    factories.posting(both, "grid_worker", ground[1])
    factories.building(ground[1], "9号楼")
    Dwelling.objects.filter(pk=home.dwelling_id).update(use="lapsed")
    left = home.dwelling
    Resident.objects.filter(pk=son.pk).update(kind="floating")
    place = {"building": "9号楼", "entrance": "1单元", "room": "101", "address": ""}

    life.move(
        home, by=both, on=TODAY, grid=ground[1], place=place, note="近些",
        stay={"leaves_on": TOMORROW, "came_from": "济南"},
    )  # fmt: skip

    moved = fresh(home)
    assert (moved.grid, moved.dwelling.room, moved.dwelling.grid) == (ground[1], "101", ground[1])
    assert moved.community.code == "370402001028"
    assert {fresh(one).grid for one in (head, wife, son)} == {ground[1]}
    assert (fresh(son).stay.leaves_on, fresh(son).stay.came_from) == (TOMORROW, "济南")
    assert Stay.objects.count() == 1
    assert fresh(left).use == "empty"
    assert last_reason(moved)["reason"].endswith("近些")
    with pytest.raises(Refused):
        life.move(home, by=both, on=TODAY, grid=ground[1], place=place)


def test_which_move_is_refused(family, worker, ground):
    home = family[0]
    far = factories.unit("520602003003001")
    place = {"address": "建设路9号"}

    for grid, on in ((far, TODAY), (ground[0], TOMORROW)):
        with pytest.raises(Refused):
            life.move(home, by=worker, on=on, grid=grid, place=place)
    empty = factories.household(ground[0])
    with pytest.raises(Refused):
        life.move(empty, by=worker, on=TODAY, grid=ground[1], place=place)
    life.move(empty, by=worker, on=TODAY, grid=ground[0], place=place)
    assert fresh(empty).dwelling.address == "建设路9号"
    assert not MoveInRequest.objects.exists()


def test_a_move_into_another_grid_is_offered_with_all_that_was_said(family, worker, ground):
    import json

    home, _, wife, _ = family
    place = {"building": "9号楼", "entrance": "", "room": "101", "address": ""}
    Household.objects.update(head_name="王秀兰")

    done = life.move(
        home,
        by=worker,
        on=YESTERDAY,
        grid=ground[1],
        place=place,
        stay={"came_on": YESTERDAY, "permit": ""},
    )

    request = MoveInRequest.objects.get()
    assert (request.is_offer, request.resident, request.to_grid) == (True, wife, ground[1])
    assert json.loads(request.row_sealed.reveal()) == {
        "plan": "move", "household": home.pk, "place": place, "on": YESTERDAY.isoformat(),
        "stay": {"came_on": YESTERDAY.isoformat()},
    }  # fmt: skip
    assert asking_the_other_grid.place_of(request) == "9号楼101"
    assert (done.household, fresh(home).grid) == (home, ground[0])


# What all stand on


def test_the_head_is_the_one_of_the_name_and_rather_the_one_who_says_so():
    def one(name, relation):
        return Resident(name=name, relation=relation)

    home = Household(head_name="李")
    first, second, other = one("李", "20"), one("李", "02"), one("王", "02")

    assert life.head_of(home, [first, second]) is second
    assert life.head_of(home, [other, first]) is first
    assert life.head_of(home, [other]) is None
    assert life.head_of(home, []) is None


def test_who_may_answer_for_a_grid(ground):
    by_grid = factories.staff("grid_worker", ground[0])
    by_district = factories.staff("administrator", factories.district())
    reader = factories.staff("assistant", ground[0])

    assert asking_the_other_grid.may_edit(by_grid, ground[0])
    assert not asking_the_other_grid.may_edit(by_grid, ground[1])
    assert not asking_the_other_grid.may_edit(reader, ground[0])
    assert asking_the_other_grid.may_edit(by_district, ground[0]) == by_district.has(
        "register.edit"
    )
