"""A worker in a stairwell: the signal goes and comes, and everything arrives exactly once."""

import contextlib

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from selenium.common.exceptions import WebDriverException

from cases.models import Case, CasePhoto
from inspections.models import DiaryItem, Patrol, PatrolFinding, Visit
from tests.browser.conftest import PHONE
from tests.browser.people import Somebody
from tests.browser.phone import (
    DAYS,
    doors,
    log_a_visit,
    my_visits,
    patrol,
    photograph,
    report,
    sent_after_another_try,
    visit,
    waiting,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
    worker.wait(lambda: my_visits().count() == before + 1)
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
            worker.wait(lambda: sent_after_another_try(worker), 120, f"{how} {cuts}")
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
    worker.wait(lambda: my_visits().count() == before + 1)
    worker.wait(lambda: waiting(worker) == 0)


def test_somebody_else_on_this_phone_sends_and_sees_nothing_of_mine(worker, line):
    before = Visit.objects.count()
    line.break_it()
    worker.go("/today/")
    log_a_visit(worker)
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
    line.mend()
    worker.driver.delete_all_cookies()

    other = Somebody(worker.driver, line.site, "leader").log_in()
    assert worker.driver.execute_script(DAYS) == []
    other.go("/waiting/")
    other.sees("没有待发送")
    assert waiting(worker) == 1
    assert Visit.objects.count() == before

    worker.driver.delete_all_cookies()
    worker.log_in()
    worker.wait(lambda: Visit.objects.count() == before + 1)
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


# --- a whole day without a signal


def counts():
    tables = (Visit, Patrol, PatrolFinding, DiaryItem, Case, CasePhoto)
    return {table.__name__: table.objects.count() for table in tables}


def test_a_whole_day_without_a_signal_arrives_exactly_once(worker, line, photo):
    visits = 20
    before, todo = counts(), doors(worker)[:visits]
    last = {table: set(table.objects.values_list("pk", flat=True)) for table in (Case,)}
    assert len(todo) == visits
    line.break_it()

    patrol(worker, "nothing")
    for number, link in enumerate(todo):
        matter, then = {
            0: ("灯坏了", "keep"),
            1: ("楼道堆放杂物", "case"),
            2: ("补办老年证", "remind"),
        }.get(number, ("", ""))
        visit(worker, link, matter, then)
        if then == "case":
            assert worker.find("[name=description]").get_attribute("value") == matter
            assert worker.all("input[name=grid]:checked")
            report(worker, photo)
    patrol(worker, "something")
    assert worker.all("input[name=grid]:checked")
    report(worker, photo)
    worker.go("/cases/report/")
    report(worker, photo)

    assert waiting(worker) == visits + 2 + 3
    assert counts() == before
    worker.go("/today/")
    worker.wait(lambda: len(worker.all(".stop a.row.is-put-down")) == visits)
    for how in ("after", "half", "broken"):  # the signal comes back as signals do
        line.break_it(how, at={1, 3, 4}, method="POST")
        worker.go("/waiting/")
        worker.wait(lambda: sent_after_another_try(worker) or line.count > 4, 60, how)
    line.mend()
    worker.wait(lambda: sent_after_another_try(worker), 120)

    come = {name: number - before[name] for name, number in counts().items()}
    assert come == {
        "Visit": visits,
        "Patrol": 2,
        "PatrolFinding": 1,
        "DiaryItem": 3,
        "Case": 3,
        "CasePhoto": 3,
    }
    cases = Case.objects.exclude(pk__in=last[Case])
    assert len({case.client_uuid for case in cases}) == 3
    assert all(case.photos.get().file.size > 1000 for case in cases)
    assert cases.get(source="visit").diary_items.get().text == "楼道堆放杂物"
    assert PatrolFinding.objects.latest("pk").patrol.found_nothing is False
    keys = [int(link.split("?")[0].split("/")[-2]) for link in todo]
    new = my_visits().filter(household__in=keys, client_uuid__isnull=False)
    assert set(new.values_list("household", flat=True)) == set(keys)
    worker.sees("没有待发送")


def test_a_phone_that_goes_out_still_has_what_was_typed(worker, line, open_browser, photo):
    before = my_visits().count(), Case.objects.count()
    line.break_it()
    [door, *__] = doors(worker)
    visit(worker, door, "电梯异响", "case")
    report(worker, photo)
    assert waiting(worker) == 2
    with contextlib.suppress(WebDriverException):
        worker.driver.execute_cdp_cmd("Browser.crash", {})  # no power left
    worker.driver.quit()

    line.mend()
    again = Somebody(open_browser("phone", PHONE), line.site, "worker")
    again.go("/login/")
    if again.all("[name=password]"):  # the session may have gone with it
        again.log_in()
    again.go("/waiting/")

    again.wait(lambda: waiting(again) == 0)
    assert (my_visits().count(), Case.objects.count()) == (before[0] + 1, before[1] + 1)
    assert Case.objects.latest("pk").photos.get().file.size > 1000


def test_the_site_can_be_put_on_the_phone_as_an_app(worker):
    told = worker.driver.execute_cdp_cmd
    found = told("Page.getAppManifest", {})
    assert found["errors"] == []
    assert found["url"].endswith("/manifest.webmanifest")
    wrong = told("Page.getInstallabilityErrors", {})["installabilityErrors"]
    # A test browser has no address bar to install from.
    assert [one["errorId"] for one in wrong if one["errorId"] != "in-incognito"] == []
    active = "return navigator.serviceWorker.ready.then((one) => one.active.scriptURL)"
    assert worker.driver.execute_script(active).endswith("/sw.js")


def test_logging_out_with_something_waiting_asks_first_and_keeps_it(worker, line):
    before = my_visits().count()
    line.break_it()
    [door, *__] = doors(worker)
    visit(worker, door)
    line.break_it("broken", method="POST")
    worker.go("/today/")
    worker.wait(lambda: line.count)
    worker.wait(lambda: worker.all("[data-sync][data-state=waiting]"))
    line.mend()  # before the next try

    worker.tap(".topbar .menu > summary")
    worker.press("退出登录")
    worker.sees("还有1项待发送")
    assert my_visits().count() == before
    worker.agree()
    worker.wait(lambda: "/login/" in worker.driver.current_url)

    assert waiting(worker) == 1
    assert worker.driver.execute_script(DAYS) == []
    worker.log_in()
    worker.wait(lambda: my_visits().count() == before + 1)
    worker.wait(lambda: waiting(worker) == 0)


def test_what_is_refused_later_says_why_and_is_put_right_with_its_photo(worker, line, photo):
    before = Case.objects.count()
    line.break_it()
    worker.go("/cases/report/")
    worker.write("description", "路灯不亮")
    photograph(worker, photo)
    worker.tap("input[name=grid]")
    worker.submit()
    worker.wait(lambda: "/cases/report/" not in worker.driver.current_url)
    line.mend()

    worker.go("/waiting/")
    worker.sees("请选择问题类别")
    worker.press("去修改")
    worker.sees("已拍的1张照片仍保留")
    assert worker.find("[name=description]").get_attribute("value") == "路灯不亮"
    worker.tap("[data-picks] label.choice")
    worker.submit()

    worker.wait(lambda: Case.objects.count() == before + 1)
    case = Case.objects.latest("pk")
    assert (case.description, case.photos.count()) == ("路灯不亮", 1)
    worker.wait(lambda: waiting(worker) == 0)
