"""Which files are workbooks, what their sheets hold, and why the others are refused."""

import io
import zipfile

import pytest
import xlsxwriter

from grids.workbooks import opening, reader
from grids.workbooks.reader import WorkbookError, open_workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def put(tmp_path, content, name="a.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 10)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"a\0b,c", "wrong_type"),
        (b"one word", "wrong_type"),
        (b"\xff\xfe\xff\xff,", "wrong_type"),
        (OLE + b"\0" * 600, "corrupt"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        # across the border of two blocks
        (OLE + b"\0" * ((1 << 20) - 20) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04 and no more", "corrupt"),
        (zipped("word/document.xml"), "wrong_type"),
        (zipped("xl/workbook.xml"), "corrupt"),
        (zipped("content.xml"), "corrupt"),
    ],
)
def test_what_is_no_workbook_is_refused_with_its_reason(tmp_path, content, code):
    with pytest.raises(WorkbookError) as refused:
        open_workbook(put(tmp_path, content))

    assert refused.value.code == code
    assert refused.value.message == reader.MESSAGES[code]


def test_every_reason_has_words():
    codes = {
        "wrong_type",
        "encrypted",
        "corrupt",
        "empty",
        "no_header",
        "sheet_missing",
        "too_large",
        "memory",
        "time",
    }

    assert set(reader.MESSAGES) >= codes
    assert all(str(WorkbookError(code).message) for code in codes)
    assert opening.MOST_UNPACKED == 2_147_483_648


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = put(tmp_path, zipped("xl/a.xml", "xl/b.xml"))
    monkeypatch.setattr(opening, "MOST_UNPACKED", 19)
    with pytest.raises(opening.Unreadable, match="too_large"):
        opening.refuse_bombs(path)
    monkeypatch.setattr(opening, "MOST_UNPACKED", 20)
    opening.refuse_bombs(path)


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_separated_text_of_either_encoding(tmp_path, mark, encoding):
    text = f"姓名{mark}电话{mark}备注\n王{mark}138{mark}a.b\n"

    book = open_workbook(put(tmp_path, text.encode(encoding), "a.csv"))

    assert book.sheet_names == ["CSV"]
    assert list(book.rows("CSV")) == [["姓名", "电话", "备注"], ["王", "138", "a.b"]]
    assert book.height("CSV") == 2


def test_the_mark_that_stands_most_often_in_the_beginning_separates(tmp_path):
    text = "a;b;c,d\n" + "x,y," * 2_000

    book = open_workbook(put(tmp_path, text.encode(), "a.csv"))
    assert next(iter(book.rows("CSV"))) != ["a", "b", "c,d"]
    short = open_workbook(put(tmp_path, b"a;b;c,d\n", "b.csv"))
    assert next(iter(short.rows("CSV"))) == ["a", "b", "c,d"]


def test_the_visible_sheets_of_a_workbook_with_their_heights(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        first, hidden, second = (book.add_worksheet(name) for name in ("一", "二", "三"))
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=一!$A$1:$A$2"})
        book.add_chartsheet("图").set_chart(chart)
        hidden.hide()
        for line, cells in enumerate([["a", 1], ["b", 2.5], ["c", True]]):
            first.write_row(line, 0, cells)
        second.write(0, 0, "x")
        hidden.write(0, 0, "y")

    book = open_workbook(path)

    assert book.sheet_names == ["一", "三"]
    assert list(book.rows("一")) == [["a", 1.0], ["b", 2.5], ["c", True]]
    assert (book.height("一"), book.height("三")) == (3, 1)
    assert list(book.rows("三")) == [["x"]]
    assert next(iter(book.rows("一"))) == ["a", 1.0]


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path):
    assert reader.file_hash(put(tmp_path, b"abc")) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
