"""What nobody can read or keep is refused with a page that says so; everything else passes."""

import json

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from gridmgmt.gate import readable
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    client.raise_request_exception = False
    worker = make.staff("grid_worker", make.unit("370402001028001"))
    client.force_login(worker, "grids.auth.StaffBackend")
    return worker


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "无法识别的请求"), ("en", "The request could not be read")],
)
def test_the_page_says_it_in_both_languages(client, worker, language, words):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    answer = client.get(reverse("residents:people"), {"q": "\0"})

    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize("text", ["王秀兰", "😀", "9" * 99, "110101199003074514", "\t\n", "nan"])
def test_what_people_write_passes(client, worker, text):
    assert client.get(reverse("inspections:today"), {"q": text}).status_code == 200
    assert client.post(reverse("cases:report"), {"description": text}).status_code == 422


@pytest.mark.parametrize("text", ["\0", "王\0", "9" * 100, "٣" * 5000])
def test_what_nobody_can_read_does_not(client, worker, text):
    assert client.get(reverse("inspections:today"), {"q": text}).status_code == 400
    assert client.post(reverse("cases:report"), {"description": text}).status_code == 400


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        ('{"a": ["王", {"b": "\\ud83d\\ude00", "c": 12.5}]}', False),
        ('{"a": ["\\u0000"]}', True),
        ('{"\\u0000": 1}', True),
        ('["\\ud83d"]', True),
        ("[1e999]", True),
        ("[NaN]", True),
        (f"[{'9' * 200}]", True),
        ("{", True),
        ("[" * 100000, True),
        (b"\xff\xfe[", True),
    ],
)
def test_a_body_of_json_is_looked_through(client, worker, body, is_refused):
    answer = client.post(reverse("grids:read_all"), body, "application/json")

    assert (answer.status_code == 400) is is_refused


def test_a_cookie_that_cannot_be_read_asks_no_database(client):
    client.raise_request_exception = False
    client.cookies[settings.SESSION_COOKIE_NAME] = "a\0b"

    assert client.get(reverse("inspections:today")).status_code == 400


def test_a_value_that_the_database_refuses_is_the_askers_fault(client, worker, monkeypatch):
    def ask(request):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM grids_grid WHERE id = %s::bigint", [10**30])

    monkeypatch.setattr("gridmgmt.home.views.first_page", ask)

    assert client.get(reverse("home")).status_code == 400


def test_every_word_of_json_is_found():
    found = json.loads('{"a": [1, null, {"b": ["c", true]}]}')

    words = {word for word in readable._inside(found) if isinstance(word, str)}
    assert words == {"a", "b", "c"}
