"""The ladder to the minute: what a change moves and what it leaves, what a sweep writes and says."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from cases import workflow
from cases.calendar import working_days
from cases.lateness import escalation, percents
from cases.models import Alarm, Case, CaseEvent, CasePolicy, LadderPolicy, Stage, SupervisionSlip
from cases.steps import people
from grids.models import Notification
from tests import factories as make
from tests.cases.limits.test_of_case import alarms, columns, fire
from tests.cases.office import at, bring, extend, open_office, report

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DUE, DOUBLE = at("2026-11-20 15:30"), at("2026-11-23 16:00")
HALF_WAY = {"warn_percent": 50, "half_percent": 150, "full_percent": 200, "double_percent": 300}
HIGH = {"warn_percent": 75, "half_percent": 200, "full_percent": 300, "double_percent": 400}


def case_abroad(office):
    """One of the same kind and limit in another district."""
    unit = make.unit("370403001028001")
    case = Case.objects.create(
        district_id=unit.district_id, grid=unit, category=office.standard.category,
        standard=office.standard, title="外区", source="patrol", number="370403-1",
        reported_at=at("2026-11-20 10:00"), stage_since=at("2026-11-20 10:00"),
        stage=Stage.HANDLING, due_at=DUE, warn_at=at("2026-11-20 14:30"),
        limit_warn_at=at("2026-11-20 14:30"), limit_minutes=240,
    )  # fmt: skip
    for level, moment in enumerate((case.warn_at, DUE)):
        case.alarms.create(run=1, level=level, fires_at=moment)
    return case


def change(percents_, category=None, now="2026-11-20 11:00"):
    return percents.change(make.district(), category, percents_, now=at(now))


@pytest.mark.parametrize(
    ("now", "at_once"),
    [
        ("2026-11-20 11:59", 0),
        ("2026-11-20 12:00", 1),
        ("2026-11-20 14:29", 1),
        ("2026-11-20 14:30", 0),
    ],
)
def test_what_fires_at_once_was_not_to_fire_yet(office, now, at_once):
    bring(office, Stage.HANDLING)

    assert percents.preview(make.district(), None, HALF_WAY, now=at(now)) == (1, 1, at_once)


def test_only_rungs_of_open_cases_with_a_limit_move_and_of_their_present_run(office):
    case, fired, closed = (bring(office, stage) for stage in ("handling", "handling", "closed"))
    unread, abroad = report(office), case_abroad(office)
    extend(office, case, at("2026-11-20 10:30"), 4)
    for one in (case, fired, closed):
        one.alarms.create(run=9, level=0, fires_at=DUE)
    fire(fired, Alarm.Level.WARN)
    before = {one: alarms(one) for one in (unread, closed, abroad)}

    assert change(HALF_WAY) == (2, 1, 0)  # of the two open ones one rung moves

    assert {one: alarms(one) for one in before} == before
    assert alarms(case) == {
        (2, 0): ("20 15:30", None),
        (2, 1): ("23 10:30", None),
        (2, 2): ("23 16:00", None),
        (2, 3): ("24 11:00", None),
        (2, 4): ("25 11:30", None),
        (9, 0): ("20 15:30", None),
    }
    assert columns(case) == ("23 10:30", "20 15:30", None, "20 15:30", 480)
    assert alarms(fired)[1, 0] == ("20 14:30", "20 12:00")


def test_a_step_that_is_due_before_the_share_of_the_limit_stays_the_yellow_one():
    office = open_office()
    office.standard.step_limits = {"handling": [1, "working_hours"]}
    office.standard.save()
    case = bring(office, Stage.HANDLING)

    assert change(HALF_WAY)[1] == 0
    assert columns(case) == ("20 15:30", "20 12:00", "20 11:10", "20 11:10", 240)
    assert alarms(case)[1, 0] == ("20 11:10", None)


def test_a_category_with_rungs_of_its_own_is_left_alone_by_the_districts(office):
    noise, dogs = (open_office(make.standard(4, of=make.category(name))) for name in ("噪声", "犬"))
    usual, own, others = (bring(one, Stage.HANDLING) for one in (office, noise, dogs))
    kind = noise.standard.category
    LadderPolicy.objects.create(district=make.district("370403"), category=dogs.standard.category)

    assert change(HALF_WAY, kind) == (1, 1, 0)
    assert change(HIGH) == (2, 6, 0)
    assert [alarms(one)[1, 0][0] for one in (usual, own, others)] == [
        "20 14:30",
        "20 12:00",
        "20 14:30",
    ]
    assert alarms(usual)[1, 4] == alarms(others)[1, 4] == ("24 11:00", None)
    assert percents.percents_of(make.district(), kind)[Alarm.Level.WARN] == 50
    assert percents.percents_of(make.district())[Alarm.Level.DOUBLE] == 400
    assert percents.reset(make.district(), kind, now=at("2026-11-20 11:00")) == (1, 4, 0)
    assert alarms(own) == alarms(usual)
    assert percents.reset(make.district(), None, now=at("2026-11-20 11:00")) == (3, 9, 0)
    assert alarms(own)[1, 4] == ("23 16:00", None)


@pytest.mark.parametrize("unit", ["urgent_hours", "calendar_days"])
def test_time_that_counts_the_night_moves_by_the_clock_on_the_wall(unit):
    case = bring(open_office(make.standard(2, unit)), Stage.HANDLING)
    due, length = case.due_at, timedelta(minutes=case.limit_minutes)

    assert change(HIGH, now="2026-11-20 10:20") == (1, 3, 0)
    found = dict(case.alarms.values_list("level", "fires_at"))
    assert [found[level] for level in (2, 3, 4)] == [due + length * n for n in (1, 2, 3)]


def test_the_calendar_reaches_beyond_the_latest_limit(office):
    case = bring(office, Stage.HANDLING)
    Case.objects.filter(pk=case.pk).update(due_at=at("2028-12-28 10:00"))

    change(HALF_WAY)

    calendar = working_days.calendar_of(make.district())
    assert calendar.last_day == date(2030, 12, 31)
    assert calendar.first_day <= date(2025, 1, 1)


@pytest.mark.parametrize(
    ("wrong", "is_right"),
    [
        ({"warn_percent": 1}, True),
        ({"warn_percent": 99}, True),
        ({"half_percent": 101}, True),
        ({"double_percent": 500}, True),
        ({"warn_percent": 0}, False),
        ({"half_percent": 200}, False),
    ],
)
def test_the_edges_of_the_rungs(wrong, is_right):
    if is_right:
        percents.check(HALF_WAY | wrong)
        return
    with pytest.raises(percents.Refused):
        percents.check(HALF_WAY | wrong)
    with pytest.raises(percents.Refused):
        percents.preview(make.district(), None, HALF_WAY | wrong)
    with pytest.raises(percents.Refused):
        change(HALF_WAY | wrong)


def test_the_ladder_in_lines():
    shipped = percents.percents_of(make.district())
    mine = people.Hearer("auditor", "district")
    found = percents.lines(shipped, {Alarm.Level.DUE: [mine]})

    assert [
        (line["percent"], line["when"], str(line["slip"]), line["slip_colour"]) for line in found
    ] == [
        (75, "已用时限 75% 时", "", ""),
        (100, "到达时限时", "蓝色", "blue"),
        (150, "超期达时限的 50% 时", "黄色", "yellow"),
        (200, "超期达时限的 100% 时", "橙色", "orange"),
        (300, "超期达时限的 200% 时", "红色", "red"),
    ]
    assert [line["is_own"] for line in found] == [False, True, False, False, False]
    assert found[1]["hearers"] == [people.say(mine)]
    assert found[3]["hearers"] == [people.say(people.STREET)]


def test_what_a_rung_says(office):
    case = bring(office, Stage.HANDLING, title="井" * 80)
    Notification.objects.all().delete()
    done = escalation.sweep(DOUBLE)

    rows = Notification.objects.filter(kind="case_alarm")
    assert (done["fired"], done["slips"], done["notices"]) == (5, 4, rows.count())
    assert set(rows.values_list("title", "body", "url", "key", "is_urgent", "created_at")) == {
        (
            f"达时限三倍 {case.number} {'井' * 80}",
            SupervisionSlip.objects.get(colour="red").text,
            reverse("cases:detail", args=[case.number]),
            f"alarm:{case.pk}:1:4",
            False,
            DOUBLE,
        )
    }
    texts = SupervisionSlip.objects.order_by("pk").values_list("text", flat=True)
    assert len(set(texts)) == 4
    events = CaseEvent.objects.filter(kind="alarm").order_by("pk")
    assert [event.data for event in events] == [
        {"level": level, "run": 1, "colour": colour}
        for level, colour in enumerate(["", "blue", "yellow", "orange", "red"])
    ]
    assert {
        (event.from_stage, event.to_stage, event.at, event.notified_at) for event in events
    } == {("handling", "handling", DOUBLE, DOUBLE)}


def test_slips_of_two_districts_are_numbered_apart_and_a_desk_is_no_department(office):
    first, desk = bring(office, Stage.HANDLING), bring(office, Stage.REGISTERED)
    abroad = case_abroad(office)
    by_hand = workflow.issue_slip(
        first, by=office.supervisor, colour="blue", text="快", at=DUE - SECOND
    )

    escalation.sweep(DUE)

    rows = SupervisionSlip.objects.exclude(pk=by_hand.pk).order_by("case")
    assert [(row.case, row.number, row.department, row.run) for row in rows] == [
        (first, "370402-D2611-0002", office.department, 1),
        (desk, "370402-D2611-0003", None, 1),
        (abroad, "370403-D2611-0001", None, 1),
    ]


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [
        (None, None, "2026-11-23 16:00"),  # eight working hours from Friday 15:30
        ("2026-11-20", None, "2026-11-23 16:00"),
        ("2026-11-21", None, "2026-11-21 15:30"),  # no such day: thrice the hours on the wall
        (None, "2026-12-14", "2026-11-23 16:00"),
        (None, "2026-12-13", "2026-11-21 15:30"),
    ],
)
def test_an_answer_is_due_by_the_calendar_as_far_as_it_reaches(office, first, last, due):
    bring(office, Stage.HANDLING)
    days = {"first_day": first, "last_day": last}
    calendar = working_days.calendar_of(make.district())
    type(calendar).objects.filter(pk=calendar.pk).update(
        **{name: day for name, day in days.items() if day}
    )
    working_days.give_own(make.department("园林局", line="parks"), name="己")

    escalation.sweep(DUE)

    assert SupervisionSlip.objects.get().answer_due_at == at(due)


def slip(case, **fields):
    count = SupervisionSlip.objects.count()
    fields = {"colour": "blue", "issued_at": DUE, "number": f"S{count}"} | fields
    return SupervisionSlip.objects.create(case=case, issued_by=case.reporter, **fields)


def test_which_answers_are_asked_for(office):
    open_one, closed = bring(office, Stage.HANDLING), bring(office, Stage.CLOSED)
    late = {"answer_due_at": DUE - SECOND}
    fire(open_one, Alarm.Level.WARN)
    asked = [slip(open_one, **late), slip(closed, colour="red", **late)]
    silent = [
        slip(open_one, answer_due_at=DUE),
        slip(open_one, answer_due_at=None),
        slip(open_one, answered_at=DUE, **late),
        slip(open_one, reminded_at=DUE, **late),
    ]
    of_closed = slip(closed, **late)
    now = DUE - SECOND

    done = escalation.sweep(now)

    assert (done["fired"], done["now"]) == (0, now.isoformat())
    events = CaseEvent.objects.filter(kind="slip_overdue").order_by("pk")
    assert [(event.case, event.note, event.data) for event in events] == [
        (row.case, row.number, {"slip": row.pk, "colour": row.colour, "slip_number": row.number})
        for row in asked
    ]
    assert {event.notified_at for event in events} == {None}
    assert [(event.from_stage, event.to_stage) for event in events] == [
        ("handling", "handling"),
        ("closed", "closed"),
    ]
    for row in [*asked, of_closed, *silent]:
        row.refresh_from_db()
    assert [row.reminded_at for row in [*asked, of_closed]] == [now] * 3
    assert [row.reminded_at for row in silent] == [None, None, None, DUE]
    escalation.sweep(now)
    assert events.all().count() == 2
    escalation.sweep(DUE)
    assert events.all().count() == 3


def test_a_sweep_needs_an_offset():
    with pytest.raises(ValueError, match="时区"):
        escalation.sweep(datetime(2026, 11, 20, 15, 30))  # noqa: DTZ001


def test_the_hours_of_the_district_for_an_answer(office):
    CasePolicy.objects.create(district=make.district(), slip_answer_hours=2)
    CasePolicy.objects.create(district=make.district("370403"), slip_answer_hours=4)
    bring(office, Stage.HANDLING)

    escalation.sweep(DUE)

    assert SupervisionSlip.objects.get().answer_due_at == at("2026-11-20 17:30")
