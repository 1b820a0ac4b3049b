"""An office with everybody in it, and a case brought to any stage: what tests of cases start from."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from cases import workflow
from cases.calendar import working_days
from cases.models import Stage
from grids.models import Notification
from tests import factories

ZONE = ZoneInfo("Asia/Shanghai")


def at(text):
    """A moment in office time: at("2026-11-20 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def open_office(standard=None):
    """People around one unit grid; the standard is 4 working hours unless another one is given."""
    unit, department = factories.unit(), factories.department()
    working_days.ensure_calendar(factories.district(), today=date(2026, 11, 22))

    def person(role, grid):
        return factories.staff(role, grid)

    def member(role):
        return factories.staff(role, department=department)

    return SimpleNamespace(
        unit=unit,
        department=department,
        standard=standard or factories.standard(4, "working_hours", loop="grid"),
        worker=person("grid_worker", unit),
        colleague=person("grid_worker", unit),
        leader=person("grid_leader", factories.community()),
        clerk=person("community_staff", factories.community()),
        supervisor=person("supervisor", factories.street()),
        dispatcher=person("dispatcher", factories.district()),
        handler=member("department_handler"),
        second_handler=member("department_handler"),
        coordinator=member("department_coordinator"),
        head=member("department_head"),
    )


def report(office, when="2026-11-20 09:00", **fields):
    fields = {
        "by": office.worker,
        "grid": office.unit,
        "source": "patrol",
        "title": "井盖缺失",
    } | fields
    return workflow.report(category=office.standard.category, at=at(when), **fields)


def bring(office, stage, day="2026-11-20", **fields):
    """A case at `stage`: reported 09:00, registered 10:00, dispatched 10:05, accepted 10:10, fed back 11:00,
    closed 11:30, rated 11:45."""
    case = report(office, f"{day} 09:00", **fields)
    if stage == Stage.REJECTED:
        workflow.reject(case, by=office.supervisor, reason="重复", at=at(f"{day} 09:30"))
    steps = [
        (
            Stage.REGISTERED,
            "10:00",
            workflow.register,
            {"by": office.supervisor, "standard": office.standard},
        ),
        (
            Stage.DISPATCHED,
            "10:05",
            workflow.dispatch,
            {"by": office.supervisor, "to": office.department},
        ),
        (Stage.HANDLING, "10:10", workflow.accept, {"by": office.handler}),
        (
            Stage.FEEDBACK,
            "11:00",
            workflow.feed_back,
            {"by": office.handler, "note": "已补装"},
        ),
        (
            Stage.CLOSED,
            "11:30",
            workflow.verify,
            {"by": office.supervisor, "passed": True},
        ),
        (
            Stage.EVALUATED,
            "11:45",
            workflow.evaluate,
            {"by": case.reporter, "rating": 5},
        ),
    ]
    wanted = [step[0] for step in steps]
    for _stage, hour, verb, words in steps[: wanted.index(stage) + 1] if stage in wanted else []:
        verb(case, at=at(f"{day} {hour}"), **words)
    return case


def extend(office, case, when, number=4, unit="working_hours"):
    """More time: the handler asks for it, the supervisor grants it."""
    extension = workflow.ask_extension(
        case, by=office.handler, number=number, unit=unit, reason="等配件", at=when
    )
    workflow.decide_extension(extension, by=office.supervisor, granted=True, note="同意", at=when)
    case.refresh_from_db()
    return extension


def off(*days, note="停电"):
    """Days of the calendar without office hours."""
    return [{"day": day, "hours": [], "note": note} for day in days]


def told(kind):
    """Keys of everybody who has a notification of this kind."""
    found = Notification.objects.filter(kind=f"case_{kind}")
    return set(found.values_list("recipient", flat=True))
