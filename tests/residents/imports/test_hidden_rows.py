"""What Excel does not show of a workbook is said, by the command and on the page of the dry run."""

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, queue
from residents.models import ImportBatch
from tests.residents.sheets import run
from tests.residents.workbooks import HEADS, person


def made(path, *, hidden=(), column=None, sheet=False):
    with xlsxwriter.Workbook(str(path)) as book:
        found = book.add_worksheet("人口")
        for number, line in enumerate([HEADS, *(_line(person()) for __ in range(4))]):
            found.write_row(number, 0, line)
        for number in hidden:
            found.set_row(number, None, None, {"hidden": True})
        if column is not None:
            found.set_column(column, column, 9, None, {"hidden": True})
        if sheet:
            book.add_worksheet("旧表").hide()
    return path


def _line(row):
    return [row.get(head, "") for head in HEADS]


def test_the_command_says_what_is_hidden_and_reads_the_rows(ground, tmp_path):
    path = made(tmp_path / "底册.xlsx", hidden=(2, 4), column=HEADS.index("户号"), sheet=True)

    for is_dry in (True, False):
        answer = run(path, "residents", dry_run=is_dry)
        assert answer["created"] == 4
        assert answer["hidden"] == {
            "sheets": ["旧表"],
            "tables": [
                {"sheet": "人口", "count": 2, "rows": [3, 5], "more": 0, "columns": ["户号"]}
            ],
        }


def test_nothing_is_said_of_a_workbook_that_shows_all(ground, tmp_path):
    answer = run(made(tmp_path / "底册.xlsx"), "residents")

    assert answer["created"] == 4
    assert "hidden" not in answer


def test_a_hidden_title_or_sum_is_not_counted(ground, tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("人口")
        lines = [["某社区人口底册"], HEADS, _line(person()), ["合计", "1"]]
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
        for number in (0, 3):
            sheet.set_row(number, None, None, {"hidden": True})

    assert "hidden" not in run(path, "residents")


def test_the_page_of_the_dry_run_and_the_result_say_it(client, ground, tmp_path, enter):
    leader = enter("grid_leader", ground[0].parent)
    path = made(tmp_path / "底册.xlsx", hidden=(2,), sheet=True)
    upload = SimpleUploadedFile("底册.xlsx", path.read_bytes())
    batch = batches.accept_upload(upload, by=leader)
    for __ in range(2):
        queue.work(batch.pk)
        page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
        assert "人口：1 行被隐藏或筛选掉，已照常读取" in page
        assert "旧表" in page
        queue.confirm(ImportBatch.objects.get())
