"""Workbooks that we write: whatever somebody typed stays text."""

import openpyxl
import pytest

from grids.workbooks.writing import new_book


@pytest.mark.parametrize("is_streamed", [True, False])
@pytest.mark.parametrize("typed", ["=1+1", "http://example.org", "0013"])
def test_what_somebody_typed_stays_text(tmp_path, is_streamed, typed):
    path = tmp_path / "out.xlsx"

    with new_book(str(path), is_streamed=is_streamed) as book:
        book.add_worksheet().write(0, 0, typed)

    cell = openpyxl.load_workbook(path).active["A1"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (typed, "s", None)
