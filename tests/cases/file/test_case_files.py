"""Attachments are known by their content."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.file import attachments, photos
from grids.refusal import Refused
from tests.cases.file.test_photos import exif_of_a_phone, picture
from tests.cases.office import at, report


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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.pdf", "application/pdf"),
        ("a.b.docx", f"{attachments.OFFICE}.wordprocessingml.document"),
        ("a.xlsx", f"{attachments.OFFICE}.spreadsheetml.sheet"),
        ("a.jpg", "image/jpeg"),
        ("a.html", "application/octet-stream"),
        ("pdf", "application/pdf"),
        ("a", "application/octet-stream"),
    ],
)
def test_how_a_file_is_sent(name, kind):
    assert attachments.media_type(name) == kind


def test_a_file_whose_name_says_nothing_has_one():
    assert attachments.accept(SimpleUploadedFile("\u202e.pdf", b"%PDF-1.4")).name == "file.pdf"


@pytest.mark.django_db
def test_what_is_kept_of_an_attachment_and_of_a_photo(office):
    case, now = report(office), at("2026-11-20 10:00")
    taken = [
        attachments.accept(SimpleUploadedFile(name, content))
        for name, content in (("通知.pdf", b"%PDF-1.4 x"), ("方案.doc", WORD))
    ]
    kept = attachments.attach(case, taken, by=office.worker, at=now)
    after = photos.reencode(SimpleUploadedFile("a.jpg", picture()))
    (photo,) = photos.attach(case, [after], moment="after", by=office.worker, at=now)

    for row, name, content in zip(
        kept, ("通知.pdf", "方案.docx"), (b"%PDF-1.4 x", WORD), strict=True
    ):
        row.refresh_from_db()
        assert (row.case, row.name, row.size, row.by, row.at) == (
            case,
            name,
            len(content),
            office.worker,
            now,
        )
        assert row.file.read() == content
        assert "通知" not in row.file.name
        assert row.file.name.endswith(name.rpartition(".")[2])
    photo.refresh_from_db()
    assert (photo.case, photo.moment, photo.by, photo.at) == (case, "after", office.worker, now)
    assert photo.file.name.endswith(".jpg")
