"""What a phone keeps can be read while its owner is logged in, and by nobody else."""

import pytest
from django.contrib.sessions.models import Session

from tests.browser.phone import DAYS, doors, my_visits, visit, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "王秀兰家漏水，三天没人来"
STORED = "return JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"
DRAFTS = "return Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length"
KEPT_PAGES = """const done = arguments[0];
caches.keys().then(async (names) => {
  const day = await caches.open(names.find((name) => name.startsWith("day:")));
  const pages = await Promise.all((await day.keys()).map(async (page) => (await day.match(page)).text()));
  done(pages);
});"""
OPEN_DRAFT = """const done = arguments[0];
const key = Object.keys(localStorage).find((key) => key.startsWith("draft:"));
sealing.open(JSON.parse(localStorage.getItem(key)).sealed).then(done);"""


QUEUE = """const done = arguments[0];
const open = indexedDB.open("gridmgmt", 1);
open.onsuccess = () => {
  const ask = open.result.transaction("queue").objectStore("queue").getAll();
  ask.onsuccess = () => { open.result.close(); done(ask.result.map((item) => Object.keys(item).sort().join())); };
};"""


def write_a_report(worker):
    worker.go("/cases/report/")
    worker.write("description", WORDS)
    worker.wait(lambda: worker.driver.execute_script(DRAFTS), what="the draft")


def has_the_draft(worker):
    return worker.find("[name=description]").get_attribute("value") == WORDS


def test_nothing_lies_readable_on_the_phone_and_its_owner_reads_all_of_it(worker, line):
    pages = worker.driver.execute_async_script(KEPT_PAGES)
    write_a_report(worker)

    assert len(pages) > 5
    assert not any("<" in page for page in pages)
    assert WORDS not in worker.driver.execute_script(STORED)

    worker.go("/cases/report/")
    worker.wait(lambda: has_the_draft(worker), what="the draft")
    line.break_it()
    worker.go("/today/")
    worker.sees("走访")
    assert worker.find("html[data-kept]"), "a copy, opened"


def test_an_ended_session_closes_the_draft_until_the_same_person_is_back(worker, line):
    write_a_report(worker)
    Session.objects.all().delete()

    worker.go("/today/")
    worker.wait(lambda: "/login/" in worker.driver.current_url)

    worker.wait(lambda: worker.driver.execute_script(DAYS) == [], what="an empty cache")
    assert "seal=" not in worker.driver.execute_script("return document.cookie")
    assert worker.driver.execute_async_script(OPEN_DRAFT) is None
    worker.log_in()
    worker.go("/cases/report/")
    worker.wait(lambda: has_the_draft(worker), what="the draft")


def test_logging_out_leaves_no_draft(worker, line):
    write_a_report(worker)

    worker.tap(".topbar .menu > summary")
    worker.press("退出登录")
    worker.wait(lambda: "/login/" in worker.driver.current_url)

    assert worker.driver.execute_script(DRAFTS) == 0
    assert worker.driver.execute_script(DAYS) == []


def test_what_waits_is_sealed_until_it_is_sent(worker, line):
    before = my_visits().count()
    line.break_it()
    [door, *__] = doors(worker)
    visit(worker, door)

    assert waiting(worker) == 1
    [names] = worker.driver.execute_async_script(QUEUE)
    assert names == "at,key,next,photos,sealed,state,tries,user"
    line.mend()
    worker.go("/today/")
    worker.wait(lambda: my_visits().count() == before + 1)
    worker.wait(lambda: waiting(worker) == 0)
