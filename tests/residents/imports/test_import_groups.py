"""Forty workbooks in one upload: each an import of its own, looked at together."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, groups, queue
from residents.models import ImportBatch, Resident
from tests import factories
from tests.residents.workbooks import HEADS, person

ODD = {"所属片区" if head == "网格编码" else head: head for head in HEADS}


@pytest.fixture
def leader(ground, client):
    leader = factories.staff("grid_leader", ground[0].parent.parent)
    client.force_login(leader)
    return leader


@pytest.fixture
def upload(leader, client):
    """upload({name: content}) -> the answer, after the worker looked at every file."""

    def send(files, works=True):
        files = [SimpleUploadedFile(name, content) for name, content in files.items()]
        answer = client.post(reverse("residents:import_new"), {"file": files})
        for batch in ImportBatch.objects.filter(state="checking") if works else ():
            queue.work(batch.pk)
        return answer

    return send


def states():
    return dict(ImportBatch.objects.values_list("file_name", "state"))


def test_each_file_of_an_upload_is_an_import_of_its_own(upload, workbook, client):
    files = {f"{n}.xlsx": workbook([person()]).read_bytes() for n in range(5)}

    answer = upload(files)

    [group] = set(ImportBatch.objects.values_list("group", flat=True))
    assert answer.url == reverse("residents:import_group", args=[group])
    page = client.get(answer.url).content.decode()
    for batch in ImportBatch.objects.all():
        assert batch.preview["created"] == 1
        assert reverse("residents:import_detail", args=[batch.pk]) in page
    assert "导入没有问题的 5 个文件" in page
    assert not Resident.objects.exists()


def test_one_file_alone_makes_no_group(upload, workbook):
    answer = upload({"a.xlsx": workbook([person()]).read_bytes()})

    batch = ImportBatch.objects.get()
    assert batch.group is None
    assert answer.url == reverse("residents:import_detail", args=[batch.pk])


def test_a_file_that_is_none_does_not_keep_the_others_out(upload, workbook, client):
    files = {
        "photo.xlsx": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "empty.xlsx": b"",
        "good.xlsx": workbook([person()]).read_bytes(),
    }

    answer = upload(files)

    assert states() == {"photo.xlsx": "failed", "empty.xlsx": "failed", "good.xlsx": "checked"}
    page = client.get(answer.url).content.decode()
    assert "不是 Excel 工作簿" in page
    assert "文件是空的" in page


def test_an_upload_in_which_nothing_is_left_to_do_leads_to_the_next(upload, workbook, client):
    another = reverse("residents:import_new")
    good = {"a.xlsx": workbook([person()]).read_bytes()}
    bad = {"b.xlsx": b"", "c.xlsx": b""}

    waiting = client.get(upload(good | bad).url).content.decode()
    over = client.get(upload(bad).url).content.decode()

    assert another not in waiting
    assert another in over


def test_only_files_without_problems_are_confirmed_together(upload, workbook, client, leader):
    twin = workbook([person()]).read_bytes()
    before = workbook([person()])
    batches.run_file(before, by=leader)
    again = person()
    batches.run_file(workbook([again]), by=leader)
    answer = upload(
        {
            "clean.xlsx": workbook([person()]).read_bytes(),
            "bad.xlsx": workbook([person(), person(姓名="")]).read_bytes(),
            "twin.xlsx": twin,
            "twin again.xlsx": twin,
            "before.xlsx": before.read_bytes(),
            "unknown.xlsx": workbook([person()], heads=ODD).read_bytes(),
            "nothing.xlsx": workbook([again, again | {"姓名": ""}][:1]).read_bytes(),
        }
    )
    page = client.get(answer.url).content.decode()
    assert "本批中有相同的文件" in page
    assert "同一份文件以前导入过" in page
    assert "没有可写入的内容" in page

    client.post(f"{answer.url}confirm/", {"on_conflict": "theirs"})

    moved = {name for name, state in states().items() if state == "importing"}
    assert moved == {"clean.xlsx", "twin.xlsx"}


def test_what_was_left_can_be_confirmed_alone(upload, workbook, client):
    upload(
        {
            "bad.xlsx": workbook([person(), person(姓名="")]).read_bytes(),
            "clean.xlsx": workbook([person()]).read_bytes(),
        }
    )
    batch = ImportBatch.objects.get(file_name="bad.xlsx")

    client.post(reverse("residents:import_confirm", args=[batch.pk]))
    queue.work(batch.pk)

    assert states() == {"bad.xlsx": "done", "clean.xlsx": "checked"}


def test_the_choice_for_facts_that_differ_holds_for_all_that_are_confirmed(
    upload, workbook, client
):
    row = person(联系电话="13800000001")
    batches.run_file(workbook([row]))
    other = row | {"联系电话": "13900000009", "工作单位": "学校"}
    answer = upload(
        {"a.xlsx": workbook([other]).read_bytes(), "b.xlsx": workbook([person()]).read_bytes()}
    )
    assert "有 1 项信息与台账不一致" in client.get(answer.url).content.decode()

    client.post(f"{answer.url}confirm/", {"on_conflict": "ours"})
    for batch in ImportBatch.objects.filter(state="importing"):
        queue.work(batch.pk)

    found = Resident.objects.get(employer="学校")
    assert found.phone == "13800000001"


def test_one_answer_is_good_for_all_files_with_the_same_heads(upload, workbook, client):
    files = {f"{n}.xlsx": workbook([person()], heads=ODD).read_bytes() for n in range(3)}
    files["other.xlsx"] = workbook([person()], heads=ODD | {"爱好": "备注"}).read_bytes()
    answer = upload(files)
    assert set(states().values()) == {"mapping"}
    first = ImportBatch.objects.get(file_name="0.xlsx")
    address = reverse("residents:import_columns", args=[first.pk])
    page = client.get(address)
    assert "另有 2 个文件表头相同" in page.content.decode()
    said = {
        column["field"]: column["chosen"]
        for table in page.context["tables"]
        for column in table["columns"]
    }

    sent = client.post(address, said | {"column-0-0": "grid"})
    for batch in ImportBatch.objects.filter(state="checking"):
        queue.work(batch.pk)

    assert sent.url == answer.url
    assert states() == {
        "0.xlsx": "checked",
        "1.xlsx": "checked",
        "2.xlsx": "checked",
        "other.xlsx": "mapping",
    }
    assert {one.preview["created"] for one in ImportBatch.objects.filter(state="checked")} == {1}


def test_the_answer_of_one_person_moves_nobody_elses_file(upload, workbook, client, ground):
    upload({"mine.xlsx": workbook([person()], heads=ODD).read_bytes()})
    client.force_login(factories.staff("grid_leader", ground[0]))
    upload({"hers.xlsx": workbook([person()], heads=ODD).read_bytes()})
    hers = ImportBatch.objects.get(file_name="hers.xlsx")
    address = reverse("residents:import_columns", args=[hers.pk])

    client.post(address, {"column-0-0": "grid", "column-0-7": "name"})

    assert states() == {"mine.xlsx": "mapping", "hers.xlsx": "checking"}


def test_somebody_elses_upload_does_not_exist(upload, workbook, client, ground):
    answer = upload({f"{n}.xlsx": workbook([person()]).read_bytes() for n in range(2)})

    client.force_login(factories.staff("grid_leader", ground[1]))

    assert client.get(answer.url).status_code == 404
    assert client.post(f"{answer.url}confirm/").status_code == 404
    assert set(states().values()) == {"checked"}


def test_the_page_follows_the_work_with_and_without_scripts(upload, workbook, client):
    files = {f"{n}.xlsx": workbook([person()]).read_bytes() for n in range(2)}
    answer = upload(files, works=False)

    page = client.get(answer.url).content.decode()
    assert "hx-get" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    part = client.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "正在检查" in part

    for batch in ImportBatch.objects.all():
        queue.work(batch.pk)
    page = client.get(answer.url).content.decode()
    assert "hx-get" not in page
    assert "http-equiv" not in page


def test_a_file_over_the_limit_is_named(upload, workbook, settings):
    settings.MAX_WORKBOOK_BYTES = 1000

    answer = upload({"small.csv": b"a,b\n", "large.xlsx": workbook([person()]).read_bytes()})

    assert answer.status_code == 422
    assert "large.xlsx" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_the_page_of_an_upload_costs_the_same_for_any_number_of_files(
    upload, workbook, client, leader, django_assert_max_num_queries
):
    answer = upload({f"{n}.xlsx": workbook([person()]).read_bytes() for n in range(2)})
    one = ImportBatch.objects.first()
    for number in range(30):
        one.pk, one.file_name = None, f"copy {number}"
        one.save()

    with django_assert_max_num_queries(16):
        client.get(answer.url)
    with django_assert_max_num_queries(6):
        rows = ImportBatch.objects.filter(group=one.group)
        assert len(groups.lines(rows, leader)) == 32
