"""Tables that are text: whatever an office's program calls them, their content says what they are."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter

from grids.workbooks.reader import WorkbookError, open_workbook, sniff

HEAD = ["网格编码", "姓名", "公民身份号码", "联系电话"]
ROWS = [["370402001028001", "王秀兰", "37040219600101002X", "13800000001"]] * 2


def text(mark=",", end="\n", rows=(HEAD, *ROWS)):
    return "".join(mark.join(row) + end for row in rows)


def opened(tmp_path, content, name="a.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return open_workbook(path)


def rows(book):
    return list(book.rows(book.sheet_names[0]))


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_the_same_rows_in_every_spelling(tmp_path, mark, end, encoding):
    book = opened(tmp_path, text(mark, end).encode(encoding), "a.docx")

    assert rows(book) == [HEAD, *ROWS]
    assert book.height("CSV") == 3


def test_traditional_letters_of_taiwan_and_those_of_the_mainland(tmp_path):
    lines = [
        ["網格編碼", "樓棟", "戶主姓名", "聯絡電話"],
        ["370402001028001", "一號樓", "陳國華", "138"],
    ]
    for encoding in ("big5", "gb18030", "utf-8"):
        assert rows(opened(tmp_path, text(rows=lines).encode(encoding))) == lines


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("姓名\t电话\n王\t0632-1,138,139\n李\t甲,乙,丙\n", ["王", "0632-1,138,139"]),
        ("说明：甲，乙;丙\n姓名,电话,备注\n王,1,\n", ["姓名", "电话", "备注"]),
        ("sep=;\n姓名;备注\n王;a,b,c,d\n", ["姓名", "备注"]),
    ],
)
def test_the_mark_is_the_one_that_cuts_the_rows_alike(tmp_path, content, expected):
    assert rows(opened(tmp_path, content.encode()))[1] == expected


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ('姓名,电话,备注\n王,1,"住三楼\n李,2,\n赵,3,\n', "open_quote", 2),
        ('姓名,电话,备注\n王,1,\n李,2,"住三楼\n赵,3,\n钱,4,住"四楼\n', "open_quote", 3),
        ('姓名,电话,备注\n王,1,"' + "李,2,\n" * 60_000, "open_quote", 2),
    ],
)
def test_a_quote_that_swallows_rows_is_named_by_its_line(tmp_path, content, code, line):
    book = opened(tmp_path, content.encode())

    with pytest.raises(WorkbookError) as refused:
        rows(book)
    assert refused.value.code == f"{code}:{line}"
    assert f"{line}" in str(refused.value.message)


def test_lines_within_a_quoted_cell_are_one_cell(tmp_path):
    content = '姓名,电话,备注\n王,1,"住三楼\n靠左"\n李,2,\n'

    assert rows(opened(tmp_path, content.encode())) == [
        ["姓名", "电话", "备注"], ["王", "1", "住三楼\n靠左"], ["李", "2", ""],
    ]  # fmt: skip


def test_one_byte_that_is_no_letter_is_named_by_its_line(tmp_path):
    content = text().encode() + b"\xc3(\xff,1\n" + "李,2\n".encode()

    with pytest.raises(WorkbookError) as refused:
        opened(tmp_path, content)
    assert refused.value.code == "wrong_byte:4"


def test_what_is_no_text_at_all_is_none(tmp_path):
    with pytest.raises(WorkbookError) as refused:
        opened(tmp_path, bytes(range(128, 256)) * 20 + b",")
    assert refused.value.code == "wrong_type"


def test_an_upload_in_two_bytes_a_letter_is_let_in_and_other_zeros_are_not():
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        sniff(io.BytesIO(text().encode(encoding)))
    with pytest.raises(WorkbookError):
        sniff(io.BytesIO(b"a,b\n" * 20 + b"\0"))


PAGE = """<html><head><meta charset=utf-8><style>td{color:red, x}</style></head><body>
<table border=1><tr><th colspan=2>名单</th><th>备注</th></tr>
<tr><td rowspan=2>王&amp;秀兰</td><td>1<br>2</td><td> x </td></tr>
<tr><td>3</td><td><table><tr><td>内</td></tr></table></td></tr></table>
<table><tr><td>second</table></body></html>"""


def test_a_web_page_that_is_called_a_workbook(tmp_path):
    book = opened(tmp_path, PAGE.encode(), "a.xls")

    assert list(book.sheet_names) == ["Sheet1", "Sheet2"]
    assert rows(book) == [["名单", "", "备注"], ["王&秀兰", "1\n2", "x"], ["", "3", "内"]]
    assert list(book.rows("Sheet2")) == [["second"]]


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="人口"><Table>
<Row><Cell><Data ss:Type="String">姓名</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">4.5</Data></Cell></Row>
<Row ss:Index="3"><Cell ss:MergeAcross="1"><Data ss:Type="String">王</Data></Cell>
<Cell><Data ss:Type="DateTime">2026-03-01T00:00:00.000</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def test_xml_of_excel_2003(tmp_path):
    book = opened(tmp_path, XML.encode(), "a.xls")

    assert list(book.sheet_names) == ["人口"]
    assert rows(book) == [
        ["姓名", "", 4.5],
        [],
        ["王", "", dt.datetime(2026, 3, 1)],  # noqa: DTZ001  cells have no zone
    ]


def test_xml_that_breaks_off_says_where(tmp_path):
    with pytest.raises(WorkbookError) as refused:
        opened(tmp_path, XML[:420].encode(), "a.xls")
    assert refused.value.code.startswith("broken_at:")


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv", "a.docx", "a"])
@pytest.mark.parametrize(
    "respell",
    [
        str,
        lambda name: name.replace("xl/", "XL/"),
        lambda name: name.replace("/", "\\"),
        lambda name: name.replace("sharedStrings", "SharedStrings"),
        str.upper,
    ],
)
def test_a_workbook_is_one_under_any_name_and_with_any_spelling_of_its_parts(
    tmp_path, name, respell
):
    usual = tmp_path / "usual.xlsx"
    with xlsxwriter.Workbook(str(usual)) as book:
        book.add_worksheet("人口").write_row(0, 0, HEAD)
    odd = io.BytesIO()
    with zipfile.ZipFile(usual) as source, zipfile.ZipFile(odd, "w") as target:
        for part in source.namelist():
            target.writestr(respell(part), source.read(part))

    assert rows(opened(tmp_path, odd.getvalue(), name)) == [HEAD]
