"""Hostile files by every form that takes one: refused in words, and nobody else waits for it."""

import threading
import time
import urllib.request

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Upload
from grids.workbooks import reader
from residents.exports import forms
from residents.models import Export, ImportBatch, Resident
from tests import factories, hostile
from tests.test_uploads import address, boss, work

__all__ = ["boss"]

SEED, FEW, MANY = 20261201, 60, 2_000
QUICK, SECONDS = 3, 5  # another user's page, at most, of all but one in a hundred; and ever


@pytest.fixture
def doors(boss, settings):
    """Functions that send a file by a form: its answer."""
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, ())
    from cases.calendar import working_days

    calendar = working_days.ensure_calendar(factories.district())
    unit = factories.unit()
    factories.posting(boss, "grid_worker", unit)

    def register(client, file):
        return client.post(address("residents:import_new"), {"file": file, "register": "residents"})

    def staff(client, file):
        return client.post(address("residents:import_new"), {"file": file, "register": "staff"})

    def form(client, file):
        data = {"template": file, "purpose": "报街道"}
        return client.post(address("residents:fill"), data)

    def catalogue(client, file):
        return client.post(address("cases:catalogue_uploads"), {"file": file})

    def schedule(client, file):
        return client.post(address("cases:calendar_import", calendar.pk), {"file": file})

    def report(client, file):
        data = {"photos": file, "description": "井盖", "grid": unit.pk}
        return client.post(address("cases:report"), data)

    return [register, staff, form, catalogue, schedule, report]


def send(client, doors, number, name, content):
    """The answer of one of the doors, which is no error of ours."""
    file = SimpleUploadedFile(name, content)
    answer = doors[number % len(doors)](client, file)
    assert answer.status_code in (200, 302, 422), (number, name, answer.status_code)
    if answer.status_code != 302:
        return None
    return answer.url


def assert_all_ended_in_words():
    texts = {*reader.MESSAGES, *forms.MESSAGES}
    for batch in ImportBatch.objects.all():
        assert not batch.is_working, batch.file_name
        assert batch.error in texts or not batch.error, (batch.file_name, batch.error)
    for export in Export.objects.all():
        assert not export.is_working, export.title
        assert export.error in texts or not export.error, (export.title, export.error)
    for upload in Upload.objects.all():
        assert not upload.is_working, upload.file_name
        assert "系统出现问题" not in "".join(upload.problems), upload.file_name


@pytest.mark.django_db
def test_a_few_hostile_files_end_in_words_and_write_nothing(client, boss, doors, settings):
    settings.WORKBOOK_SECONDS, settings.WORKBOOK_MEMORY_BYTES = 10, 512 * 1024**2
    pages = set()

    for number, (name, content) in enumerate(hostile.files(SEED, FEW)):
        pages.add(send(client, doors, number, name, content))
    work()

    assert_all_ended_in_words()
    assert not Resident.objects.exists()
    assert ImportBatch.objects.filter(state="failed").exists()
    for page in pages - {None}:
        assert client.get(page, follow=True).status_code == 200


class Neighbour(threading.Thread):
    """Another user, who looks at a page again and again and notes how long it took."""

    def __init__(self, url, cookie):
        super().__init__(daemon=True)
        self.request = urllib.request.Request(url, headers={"Cookie": cookie})
        self.waits, self.failures, self.is_over = [], [], threading.Event()

    def run(self):
        while not self.is_over.wait(0.2):
            began = time.monotonic()
            try:
                with urllib.request.urlopen(self.request, timeout=30) as answer:
                    answer.read()
                    assert answer.status == 200
            except Exception as error:
                self.failures.append(repr(error))
            self.waits.append(time.monotonic() - began)


@pytest.mark.soak
@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_two_thousand_hostile_files_and_everybody_else_goes_on(
    client, boss, doors, live_server, start_celery, monkeypatch
):
    monkeypatch.setenv("GRIDMGMT_WORKBOOK_SECONDS", "10")
    monkeypatch.setenv("GRIDMGMT_WORKBOOK_MEMORY_MB", "512")
    worker = start_celery("worker")
    other = Client()
    other.force_login(factories.staff("grid_leader", factories.community()))
    cookie = f"{settings.SESSION_COOKIE_NAME}={other.cookies[settings.SESSION_COOKIE_NAME].value}"
    neighbour = Neighbour(live_server.url + reverse("residents:people"), cookie)
    neighbour.start()

    for number, (name, content) in enumerate(hostile.files(SEED + 1, MANY)):
        send(client, doors, number, name, content)
    wait_for_the_worker(worker)
    neighbour.is_over.set()
    neighbour.join()

    assert_all_ended_in_words()
    assert neighbour.failures == []
    waits = sorted(neighbour.waits)
    assert waits[len(waits) * 99 // 100] < QUICK
    assert waits[-1] < SECONDS
    assert not Resident.objects.exists()


def wait_for_the_worker(worker, minutes=40):
    give_up = time.monotonic() + minutes * 60
    rows = (ImportBatch, Export, Upload)
    while any(row.objects.forgotten(timezone.now() + timezone.timedelta(hours=1)) for row in rows):
        assert worker.poll() is None, "the worker died"
        assert time.monotonic() < give_up, "the worker is not getting on"
        time.sleep(1)
