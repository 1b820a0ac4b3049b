"""People of the demo at browsers, and what they carry."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from PIL import Image

from tests import database
from tests.browser.line import Line
from tests.browser.people import Somebody

PHONE = "phone of the worker"
# How many pages belong to the day, and how many of them are on the phone.
DAY = """const done = arguments[0], { day } = document.querySelector("[data-day]").dataset;
fetch(day).then((answer) => answer.json()).then((told) => done(new Set(told.pages).size));"""
KEPT = """const done = arguments[0];
caches.keys().then(async (names) => {
  const day = names.find((name) => name.startsWith("day:"));
  done(day ? (await (await caches.open(day)).keys()).length : 0);
});"""


@pytest.fixture
def demo(settings, monkeypatch, transactional_db):
    """The demo district as it is on its first morning; seeded once, copied for the others."""
    settings.DEMO = True
    monkeypatch.setenv("GRIDMGMT_DEMO", "1")
    cache.clear()  # its keys are those of another copy
    if not database.bring_back("demo"):
        call_command("seed_demo", verbosity=0)
        database.keep_as("demo")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "井盖.jpg"
    Image.new("RGB", (1200, 900), (120, 130, 140)).save(path, "JPEG")
    return path


@pytest.fixture
def enter(open_browser, live_site):
    """enter("worker", "phone"): that person of the demo, logged in at a browser of that size."""
    return lambda username, size="desktop": Somebody(
        open_browser(size), live_site, username
    ).log_in()


@pytest.fixture
def line(live_site):
    line = Line(live_site)
    yield line
    line.close()


@pytest.fixture
def worker(demo, line, open_browser):
    """Logged in on a phone, with the pages of the day on it."""
    worker = Somebody(open_browser("phone", PHONE), line.site, "worker").log_in()
    worker.go("/today/")
    pages = worker.driver.execute_async_script(DAY)
    assert pages > 5
    worker.wait(lambda: worker.driver.execute_async_script(KEPT) >= pages, 120, "the day")
    return worker
