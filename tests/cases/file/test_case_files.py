"""Attachments are known by their content."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.file import attachments
from grids.refusal import Refused
from tests.cases.file.test_photos import exif_of_a_phone, picture


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return out.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")
EXCEL = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (b"%PDF-1.4 x", "通知.pdf", "通知.pdf"),
        (b"%PDF-1.4 x", "通知", "通知.pdf"),
        (WORD, "方案.docx", "方案.docx"),
        (WORD, "方案.pdf", "方案.docx"),
        (EXCEL, "台账.html", "台账.xlsx"),
        (picture(), "现场.png", "现场.jpg"),
        (b"%PDF-1.4 x", "长" * 200 + ".pdf", "长" * 80 + ".pdf"),
        (b"%PDF-1.4 x", "a\u202efdp.pdf", "afdp.pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_named_after_what_is_in_it(content, name, kept):
    assert attachments.accept(SimpleUploadedFile(name, content)).name == kept


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04 broken",
        archive("index.html"),
        archive("word/document.xml"),
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b" %PDF-1.4",
    ],
)
def test_all_else_is_refused_by_its_name(content):
    with pytest.raises(Refused, match="发票"):
        attachments.accept(SimpleUploadedFile("发票.pdf", content))


def test_a_file_is_ten_megabytes_at_most():
    most = b"%PDF-" + b"0" * (attachments.MOST_BYTES - 5)

    assert attachments.accept(SimpleUploadedFile("a.pdf", most))
    with pytest.raises(Refused, match="10"):
        attachments.accept(SimpleUploadedFile("a.pdf", most + b"0"))


def test_an_attached_picture_loses_the_place_where_it_was_taken():
    taken = SimpleUploadedFile("a.jpg", picture(exif=exif_of_a_phone()))

    assert b"Phone of Wang" not in attachments.accept(taken).content.read()
