"""A household has one head, whichever door the change comes through."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from residents import life, move_ins
from residents.imports.batch import decisions, undo
from residents.life import duplicates
from residents.models import Household, ImportBatch, MoveInRequest, Resident
from residents.people import corrections, heads, idnumber
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import person


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", ground[0])


@pytest.fixture
def family(ground):
    """王大, head of household 1 behind 101, his wife and a son."""
    home = factories.household(
        home=factories.dwelling(ground[0], room="101"), head_name="王大", number="1"
    )
    head = factories.resident(home, name="王大", sex="1")
    wife = factories.resident(home, name="李大", relation="10")
    son = factories.resident(home, name="王小", sex="1", relation="20")
    return home, head, wife, son


def relations(home):
    return dict(home.residents.live().values_list("name", "relation"))


def head_name(home):
    return Household.objects.get(pk=home.pk).head_name


def row(one, **said):
    """The row of somebody who is known, as the list of the household has it."""
    known = {"姓名": one.name, "公民身份号码": one.id_sealed, "户号": "1", "室号": "101"}
    return person(**known) | {"出生日期": "", "性别": ""} | said


def test_whoever_becomes_the_head_ends_the_former_one(family):
    home, __, wife, ___ = family

    heads.make_head(home, wife)

    assert relations(home) == {"李大": "02", "王大": "", "王小": "20"}
    assert head_name(home) == "李大"


def test_a_death_changes_the_head_only_when_the_head_died(family, leader):
    home, head, wife, son = family
    today = timezone.localdate()

    life.die(home, by=leader, on=today, member=son, head=wife)
    assert (head_name(home), relations(home)) == ("王大", {"王大": "02", "李大": "10"})

    life.die(home, by=leader, on=today, member=head, head=wife)
    assert (head_name(home), relations(home)) == ("李大", {"李大": "02"})


@pytest.mark.parametrize(
    ("who", "relation", "is_refused"),
    [(1, "02", False), (2, "02", True), (2, "20", False)],
)
def test_a_correction_of_the_relation_changes_no_head(family, leader, who, relation, is_refused):
    one = family[who]

    if is_refused:
        with pytest.raises(Refused):
            corrections.correct(one, {"relation": relation}, by=leader)
    else:
        corrections.correct(one, {"relation": relation}, by=leader)

    assert head_name(family[0]) == "王大"
    assert [name for name, code in relations(family[0]).items() if code == "02"] == ["王大"]


def test_the_page_of_a_correction_says_so(family, enter, ground, client):
    enter("grid_leader", ground[0])
    address = reverse("residents:edit_resident", args=[family[2].pk])
    known = client.get(address).context["form"]
    said = {name: known[name].value() or "" for name in known.fields}

    answer = client.post(address, said | {"relation": "02"})

    assert answer.status_code == 422
    assert "户主" in answer.context["form"].errors["relation"][0]
    assert client.post(address, said | {"relation": "11"}).status_code == 302


def test_the_renamed_head_takes_the_household_along_and_a_namesake_does_not(family, leader):
    home, head, *__ = family
    namesake = factories.resident(home, name="王大", relation="20", sex="1")

    corrections.correct(namesake, {"name": "王二"}, by=leader)
    assert head_name(home) == "王大"
    corrections.correct(head, {"name": "王达"}, by=leader)
    assert head_name(home) == "王达"


def test_an_answer_that_names_another_head_changes_both(family, workbook, leader):
    home, son = family[0], family[3]
    answer = run(
        workbook([row(son, 户主姓名="李大", 与户主关系="子")]), "residents", on_conflict="ask"
    )

    decisions.decide(
        ImportBatch.objects.get(pk=answer["batch"]), "theirs", by=leader, now=timezone.now(),
        field="head_name",
    )  # fmt: skip

    assert (head_name(home), relations(home)["李大"], relations(home)["王大"]) == ("李大", "02", "")


@pytest.mark.parametrize(
    ("named", "heads_after", "told"), [("李大", "李大", 2), ("张三", "张三", 1)]
)
def test_the_head_may_live_elsewhere_and_is_one_all_the_same(
    family, workbook, named, heads_after, told
):
    home, son = family[0], family[3]

    answer = run(workbook([row(son, 户主姓名=named, 与户主关系="子")]), "residents")

    assert answer.get("others_changed", 0) == told
    assert head_name(home) == heads_after
    heads_here = [name for name, code in relations(home).items() if code == "02"]
    assert heads_here == [one for one in [heads_after] if one in relations(home)]


@pytest.mark.parametrize(("state", "heads_after"), [("", "王小"), ("死亡", "王大")])
def test_a_row_that_waits_changes_no_head(family, workbook, state, heads_after):
    home, head, __, son = family
    rows = [row(head, 户主姓名="", 与户主关系=""), row(son, 户主姓名="王小", 与户主关系="子")]
    rows[1] |= {"公民身份号码": "", "出生日期": son.birth_on.isoformat()}
    Resident.objects.filter(pk=son.pk).update(document="none", id_index=None, id_sealed=None)

    run(workbook([one | {"人员状态": state * (at == 1)} for at, one in enumerate(rows)],
                 heads=[*rows[0], "人员状态"]), "residents")  # fmt: skip

    assert head_name(home) == heads_after


def test_of_two_rows_of_one_name_one_is_the_head(ground, workbook):
    rows = [person(姓名="陈静", 室号="101", 户号="8"), person(姓名="陈静", 室号="101", 户号="8")]

    answer = run(workbook(rows), "residents")

    assert (answer["created"], answer["rejected_by_reason"]) == (1, {"second_head": 1})


def test_a_namesake_of_the_head_is_no_second_head(family, workbook):
    head = family[1]
    stranger = person(姓名="王大", 公民身份号码="", 出生日期="1999-01-01", 户号="1", 室号="101")

    answer = run(workbook([row(head, 与户主关系="户主"), stranger]), "residents")

    assert answer["rejected_by_reason"] == {"second_head": 1}
    assert Resident.objects.filter(name="王大").count() == 1


def test_the_head_of_another_household_is_no_second_head_without_saying_so(
    family, workbook, ground
):
    home = factories.household(ground[0], head_name="王大", number="7")
    mover = factories.resident(home, name="王大", sex="1")

    answer = run(workbook([row(mover, 与户主关系="", 户主姓名="王大")]), "residents")

    assert answer["rejected_by_reason"] == {"second_head": 1}
    assert Resident.objects.get(pk=mover.pk).household == home


def test_a_row_that_calls_another_one_the_head_is_not_the_head(ground, workbook):
    row_ = person(姓名="张敏", 室号="101", 户号="8", 户主姓名="王芳")

    assert run(workbook([row_]), "residents")["created"] == 1
    home = Household.objects.get()
    assert (home.head_name, relations(home)) == ("王芳", {"张敏": ""})
    assert run(workbook([row_]), "residents")["unchanged"] == 1

    run(workbook([row_ | {"户主姓名": "张敏"}]), "residents")
    assert (head_name(home), relations(home)) == ("张敏", {"张敏": "02"})


def test_two_households_of_one_head_behind_one_door_need_numbers(ground, workbook):
    door = factories.dwelling(ground[0], room="101")
    for name, relation in (("张敏", "02"), ("刘洋", "02")):
        home = factories.household(home=door, head_name=name, number="")
        factories.resident(home, name=name, relation=relation)
    child = factories.resident(home, name="张敏", relation="30")
    row_ = row(child, 户号="", 户主姓名="", 与户主关系="户主")

    answer = run(workbook([row_]), "residents")

    assert answer["rejected"] == 1
    assert Household.objects.live().filter(head_name="张敏").count() == 1


def test_an_undo_brings_nobody_into_a_household_that_was_closed_since(
    family, workbook, leader, ground
):
    home, son = family[0], family[3]
    answer = run(workbook([row(son, 户号="9", 室号="202", 与户主关系="户主")]), "residents")
    assert Resident.objects.get(pk=son.pk).household.number == "9"
    other = factories.household(ground[0], head_name="赵六")
    factories.resident(other, name="赵六")
    life.merge(home, by=leader, on=timezone.localdate(), into=other, relation="99")

    undo.take_back(ImportBatch.objects.get(pk=answer["batch"]), by=None)

    lives_in = Resident.objects.get(pk=son.pk).household
    assert (lives_in.ended_on, lives_in.number) == (None, "9")


def test_taken_apart_again_they_live_where_somebody_can(ground, leader):
    kept = factories.resident(grid=ground[0], name="张桂英")
    left_out = Resident.objects.create(
        district_id=kept.district_id, grid_id=kept.grid_id, name="张桂英", pinyin=kept.pinyin,
        initials=kept.initials, birth_on=kept.birth_on, relation="10",
        household=factories.household(ground[0], head_name="刘洋"),
    )  # fmt: skip
    home = left_out.household
    factories.resident(home, name="刘洋")
    duplicates.make_one(kept, left_out, by=leader)
    life.merge(
        home, by=leader, on=timezone.localdate() - timedelta(days=1),
        into=factories.household(ground[0], head_name="赵六"), relation="99",
    )  # fmt: skip

    duplicates.make_two(kept, left_out, by=leader)

    assert Resident.objects.get(pk=left_out.pk).household == kept.household


@pytest.fixture
def asked(family, ground):
    """A request to take somebody of the other grid in as the head of a household that is empty."""
    today, empty = timezone.localdate(), factories.household(ground[0], head_name="赵六")
    far = factories.resident(grid=ground[1], name="张桂英")
    person_ = {
        "name": "张桂英", "relation": "02", "number": idnumber.parse(far.id_sealed, today),
        "sex": "2", "birth_on": far.birth_on, "phone": "", "kind": "",
    }  # fmt: skip
    asking = factories.staff("grid_worker", ground[0])
    life.add_member(empty, by=asking, on=today, person=person_)
    return MoveInRequest.objects.get(), empty, far


def test_whoever_is_taken_in_as_the_head_of_an_empty_household_is_its_head(asked, ground):
    request, empty, _ = asked

    move_ins.accept(request, by=factories.staff("grid_worker", ground[1]))

    assert (head_name(empty), relations(empty)) == ("张桂英", {"张桂英": "02"})


@pytest.mark.parametrize("since", ["has a head", "is gone"])
def test_a_request_of_a_household_that_changed_is_refused_in_words(asked, ground, since):
    request, empty, far = asked
    if since == "has a head":
        factories.resident(empty, name="赵六")
    else:
        empty.delete()

    with pytest.raises(Refused):
        move_ins.accept(request, by=factories.staff("grid_worker", ground[1]))

    assert Resident.objects.get(pk=far.pk).grid_id == ground[1].pk
