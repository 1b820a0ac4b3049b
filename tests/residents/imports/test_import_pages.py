import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from residents.imports.batch import queue
from residents.models import ImportBatch, Resident
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, person


def upload(client, content, name="底册.xlsx"):
    return client.post(reverse("residents:import_new"), {"file": SimpleUploadedFile(name, content)})


def encrypted_workbook():
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)
    return head + "EncryptedPackage".encode("utf-16-le") + bytes(2000)


def zipped(*names):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in names:
            archive.writestr(name, "<nothing/>")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [(bytes(500), "photo.xlsx", "不是 Excel 工作簿"), (b"", "a.xlsx", "空")],
)
def test_what_cannot_be_a_workbook_by_its_first_letters_is_refused_at_once(
    leader, client, content, name, message
):
    answer = upload(client, content, name)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"%PDF-1.7 something", "a.pdf", "不是 Excel 工作簿"),
        (zipped("word/document.xml"), "a.docx", "不是 Excel 工作簿"),
        (encrypted_workbook(), "a.xlsx", "密码"),
        (b"PK\x03\x04garbage", "a.xlsx", "损坏"),
        (zipped("xl/workbook.xml"), "a.xlsx", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "a.xls", "损坏"),
        ("甲,乙\n丙,丁\n".encode(), "a.csv", "表头"),
    ],
)
def test_a_file_that_is_no_register_fails_with_a_reason(leader, client, content, name, message):
    answer = upload(client, content, name)
    queue.work(ImportBatch.objects.get().pk)

    page = client.get(answer.url).content.decode()
    assert message in page
    assert "没有写入" in page
    assert ImportBatch.objects.get().state == "failed"


def test_a_workbook_without_heads_or_rows_fails(leader, client, workbook):
    for path in (workbook([], heads=[]), workbook([], heads=["甲", "乙"])):
        upload(client, path.read_bytes())
        queue.work(ImportBatch.objects.latest("pk").pk)
    assert set(ImportBatch.objects.values_list("state", flat=True)) == {"failed"}


def test_a_file_over_the_limit_is_refused(leader, client, workbook, settings):
    settings.MAX_WORKBOOK_BYTES = 1000

    answer = upload(client, workbook([person()]).read_bytes())

    assert answer.status_code == 422
    assert "KB" in answer.content.decode()


def test_a_csv_file_of_an_old_office_program_is_read(leader, client):
    row = person()
    text = "\n".join([",".join(row), ",".join(row.values())])

    answer = upload(client, text.encode("gb18030"), "底册.csv")

    assert answer.status_code == 302
    queue.work(ImportBatch.objects.get().pk)
    assert ImportBatch.objects.get().preview["created"] == 1


def test_the_upload_works_while_redis_is_away(leader, client, workbook, breakable_redis):
    breakable_redis.kill()

    answer = upload(client, workbook([person()]).read_bytes())

    page = client.get(answer.url)
    assert "等待" in page.content.decode()
    assert ImportBatch.objects.forgotten(timezone.now()) == [ImportBatch.objects.get().pk]


def test_the_whole_way_in_the_browser(leader, client, workbook):
    bad = person()
    bad["公民身份号码"] = bad["公民身份号码"][:17] + (
        "1" if bad["公民身份号码"][17] != "1" else "2"
    )
    answer = upload(client, workbook([person(), person(), bad]).read_bytes())
    batch = ImportBatch.objects.get()
    assert answer.url == reverse("residents:import_detail", args=[batch.pk])
    assert "hx-get" in client.get(answer.url).content.decode()

    queue.work(batch.pk)
    dry = client.get(answer.url).content.decode()
    assert "确认导入 2 行" in dry
    assert "身份证号" in dry
    assert bad["公民身份号码"] not in dry
    assert f"{bad['公民身份号码'][0]}{'*' * 16}{bad['公民身份号码'][-1]}" in dry
    assert client.get(reverse("residents:import_progress", args=[batch.pk]))["HX-Refresh"] == "true"
    assert not Resident.objects.exists()

    client.post(reverse("residents:import_confirm", args=[batch.pk]))
    queue.work(batch.pk)
    assert Resident.objects.count() == 2
    result = client.get(answer.url).content.decode()
    assert "对照证件" in result

    download = client.get(reverse("residents:import_result", args=[batch.pk]))
    rows = _rows(b"".join(download.streaming_content))
    assert rows[0][-2:] == ["导入结果", "怎么改"]
    assert [row[-2][:4] for row in rows[1:]] == ["新增", "新增", "不能导入"]


def _rows(content):
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_formula_in_a_cell_stays_text_in_the_result(leader, client, workbook):
    upload(client, workbook([person(备注="=1+1", 姓名="")]).read_bytes())
    batch = ImportBatch.objects.get()
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)

    content = b"".join(
        client.get(reverse("residents:import_result", args=[batch.pk])).streaming_content
    )

    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert "=1+1" in _rows(content)[1]


def test_a_cancelled_import_writes_nothing(leader, client, workbook):
    upload(client, workbook([person()]).read_bytes())
    batch = ImportBatch.objects.get()
    queue.work(batch.pk)

    client.post(reverse("residents:import_cancel", args=[batch.pk]))
    client.post(reverse("residents:import_confirm", args=[batch.pk]))
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert batch.state == "cancelled"
    assert not Resident.objects.exists()


def test_the_same_file_is_recognised(leader, client, workbook):
    content = workbook([person()]).read_bytes()
    for __ in range(2):
        upload(client, content)
        batch = ImportBatch.objects.latest("pk")
        queue.work(batch.pk)
        page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
        queue.confirm(batch)
        queue.work(batch.pk)

    assert "同一份文件" in page


@pytest.mark.parametrize(
    "name",
    [
        "import_detail",
        "import_progress",
        "import_confirm",
        "import_cancel",
        "import_result",
    ],
)
def test_somebody_elses_import_does_not_exist(leader, client, workbook, ground, name):
    upload(client, workbook([person()]).read_bytes())
    client.force_login(factories.staff("grid_leader", ground[1]))
    address = reverse(f"residents:{name}", args=[ImportBatch.objects.get().pk])

    answer = (
        client.post(address) if name in ("import_confirm", "import_cancel") else client.get(address)
    )

    assert answer.status_code == 404


def test_a_worker_has_no_import_page(ground, client):
    client.force_login(factories.staff("grid_worker", ground[0]))

    assert client.get(reverse("residents:imports")).status_code == 403
    assert client.post(reverse("residents:import_new")).status_code == 403


def test_the_list_of_imports_costs_the_same_for_any_number(
    leader, client, django_assert_max_num_queries
):
    for number in range(25):
        ImportBatch.objects.create(
            by=leader,
            state="done",
            district_id=leader.district_id,
            file_name=f"{number}.xlsx",
            file_hash="",
            created_at=timezone.now(),
        )

    with django_assert_max_num_queries(16):
        assert client.get(reverse("residents:imports")).status_code == 200


# The history


@pytest.fixture
def history(leader, ground, client, workbook):
    """Three imports of two people of the community."""
    clerk = factories.staff("community_staff", ground[0].parent.parent)
    admin = factories.staff("administrator", factories.district())
    client.force_login(admin)
    for by, name, state in [(leader, "a", "done"), (clerk, "b", "done"), (clerk, "c", "failed")]:
        ImportBatch.objects.create(
            by=by,
            state=state,
            district_id=admin.district_id,
            file_name=f"{name}.xlsx",
            file_hash="0123456789abcdef",
            created_at=timezone.now(),
            register="premises" if name == "b" else "residents",
            mapping={
                "tables": [
                    {"sheet": "人口信息", "heads": {"name": "姓 名"}, "not_understood": ["爱好"]}
                ]
            },
        )
    return leader, clerk


def names(client, **wanted):
    page = client.get(reverse("residents:imports"), wanted)
    return [batch.file_name[0] for batch in page.context["page"].rows]


def test_the_history_is_narrowed_by_state_person_and_register(history, client):
    leader, clerk = history

    assert names(client) == ["c", "b", "a"]
    assert names(client, state="done") == ["b", "a"]
    assert names(client, by=clerk.pk) == ["c", "b"]
    assert names(client, by=leader.pk, state="failed") == []
    assert names(client, register="premises") == ["b"]


@pytest.mark.parametrize(
    "wanted", [{"state": "x"}, {"by": "x"}, {"by": "999999"}, {"register": "x"}]
)
def test_a_filter_that_makes_no_sense_narrows_nothing(history, client, wanted):
    assert names(client, **wanted) == ["c", "b", "a"]


def test_the_history_says_which_file_and_how_its_columns_were_understood(history, client):
    text = client.get(reverse("residents:imports")).content.decode()

    assert "01234567" in text
    assert "0123456789abcdef" not in text
    assert "姓 名" in text
    assert "爱好" in text


def test_the_history_names_nobody_whose_imports_one_may_not_see(history, client):
    leader, clerk = history
    client.force_login(leader)

    assert names(client) == ["a"]
    assert str(clerk.full_name) not in client.get(reverse("residents:imports")).content.decode()


# The command


def test_the_command_says_one_json_object(ground, workbook, capsys):
    from django.core.management import call_command

    leader = factories.staff("grid_leader", ground[0], username="leader")
    path = workbook([person(), person(网格编码=OTHER_UNIT)])

    call_command("import_register", str(path), "--json", "--by", leader.username)

    said = json.loads(capsys.readouterr().out)
    assert set(said) == {
        "batch",
        "rows",
        "created",
        "changed",
        "unchanged",
        "rejected",
        "rejected_by_reason",
        "possible_duplicates",
        "waiting",
        "households",
        "seconds",
        "result_file",
    }
    assert (said["rows"], said["created"], said["rejected_by_reason"]) == (
        2,
        1,
        {"outside_scope": 1},
    )
    assert ImportBatch.objects.get().by == leader


def test_the_command_ends_with_1_for_a_file_that_cannot_be_read(ground, tmp_path, capsys):
    from django.core.management import call_command

    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04garbage")

    for file in (path, tmp_path / "missing.xlsx"):
        with pytest.raises(SystemExit) as ended:
            call_command("import_register", str(file), "--json")
        assert ended.value.code == 1
        assert "error" in json.loads(capsys.readouterr().out)
    assert not ImportBatch.objects.exists()


def test_the_command_ends_with_1_for_an_unknown_importer(ground, workbook, capsys):
    from django.core.management import call_command

    with pytest.raises(SystemExit):
        call_command("import_register", str(workbook([person()])), "--json", "--by", "nobody")

    assert json.loads(capsys.readouterr().out)["code"] == "user_unknown"
    assert not Resident.objects.exists()


def test_rejected_rows_are_marked_for_the_sender_even_when_nothing_is_to_be_written(
    leader, client, workbook
):
    import openpyxl

    good, bad = person(), person(姓名="")
    upload(client, workbook([good]).read_bytes())
    first = ImportBatch.objects.get()
    queue.work(first.pk)
    queue.confirm(first)
    queue.work(first.pk)
    upload(client, workbook([good, bad]).read_bytes())
    batch = ImportBatch.objects.latest("pk")
    queue.work(batch.pk)
    page = client.get(reverse("residents:import_detail", args=[batch.pk]))
    offered = reverse("residents:import_confirm", args=[batch.pk])

    client.post(offered)
    queue.work(batch.pk)
    answer = client.get(reverse("residents:import_result", args=[batch.pk]))
    done = client.get(reverse("residents:import_detail", args=[batch.pk]))

    assert reverse("residents:import_undo", args=[batch.pk]) not in done.content.decode()
    assert f'action="{offered}"' in page.content.decode()
    marked = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    lines = list(marked.active.iter_rows(values_only=True))
    assert '<span class="muted">空</span>' in page.content.decode()
    assert lines[2][-2:] == ("不能导入：缺姓名 [姓名]", "补上姓名。")
    assert Resident.objects.count() == 1


def test_a_dry_run_with_nothing_to_do_asks_for_another_file(leader, client, workbook):
    upload(client, workbook([]).read_bytes())
    batch = ImportBatch.objects.get()
    queue.work(batch.pk)

    page = client.get(reverse("residents:import_detail", args=[batch.pk]))

    offered = reverse("residents:import_confirm", args=[batch.pk])
    assert offered not in page.content.decode()
    assert reverse("residents:import_new") in page.content.decode()


def test_the_cards_of_the_history_name_the_register_as_its_table_does(leader, client, workbook):
    upload(client, workbook([person()]).read_bytes())

    page = client.get(reverse("residents:imports")).content.decode()

    assert 'data-label="台账"' in page
    assert 'data-label="立案"' not in page


def test_no_file_at_all_is_asked_for_once_more(leader, client):
    answer = client.post("/imports/new/", {"register": "residents"})

    assert answer.status_code == 422
    assert "请选择文件" in answer.content.decode()
