"""What a cell of an .xlsx shows, where its bare value says something else."""

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter

from grids.workbooks import as_shown, opening

FORMATS = [
    ("0000", 101, "0101"),
    ("00", 7, "07"),
    ("0000;@", 7, "0007"),
    ("000_ ", 7, "007"),
    ('"H"000', 7, "H007"),
    ('"3704020010280"00', 1, "370402001028001"[:13] + "01"),
    ("0000", "甲", "甲"),
    ("0000", 1.5, 1.5),
    ("0000", -3, -3),
    ("000000000000000000", 37 * 10**16, 3.7e17),
    ("0", 7, 7),
    ("0.00", 7, 7),
    ("General", 101, 101),
]


def rows(path, *, is_sparse=False):
    book = opening.Book(path, 10**6, is_sparse)
    return [list(row) for row in book.rows(book.sheet_names()[0])]


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(("number_format", "value", "shown"), FORMATS)
def test_zeros_of_the_format_are_said(tmp_path, number_format, value, shown, is_sparse):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "室号")
        sheet.write(1, 1, value, book.add_format({"num_format": number_format}))

    assert rows(path, is_sparse=is_sparse)[1][1] == shown


def made_by_program(path, **cells):
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    book.save(path)
    return path


@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_formula_that_nobody_calculated_says_so(tmp_path, is_sparse):
    path = made_by_program(tmp_path / "底册.xlsx", A1="姓名", B1="室号", A2="甲", C2="=A2&1")

    assert rows(path, is_sparse=is_sparse)[1][0] == "甲"
    assert rows(path, is_sparse=is_sparse)[1][-1] == as_shown.NOT_CALCULATED


def test_a_formula_with_a_value_says_its_value_even_an_empty_one(tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "室号"])
        sheet.write_formula(1, 0, "=B1", None, "甲")
        sheet.write_formula(1, 1, '=""', None, "乙")

    assert rows(_as_of_a_program(path))[1] == ["甲", ""]


def _as_of_a_program(path):
    """The workbook without the mark of its maker, and 乙 as a text of no letters."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b"fileVersion", b"file")
            new.writestr(name, content.replace("<v>乙</v>".encode(), b"<v></v>"))
    path.write_bytes(made.getvalue())
    return path


def test_rows_far_down_are_told_too(tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, zeros = book.add_worksheet(), book.add_format({"num_format": "0000"})
        for number in range(30_000):
            sheet.write_row(number, 0, ["字" * 20, number])
        sheet.write(29_998, 1, 5, zeros)

    found = rows(path)

    assert (found[29_997][1], found[29_998][1]) == (29_997, "0005")
    assert len(found) == 30_000


@pytest.fixture
def hidden(tmp_path):
    path = tmp_path / "底册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("人口")
        for number in range(6):
            sheet.write_row(number, 0, ["甲", "乙", "丙"])
        for number in (2, 4, 9):
            sheet.set_row(number, None, None, {"hidden": True})
        sheet.set_column(1, 1, 9, None, {"hidden": True})
        book.add_worksheet("旧表").hide()
        book.add_worksheet("字典").very_hidden()
    return opening.Book(path, 10**6, False)


def test_hidden_rows_that_say_something_columns_and_sheets_are_found(hidden):
    assert hidden.hidden("人口") == {"rows": [3, 5], "columns": [1]}
    assert hidden.hidden_sheets() == ["旧表", "字典"]


def test_nothing_is_hidden_where_all_is_shown(tmp_path):
    path = made_by_program(tmp_path / "底册.xlsx", A1="姓名", A2="甲")
    book = opening.Book(path, 10**6, False)

    assert book.hidden("Sheet") == {"rows": [], "columns": []}
    assert book.hidden_sheets() == []
