"""The whole story in real browsers, with a real worker and beat, and DEBUG off.

An administrator imports a register; a worker visits, reports with a photo; the case goes to a
department with a limit; it turns yellow and red by itself; it is handled, verified and closed.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from cases.models import Alarm, Case, Stage, SupervisionSlip
from grids.boundaries.boundaries import shape_of
from grids.models import Grid
from inspections.models import Reminder
from residents.models import Resident

REGISTER = Path(__file__).parent.parent / "data" / "registers" / "register_clean.xlsx"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.worker,
    pytest.mark.django_db(transaction=True),
]


def test_the_main_job_from_the_register_to_the_closed_case(
    demo, enter, photo, start_celery, wait_for
):
    start_celery("worker")

    # An administrator imports a real register of a community that has none yet.
    admin = enter("admin")
    admin.go("/imports/new/")
    admin.attach("file", REGISTER)
    admin.press("上传并检查")
    admin.sees("试运行", seconds=60)
    admin.sees("2,000", seconds=60)
    assert not Resident.objects.filter(grid__code__startswith="370402001028").exists()
    admin.press("导入 2,000 行")
    admin.sees("已导入", seconds=60)
    admin.picture("import")
    assert Resident.objects.filter(grid__code__startswith="370402001028").count() == 2000

    # A grid worker sees today's visits, logs one in three taps and reports what was seen.
    worker = enter("worker", "phone")
    worker.go("/today/")
    worker.sees("走访")
    worker.picture("today")
    worker.taps = 0
    worker.tap(".stop a.row")
    worker.picture("visit")
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")
    worker.sees("已")
    assert worker.taps == 3
    worker.go("/today/")
    worker.tap(".stop a.row")
    worker.tap("input[name=outcome][value=met] + span")
    worker.tap(".diary__line summary")
    worker.write("diary-0-text", "2号楼前井盖松动，老人险些绊倒")
    worker.pick("上报案件")
    worker.submit()
    worker.sees("走访转案件")
    worker.choose("category", "雨水井盖异常")
    worker.attach("photos", photo)
    worker.picture("report")
    worker.submit()
    worker.sees("已上报：")
    case = Case.objects.latest("pk")
    assert case.description == "2号楼前井盖松动，老人险些绊倒"
    assert (case.source, case.stage) == ("visit", Stage.REPORTED)
    assert case.reporter.username == "worker"
    assert case.household is not None
    assert case.diary_items.get().visit.household == case.household
    assert case.photos.filter(moment="before").count() == 1

    # The dispatcher files it under a condition with a limit and hands it to the department.
    dispatcher = enter("dispatcher")
    dispatcher.go(f"/cases/{case.number}/")
    dispatcher.submit()
    dispatcher.choose("standard", "井盖破损、松动、沉降 · 4 工作时")
    dispatcher.submit()
    dispatcher.sees("已完成：立案")
    dispatcher.submit()
    dispatcher.choose("to", "城市管理局")
    dispatcher.submit()
    wait_for(lambda: Case.objects.get(pk=case.pk).stage == Stage.DISPATCHED)
    case.refresh_from_db()
    assert case.due_at > timezone.now()

    # A supervisor of the street sees it on the board, green.
    supervisor = enter("supervisor")
    supervisor.go("/board/")
    supervisor.sees("正常")
    supervisor.picture("board")
    supervisor.go(f"/cases/{case.number}/")
    supervisor.sees("正常")

    # Time passes: beat and worker turn it red and issue the blue slip, by themselves.
    late = timezone.now() - timedelta(minutes=1)
    Case.objects.filter(pk=case.pk).update(
        warn_at=late - timedelta(hours=1),
        limit_warn_at=late - timedelta(hours=1),
        due_at=late,
    )
    Alarm.objects.filter(case=case, level=Alarm.Level.WARN).update(fires_at=late)
    Alarm.objects.filter(case=case, level=Alarm.Level.DUE).update(fires_at=late)
    start_celery("beat")
    wait_for(
        lambda: SupervisionSlip.objects.filter(case=case, colour="blue").exists(),
        seconds=60,
    )
    # What is due is announced at any hour; a person's digest waits for the hour of that person.
    wait_for(Reminder.objects.filter(stage=Reminder.Stage.DUE).exists, seconds=60)
    supervisor.go(f"/cases/{case.number}/")
    supervisor.sees("超期")
    supervisor.sees("蓝色")
    supervisor.picture("case")

    # The department handles it and feeds back with a photo of after.
    handler = enter("handler")
    handler.go("/inbox/")
    handler.sees(case.number)
    handler.go(f"/cases/{case.number}/")
    handler.submit()
    wait_for(lambda: Case.objects.get(pk=case.pk).stage == Stage.HANDLING)
    handler.go(f"/cases/{case.number}/?step=feed_back")
    handler.write("note", "已更换井盖并恢复通行")
    handler.attach("photos", photo)
    handler.submit()
    wait_for(lambda: Case.objects.get(pk=case.pk).stage == Stage.FEEDBACK)

    # Somebody else verifies it; it closes.
    supervisor.go(f"/cases/{case.number}/?step=verify")
    supervisor.tap("label[for=id_passed_0]")
    supervisor.submit()
    wait_for(lambda: Case.objects.get(pk=case.pk).stage == Stage.CLOSED)

    case.refresh_from_db()
    assert case.closing_light == "red"
    assert case.photos.filter(moment="after").exists()
    for person in (admin, worker, dispatcher, supervisor, handler):
        assert person.complaints() == []


def test_a_worker_reports_from_where_the_phone_stands(demo, enter, photo):
    worker = enter("worker", "phone")
    worker.stand(*_inside(Grid.objects.get(code="370402001028001")))

    worker.go("/cases/report/")
    worker.sees("公园社区第1网格")
    worker.wait(lambda: worker.all("input[name=grid]:checked"))
    worker.find(".picks__more input[type=search]").send_keys("雨水井盖")
    worker.press("雨水井盖异常")
    worker.attach("photos", photo)
    worker.submit()

    worker.sees("已上报")
    case = Case.objects.filter(
        reporter__username="worker",
        source="patrol",
        stage=Stage.REPORTED,
        lon__isnull=False,
    ).latest("pk")  # the demo may have others of this worker
    assert case.grid.code == "370402001028001"
    assert case.photos.count() == 1
    assert worker.complaints() == []


def test_a_stranger_of_another_district_sees_nothing_of_it(demo, enter):
    stranger = enter("stranger")
    case = Case.objects.filter(district__code="370402").first()

    stranger.go(f"/cases/{case.number}/")

    stranger.sees("没有找到")
    assert case.title not in stranger.text()


def _inside(grid):
    """(lon, lat) of a point inside the grid."""
    point = shape_of(grid.boundary).representative_point()
    return point.x, point.y
