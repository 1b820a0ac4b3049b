"""Rows that do not look like data, and are: what they say is shown, and somebody takes them in."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, queue
from residents.models import ImportBatch, Premises, Resident
from tests.residents.workbooks import HEADS, person


def sent(path, by, **options):
    upload = SimpleUploadedFile("名单.xlsx", path.read_bytes())
    batch = batches.accept_upload(upload, by=by, **options)
    return checked(batch)


def checked(batch):
    queue.work(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def page_of(client, batch):
    address = reverse("residents:import_detail", args=[batch.pk])
    return client.get(address).content.decode()


def say(client, batch, row):
    client.post(reverse("residents:import_rows", args=[batch.pk]), {"row": row})
    return checked(batch)


@pytest.fixture
def odd():
    """Somebody whose row begins like a note: no number, and known by the household."""
    return person(
        网格编码="备注：户籍在册",
        公民身份号码="",
        姓名="王小宝",
        户主姓名="王秀兰",
        与户主关系="子",
        出生日期="2019-05-01",
    )


def test_the_dry_run_says_what_a_row_says_that_it_leaves_out(client, leader, workbook, odd):
    note = {"网格编码": "合计：2 人", "姓名": "王秀英", "联系电话": "13800001234"}
    batch = sent(workbook([person(), note, odd]), leader)

    rows = batch.preview["left_out"]["rows"]
    assert [row["row"] for row in rows] == [3, 4]
    assert rows[0]["says"] == ["合计：2 人", "王**", "*******1234"]
    page = page_of(client, batch)
    assert "合计：2 人 · 王**" in page
    assert "王秀英" not in page


def test_a_row_is_taken_in_and_the_dry_run_runs_again(client, leader, workbook, odd):
    batch = sent(workbook([person(), odd, {"网格编码": "合计：2 人"}]), leader)
    assert (batch.preview["rows"], batch.preview["left_out"]["count"]) == (1, 2)

    batch = say(client, batch, "3")

    assert (batch.state, batch.taken_in) == ("checked", [3])
    assert (batch.preview["rows"], batch.preview["left_out"]["count"]) == (2, 1)
    assert batch.preview["rejected_by_reason"] == {"grid_unknown": 1}  # now it is judged


def test_what_is_taken_in_is_imported_from_the_rows_that_the_dry_run_kept(client, leader, workbook):
    guest = person(
        备注="备注：港澳居民", 证件类型="港澳居民来往内地通行证", 公民身份号码="H12345678"
    )
    heads = ["备注", "证件类型", *(head for head in HEADS if head != "备注")]
    batch = sent(workbook([person(), guest], heads=heads), leader)
    assert batch.preview["rows"] == 1

    batch = say(client, batch, "3")
    assert (batch.preview["created"], batch.preview["rejected"]) == (2, 0)
    batch.file.storage.delete(batch.file.name)
    other = workbook([], heads=heads).read_bytes()
    batch.file.storage.save(batch.file.name, ContentFile(other))
    queue.confirm(batch)

    assert (checked(batch).state, Resident.objects.count()) == ("done", 2)
    assert Resident.objects.filter(document="hm_pass", name=guest["姓名"]).count() == 1


def test_a_shop_called_as_a_sum_is_taken_in(client, leader, workbook):
    shops = [
        {"网格": "370402001028001", "单位名称": "利民超市", "单位类型": "个体工商户"},
        {"网格": "370402001028001", "单位名称": "说明", "单位类型": "个体工商户"},
        {"单位名称": "合计", "单位类型": "个体工商户", "网格": "370402001028001"},
    ]
    heads = ["单位名称", "网格", "单位类型"]
    batch = sent(workbook(shops, heads=heads), leader, register="premises")
    assert [row["row"] for row in batch.preview["left_out"]["rows"]] == [3, 4]

    batch = say(client, batch, "3")
    assert [row["row"] for row in batch.preview["left_out"]["rows"]] == [4]
    queue.confirm(batch)
    batch = checked(batch)

    assert set(Premises.objects.values_list("name", flat=True)) == {"利民超市", "说明"}
    assert batch.result["left_out"] == {"count": 1, "rows": [4]}


def test_all_of_them_are_taken_in_and_left_out_again(client, leader, workbook):
    notes = [{"网格编码": "合计", "姓名": f"共{number}人"} for number in range(40)]
    batch = sent(workbook([person(), *notes]), leader)
    found = batch.preview["left_out"]
    assert (found["count"], len(found["rows"]), batch.preview["rows"]) == (40, 30, 1)

    batch = say(client, batch, "all")
    assert (batch.preview["rows"], batch.preview["left_out"]["count"]) == (41, 0)
    assert 'name="row" value=""' in page_of(client, batch)

    batch = say(client, batch, "")
    assert (batch.taken_in, batch.preview["rows"]) == ([], 1)


@pytest.mark.parametrize("row", ["2", "99", "x", "-1"])
def test_only_a_row_that_was_left_out_is_taken_in(client, leader, workbook, row):
    batch = sent(workbook([person(), {"网格编码": "合计：1 人"}]), leader)

    client.post(reverse("residents:import_rows", args=[batch.pk]), {"row": row})

    batch.refresh_from_db()
    assert (batch.state, batch.taken_in) == ("checked", [])


def test_a_head_below_is_listed_and_not_offered(client, leader, workbook):
    again = dict(zip(HEADS, HEADS, strict=True))
    batch = sent(workbook([person(), again, person()]), leader)
    assert batch.preview["left_out"]["rows"] == [{"row": 3, "says": None}]

    batch = say(client, batch, "3")

    assert (batch.state, batch.taken_in, batch.preview["rows"]) == ("checked", [], 2)


def test_rows_are_taken_in_while_the_dry_run_waits_only(client, leader, workbook):
    batch = sent(workbook([person(), {"网格编码": "合计：1 人"}]), leader)
    queue.confirm(batch)
    batch = checked(batch)

    client.post(reverse("residents:import_rows", args=[batch.pk]), {"row": "3"})

    batch.refresh_from_db()
    assert (batch.state, batch.taken_in) == ("done", [])
    assert reverse("residents:import_rows", args=[batch.pk]) not in page_of(client, batch)
