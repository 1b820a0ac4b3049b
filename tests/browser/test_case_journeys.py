"""Each person's day with cases, in real browsers: only pages, as they are pressed and read."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.keys import Keys

from cases.models import Case, CasePolicy, Stage
from cases.telling import notices
from cases.workflow import quality
from grids.boundaries.boundaries import shape_of
from grids.models import Grid

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOME = "370402001028001"  # the grid of the worker, in the street of the supervisor


def stand_at_home(worker):
    point = shape_of(Grid.objects.get(code=HOME).boundary).representative_point()
    worker.stand(point.x, point.y)


def stage_of(number):
    return Case.objects.get(number=number).stage


def number_of(person):
    """The number of the case whose page is open."""
    return person.find(".page-head__meta .mono").text


def open_first(person, query):
    """The first row of a list; its number."""
    person.go(f"/cases/?{query}")
    person.tap(".rows a.case-row")
    person.find(".page-head__meta .mono")
    return number_of(person)


def open_step(person, step):
    """The form of a step, from its button or from the menu of further ones."""
    link = f"a[href*='step={step}#']"
    person.find(link)
    if not any(one.is_displayed() for one in person.all(link)):
        person.press("更多")
    person.tap(link)
    person.find("#step-form")


def do(person, label):
    """Send the form that is open, or take the step that asks for nothing."""
    person.submit()
    person.sees(f"已完成：{label}")


def search_category(person, words, name):
    person.find(".picks__more input[type=search]").send_keys(words)
    person.press(name)
    person.sees("去向")  # comes by itself and moves what is below


def dispatch(person, number, department):
    person.go(f"/cases/{number}/")
    open_step(person, "dispatch")
    person.choose("to", department)
    do(person, "派遣")


def test_a_worker_reports_looks_again_and_solves_on_the_spot(demo, enter, photo):
    worker, dispatcher = enter("worker", "phone"), enter("dispatcher")

    # Something urgent: what, where the phone stands, a photo. The number comes at once.
    stand_at_home(worker)
    worker.go("/cases/report/")
    worker.wait(lambda: worker.all("input[name=grid]:checked"))
    search_category(worker, "消防通道", "占用消防通道")
    worker.sees("去向")  # it comes late and moves what stands below
    worker.write("description", "3号楼消防通道被货车堵死")
    worker.pick("紧急")
    worker.find("[name=is_urgent]:checked")
    worker.write("address", "3号楼东侧")
    worker.attach("photos", photo)
    worker.sees("去向")
    worker.picture("worker-report")
    worker.submit()
    worker.sees("已上报：")
    said = worker.find(".reported").text
    assert "现由谁办" in said
    assert "最迟受理" in said
    worker.picture("worker-reported")
    number = number_of(worker)
    case = Case.objects.get(number=number)
    assert (case.is_urgent, case.grid.code, case.companion.username) == (
        True,
        HOME,
        "worker",
    )
    assert case.photos.count() == 1

    # Before it is filed the worker is sent to look, and says that it is so.
    dispatcher.go(f"/cases/{number}/")
    open_step(dispatcher, "ask_check")
    dispatcher.choose("worker", "王秀芬")
    dispatcher.write("question", "货车还在吗？")
    dispatcher.picture("dispatcher-ask-check")
    do(dispatcher, "派人核实")
    worker.go("/inbox/")
    worker.picture("worker-inbox")
    worker.go("/cases/?show=checks")
    worker.picture("worker-checks")
    worker.tap(".rows a.case-row")
    worker.sees("货车还在吗？")
    worker.picture("worker-check")
    open_step(worker, "answer_check")
    worker.pick("属实")
    worker.attach("photos", photo)
    worker.picture("worker-answer-check")
    do(worker, "答复核实")
    worker.picture("worker-answered")
    assert Case.objects.get(number=number).checks.get().is_so is True

    # Something small: solved on the spot, with a photo of after, and closed.
    worker.go("/cases/report/")
    worker.wait(lambda: worker.all("input[name=grid]:checked"))
    search_category(worker, "暴露垃圾", "暴露垃圾")
    worker.attach("photos", photo)
    worker.write("description", "已清扫")
    worker.pick("当场解决")
    worker.attach("after", photo)
    worker.picture("worker-solves")
    worker.submit()
    worker.sees("已上报：")
    assert "当场解决" in worker.find(".reported").text
    worker.picture("worker-solved")
    assert stage_of(number_of(worker)) == Stage.CLOSED

    assert worker.complaints() == []
    assert dispatcher.complaints() == []


def test_a_dispatcher_sorts_merges_and_sends_what_comes_back_to_the_decider(demo, enter):
    dispatcher, handler = enter("dispatcher"), enter("handler")

    # From the list to the case, which is filed under a condition.
    dispatcher.go("/cases/?show=sort")
    dispatcher.picture("dispatcher-sort")
    number = open_first(dispatcher, "show=sort&stage=reported&grid=370402001")
    dispatcher.picture("dispatcher-case")
    open_step(dispatcher, "register")
    if not dispatcher.find("[name=standard]").get_attribute("value"):
        dispatcher.driver.execute_script(
            "const one = document.querySelector('[name=standard]'); one.selectedIndex = 1"
        )
    dispatcher.picture("dispatcher-register")
    do(dispatcher, "立案")
    assert stage_of(number) == Stage.REGISTERED

    # Three at once: what would happen, then what has happened.
    dispatcher.go("/cases/?show=sort&stage=registered")
    boxes = dispatcher.all("input[name=pk]")[:3]
    keys = [box.get_attribute("value") for box in boxes if not box.click()]
    dispatcher.picture("dispatcher-ticked")
    dispatcher.press("派遣…")
    dispatcher.sees("批量派遣")
    assert dispatcher.find(".tile__value").text.startswith("3")
    dispatcher.write("note", "请当日到场")
    dispatcher.choose("to", "城市管理局")
    dispatcher.picture("dispatcher-bulk")
    dispatcher.submit()
    dispatcher.wait(lambda: "/bulk/done/" in dispatcher.driver.current_url)
    dispatcher.picture("dispatcher-bulk-done")
    assert Case.objects.filter(pk__in=keys, stage=Stage.DISPATCHED).count() == 3

    # A duplicate ends in the other one, after a second look.
    duplicate = open_first(dispatcher, "show=sort&stage=reported")
    open_step(dispatcher, "merge")
    dispatcher.write("into", number)
    dispatcher.submit()
    dispatcher.sees("是这个案件吗")
    dispatcher.picture("dispatcher-merge")
    do(dispatcher, "并案")
    dispatcher.picture("dispatcher-merged")
    assert Case.objects.get(number=duplicate).merged_into.number == number

    # Two departments send it back; then somebody decides, and it stays there.
    for department in ("城市管理局", "城市管理局"):
        dispatch(dispatcher, number, department)
        handler.go(f"/cases/{number}/")
        open_step(handler, "send_back")
        handler.write("reason", "不属于本部门职责")
        handler.submit()
        handler.agree()
        handler.wait(lambda: stage_of(number) == Stage.REGISTERED)
    handler.picture("handler-sent-back")
    dispatcher.go("/cases/?show=returned")
    dispatcher.picture("dispatcher-returned")
    dispatcher.go(f"/cases/{number}/")
    dispatcher.sees("两次退回")
    decider = enter(Case.objects.get(number=number).decider.username)
    decider.go("/cases/?show=returned")
    decider.tap(".rows a.case-row")
    decider.sees("两次退回")
    open_step(decider, "decide")
    decider.choose("to", "城市管理局")
    decider.write("note", "路面归城管局管护")
    decider.picture("decider-decides")
    do(decider, "裁定承办部门")
    decider.picture("decider-decided")
    handler.go(f"/cases/{number}/")
    assert handler.all("a[href*='step=send_back']") == []

    for person in (dispatcher, handler, decider):
        assert person.complaints() == []


def test_a_handler_works_at_the_desk_and_on_the_way(demo, enter, photo):
    dispatcher = enter("dispatcher")
    number = open_first(dispatcher, "show=sort&stage=registered&light=green")
    dispatch(dispatcher, number, "城市管理局")

    # At the desk: the message, the case, accepted, another department called to help.
    handler = enter("handler")
    notices.announce(timezone.now())  # as every few seconds
    handler.go("/inbox/")
    handler.sees(number)
    handler.picture("handler-inbox")
    handler.tap(".rows button.row")
    handler.sees(number)
    handler.picture("handler-case")
    do(handler, "接收")
    open_step(handler, "ask_help")
    handler.pick("住房和城乡建设局")
    handler.write("task", "请封闭车道半天")
    handler.picture("handler-ask-help")
    do(handler, "请求协办")
    handler.picture("handler-helped")
    helper = enter("h370402housing", "phone")
    helper.go("/cases/?show=helping")
    helper.picture("helper-list")
    helper.tap(".rows a.case-row")
    helper.sees("请封闭车道半天")
    helper.picture("helper-case")
    open_step(helper, "finish_help")
    helper.write("answer", "已封闭")
    helper.picture("helper-finish")
    do(helper, "协办完成")

    # On the way: more time, a slip that waits for an answer, the photo of after.
    phone = enter("handler", "phone")
    phone.go(f"/cases/{number}/")
    phone.picture("handler-phone-case")
    open_step(phone, "ask_extension")
    phone.write("number", "2")
    phone.write("reason", "备件后天到货")
    phone.picture("handler-extension")
    do(phone, "申请延期")
    phone.go("/cases/slips/")
    phone.picture("handler-slips")
    phone.tap(".table tbody a")
    phone.write("text", "人手不足，明日办结")
    phone.picture("handler-slip")
    phone.press("提交说明")
    phone.sees("人手不足，明日办结")
    phone.picture("handler-slip-answered")
    phone.go(f"/cases/{number}/")
    open_step(phone, "feed_back")
    phone.write("note", "已修复")
    phone.attach("photos", photo)
    phone.picture("handler-feed-back")
    do(phone, "反馈处理结果")
    phone.picture("handler-fed-back")
    case = Case.objects.get(number=number)
    assert case.stage == Stage.FEEDBACK
    assert case.photos.filter(moment="after").count() == 1
    assert case.extensions.get().number == 2

    for person in (dispatcher, handler, helper, phone):
        assert person.complaints() == []


def test_a_supervisor_verifies_fails_one_and_looks_again_at_another(demo, enter):
    supervisor = enter("supervisor")

    supervisor.go("/cases/?show=verify")
    supervisor.picture("supervisor-verify-list")
    solved = open_first(supervisor, "show=verify")
    open_step(supervisor, "verify")
    supervisor.pick("已解决，结案")
    supervisor.picture("supervisor-verify")
    do(supervisor, "核查")
    supervisor.picture("supervisor-closed")
    assert stage_of(solved) == Stage.CLOSED

    phone = enter("supervisor", "phone")
    unsolved = open_first(phone, "show=verify")
    open_step(phone, "verify")
    phone.pick("未解决，退回部门")
    phone.submit()
    phone.wait(lambda: phone.all(".field--error"))  # why?
    phone.picture("supervisor-phone-verify-error")
    phone.write("note", "井盖仍松动")
    do(phone, "核查")
    phone.picture("supervisor-phone-failed")
    assert stage_of(unsolved) == Stage.HANDLING

    # The lot falls on what a worker solved on the spot; it is not as it was said.
    worker = enter("worker", "phone")
    stand_at_home(worker)
    worker.go("/cases/report/")
    worker.wait(lambda: worker.all("input[name=grid]:checked"))
    search_category(worker, "暴露垃圾", "暴露垃圾")
    worker.write("description", "已清扫")
    worker.pick("当场解决")
    worker.submit()
    worker.sees("已上报：")
    CasePolicy.objects.update(recheck_percent=100)
    quality.draw_samples(timezone.localdate() + timedelta(days=1))  # next night
    phone.go("/cases/rechecks/")
    phone.picture("supervisor-phone-rechecks")
    phone.tap(".rows a.row")
    number = number_of(phone)
    phone.sees("抽查复核")
    phone.pick("未解决，案件重新办理")
    phone.write("note", "垃圾还在")
    phone.picture("supervisor-phone-recheck")
    do(phone, "抽查复核")
    phone.picture("supervisor-phone-rechecked")
    assert number == Case.objects.filter(reporter__username="worker").latest("pk").number
    assert stage_of(number) == Stage.REPORTED

    for person in (supervisor, phone, worker):
        assert person.complaints() == []


def test_a_supervisor_goes_from_the_board_to_the_case_and_to_the_wall(demo, enter):
    supervisor = enter("supervisor")

    # The red number opens the list that it counts; from there a case, urged and with a slip.
    supervisor.go("/board/")
    supervisor.picture("board")
    count = int(supervisor.find(".board__count").text)
    supervisor.tap(".board__count")
    supervisor.picture("board-list")
    supervisor.find(".rows a.case-row")
    assert len(supervisor.all(".rows a.case-row")) == count
    supervisor.tap(".rows a.case-row")
    number = number_of(supervisor)
    open_step(supervisor, "urge")
    supervisor.write("note", "请今日办结")
    do(supervisor, "催办")
    open_step(supervisor, "issue_slip")
    supervisor.choose("colour", "红")
    supervisor.write("text", "书面说明超期原因")
    supervisor.picture("supervisor-issue-slip")
    do(supervisor, "签发督办单")
    supervisor.picture("supervisor-slip-issued")
    case = Case.objects.get(number=number)
    assert case.slips.filter(colour="red", issued_by__username="supervisor").exists()
    supervisor.go("/board/")
    supervisor.press("趋势")
    supervisor.find("svg")
    supervisor.picture("trends")

    # The wall goes round by itself, stands still when told, and goes back by a key.
    supervisor.go("/board/")
    wide = {"width": 1920, "height": 1080, "deviceScaleFactor": 1, "mobile": False}
    supervisor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", wide)
    supervisor.press("大屏")
    keys = supervisor.find("[data-keys]")
    supervisor.picture("wall")

    def face():
        return supervisor.find("[data-wall]").get_attribute("innerHTML")

    def hurry(seconds):
        supervisor.driver.execute_script(
            "document.querySelector('[data-wall]').dataset.seconds = arguments[0]",
            seconds,
        )

    def type_key(key):
        supervisor.find("body").send_keys(key)

    first = supervisor.find("[data-next]").get_attribute("data-next")

    def shown():
        return supervisor.find("[data-next]").get_attribute("data-next")

    hurry(1)
    supervisor.wait(lambda: shown() != first, what="the next face")
    type_key(Keys.SPACE)
    supervisor.wait(lambda: "继续" in keys.text)
    hurry(0.5)
    still = shown()
    supervisor.picture("wall-parts")
    time.sleep(1.5)
    assert shown() == still
    type_key(Keys.ARROW_RIGHT)
    supervisor.wait(lambda: shown() != still, what="the face after it")
    supervisor.picture("wall-worst")
    type_key(Keys.ARROW_LEFT)
    supervisor.wait(lambda: shown() == still, what="the face before it")
    assert supervisor.complaints() == []
