"""The sender's workbook comes back as it was, with two columns more."""

from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from grids.workbooks import sheet_xml
from residents.imports.batch import answer
from residents.imports.workbook import reasons, sheets
from tests.residents.workbooks import HEADS, person

STRANGE = ["=1+1", "@SUM(A1)", " 空格 ", "换\n行", "a&b<c>\"d'", "😀", "长" * 40_000, "é", "0012"]


def written(path, tmp_path, statuses=(), problems=()):
    """The answer to a workbook, as Excel would read it."""
    book, found = sheets.read(path)
    answer.write(tmp_path / "answer.xlsx", book, found, dict(statuses), dict(problems))
    return openpyxl.load_workbook(tmp_path / "answer.xlsx")


def test_each_row_says_what_became_of_it(workbook, tmp_path):
    path = workbook([person() for __ in range(4)], above=[["人口台账"]])

    sheet = written(
        path, tmp_path, {3: "created", 4: "changed"}, {5: ("id_checksum", "id_number")}
    ).active

    status = [[cell.value for cell in row[20:]] for row in sheet.iter_rows()]
    reason = reasons.of("id_checksum")
    assert status[1] == ["导入结果", "怎么改"]
    assert [row[0] for row in status[2:]] == [
        reasons.STATUSES["created"],
        reasons.STATUSES["changed"],
        f"{reasons.STATUSES['rejected']}：{reason.text} [公民身份号码]",
        None,
    ]
    assert status[4][1] == reason.remedy
    assert sheet["A2"].font.b
    assert sheet["A5"].fill.fgColor.rgb == "FFE8ECF1"
    assert sheet.freeze_panes == "A3"


@pytest.mark.parametrize("field", ["id_number", "phone", "name", "grid", "note"])
def test_the_cell_that_is_wrong_is_marked_by_itself(workbook, tmp_path, field):
    """Also one that is empty, the first and the last; the others of its row keep the row's look."""
    path = workbook([person(备注="", 联系电话=""), person()])
    [table] = sheets.read(path)[1]

    sheet = written(path, tmp_path, problems={2: ("too_long", field)}).active

    fills = {cell.column - 1: cell.fill.fgColor.rgb for cell in sheet[2]}
    own = fills.pop(table.columns[field])
    rest = {fills[at] for at, cell in enumerate(sheet[2]) if at in fills and cell.value}
    assert (own, rest) == ("FF9FB3C8", {"FFE8ECF1"})
    before = [cell.value or None for cell in openpyxl.load_workbook(path).active[2]]
    assert [cell.value for cell in sheet[2]][: len(before)] == before
    assert f"[{table.heads[field]}]" in sheet.cell(2, sheet.max_column - 1).value
    assert {cell.fill.fgColor.rgb for cell in sheet[3]} == {"00000000"}


def test_a_problem_of_no_column_marks_the_row_alone(workbook, tmp_path):
    sheet = written(workbook([person()]), tmp_path, problems={2: ("household_contradicts", "")})

    fills = {cell.fill.fgColor.rgb for cell in sheet.active[2] if cell.value}
    assert fills == {"FFE8ECF1"}
    assert "[" not in sheet.active.cell(2, sheet.active.max_column - 1).value


def test_every_cell_comes_back_as_it_was(tmp_path):
    day = datetime(2001, 2, 3)  # noqa: DTZ001
    cells = [*STRANGE, 1.0, True, 12.5, 3.7e17, -1.0, day]
    with xlsxwriter.Workbook(str(tmp_path / "own.xlsx")) as book:
        sheet = book.add_worksheet("一 & <二>")
        sheet.write_row(0, 0, HEADS)
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(1, at, cell[:32_767])
            elif cell is day:
                sheet.write_datetime(1, at, cell, date)
            else:
                sheet.write(1, at, cell)
        sheet.write_row(2, 0, [1.0, True, "", False])

    [sheet] = written(tmp_path / "own.xlsx", tmp_path)

    back = [cell.value for cell in sheet[2]][: len(cells)]
    assert back == [text[:32_767] for text in STRANGE] + cells[len(STRANGE) :]
    assert [cell.value for cell in sheet[3]][:4] == [1, True, None, False]
    assert {cell.data_type for cell in sheet[2][: len(STRANGE)]} == {"s"}
    assert sheet[2][len(cells) - 1].is_date
    assert sheet.title == "一 & <二>"


def test_all_sheets_come_back(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "own.xlsx")) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADS)
            sheet.write_row(1, 0, [name, *person().values()])

    sheets = written(tmp_path / "own.xlsx", tmp_path, {2: "created", 2_000_002: "changed"})

    assert sheets.sheetnames == ["甲", "乙"]
    assert [sheet["A2"].value for sheet in sheets] == ["甲", "乙"]
    status = [sheet.cell(2, sheet.max_column - 1).value for sheet in sheets]
    assert status == [reasons.STATUSES["created"], reasons.STATUSES["changed"]]


def test_text_with_commas_comes_back_too(tmp_path):
    path = tmp_path / "底册.csv"
    row = person()
    lines = [HEADS, [row.get(head, "") for head in HEADS], ["x"] * 25]
    path.write_text("\n".join(map(",".join, lines)), encoding="gb18030")

    sheet = written(path, tmp_path, {2: "created"}).active

    assert sheet["H2"].value == row["姓名"]
    assert sheet["Y3"].value == "x"
    assert [cell.value for cell in sheet[2]][25:] == ["新增", None]


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ("铃\x07声", "铃_x0007_声"),
        ("_x0041_", "_x005F_x0041_"),
        ("_x1_", "_x1_"),
        ("\ufffe", "_xFFFE_"),
    ],
)
def test_what_xml_cannot_say_is_written_as_excel_writes_it(text, xml):
    assert f"<t>{xml}</t>" in sheet_xml._xml(text)


@given(st.integers(0, 16_383))
def test_columns_have_the_letters_of_excel(at):
    assert sheet_xml._letters(at) == openpyxl.utils.get_column_letter(at + 1)


@pytest.mark.parametrize("cell", [float("inf"), float("nan"), "\ud83d", "\ufffe"])
def test_what_a_workbook_cannot_hold_becomes_text(cell):
    assert 't="inlineStr"' in sheet_xml._xml(cell)
    sheet_xml._xml(cell).encode()
