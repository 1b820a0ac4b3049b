"""Another register in the browser: chosen, its columns asked, tried, confirmed, undone."""

import io

import pghistory
import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grids.models import Staff
from residents.imports.batch import queue
from residents.models import ImportBatch, Premises
from tests import factories
from tests.residents.sheets import heads, record, shop, worker
from tests.residents.workbooks import write

State = ImportBatch.State


@pytest.fixture
def upload(client, tmp_path):
    """upload(register, rows, names=None) -> the batch."""

    def send(register, rows, names=None):
        path = write(tmp_path / "台账.xlsx", rows, heads=names or heads(rows))
        file = SimpleUploadedFile("台账.xlsx", path.read_bytes())
        answer = client.post(reverse("residents:import_new"), {"file": file, "register": register})
        assert answer.status_code == 302, answer.content.decode()
        return ImportBatch.objects.latest("pk")

    return send


def address(name, batch):
    return reverse(f"residents:{name}", args=[batch.pk])


def text(answer):
    return answer.content.decode()


def test_premises_from_the_upload_to_the_undo(leader, client, upload):
    rows = [shop(), shop(), shop(单位名称="")]
    batch = upload("premises", rows)
    assert (batch.register, batch.state) == ("premises", State.CHECKING)

    queue.work(batch.pk)
    page = text(client.get(address("import_detail", batch)))
    assert "单位场所" in page
    assert "缺少必填内容" in page
    assert not Premises.objects.exists()

    client.post(address("import_confirm", batch))
    queue.work(batch.pk)
    page = text(client.get(address("import_detail", batch)))
    assert reverse("residents:premises") in page
    assert Premises.objects.count() == 2

    answer = client.get(address("import_result", batch))
    content = io.BytesIO(b"".join(answer.streaming_content))
    sheet = python_calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_index(0)
    assert [row[-2].split("：")[0] for row in sheet.to_python()[1:]] == ["新增", "新增", "不能导入"]

    client.post(address("import_undo", batch))
    queue.work(batch.pk)
    page = text(client.get(address("import_detail", batch)))
    assert "移除 2 条" in page
    assert not Premises.objects.exists()


def test_columns_that_nobody_understands_are_asked_in_the_words_of_the_register(
    leader, client, upload
):
    names = {
        "网格编码": "网格编码",
        "单位名称": "单位名称",
        "类型": "单位类型",
        "片区民警说的行当": "行业类别",
    }
    batch = upload("premises", [shop(), shop()], names)
    queue.work(batch.pk)
    assert ImportBatch.objects.get().state == State.MAPPING

    page = text(client.get(address("import_columns", batch)))
    assert "经营范围" in page
    assert "与户主关系" not in page

    client.post(
        address("import_columns", batch),
        {
            "column-0-0": "grid",
            "column-0-1": "premises_name",
            "column-0-2": "kind",
            "column-0-3": "category",
        },
    )
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.preview["created"]) == (State.CHECKED, 2)
    again = upload("premises", [shop()], names)
    queue.work(again.pk)
    assert ImportBatch.objects.get(pk=again.pk).state == State.CHECKED


def test_an_undo_lists_what_somebody_changed_since(leader, client, upload):
    batch = upload("premises", [shop(), shop(单位名称="后来改过的店")])
    queue.work(batch.pk)
    client.post(address("import_confirm", batch))
    queue.work(batch.pk)
    with pghistory.context(source="test"):
        Premises.objects.filter(name="后来改过的店").update(phone="13900000000")

    client.post(address("import_undo", batch))
    queue.work(batch.pk)

    page = text(client.get(address("import_detail", batch)))
    kept = Premises.objects.get()
    assert reverse("residents:premises_detail", args=[kept.pk]) in page


def test_staff_are_imported_by_those_who_administer_them_and_hidden_from_others(
    ground, leader, client, upload
):
    page = text(client.get(reverse("residents:import_new")))
    assert 'value="premises"' in page
    assert 'value="staff"' not in page
    admin = factories.staff("administrator", factories.district())
    client.force_login(admin)
    batch = upload("staff", [worker(用户名="zhang.gong")])
    queue.work(batch.pk)
    client.post(address("import_confirm", batch))
    queue.work(batch.pk)
    assert Staff.objects.filter(username="zhang.gong", is_active=False).exists()

    clerk = factories.staff("information_officer", factories.district())
    client.force_login(clerk)

    assert client.get(address("import_detail", batch)).status_code == 404
    assert "台账.xlsx" not in text(client.get(reverse("residents:imports")))


def test_who_may_not_import_staff_cannot_by_changing_the_form(leader, client, tmp_path):
    path = write(tmp_path / "a.xlsx", [worker()], heads=heads([worker()]))
    file = SimpleUploadedFile("a.xlsx", path.read_bytes())

    answer = client.post(reverse("residents:import_new"), {"file": file, "register": "staff"})

    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("register", ["residents", "premises", "leases", "buildings", "care"])
def test_each_register_has_an_empty_form(leader, client, register):
    answer = client.get(reverse("residents:import_blank"), {"register": register})

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    head, example = book.get_sheet_by_index(0).to_python()
    assert "attachment" in answer["Content-Disposition"]
    assert "网格编码" in head
    assert example[0].startswith("示例")
    assert book.sheet_names[1] == "填写说明"


@pytest.mark.parametrize("register", ["staff", "nothing"])
def test_a_form_that_one_may_not_use_is_not_there(leader, client, register):
    answer = client.get(reverse("residents:import_blank"), {"register": register})

    assert answer.status_code == 404


def test_a_value_that_is_not_repeated_is_not_called_empty(ground, leader, client, upload):
    somebody = factories.resident(factories.household(ground[0]), name="王秀兰")
    factories.care_category("低保户")
    batch = upload("care", [record(somebody, 姓名="王秀")])

    queue.work(batch.pk)

    page = text(client.get(address("import_detail", batch)))
    assert "另一姓名" in page
    assert '<span class="muted">空</span>' not in page
