"""A part of a page that htmx swaps in again works as it did, and does each thing once."""

import pytest
from selenium.webdriver.common.keys import Keys

from cases.models import Case
from tests.browser.phone import my_visits, photograph

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As a part that refreshes itself does: the same page is asked for, the part put in place of itself.
SWAP = """const [part, done] = arguments;
const select = part === "body" ? undefined : part;
document.addEventListener("htmx:afterSettle", () => setTimeout(done), { once: true });
htmx.ajax("GET", location.pathname + location.search, { target: part, select, swap: "outerHTML" });"""
# The answers that the board gets when it is told to ask anew.
REFRESH = """const done = arguments[0], codes = [];
document.addEventListener("htmx:afterRequest", (event) => codes.push(event.detail.xhr.status));
htmx.trigger("[data-board]", "refresh");
setTimeout(() => { htmx.trigger("[data-board]", "refresh"); setTimeout(() => done(codes), 1500); }, 1500);"""


def swap_twice(person, part):
    for _ in range(2):
        person.find(part)
        person.driver.execute_async_script(SWAP, part)


def test_the_whole_page_swapped_keeps_its_keys_its_filters_and_its_questions(demo, enter, line):
    dispatcher = enter("dispatcher")
    dispatcher.site = line.site
    dispatcher.go("/cases/")
    swap_twice(dispatcher, "body")

    # One key, one tick; a click takes it back.
    dispatcher.driver.execute_script("document.querySelector('li.pick a.case-row').focus()")
    dispatcher.driver.switch_to.active_element.send_keys("x")
    assert [box.is_selected() for box in dispatcher.all("li.pick [name=pk]")].count(True) == 1
    assert "1" in dispatcher.find("[data-bulk-count]").text
    dispatcher.tap("li.pick [name=pk]:checked")
    assert not dispatcher.find("[data-bulk]").is_displayed()

    # The menu opens; the question before harm is asked in the dialog that is there now.
    dispatcher.driver.execute_script(
        "document.querySelector('form[data-leave]').dataset.confirm = '?'"
    )
    dispatcher.tap(".topbar > .menu > summary")
    dispatcher.tap("form[data-leave] button")
    dispatcher.find("dialog#confirm[open]")
    assert "/login/" not in dispatcher.driver.current_url
    line.seen.clear()
    dispatcher.agree()
    dispatcher.wait(lambda: "/login/" in dispatcher.driver.current_url)
    sent = [path for method, path, _ in line.seen if method == "POST"]
    assert sent == ["/logout/"]
    assert dispatcher.complaints() == []


def test_the_board_the_map_and_the_wall_go_on_after_they_were_swapped(demo, enter):
    supervisor = enter("supervisor")

    supervisor.go("/board/")
    swap_twice(supervisor, "[data-board]")
    assert supervisor.driver.execute_async_script(REFRESH)[-1:] == [304]  # it knows what it shows
    assert supervisor.all("[data-board] .board__count")

    supervisor.go("/map/")
    supervisor.find("#map[data-ready]")
    swap_twice(supervisor, "#map")
    supervisor.find("#map[data-ready]")
    assert len(supervisor.all(".leaflet-map-pane")) == 1
    assert supervisor.all("#map path.leaflet-interactive")

    supervisor.go("/board/")
    supervisor.press("大屏")
    swap_twice(supervisor, "body")
    supervisor.find("body").send_keys(Keys.SPACE)
    supervisor.wait(lambda: "继续" in supervisor.find("[data-keys]").text)
    shown = supervisor.find("[data-next]").get_attribute("data-next")
    supervisor.find("body").send_keys(Keys.ARROW_RIGHT)
    supervisor.wait(
        lambda: supervisor.find("[data-next]").get_attribute("data-next") != shown,
        what="the next face",
    )
    assert supervisor.complaints() == []


def test_a_report_that_was_refused_searches_photographs_and_is_sent_once(demo, enter, photo):
    worker = enter("worker", "phone")
    before = Case.objects.count()
    worker.go("/cases/report/")

    for _ in range(2):  # without a category it comes back, with the same form anew
        worker.driver.execute_script(
            "for (const one of document.querySelectorAll('.error-summary')) one.remove()"
        )
        worker.submit()
        worker.find(".error-summary")
    assert len(worker.all(".picks__more input[type=search]")) == 1
    if not worker.all("input[name=grid]:checked"):
        worker.tap("input[name=grid]")
    worker.find(".picks__more input[type=search]").send_keys("暴露垃圾")
    worker.press("暴露垃圾")
    worker.sees("去向")  # what is asked while one writes is asked again
    photograph(worker, photo)
    assert len(worker.all("#report .thumbs img")) == 1
    worker.submit()

    worker.sees("已上报：")
    assert Case.objects.count() == before + 1
    assert Case.objects.latest("pk").photos.count() == 1
    # htmx itself tells of a question that a newer one has replaced.
    assert [one for one in worker.complaints() if "/htmx-2.min" not in one] == []


def test_a_visit_whose_form_was_swapped_keeps_its_draft_and_is_sent_once(demo, enter):
    worker = enter("worker", "phone")
    before = my_visits().count()
    worker.go("/today/")
    worker.tap(".stop a.row")
    worker.tap("input[name=outcome][value=met] + span")
    worker.tap(".diary__line summary")
    worker.write("diary-0-text", "楼道堆物")
    swap_twice(worker, "#visit-form")

    assert len(worker.all(".draft-note")) == 1
    assert worker.find("[name=diary-0-text]").is_displayed()  # it holds something: it stands open
    worker.press("完成")

    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
    assert my_visits().count() == before + 1
    assert worker.complaints() == []
