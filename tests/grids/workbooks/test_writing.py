"""Workbooks that we write: whatever somebody typed stays text."""

from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.utils import translation

from grids.workbooks.writing import new_book, who_and_when, write_list


@pytest.mark.parametrize("is_streamed", [True, False])
@pytest.mark.parametrize("typed", ["=1+1", "http://example.org", "0013"])
def test_what_somebody_typed_stays_text(tmp_path, is_streamed, typed):
    path = tmp_path / "out.xlsx"

    with new_book(str(path), is_streamed=is_streamed) as book:
        book.add_worksheet().write(0, 0, typed)

    cell = openpyxl.load_workbook(path).active["A1"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (typed, "s", None)


def test_a_list_says_what_it_is_and_keeps_its_heads_in_sight(tmp_path):
    path = tmp_path / "list.xlsx"
    rows = [["王", 5, None, Decimal("1.5")], ["=1+1", "", True, "长" * 40_000]]

    write_list(
        str(path), "名单", said=["李组长", "三月"], heads=[("姓名", 30), ("数", 8), ("空", 8), ("量", 9)],
        rows=rows,
    )  # fmt: skip

    sheet = openpyxl.load_workbook(path).active
    assert (sheet.title, sheet.freeze_panes, sheet["A1"].value) == ("名单", "B3", "李组长 · 三月")
    assert [cell.value for cell in sheet[2]] == ["姓名", "数", "空", "量"]
    assert all(cell.font.b for cell in sheet[2])
    assert [cell.value for cell in sheet[3]] == ["王", 5, None, 1.5]
    assert [cell.value for cell in sheet[4]][:3] == ["=1+1", None, 1]
    assert sheet["A4"].data_type == "s"
    assert len(sheet["D4"].value) == 32_767
    assert round(sheet.column_dimensions["A"].width) in (30, 31)


def test_who_took_it_and_when():
    at = datetime(2026, 5, 1, 8, 5, tzinfo=UTC)

    with translation.override("en"):
        assert who_and_when("李组长", at) == "Exported by: 李组长 · 2026-05-01 16:05"
        assert who_and_when("李组长").startswith("Exported by: 李组长 · 20")
