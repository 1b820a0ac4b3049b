"""A worker in a stairwell: the signal goes and comes, and everything arrives exactly once."""

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from grids.models import Staff
from inspections.models import Visit
from tests.browser.line import Line
from tests.browser.people import Somebody

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demo(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setenv("GRIDMGMT_DEMO", "1")
    call_command("seed_demo", verbosity=0)


@pytest.fixture
def line(live_site):
    line = Line(live_site)
    yield line
    line.close()


@pytest.fixture
def worker(demo, line, open_browser):
    """Logged in on a phone, with the pages of the day on it."""
    worker = Somebody(open_browser("phone"), line.site, "worker").log_in()
    worker.go("/today/")
    pages = worker.driver.execute_async_script(
        "const done = arguments[0]; navigator.serviceWorker.addEventListener('message', (e) => done(e.data.pages));"
    )
    assert pages > 5
    return worker


def my_visits():
    return Visit.objects.filter(
        visitor=Staff.objects.get(username="worker"),
        logged_at__date=timezone.localdate(),
    )


def waiting(person):
    return person.driver.execute_async_script(
        """const done = arguments[0];
        const open = indexedDB.open("gridmgmt", 1);
        open.onupgradeneeded = () => open.result.createObjectStore("queue", { keyPath: "key" });
        open.onsuccess = () => {
          const ask = open.result.transaction("queue").objectStore("queue").count();
          ask.onsuccess = () => { open.result.close(); done(ask.result); };
        };"""
    )


def log_a_visit(worker):
    """The first household of the round, in three taps."""
    worker.tap(".stop a.row")
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")


def sent_after_another_try(person):
    """Press "send all" as somebody impatient does; the page itself tries too."""
    person.driver.execute_script("document.getElementById('waiting-send').click()")
    return waiting(person) == 0


def test_a_visit_without_a_signal_arrives_when_the_signal_is_back(worker, line):
    before = my_visits().count()
    line.break_it()

    worker.go("/today/")
    log_a_visit(worker)

    worker.sees("待发送")
    assert waiting(worker) == 1
    assert my_visits().count() == before

    worker.go("/today/")  # reloaded: nothing is lost
    assert waiting(worker) == 1
    line.mend()
    worker.go("/waiting/")
    worker.wait(lambda: my_visits().count() == before + 1, seconds=30)
    worker.wait(lambda: waiting(worker) == 0)
    worker.sees("没有待发送")


def test_wherever_the_line_is_cut_a_visit_is_kept_once(worker, line):
    for how in ("before", "after", "half", "broken"):
        for cuts in (1, 2):
            before = my_visits().count()
            worker.go("/today/")
            line.break_it(how, at=set(range(1, cuts + 1)), method="POST")
            log_a_visit(worker)
            # Chromium itself tries a POST again on a line that was used before.
            worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
            worker.go("/waiting/")
            worker.wait(lambda: sent_after_another_try(worker), 40, f"{how} {cuts}")
            line.mend()
            assert my_visits().count() == before + 1, (how, cuts)


def test_a_session_that_ended_keeps_what_waits(worker, line):
    before = my_visits().count()
    worker.tap(".stop a.row")
    worker.tap("input[name=outcome][value=met] + span")
    Session.objects.all().delete()

    worker.press("完成")

    worker.wait(lambda: "/login/" in worker.driver.current_url)
    assert waiting(worker) == 1
    worker.write("username", "worker")
    worker.write("password", "gridmgmt-demo")
    worker.find("form .btn--primary").click()
    worker.wait(lambda: my_visits().count() == before + 1, seconds=30)
    worker.wait(lambda: waiting(worker) == 0)


def test_somebody_else_on_this_phone_sends_and_sees_nothing_of_mine(worker, line):
    before = Visit.objects.count()
    line.break_it()
    worker.go("/today/")
    log_a_visit(worker)
    worker.sees("待发送")
    line.mend()
    worker.driver.delete_all_cookies()

    other = Somebody(worker.driver, line.site, "leader").log_in()
    kept = "return caches.keys().then((names) => names.filter((n) => n.startsWith('day:')))"
    assert worker.driver.execute_script(kept) == []
    other.go("/waiting/")
    other.sees("没有待发送")
    assert waiting(worker) == 1
    assert Visit.objects.count() == before

    worker.driver.delete_all_cookies()
    worker.log_in()
    worker.wait(lambda: Visit.objects.count() == before + 1, seconds=30)
    assert Visit.objects.latest("pk").visitor.username == "worker"


def test_a_server_that_refuses_shows_why_and_forgets_nothing(worker, line):
    before = my_visits().count()
    worker.tap(".stop a.row")
    worker.driver.execute_script(
        "document.querySelector('[name=happened_on]').value = '2001-01-01'"
    )
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")

    worker.sees("日期不能早于30天前")
    assert waiting(worker) == 0
    assert my_visits().count() == before
    worker.driver.execute_script(
        "document.querySelector('[name=happened_on]').value = arguments[0]",
        timezone.localdate().isoformat(),
    )
    worker.press("完成")
    worker.wait(lambda: my_visits().count() == before + 1)
