"""Step 2 of an import in the browser: what the sender's columns mean, asked once."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from residents.imports.batch import batches, queue
from residents.imports.workbook import columns
from residents.models import ImportBatch, ImportMapping, Resident
from tests import factories
from tests.residents.workbooks import HEADS, person

ODD = {
    "住哪个格": "网格编码",
    "谁": "姓名",
    "身份证号": "公民身份号码",
    "性别": "性别",
    "出生日期": "出生日期",
    "户号": "户号",
    "楼号": "楼栋",
    "单元": "单元",
    "室号": "室号",
    "爱好": "备注",
}
CHOSEN = {0: "grid", 1: "name"}


@pytest.fixture
def odd_workbook(workbook):
    rows = [person(姓名="欧阳明珠", 备注="钓鱼") for __ in range(3)]
    return rows, workbook(rows, heads=ODD).read_bytes()


def upload(client, content, name="居民表.xlsx"):
    """(the answer of its page after a worker has read it, the batch)"""
    answer = client.post(
        reverse("residents:import_new"), {"file": SimpleUploadedFile(name, content)}
    )
    batch = ImportBatch.objects.latest("pk")
    queue.work(batch.pk)
    return client.get(answer.url), ImportBatch.objects.get(pk=batch.pk)


def form_of(page):
    """What the page would send as it stands."""
    return {
        column["field"]: column["chosen"]
        for table in page.context["tables"]
        for column in table["columns"]
    }


def choose(client, batch, **changes):
    address = reverse("residents:import_columns", args=[batch.pk])
    said = form_of(client.get(address))
    said |= {f"column-0-{at}": field for at, field in CHOSEN.items()}
    return client.post(address, said | changes)


def test_a_workbook_with_unknown_columns_asks_first(leader, client, odd_workbook):
    answer, batch = upload(client, odd_workbook[1])

    assert batch.state == "mapping"
    assert answer.url == reverse("residents:import_columns", args=[batch.pk])
    assert (
        ImportBatch.objects.forgotten(timezone.now()) == []
    )  # it waits for a person, not for a worker
    page = client.get(answer.url).content.decode()
    assert "住哪个格" in page
    assert "尚缺" in page
    assert client.get(reverse("residents:import_detail", args=[batch.pk])).url == answer.url


def test_the_samples_show_the_kind_of_a_column_and_nobodys_data(leader, client, odd_workbook):
    rows, content = odd_workbook
    answer, __ = upload(client, content)

    page = client.get(answer.url)

    text = page.content.decode()
    for row in rows:
        assert row["公民身份号码"] not in text
        assert row["公民身份号码"][6:14] not in text
        assert row["出生日期"] not in text
    assert "钓鱼" in text


@pytest.mark.parametrize(
    ("cell", "meaning", "shown"),
    [
        ("王秀兰", "name", "王**"),
        ("110101199003071014", "", "1****************4"),
        (13812345678.0, "phone", "*******5678"),
        ("1990-03-07", "", "1990****"),
        ("1990-03-07", "birth_on", "1990****"),
        ("370402001028001", "grid", "370402001028001"),
        ("电话13812345678", "note", "电话*******5678"),
        ("初中", "education", "初中"),
    ],
)
def test_a_sample_is_masked(cell, meaning, shown):
    assert columns.masked(cell, meaning) == shown


def test_what_was_chosen_is_imported(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])

    answer = choose(client, batch, **{"column-0-9": "note"})
    queue.work(batch.pk)
    batch.refresh_from_db()

    assert answer.url == reverse("residents:import_detail", args=[batch.pk])
    assert (batch.state, batch.preview["created"]) == ("checked", 3)
    queue.confirm(batch)
    queue.work(batch.pk)
    assert set(Resident.objects.values_list("name", "note")) == {("欧阳明珠", "钓鱼")}


def test_the_same_form_is_not_asked_about_again(leader, client, odd_workbook, workbook):
    __, first = upload(client, odd_workbook[1])
    choose(client, first)
    again = workbook([person()], heads=ODD).read_bytes()

    answer, batch = upload(client, again, "第四季度.xlsx")
    queue.work(batch.pk)
    batch.refresh_from_db()

    assert answer.status_code == 200  # its own page, and no question
    assert (batch.state, batch.preview["created"]) == ("checked", 1)
    assert ImportMapping.objects.count() == 1


def test_what_one_person_said_does_not_bind_another(leader, client, odd_workbook, ground):
    __, first = upload(client, odd_workbook[1])
    choose(client, first)
    client.force_login(factories.staff("grid_leader", ground[0]))

    __, batch = upload(client, odd_workbook[1])

    assert batch.state == "mapping"


def test_a_column_can_be_left_out_after_the_dry_run(leader, client, workbook):
    __, batch = upload(client, workbook([person(备注="不要")]).read_bytes())
    queue.work(batch.pk)
    address = reverse("residents:import_columns", args=[batch.pk])
    assert (
        address in client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    )
    said = form_of(client.get(address)) | {f"column-0-{HEADS.index('备注')}": ""}

    client.post(address, said)
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)

    assert Resident.objects.get().note == ""


def test_one_meaning_for_two_columns_is_refused(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])

    answer = choose(client, batch, **{"column-0-9": "name"})

    assert answer.status_code == 422
    assert "两列" in answer.content.decode()
    batch.refresh_from_db()
    assert batch.state == "mapping"


def test_a_meaning_that_does_not_exist_is_left_out(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])

    choose(client, batch, **{"column-0-9": "id_sealed"})

    batch.refresh_from_db()
    assert batch.columns["0"]["9"] == ""


def test_the_columns_of_a_finished_import_stay(leader, client, workbook):
    __, batch = upload(client, workbook([person()]).read_bytes())
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)

    answer = client.post(reverse("residents:import_columns", args=[batch.pk]), {})

    batch.refresh_from_db()
    assert (answer.status_code, batch.state) == (302, "done")


def test_an_estates_workbook_gets_a_page_that_says_what_is_missing(leader, client):
    import xlsxwriter

    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory) as book:
        book.add_worksheet("费用").write_row(0, 0, ["费用编号", "费用类型"])
        sheet = book.add_worksheet("业主信息")
        sheet.write_row(
            0, 0, ["编号", "业主名称", "性别", "年龄", "手机号", "身份证号", "业主类型"]
        )
        sheet.write_row(1, 0, [1, "吴学文", "男", 28, 19900001000, factories.id_number(), 1001])

    answer, __ = upload(client, memory.getvalue())

    text = client.get(answer.url).content.decode()
    assert "费用" in text
    assert "业主类型" in text
    assert "网格编码" in text
    assert "吴**" in text


def test_a_mapping_can_be_discarded(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])

    client.post(reverse("residents:import_cancel", args=[batch.pk]))

    batch.refresh_from_db()
    assert batch.state == "cancelled"


def test_nobody_names_the_columns_of_somebody_elses_file(leader, client, odd_workbook, ground):
    __, batch = upload(client, odd_workbook[1])
    client.force_login(factories.staff("grid_leader", ground[1]))

    assert client.get(reverse("residents:import_columns", args=[batch.pk])).status_code == 404


def test_a_file_is_read_by_the_worker_who_then_asks(leader, client, odd_workbook):
    file = SimpleUploadedFile("居民表.xlsx", odd_workbook[1])
    answer = client.post(reverse("residents:import_new"), {"file": file})
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.mapping) == ("checking", {})
    assert answer.url == reverse("residents:import_detail", args=[batch.pk])

    queue.work(batch.pk)
    batch.refresh_from_db()

    assert (batch.state, batch.leased_until) == ("mapping", None)
    page = reverse("residents:import_columns", args=[batch.pk])
    assert client.get(answer.url).url == page
    text = client.get(page).content.decode()
    assert "住哪个格" in text
    assert "钓鱼" in text
    choose(client, batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.preview["created"]) == ("checked", 3)


def test_the_page_of_columns_does_not_read_the_file(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])
    Path(batch.file.path).unlink()

    page = client.get(reverse("residents:import_columns", args=[batch.pk]))

    assert page.status_code == 200


def test_no_samples_are_kept_after_the_import(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])
    choose(client, batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert "****" in str(batch.mapping)
    queue.confirm(batch)
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert batch.state == "done"
    assert {str(table["samples"]) for table in batch.mapping["tables"]} == {"{}"}


def test_an_old_file_that_nobody_answered_for_is_given_up(leader, client, odd_workbook):
    __, batch = upload(client, odd_workbook[1])
    ImportBatch.objects.update(files_expire_at=timezone.now())

    batches.expire_files(timezone.now() + timezone.timedelta(days=1))

    batch.refresh_from_db()
    assert (batch.state, bool(batch.file)) == ("cancelled", False)
    assert "钓鱼" not in str(batch.mapping)


def test_the_command_remembers_what_its_person_said(leader, client, odd_workbook, workbook):
    __, first = upload(client, odd_workbook[1])
    choose(client, first, **{"column-0-9": "note"})
    path = workbook([person(姓名="欧阳明珠", 备注="下棋")], heads=ODD)

    answer = batches.run_file(path, by=leader)

    assert answer["created"] == 1
    assert Resident.objects.get().note == "下棋"


def test_nobodys_word_binds_the_operator(leader, client, workbook):
    """Who said "leave the note out" said so for the own files."""
    __, batch = upload(client, workbook([person(备注="要")]).read_bytes())
    queue.work(batch.pk)
    said = form_of(client.get(reverse("residents:import_columns", args=[batch.pk])))
    client.post(
        reverse("residents:import_columns", args=[batch.pk]),
        said | {f"column-0-{HEADS.index('备注')}": ""},
    )
    path = workbook([person(备注="要")])

    assert batches.run_file(path)["created"] == 1

    assert Resident.objects.get().note == "要"
