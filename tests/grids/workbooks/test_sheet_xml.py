"""Rows as XML: what was said is what Excel shows, and nothing of it counts or leads anywhere."""

import datetime as dt
import zipfile

import openpyxl
import pytest
import xlsxwriter

from grids.workbooks import sheet_xml
from grids.workbooks.sheet_xml import BOLD, MARKED, PLAIN, WRONG

WIDTH = 3


def book_with(tmp_path, *rows, sheets=1):
    """The workbook with these (number, cells, ours, look) in each sheet, as openpyxl reads it."""
    frame, path = tmp_path / "frame.xlsx", tmp_path / "out.xlsx"
    with xlsxwriter.Workbook(str(frame)) as book:
        looks = sheet_xml.looks(book)
        for number in range(sheets):
            sheet_xml.show(book.add_worksheet(f"表{number}"), looks)

    def fill(cells):
        for number, said, ours, look in rows:
            yield cells.row(number, said, WIDTH, ours, look)

    sheet_xml.fill(frame, path, [fill] * sheets)
    return openpyxl.load_workbook(path), path


def written(tmp_path, *cells):
    book, _ = book_with(tmp_path, (1, list(cells), [], PLAIN))
    return [cell.value for cell in book.active[1]]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("王秀兰", "王秀兰"), ("=1+1", "=1+1"), ("http://a.cn", "http://a.cn"), ("<b>&\"'", "<b>&\"'"),
        (" 前后 ", " 前后 "), ("一\n二", "一\n二"), ("a\tb", "a\tb"), (5, 5), (5.5, 5.5), (-1, -1), (True, True),
        (False, False), (0, 0), (1e300, 1e300), (float("inf"), "inf"), (float("nan"), "nan"),
        ("_y0041_", "_y0041_"), ("\ud800好", "\ufffd好"), ("1" * 32_767, "1" * 32_767),
        ("1" * 32_768, "1" * 32_767), (dt.time(1, 2), "01:02:00"),
        (dt.date(1900, 12, 31), "1900-12-31"),
    ],
)  # fmt: skip
def test_a_cell_says_what_it_said(tmp_path, cell, value):
    assert written(tmp_path, cell) == [value]


def test_what_cannot_be_said_in_xml_stands_as_its_code(tmp_path):
    said = ["a\x07b\x1f\ufffe\uffff\rc\x0b", "_x0041_", "_x004_"]
    _, path = book_with(tmp_path, (1, said, [], PLAIN))

    xml = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()

    assert ">a_x0007_b_x001F__xFFFE__xFFFF__x000D_c_x000B_<" in xml
    assert ">_x005F_x0041_<" in xml
    assert ">_x004_<" in xml


def test_days_are_days_in_plain_rows_and_numbers_of_the_same_day_elsewhere(tmp_path):
    day, moment = dt.date(2026, 5, 1), dt.datetime(2026, 5, 1, 12)  # noqa: DTZ001
    book, _ = book_with(tmp_path, (1, [day, moment], [], PLAIN), (2, [day], [], MARKED))

    plain, marked = book.active[1], book.active[2]
    assert [cell.value for cell in plain] == [dt.datetime(2026, 5, 1), moment]  # noqa: DTZ001
    assert {cell.number_format for cell in plain} == {"yyyy-mm-dd"}
    assert (marked[0].value, marked[0].number_format) == (46143, "General")


def test_the_looks_are_those_of_the_row(tmp_path):
    rows = [
        (n, ["x", 5, ""], ["甲", "乙"], look) for n, look in enumerate((PLAIN, BOLD, MARKED), 1)
    ]
    book, _ = book_with(tmp_path, *rows)

    looks = [
        [(cell.font.b, cell.fill.fgColor.rgb[-6:] if cell.fill.fill_type else "") for cell in row]
        for row in book.active
    ]
    bold, marked = (True, ""), (False, "E8ECF1")
    assert looks[0] == [(False, "")] * 5
    assert [looks[1][at] for at in (0, 1, 3, 4)] == [bold] * 4
    assert [looks[2][at] for at in (0, 1, 3, 4)] == [marked] * 4
    assert [[cell.value for cell in row] for row in book.active] == [["x", 5, None, "甲", "乙"]] * 3


def test_ours_stands_beside_the_widest_row_and_empty_cells_are_left_out(tmp_path):
    book, path = book_with(
        tmp_path, (2, ["a", None, ""], ["甲"], PLAIN), (5, ["a", "b", "c", "d"], ["乙"], PLAIN)
    )

    sheet = book.active
    assert (sheet["A2"].value, sheet["D2"].value, sheet["B2"].value) == ("a", "甲", None)
    assert [sheet[f"{letter}5"].value for letter in "ABC"] == ["a", "b", "c"]
    xml = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert "B2" not in xml
    assert "<dimension" not in xml
    assert xml.count("<sheetData>") == xml.count("</sheetData>") == 1


def test_every_sheet_gets_its_rows_and_the_rest_of_the_book_stays(tmp_path):
    book, path = book_with(tmp_path, *((n, [n], [], PLAIN) for n in range(1, 2_502)), sheets=3)

    for sheet in book:
        assert [cell.value for (cell,) in sheet.iter_rows(max_col=1)] == list(range(1, 2_502))
    assert book.sheetnames == ["表0", "表1", "表2"]
    assert "xl/styles.xml" in zipfile.ZipFile(path).namelist()


@pytest.mark.parametrize(
    ("at", "letters"),
    [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_columns_by_their_letters(at, letters):
    assert sheet_xml._letters(at) == letters


def test_a_wider_sheet_after_a_narrow_one_has_all_its_columns(tmp_path):
    cells = sheet_xml.Cells({BOLD: 1, MARKED: 2, WRONG: 4, "date": 3})

    assert 'r="C1"' in cells.row(1, ["a"], 2, ["甲"], PLAIN)
    assert 'r="D1"' in cells.row(1, ["a"], 2, ["甲", "乙"], PLAIN)
    assert 'r="AB1"' in cells.row(1, ["a"] * 28, 28, ["甲"], PLAIN)
    assert 'r="AC1"' in cells.row(1, ["a"] * 28, 28, ["甲"], PLAIN)
