"""A household number names a household only with a person, its head or its door; one has one head."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, queue
from residents.models import Household, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

NEXT_COMMUNITY = "370402001029001"


@pytest.fixture
def wang(ground):
    """王大, head of household 1 in 1号楼1单元101, with a wife."""
    home = factories.household(
        home=factories.dwelling(ground[0], room="101"), head_name="王大", number="1"
    )
    head = factories.resident(home, name="王大", relation="02")
    factories.resident(home, name="李大", relation="10")
    return head


def stranger(**said):
    return person(姓名="赵新", 户号="1", 室号="702") | said


def homes():
    """{head: (number, grid, members)} of the live households."""
    return {
        one.head_name: (
            one.number,
            one.grid.code,
            sorted(one.residents.live().values_list("name", flat=True)),
        )
        for one in Household.objects.live().select_related("grid")
    }


STAYS = ("1", UNIT, ["李大", "王大"])


@pytest.mark.parametrize("on_conflict", ["theirs", "ours", "ask"])
@pytest.mark.parametrize("is_listed_with_head", [True, False])
def test_two_grids_may_both_count_from_one(workbook, wang, on_conflict, is_listed_with_head):
    head = {} if is_listed_with_head else {"户主姓名": ""}

    answer = run(
        workbook([stranger(网格编码=OTHER_UNIT, **head)]), "residents", on_conflict=on_conflict
    )

    assert (answer["created"], answer.get("others_changed", 0)) == (1, 0)
    assert homes() == {"王大": STAYS, "赵新": ("1", OTHER_UNIT, ["赵新"])}


def test_both_grids_may_stand_in_one_file(workbook, ground):
    rows = [
        stranger(姓名="王一", 户主姓名="王一", 室号="101"),
        stranger(姓名="王二", 户主姓名="王一", 室号="101", 与户主关系="子"),
        stranger(姓名="赵一", 户主姓名="赵一", 网格编码=OTHER_UNIT),
    ]

    answer = run(workbook(rows), "residents")

    assert (answer["created"], answer["households"]) == (3, 2)
    assert homes() == {
        "王一": ("1", UNIT, ["王一", "王二"]),
        "赵一": ("1", OTHER_UNIT, ["赵一"]),
    }


@pytest.mark.parametrize("on_conflict", ["theirs", "ours", "ask"])
def test_a_number_that_others_have_in_the_grid_is_asked_about(workbook, wang, on_conflict):
    answer = run(workbook([stranger()]), "residents", on_conflict=on_conflict)

    assert answer["rejected_by_reason"] == {"household_number_taken": 1}
    assert homes() == {"王大": STAYS}


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ({"室号": "101"}, True),  # the door
        ({"户主姓名": "王大", "与户主关系": "子"}, True),  # the head
        ({"户主姓名": "赵新"}, False),
        ({"户主姓名": "王大", "姓名": "王大", "与户主关系": "户主"}, False),  # by name only
    ],
)
def test_the_door_or_the_head_say_who_is_meant(workbook, wang, said, agrees):
    answer = run(workbook([stranger(**said)]), "residents")

    expected = {} if agrees else {"household_number_taken": 1}
    assert answer["rejected_by_reason"] == expected
    assert Household.objects.live().count() == 1


def test_a_person_says_who_is_meant(workbook, wang):
    number = wang.id_sealed if isinstance(wang.id_sealed, str) else wang.id_sealed.reveal()
    row = stranger(
        姓名="王大", 户主姓名="王大", 公民身份号码=number, 出生日期="", 网格编码=OTHER_UNIT
    )

    answer = run(workbook([row]), "residents")

    assert (answer["changed"], answer.get("others_changed", 0)) == (1, 1)
    assert homes() == {"王大": ("1", OTHER_UNIT, ["李大", "王大"])}


def test_who_moves_along_without_being_in_the_file_is_counted(workbook, wang):
    row = stranger(姓名="王三", 户主姓名="王大", 与户主关系="子", 室号="909")

    answer = run(workbook([row]), "residents", dry_run=True)
    assert answer.get("others_changed", 0) == 2

    assert run(workbook([row]), "residents").get("others_changed", 0) == 2
    assert run(workbook([row]), "residents").get("others_changed", 0) == 0


@pytest.mark.parametrize("nothing", ["0", "00", "无", "待定", "空挂", "-", ""])
def test_a_word_in_place_of_a_number_is_none(workbook, ground, nothing):
    rows = [
        stranger(姓名="占一", 户主姓名="占一", 室号="101", 户号=nothing),
        stranger(姓名="占二", 户主姓名="占二", 室号="102", 户号=nothing),
    ]

    assert run(workbook(rows), "residents")["created"] == 2
    assert run(workbook(rows), "residents")["unchanged"] == 2
    assert homes() == {"占一": ("", UNIT, ["占一"]), "占二": ("", UNIT, ["占二"])}


# One head


def heads():
    return sorted(Resident.objects.live().filter(relation="02").values_list("name", flat=True))


def test_a_second_head_of_a_household_is_refused(workbook, ground):
    rows = [stranger(姓名="冯一", 户主姓名=""), stranger(姓名="冯二", 户主姓名="")]

    answer = run(workbook(rows), "residents")

    assert (answer["created"], answer["rejected_by_reason"]) == (1, {"second_head": 1})
    assert heads() == ["冯一"]


def test_a_new_head_takes_the_place_of_the_old_one(workbook, wang):
    row = stranger(姓名="王三", 户主姓名="", 室号="101")

    answer = run(workbook([row]), "residents")

    assert (answer["created"], answer.get("others_changed", 0)) == (1, 1)
    assert heads() == ["王三"]
    assert homes() == {"王三": ("1", UNIT, ["李大", "王三", "王大"])}


def test_the_head_of_others_is_not_taken_from_them(workbook, wang):
    number = wang.id_sealed if isinstance(wang.id_sealed, str) else wang.id_sealed.reveal()
    alone = stranger(
        姓名="王大", 户主姓名="王大", 公民身份号码=number, 出生日期="", 户号="8", 室号="808"
    )

    answer = run(workbook([alone]), "residents")

    assert answer["rejected_by_reason"] == {"head_leaves": 1}
    assert homes() == {"王大": STAYS}


def test_a_household_whose_rows_are_refused_stays_where_it_is(workbook, wang):
    """The rows are refused because the household lives outside of the importer's area."""
    leader = factories.staff("grid_leader", factories.unit(OTHER_UNIT))
    rows = [
        stranger(姓名="王三", 户主姓名="王大", 与户主关系="子", 网格编码=OTHER_UNIT, 户号="1"),
        stranger(姓名="周一", 户主姓名="周一", 网格编码=OTHER_UNIT, 户号="7", 室号="77"),
    ]

    answer = run(workbook(rows), "residents", by=leader)

    assert answer["rejected_by_reason"] == {"household_elsewhere": 1}
    assert homes()["王大"] == STAYS


def test_the_page_of_the_dry_run_names_who_else_changes(client, ground, workbook, wang, enter):
    leader = enter("grid_leader", ground[0].parent)
    path = workbook([stranger(姓名="王三", 户主姓名="王大", 与户主关系="子", 室号="909")])
    batch = batches.accept_upload(SimpleUploadedFile("名单.xlsx", path.read_bytes()), by=leader)
    queue.work(batch.pk)

    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()

    for one in wang.household.residents.all():
        assert reverse("residents:resident", args=[one.pk]) in page
        assert one.name in page
