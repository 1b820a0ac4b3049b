"""Families of a list without numbers: shown as they were understood, asked about once for a form."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, family_answers, queue
from residents.models import Household, ImportBatch
from tests.residents.sheets import run
from tests.residents.workbooks import HEADS, person

PLAIN = [head for head in HEADS if head not in ("户号", "户主姓名")]


def member(name, relation, **said):
    return person(姓名=name, 与户主关系=relation, 室号="101") | said


FAMILIES = [
    member("张一", "户主"), member("李二", "配偶"), member("张三", "子"),
    member("王四", "户主", 室号="102"), member("赵五", "妻", 室号="102"),
    member("钱六", "户主", 室号="103"),
    member("孙七", "户主", 室号="104"),
]  # fmt: skip


def uploaded(path, by, name="名单.xlsx"):
    batch = batches.accept_upload(SimpleUploadedFile(name, path.read_bytes()), by=by)
    queue.work(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def page_of(client, batch):
    return client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()


def say(client, batch, said):
    client.post(reverse("residents:import_families", args=[batch.pk]), {"families": said})
    queue.work(batch.pk)
    batch.refresh_from_db()


def homes():
    return {
        one.head_name: sorted(one.residents.live().values_list("name", flat=True))
        for one in Household.objects.live()
    }


@pytest.fixture
def leader(ground, enter):
    return enter("grid_leader", ground[0].parent)


def test_the_first_three_families_are_shown_and_asked_about(client, leader, workbook):
    batch = uploaded(workbook(FAMILIES, heads=PLAIN), leader)

    found = family_answers.shown(batch)
    page = page_of(client, batch)

    assert [[(one["name"], one["number"]) for one in home["members"]] for home in found] == [
        [("张一", 2), ("李二", 3), ("张三", 4)],
        [("王四", 5), ("赵五", 6)],
        [("钱六", 7)],
    ]
    assert found[0]["members"][1]["relation"] == "配偶"
    assert "101" in found[0]["address"]
    assert "分户正确吗？" in page
    assert "赵五" in page
    assert "孙七" not in page


def test_names_are_sealed_and_go_with_the_import(client, leader, workbook):
    batch = uploaded(workbook(FAMILIES, heads=PLAIN), leader)
    assert "张一" not in str(batch.preview)
    assert batch.preview["families"]

    queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()

    assert batch.state == "done"
    assert "families" not in batch.preview


def test_an_answer_is_asked_once_for_lists_of_a_form(client, leader, workbook):
    batch = uploaded(workbook(FAMILIES, heads=PLAIN), leader)

    say(client, batch, "as_read")
    other = uploaded(workbook([member("周八", "户主")], heads=PLAIN), leader, "下月.xlsx")

    assert batch.state == other.state == "checked"
    assert "分户正确吗？" not in page_of(client, batch)
    assert family_answers.shown(other) == []
    assert batch.preview["created"] == 7


def test_everybody_with_the_same_address_is_a_family(client, leader, workbook):
    rows = [
        member("李二", "配偶"),
        member("张一", "户主"),
        member("王四", "户主", 室号="102"),
        member("张三", "子"),
    ]
    batch = uploaded(workbook(rows, heads=PLAIN), leader)

    say(client, batch, "door")
    queue.confirm(batch)
    queue.work(batch.pk)

    assert homes() == {"张一": ["张一", "张三", "李二"], "王四": ["王四"]}


def test_all_rows_below_a_head_are_a_family_whatever_their_doors(client, leader, workbook):
    nowhere = {"楼栋": "", "单元": "", "室号": ""}
    rows = [
        member("张一", "户主"), member("李二", "配偶", **nowhere), member("张三", "子", 室号="999"),
        member("王四", "户主", 室号="102"), member("赵五", "妻", **nowhere),
    ]  # fmt: skip
    batch = uploaded(workbook(rows, heads=PLAIN), leader)

    say(client, batch, "below")
    queue.confirm(batch)
    queue.work(batch.pk)

    assert homes() == {"张一": ["张一", "张三", "李二"], "王四": ["王四", "赵五"]}


def test_a_list_with_numbers_is_not_asked_about(client, leader, workbook):
    batch = uploaded(workbook([person(), person()]), leader)

    assert family_answers.shown(batch) == []
    assert "分户正确吗？" not in page_of(client, batch)


def test_two_persons_in_a_row_are_shown_although_there_is_a_number(leader, workbook):
    hers = {"配偶姓名": "乙妻", "配偶身份证号": person()["公民身份号码"]}
    batch = uploaded(workbook([person(姓名="甲") | hers], heads=[*HEADS, *hers]), leader)

    [home] = family_answers.shown(batch)

    assert [(one["name"], one["number"]) for one in home["members"]] == [
        ("甲", 2),
        ("乙妻", "2（配偶）"),
    ]


def test_no_other_answer_is_taken(client, leader, workbook):
    batch = uploaded(workbook(FAMILIES, heads=PLAIN), leader)

    say(client, batch, "something else")

    assert family_answers.shown(batch) != []


def test_the_command_says_the_first_families(workbook, ground):
    answer = run(workbook(FAMILIES, heads=PLAIN), "residents", dry_run=True)

    assert [len(home["members"]) for home in answer["families"]] == [3, 2, 1]
    assert "families" not in run(workbook([person()]), "residents", dry_run=True)
