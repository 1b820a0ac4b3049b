"""The one-trip card of a household, and the photos of a visit."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from inspections.cadence import schedules
from inspections.models import Visit, VisitPhoto
from inspections.visits import one_trip_card, visit_log
from residents.models import AccessRecord, SupportPlan
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def home():
    found = factories.household(head_name="王秀兰")
    factories.resident(found, name="王秀兰", phone="13800001111")
    schedules.plan_all(TODAY)
    return found


@pytest.fixture
def worker(client, home):
    person = factories.staff("grid_worker")
    client.force_login(person)
    return person


def card(client, home):
    address = reverse("inspections:card", args=[home.pk])
    return client.post(address, {"purpose": "走访"})


def picture(colour="grey"):
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    Image.new("RGB", (80, 60), colour).save(made, "JPEG", exif=exif)
    return SimpleUploadedFile("p.jpg", made.getvalue(), content_type="image/jpeg")


def test_the_card_says_who_lives_there_what_is_due_and_how_they_are_helped(client, home, worker):
    person = home.residents.get()
    factories.care_record(person, note="听力不好，敲门要久")
    SupportPlan.objects.create(
        resident=person,
        what="每周送菜",
        helper_name="李邻居",
        since=TODAY,
        review_on=TODAY + timedelta(days=1),
    )
    schedules.plan_all(TODAY)

    text = card(client, home).content.decode()

    for words in (
        "王秀兰",
        "13800001111",
        "独居老人",
        "听力不好，敲门要久",
        "每周送菜",
        "李邻居",
        "入户走访",
        "<svg",
    ):
        assert words in text
    assert AccessRecord.objects.get(resident=person).by == worker


def test_a_square_on_the_card_opens_the_visit_form(client, home, worker):
    square = one_trip_card.qr(f"http://testserver/visits/log/{home.pk}/")

    assert square in card(client, home).content.decode()
    assert square != one_trip_card.qr(f"http://testserver/visits/log/{home.pk + 1}/")


def test_the_card_names_what_changed_since_the_last_visit_not_the_values(client, home, worker):
    person = home.residents.get()
    before = timezone.now() - timedelta(days=1)  # one transaction has one hour
    visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        now=before,
        happened_on=timezone.localdate(before),
    )
    person.phone = "13999992222"
    person.save(update_fields=["phone"])

    [news] = [one for one in one_trip_card.of(worker, home).news if one.facts]

    assert (news.what, [str(fact) for fact in news.facts]) == ("王秀兰", ["电话"])
    assert "13800001111" not in card(client, home).content.decode()


def test_what_changed_before_the_last_visit_is_no_news(home, worker):
    visit_log.log_visit(home, by=worker, outcome="met", happened_on=TODAY)

    assert one_trip_card.of(worker, home).news == []


def test_before_the_first_visit_nothing_counts_as_news(home, worker):
    assert one_trip_card.of(worker, home).news == []


def test_the_care_of_a_household_stays_hidden_from_who_may_not_read_it(client, home):
    factories.care_record(home.residents.get(), note="听力不好")
    steward = factories.staff("building_steward", building=home.dwelling.building)
    client.force_login(steward)

    answer = card(client, home)

    assert answer.status_code == 200
    assert "听力不好" not in answer.content.decode()


def test_nobody_else_gets_the_card(client, home):
    client.force_login(factories.staff("grid_worker", factories.unit("370402001028002")))

    assert card(client, home).status_code == 404


def log(client, home, key, *pictures):
    form = {
        "client_uuid": key,
        "mode": "home",
        "outcome": "met",
        "note": "",
        "happened_on": TODAY.isoformat(),
        "photos": pictures,
        "diary-TOTAL_FORMS": 0,
        "diary-INITIAL_FORMS": 0,
    }
    return client.post(reverse("inspections:log_visit", args=[home.pk]), form)


def test_photos_of_a_visit_are_kept_once_and_without_what_came_with_them(
    client, home, worker, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    key = uuid.uuid4()
    for _ in range(2):
        assert log(client, home, key, picture(), picture("red")).status_code == 302

    visit = Visit.objects.get()
    kept = [photo.client_uuid for photo in visit.photos.order_by("pk")]
    assert kept == [uuid.uuid5(key, "photo-0"), uuid.uuid5(key, "photo-1")]
    answer = client.get(reverse("inspections:photo", args=[visit.photos.first().pk]))
    body = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "image/jpeg"
    assert body[:2] == b"\xff\xd8"
    assert b"SecretPhone" not in body
    page = client.get(reverse("inspections:visit", args=[visit.pk])).content.decode()
    assert page.count("/visits/photos/") == 4  # a link and a picture, twice


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_logged(client, home, worker):
    answer = log(client, home, uuid.uuid4(), SimpleUploadedFile("p.jpg", b"no"))

    assert answer.status_code == 422
    assert not Visit.objects.exists()
    assert not VisitPhoto.objects.exists()


def test_nobody_else_sees_the_photos_of_a_visit(client, home, worker, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    log(client, home, uuid.uuid4(), picture())
    photo = VisitPhoto.objects.get()
    client.force_login(factories.staff("grid_worker", factories.unit("370402001028002")))

    assert client.get(reverse("inspections:photo", args=[photo.pk])).status_code == 404
