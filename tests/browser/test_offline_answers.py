"""What the site answers to what was typed without a signal: refused, put right, asked about."""

import pytest
from django.utils import timezone

from cases.models import Case
from grids.models import Staff
from inspections.models import DiaryItem, FactConflict, Patrol
from residents.models import Resident
from residents.people import corrections
from tests.browser.phone import (
    DAYS,
    doors,
    my_visits,
    photograph,
    report,
    visit,
    waiting,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_AGO = "2001-01-01"
MINE, THEIRS = "13755556666", "13911112222"


def set_day(worker, name, day):
    worker.driver.execute_script(
        "document.querySelector(`[name=${arguments[0]}]`).value = arguments[1]",
        name,
        day,
    )


def somebody_of(link):
    household = int(link.split("?")[0].split("/")[-2])
    return Resident.objects.live().filter(household=household).order_by("pk").first()


def change(resident, phone, by):
    corrections.correct(
        Resident.objects.get(pk=resident.pk),
        {"phone": phone},
        by=Staff.objects.get(username=by),
        reason="本人来电",
    )


def visit_with_a_new_number(worker, link, resident):
    worker.driver.get(link)
    worker.tap("[data-facts] > summary")
    worker.write(f"fact-r{resident.pk}-phone", MINE)
    assert not worker.find("[name=is_unchanged]").is_selected()
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)


# --- a fact that somebody else changed


@pytest.mark.parametrize(("answer", "holds"), [("用我填的", MINE), ("保留现有", THEIRS)])
def test_a_fact_changed_while_the_phone_was_offline_is_asked_about_and_decided_once(
    worker, line, answer, holds
):
    before = my_visits().count()
    [door, *__] = doors(worker)
    person = somebody_of(door)
    line.break_it()
    visit_with_a_new_number(worker, door, person)
    change(person, THEIRS, by="leader")
    line.break_it("after", at={1}, method="POST")  # it arrives, the answer does not

    worker.go("/waiting/")
    worker.wait(lambda: FactConflict.objects.exists())
    line.mend()
    worker.go("/waiting/")
    worker.sees("有 1 项信息需要您确认", 60)
    worker.sees("1 条待确认")
    person.refresh_from_db()
    assert person.phone == THEIRS
    assert my_visits().count() == before + 1
    worker.go("/today/")  # stays, and is not sent again
    worker.go("/waiting/")
    worker.sees("有 1 项信息需要您确认")
    posted = [path for how, path, __ in line.seen if how == "POST" and "/visits/log/" in path]

    worker.press("去确认")
    worker.sees(THEIRS)
    worker.sees(MINE)
    worker.sees("李建华")
    worker.press(answer)

    worker.wait(lambda: FactConflict.objects.get().decided_at)
    worker.wait(lambda: waiting(worker) == 0)
    person.refresh_from_db()
    assert person.phone == holds
    assert my_visits().count() == before + 1
    again = [path for how, path, __ in line.seen if how == "POST" and "/visits/log/" in path]
    assert again == posted


def test_a_decision_without_a_signal_waits_like_everything_else(worker, line):
    [door, *__] = doors(worker)
    person = somebody_of(door)
    worker.driver.get(door)
    change(person, THEIRS, by="leader")
    worker.tap("[data-facts] > summary")
    worker.write(f"fact-r{person.pk}-phone", MINE)
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")
    worker.sees("以哪个为准")
    line.break_it()

    worker.press("用我填的")
    worker.wait(lambda: "/facts/" not in worker.driver.current_url)
    assert waiting(worker) == 2  # the question, and its answer
    line.mend()
    worker.go("/today/")

    worker.wait(lambda: waiting(worker) == 0)
    person.refresh_from_db()
    assert person.phone == MINE


# --- put right what was refused


def test_a_visit_that_was_refused_later_is_put_right_with_all_it_holds(worker, line, photo):
    before = my_visits().count()
    [door, *__] = doors(worker)
    person = somebody_of(door)
    line.break_it()
    worker.driver.get(door)
    worker.tap(".diary__line summary")
    worker.write("diary-0-text", "补办老年证")
    worker.tap("label:has(input[name=diary-0-then][value=remind])")
    worker.tap("[data-facts] > summary")
    worker.write(f"fact-r{person.pk}-note", "耳背")
    worker.press("改日期")
    worker.write("note", "敲门三次")
    photograph(worker, photo)
    set_day(worker, "happened_on", LONG_AGO)
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
    line.mend()

    worker.go("/waiting/")
    worker.sees("日期不能早于30天前", 30)
    worker.press("去修改")
    worker.sees("已拍的1张照片仍保留")
    assert worker.find("[name=happened_on]").is_displayed()
    assert worker.find("[name=happened_on]").get_attribute("value") == LONG_AGO
    assert worker.find("[name=note]").get_attribute("value") == "敲门三次"
    assert worker.find("[name=outcome][value=met]").is_selected()
    assert worker.find(f"[name=fact-r{person.pk}-note]").is_displayed()
    set_day(worker, "happened_on", timezone.localdate().isoformat())
    worker.press("完成")

    worker.wait(lambda: my_visits().count() == before + 1)
    worker.wait(lambda: waiting(worker) == 0)
    logged = my_visits().latest("pk")
    assert (logged.note, logged.photos.count()) == ("敲门三次", 1)
    assert logged.diary_items.get().text == "补办老年证"
    assert logged.diary_items.get().remind_on
    person.refresh_from_db()
    assert person.note == "耳背"


def test_a_patrol_that_was_refused_later_is_put_right(worker, line):
    before = Patrol.objects.count()
    line.break_it()
    worker.go("/today/")
    worker.tap(".beats a.row")
    worker.tap("details.more > summary")
    worker.write("note", "东门围挡")
    set_day(worker, "day", LONG_AGO)
    worker.tap("button[name=found][value=nothing]")
    worker.wait(lambda: "/patrols/" not in worker.driver.current_url)
    line.mend()

    worker.go("/waiting/")
    worker.sees("未被接收", 30)
    worker.press("去修改")
    assert worker.find("[name=note]").get_attribute("value") == "东门围挡"
    worker.wait(lambda: worker.find("[name=day]").is_displayed())
    set_day(worker, "day", timezone.localdate().isoformat())
    worker.tap("button[name=found][value=nothing]")

    worker.wait(lambda: Patrol.objects.count() == before + 1)
    assert Patrol.objects.latest("pk").note == "东门围挡"
    worker.wait(lambda: waiting(worker) == 0)


def test_a_report_in_other_words_still_takes_its_line_of_the_diary(worker, line, photo):
    cases = Case.objects.count()
    [door, *__] = doors(worker)
    line.break_it()
    visit(worker, door, "电梯异响", "case")
    worker.write("description", "电梯夜里异响，开关门卡顿")
    report(worker, photo)
    line.mend()

    worker.go("/waiting/")
    worker.wait(lambda: waiting(worker) == 0)

    assert Case.objects.count() == cases + 1
    item = DiaryItem.objects.get(visit=my_visits().latest("pk"))
    assert item.text == "电梯异响"
    assert item.case.description == "电梯夜里异响，开关门卡顿"


# --- leaving


def log_out(worker):
    worker.tap(".topbar .menu > summary")
    worker.press("退出登录")


@pytest.mark.parametrize("how", ["before", "broken"])
def test_logging_out_on_a_dead_line_says_that_nobody_is_logged_out(worker, line, how):
    line.break_it(how, method="POST")

    log_out(worker)

    worker.sees("尚未退出登录")
    assert "/today/" in worker.driver.current_url
    assert worker.driver.execute_script(DAYS) == []
    line.mend()
    worker.press("退出登录")
    worker.wait(lambda: "/login/" in worker.driver.current_url)


def test_what_was_refused_stays_when_one_logs_out(worker, line):
    [door, *__] = doors(worker)
    line.break_it()
    worker.driver.get(door)
    set_day(worker, "happened_on", LONG_AGO)
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)
    line.mend()
    worker.go("/waiting/")
    worker.sees("未被接收", 30)
    line.break_it(method="POST")

    log_out(worker)
    worker.agree()
    worker.sees("尚未退出登录")
    line.mend()
    log_out(worker)
    worker.agree()
    worker.wait(lambda: "/login/" in worker.driver.current_url)

    assert waiting(worker) == 1
    worker.log_in()
    worker.go("/waiting/")
    worker.sees("日期不能早于30天前")
