"""Workbooks that were made to hurt are refused in words, or read as far as there is something."""

import io
import time
import zipfile

import pytest
import xlsxwriter

from grids.workbooks import opening, reader

SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


def far_cell(path):
    """A table, and one cell at the very end of the sheet."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "户号"])
        sheet.write_row(1, 0, ["王秀兰", 7])
        sheet.write(1_048_575, 16_383, "x")
    return path


def archive(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def plain(path, **sheets):
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def read(path):
    book = reader.open_workbook(path)
    return [row for name in book.sheet_names for row in book.rows(name)]


def read_if_it_can_be(path):
    try:
        return read(path)
    except reader.WorkbookError:
        return []


def code_of(path):
    with pytest.raises(reader.WorkbookError) as error:
        read(path)
    assert str(error.value.message)
    return error.value.code


def test_cells_that_stand_far_apart_are_read_one_by_one(tmp_path):
    path = far_cell(tmp_path / "far.xlsx")
    assert path.stat().st_size < 6_000
    started = time.monotonic()

    rows = [row for row in read(path) if row]

    assert rows == [["姓名", "户号"], ["王秀兰", 7]]
    assert time.monotonic() - started < 60


def test_a_table_and_a_cell_below_it_are_read_as_a_table(tmp_path):
    path = tmp_path / "below.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "户号"])
        sheet.write(20_000, 1, "x")

    rows = read(path)

    assert len(rows) == 20_001
    assert rows[-1][1] == "x"


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path):
    path = archive(
        tmp_path / "bomb.xlsx", {"xl/workbook.xml": "x", "xl/a.xml": bytes(70 * 1024**2)}
    )

    assert path.stat().st_size < 200_000
    assert code_of(path) == "too_large"


def test_an_archive_of_very_many_parts_is_refused(tmp_path, monkeypatch):
    files = {f"xl/{number}": "" for number in range(opening.MOST_ENTRIES + 1)}

    assert code_of(archive(tmp_path / "many.xlsx", files, zipfile.ZIP_STORED)) == "too_large"


def test_an_archive_that_lies_about_its_size_is_stopped(tmp_path):
    path = archive(tmp_path / "liar.xlsx", {"xl/workbook.xml": bytes(5_000_000)})
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)

    assert code_of(path) in {"corrupt", "memory", "time"}


def test_more_cells_than_allowed_are_refused(tmp_path, settings):
    path = plain(tmp_path / "a.xlsx", a=[[1, 2, 3]] * 10)
    assert len(read(path)) == 10
    settings.WORKBOOK_CELLS = 20

    assert code_of(path) == "too_large"


def test_a_workbook_that_takes_too_long_is_stopped(tmp_path, settings):
    path = plain(tmp_path / "long.xlsx", a=[list(range(60))] * 10_000)
    settings.WORKBOOK_SECONDS = 1

    assert code_of(_slow(path, tmp_path)) == "time"


def _slow(path, folder):
    """Its numbers as one long text that a regular reader goes through letter by letter."""
    long = "<row r='1'>" + "".join(f"<c r='A{n}'><v>{n}</v></c>" for n in range(1, 2)) + "</row>"
    text = SHEET.format("<sheetData>" + long + "<!-- x -->" * 30_000_000 + "</sheetData>")
    slow = folder / "slow.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(slow, "w", zipfile.ZIP_STORED) as new:
        for item in old.namelist():
            is_sheet = item == "xl/worksheets/sheet1.xml"
            new.writestr(item, text if is_sheet else old.read(item))
    return slow


def test_entities_that_multiply_fill_no_memory(tmp_path):
    lol = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    path = plain(tmp_path / "a.xlsx", a=[["x"]])
    memory = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(memory, "w") as new:
        for item in old.namelist():
            content = old.read(item).decode()
            if item == "xl/worksheets/sheet1.xml":
                content = lol + "]>" + content.split("?>", 1)[1].replace("<v>0</v>", "<v>&i;</v>")
            new.writestr(item, content)
    path.write_bytes(memory.getvalue())

    assert len(str(read_if_it_can_be(path))) < 1_000


def test_a_text_with_a_field_without_end_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('姓名,户号\n"' + "x" * 200_000)

    assert code_of(path) == "open_quote:2"
