"""What the child says of a file, asked without a child; test_hostile.py asks through one."""

import io

import pytest
import xlsxwriter

from grids.workbooks import opening, plain, reader
from grids.workbooks.opening import Unreadable


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        made.add_worksheet("住户").write_column(0, 0, ["姓名", "王秀兰", "李建国"])
        made.add_worksheet("备用").hide()
    return path


@pytest.mark.parametrize("kind", [opening.Excel, opening.Sparse])
def test_a_sheet_that_is_shown_says_its_rows_and_how_many(book, kind):
    found = kind(book)

    assert list(found.sheet_names) == ["住户"]
    assert found.height("住户") == 3
    assert [row[0] for row in found.rows("住户")] == ["姓名", "王秀兰", "李建国"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_is_read_in_its_encoding_and_by_its_mark(tmp_path, encoding, mark):
    path = tmp_path / "底册.csv"
    path.write_bytes(f"姓名{mark}户号\n王秀兰{mark}7\n".encode(encoding))

    found = plain.open_text(path)

    assert list(found.rows("CSV")) == [["姓名", "户号"], ["王秀兰", "7"]]
    assert found.height("CSV") == 2


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\xff\xff,\xff", b"a\0b,c\n", "没有分隔".encode()],
    ids=["no encoding", "NUL", "no mark"],
)
def test_what_is_no_text_in_columns_is_no_table(tmp_path, content):
    path = tmp_path / "底册.csv"
    path.write_bytes(content)

    with pytest.raises(Unreadable) as error:
        plain.open_text(path)

    assert error.value.code == "wrong_type"


def test_an_old_workbook_is_not_read_cell_by_cell(tmp_path):
    path = tmp_path / "底册.xls"
    path.write_bytes(opening.OLE + bytes(100))

    with pytest.raises(Unreadable) as error:
        opening.Book(path, 100, is_sparse=True)

    assert error.value.code == "memory"


@pytest.mark.parametrize(("content", "code"), [(b"", "empty"), (b"\x7fELF\0\0\0\0", "wrong_type")])
def test_the_first_letters_say_what_cannot_be_a_workbook(content, code):
    with pytest.raises(reader.WorkbookError) as error:
        reader.sniff(io.BytesIO(content))

    assert error.value.code == code


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\0\0", b"\xd0\xcf\x11\xe0\0\0", "姓名,户号".encode()]
)
def test_what_may_be_a_workbook_is_read_from_its_beginning(content):
    file = io.BytesIO(content)

    reader.sniff(file)

    assert file.read() == content


def test_a_cell_that_is_merged_over_rows_says_the_same_of_each(tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("住户")
        sheet.merge_range(0, 0, 0, 2, "名单")
        sheet.write_row(1, 0, ["网格", "户号", "姓名"])
        sheet.merge_range(2, 0, 4, 0, "一网格")
        sheet.merge_range(2, 1, 3, 1, "B1")
        sheet.write_column(2, 2, ["张一", "李二", "王三", "赵四"])
        sheet.write(4, 1, "B2")

    found = opening.Book(str(path), 1_000, is_sparse=False)
    found.load("住户")

    assert [list(row) for row in found.rows("住户")] == [
        ["名单", "", ""], ["网格", "户号", "姓名"],
        ["一网格", "B1", "张一"], ["一网格", "B1", "李二"], ["一网格", "B2", "王三"], ["", "", "赵四"],
    ]  # fmt: skip


@pytest.mark.parametrize("is_1904", [True, False])
def test_a_workbook_says_from_when_its_days_count(tmp_path, is_1904):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": is_1904}) as made:
        made.add_worksheet("住户").write(0, 0, "姓名")

    assert opening.Book(str(path), 100, is_sparse=False).counts_from_1904() is is_1904
    assert reader.open_workbook(path).counts_from_1904 is is_1904
