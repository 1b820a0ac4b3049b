"""People of the demo at browsers, and what they carry."""

import shutil
from types import SimpleNamespace

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


@pytest.fixture(scope="session")
def morning(tmp_path_factory):
    """What the tests of one process share: the phone as it is when the worker leaves the office."""
    return SimpleNamespace(port=0, phone=tmp_path_factory.mktemp("morning") / "phone")


@pytest.fixture
def line(live_site, morning):
    line = Line(live_site, morning.port)
    morning.port = line.server.server_port  # the phone knows the site by it
    yield line
    line.close()


@pytest.fixture
def worker(demo, line, open_browser, morning, tmp_path):
    """Logged in on a phone, with the pages of the day on it; fetched once, copied for the others."""
    if not morning.phone.exists():
        first = Somebody(open_browser("phone", PHONE), line.site, "worker").log_in()
        first.go("/today/")
        pages = first.driver.execute_async_script(DAY)
        assert pages > 5
        first.wait(lambda: first.driver.execute_async_script(KEPT) >= pages, 120, "the day")
        first.driver.quit()  # writes down what it keeps
        shutil.copytree(tmp_path / PHONE, morning.phone)
        database.keep_as("morning")
    else:
        database.bring_back("morning")
        shutil.copytree(morning.phone, tmp_path / PHONE)
    worker = Somebody(open_browser("phone", PHONE), line.site, "worker")
    worker.go("/today/")
    return worker
