import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from cases import workflow
from cases.file import photos
from cases.models import CasePhoto
from grids.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db
ORIENTATION, GPS, MODEL = 0x0112, 0x8825, 0x0110


def picture(width=800, height=600, *, form="JPEG", exif=None, **options):
    """The bytes of a picture: left half red, right half blue."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    out = io.BytesIO()
    image.save(out, form, **({"exif": exif} if exif else {}), **options)
    return out.getvalue()


def upload(content, name="井盖.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def exif_of_a_phone(orientation=1):
    exif = Image.Exif()
    exif[ORIENTATION], exif[MODEL] = orientation, "Phone of Wang"
    exif.get_ifd(GPS).update({1: "N", 2: (34.0, 51.0, 36.0), 3: "E", 4: (117.0, 33.0, 36.0)})
    return exif


def opened(content):
    return Image.open(io.BytesIO(content.read()))


def test_a_photo_loses_the_place_where_it_was_taken():
    taken = picture(exif=exif_of_a_phone(), comment=b"Wang Xiulan, 301")
    assert dict(Image.open(io.BytesIO(taken)).getexif().get_ifd(GPS))

    kept = photos.reencode(upload(taken)).read()

    image = Image.open(io.BytesIO(kept))
    assert not dict(image.getexif())
    assert b"Phone of Wang" not in kept
    assert b"Wang Xiulan" not in kept
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_taken_upright_stays_upright():
    turned = picture(800, 600, exif=exif_of_a_phone(orientation=6))

    image = opened(photos.reencode(upload(turned)))

    assert image.size == (600, 800)
    red, _, blue = image.getpixel((300, 100))
    assert red > 200 > blue  # what was left is now on top


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1600, 1200)),
        ((1000, 4000), (400, 1600)),
        ((300, 200), (300, 200)),
    ],
)
def test_a_photo_becomes_at_most_1600_pixels_long(size, expected):
    assert opened(photos.reencode(upload(picture(*size)))).size == expected


def test_what_is_transparent_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

    image = opened(photos.reencode(upload(out.getvalue(), "a.png")))

    assert (image.format, image.mode, image.getpixel((5, 5))) == (
        "JPEG",
        "RGB",
        (255, 255, 255),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a photo",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:2000],
        b"\xff\xd8\xff\xe0" + b"\0" * 500,
        picture(form="GIF"),
        picture(form="TIFF"),
    ],
    ids=["empty", "text", "svg", "cut off", "header only", "gif", "tiff"],
)
def test_a_file_that_is_no_photo_is_refused_with_its_name(content):
    with pytest.raises(Refused, match="井盖"):
        photos.reencode(upload(content))


def test_a_photo_over_the_size_limit_is_refused(settings):
    settings.MAX_PHOTO_BYTES = 1000

    with pytest.raises(Refused):
        photos.reencode(upload(picture()))


def test_a_decompression_bomb_is_refused_before_it_unfolds():
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000

    with pytest.raises(Refused):
        photos.reencode(upload(out.getvalue(), "bomb.png"))


@pytest.fixture
def reported():
    worker = make.staff("grid_worker")
    case = workflow.report(
        by=worker,
        grid=make.unit(),
        category=make.category(),
        title="井盖缺失",
        source="patrol",
    )
    (photo,) = photos.attach(
        case,
        [photos.reencode(upload(picture()))],
        moment="before",
        by=worker,
        at=case.reported_at,
    )
    return worker, photo


def test_a_photo_is_served_to_who_may_see_its_case(client, reported):
    worker, photo = reported
    client.force_login(worker)

    answer = client.get(reverse("cases:photo", args=[photo.pk]))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(b"".join(answer.streaming_content))).format == "JPEG"


def test_a_photo_is_hidden_from_a_stranger(client, reported):
    _, photo = reported
    client.force_login(make.staff("grid_worker", make.unit("520602003003001")))

    assert client.get(reverse("cases:photo", args=[photo.pk])).status_code == 404


def test_a_photo_is_forbidden_to_who_has_nothing_to_do_with_cases(client, reported):
    _, photo = reported
    client.force_login(make.staff("operator", make.district()))

    assert client.get(reverse("cases:photo", args=[photo.pk])).status_code == 403


def test_a_photo_whose_file_is_gone_is_not_a_crash(client, reported):
    worker, photo = reported
    photo.file.storage.delete(photo.file.name)
    client.force_login(worker)

    assert client.get(reverse("cases:photo", args=[photo.pk])).status_code == 404
    assert CasePhoto.objects.filter(pk=photo.pk).exists()
