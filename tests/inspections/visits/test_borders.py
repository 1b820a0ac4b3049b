"""Each border of a visit and of the round, on both sides: days, doors, who finds and who is offered what."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cases.models import Case
from grids.models import Grid
from grids.refusal import Refused
from inspections.cadence import schedules
from inspections.models import Appointment, DiaryItem, Schedule, Visit, VisitRule
from inspections.visits import appointments, rounds, unseen, visit_log
from inspections.visits.visit_log import Matter
from residents.models import Household, Resident
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(number):
    return TODAY + timedelta(days=number)


def log(home, by, *, on=0, outcome="met", **fields):
    return visit_log.log_visit(home, by=by, outcome=outcome, happened_on=day(on), **fields)


# The day


@pytest.mark.parametrize(
    ("on", "ended", "is_right"),
    [
        (0, None, True), (1, None, False), (-30, None, True), (-31, None, False), (-5, -5, True),
        (-5, -6, False), (-5, -4, True),
    ],
)  # fmt: skip
def test_on_which_days_somebody_was_there(home, on, ended, is_right):
    home.ended_on = None if ended is None else day(ended)

    if is_right:
        visit_log.check_day(day(on), household=home, today=TODAY)
    else:
        with pytest.raises(Refused):
            visit_log.check_day(day(on), household=home, today=TODAY)


def test_the_day_is_that_of_the_office_clock(home, worker):
    night = datetime(2026, 5, 1, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))

    visit, _ = visit_log.log_visit(
        home, by=worker, outcome="met", happened_on=night.date(), now=night
    )

    assert (visit.happened_on, visit.logged_at) == (night.date(), night)


# What is kept


@pytest.mark.parametrize(
    ("outcome", "said", "kept"),
    [("met", True, True), ("met", False, False), ("nobody", True, False), ("refused", True, False)],
)
def test_what_is_kept_of_a_visit(home, worker, outcome, said, kept):
    key = uuid.uuid4()

    visit, is_new = log(
        home,
        worker,
        on=-2,
        outcome=outcome,
        is_unchanged=said,
        note="话",
        mode="call",
        client_uuid=key,
    )

    assert is_new
    assert [getattr(visit, name) for name in (
        "district_id", "grid_id", "household_id", "visitor", "mode", "outcome", "note", "happened_on",
        "client_uuid", "is_unchanged",
    )] == [
        home.district_id, home.grid_id, home.pk, worker, "call", outcome, "话", day(-2), key, kept,
    ]  # fmt: skip
    other = factories.household(home.grid)
    with pytest.raises(Refused):
        log(other, worker, client_uuid=key)
    with pytest.raises(Refused):
        log(home, factories.staff("grid_worker", home.grid), client_uuid=key)
    assert log(home, worker, client_uuid=key, note="别的") == (visit, False)
    assert Visit.objects.get().note == "话"


@pytest.fixture
def planned(home):
    schedules.ensure_rules(home.district)
    schedules.plan(home.district, TODAY)
    Schedule.objects.update(next_due_on=TODAY)
    return home


@pytest.mark.parametrize(
    ("outcome", "moves", "counts"), [("met", True, 0), ("nobody", False, 1), ("refused", False, 0)]
)
def test_only_a_meeting_moves_the_schedule_and_only_nobody_counts(
    planned, worker, outcome, moves, counts
):
    log(planned, worker, outcome=outcome)

    found = planned.schedules.get(rule__mode="home", rule__target="ordinary")
    assert (found.last_done_on == TODAY) is moves
    assert (found.next_due_on > TODAY) is moves
    assert found.attempts == counts


def test_matters_are_solved_on_the_day_or_come_again_a_week_later(home, worker):
    visit, _ = log(
        home, worker, on=-3,
        diary=[Matter("一"), Matter("二", is_solved=True), Matter("三", is_to_remind=True)],
    )  # fmt: skip

    found = visit.diary_items.order_by("pk").values_list("text", "solved_on", "remind_on")
    assert list(found) == [("一", None, None), ("二", day(-3), None), ("三", None, day(4))]


@pytest.mark.parametrize(
    ("change", "is_reminded"),
    [
        ({}, True),
        ({"remind_on": day(1)}, False),
        ({"remind_on": day(-9)}, True),
        ({"remind_on": None}, False),
        ({"solved_on": TODAY}, False),
        ({"by": "another"}, False),
        ({"case": True}, False),
    ],
)
def test_who_is_reminded_of_what(home, worker, change, is_reminded):
    by = factories.staff("grid_worker", home.grid) if "by" in change else worker
    visit, _ = log(home, by, diary=[Matter("一")])
    fields = {"remind_on": TODAY} | {
        name: value for name, value in change.items() if name not in ("by", "case")
    }
    DiaryItem.objects.update(**fields)
    if "case" in change:
        case = visit_log.raise_case(
            DiaryItem.objects.get(), by=worker, category=factories.category()
        )
        assert case.household == home

    assert list(visit_log.to_remind(worker, TODAY)) == (
        list(visit.diary_items.all()) if is_reminded else []
    )


def test_the_longest_waiting_matter_comes_first_and_is_struck_off_once(home, worker):
    log(home, worker, diary=[Matter("一"), Matter("二"), Matter("三")])
    first, second, third = DiaryItem.objects.order_by("pk")
    DiaryItem.objects.update(remind_on=TODAY)
    DiaryItem.objects.filter(pk=third.pk).update(remind_on=day(-1))

    assert list(visit_log.to_remind(worker, TODAY)) == [third, first, second]
    assert visit_log.strike_off(first, on=day(-1)) is True
    assert visit_log.strike_off(first, on=TODAY) is False
    first.refresh_from_db()
    assert first.solved_on == day(-1)
    assert DiaryItem.objects.get(pk=second.pk).solved_on is None


# Cases of a visit


def case_of(home, worker, **fields):
    """A case that nothing of the diary knows yet."""
    visit, _ = log(home, worker, diary=[Matter("别处")])
    item = visit.diary_items.get()
    found = visit_log.raise_case(item, by=worker, category=factories.category())
    DiaryItem.objects.filter(visit=visit).delete()
    Visit.objects.filter(pk=visit.pk).delete()
    Case.objects.filter(pk=found.pk).update(**fields)
    return Case.objects.get(pk=found.pk)


@pytest.mark.parametrize(
    ("given", "description", "line"),
    [
        ({"line": 1}, "别的话", 1),
        ({"line": 0}, "二", 0),
        ({"line": 2}, "二", 1),  # that line has its case
        ({"line": 9}, "二", 1),
        ({}, "二", 1),
        ({}, "别的话", None),
        ({}, "三", None),
    ],
)
@pytest.mark.parametrize("by_key", [False, True])
def test_a_report_that_came_from_a_visit_finds_its_line(
    home, worker, given, description, line, by_key
):
    older = case_of(home, worker)
    case = case_of(home, worker, title="井盖", description=description)
    log(home, worker, diary=[Matter("一"), Matter("二")])  # another one, before
    visit, _ = log(home, worker, diary=[Matter("一"), Matter("二"), Matter("三")])
    items = list(visit.diary_items.order_by("pk"))
    DiaryItem.objects.filter(pk=items[2].pk).update(case=older)
    which = {"visit_key": visit.client_uuid} if by_key else {"visit": visit.pk}

    visit_log.take_case(case, which | given, by=worker)

    found = visit.diary_items.get(case=case)
    if line is None:
        assert (found.text, visit.diary_items.count()) == (f"井盖 {description}", 4)
    else:
        assert (found, visit.diary_items.count()) == (items[line], 3)


def test_a_report_from_no_visit_or_anothers_writes_no_line(home, worker):
    case = case_of(home, worker)
    there = factories.household(factories.unit("370402001028002"))
    theirs, _ = log(there, factories.staff("grid_worker", there.grid))

    for given in ({}, {"visit": theirs.pk}, {"visit_key": theirs.client_uuid}, {"visit": 0}):
        visit_log.take_case(case, given, by=worker)

    assert not DiaryItem.objects.filter(case=case).exists()


def test_a_matter_becomes_a_case_of_its_door(home, worker):
    visit, _ = log(home, worker, diary=[Matter("楼道堆物")])
    category = factories.category("暴露垃圾")
    item = visit.diary_items.get()

    case = visit_log.raise_case(item, by=worker, category=category, is_urgent=True)
    again = visit_log.raise_case(item, by=worker, category=category, description="别的")

    assert again == case
    assert [getattr(case, name) for name in (
        "grid", "category", "title", "description", "address", "source", "household_id", "is_urgent",
    )] == [
        home.grid, category, "暴露垃圾", "楼道堆物", home.dwelling.address, "visit", home.pk, True,
    ]  # fmt: skip
    assert case.client_uuid == uuid.uuid5(visit.client_uuid, f"diary-{item.pk}")
    assert DiaryItem.objects.get().case == case


# Appointments


@pytest.mark.parametrize(("on", "is_right"), [(0, True), (-1, False), (60, True), (61, False)])
def test_how_far_ahead_one_agrees(home, worker, on, is_right):
    if is_right:
        made = appointments.make(home, by=worker, on=day(on), part="evening", note="带证件")
        assert (made.on, made.by, made.note, made.mode, made.part) == (
            day(on), worker, "带证件", "home", "evening",
        )  # fmt: skip
    else:
        with pytest.raises(Refused):
            appointments.make(home, by=worker, on=day(on), part="evening")


def test_a_new_appointment_and_a_cancelling_leave_other_households_alone(home, worker):
    other = factories.household(home.grid)
    theirs = appointments.make(other, by=worker, on=day(1), part="evening")
    first = appointments.make(home, by=worker, on=day(1), part="evening")
    second = appointments.make(home, by=worker, on=day(2), part="evening")

    assert set(appointments.waiting(worker)) == {theirs, second}
    assert appointments.cancel(home) == 1
    assert appointments.cancel(home) == 0
    assert set(appointments.waiting(worker)) == {theirs}
    first.refresh_from_db()
    assert first.cancelled_at is not None
    neighbour = factories.staff("grid_worker", factories.unit("370402001028002"))
    assert not appointments.waiting(neighbour)


@pytest.mark.parametrize(
    ("on", "mode", "is_kept"),
    [(0, "home", True), (-1, "home", True), (1, "home", False), (0, "call", False)],
)
def test_which_appointment_a_visit_keeps(home, worker, on, mode, is_kept):
    made = Appointment.objects.create(
        household=home, by=worker, on=day(on), part="evening", mode=mode, made_at=timezone.now()
    )
    other = factories.household(home.grid)
    theirs = appointments.make(other, by=worker, on=TODAY, part="evening")

    visit, _ = log(home, worker)

    made.refresh_from_db()
    theirs.refresh_from_db()
    assert made.kept_by == (visit if is_kept else None)
    assert theirs.kept_by is None


# The round


def rule(mode="home", **fields):
    fields = {"target": "ordinary", "every_months": 6, "grace_days": 0} | fields
    return VisitRule.objects.create(district=factories.district(), mode=mode, **fields)


@pytest.fixture
def rules(db):
    return {"home": rule(), "call": rule("call", priority=3)}


def due(home, rule, on=0, **fields):
    found, _ = Schedule.objects.update_or_create(
        household=home,
        rule=rule,
        defaults={"district_id": home.district_id, "next_due_on": day(on)} | fields,
    )
    return found


def stops(staff, **options):
    found = rounds.todays_round(staff, TODAY, **options)
    return {stop.key: stop for entrance in found.entrances for stop in entrance.stops}


@pytest.mark.parametrize(
    ("on", "fields", "is_there"),
    [
        (0, {}, True), (-1, {}, True), (1, {}, False), (-1, {"retry_on": day(0)}, True),
        (-1, {"retry_on": day(1)}, False),
    ],
)  # fmt: skip
def test_who_is_on_the_round(home, worker, rules, on, fields, is_there):
    due(home, rules["home"], on, **fields)

    assert set(stops(worker)) == ({home.pk} if is_there else set())


def test_one_stop_for_all_that_is_due_at_a_door(home, worker, rules):
    due(home, rules["call"], -5)
    due(home, rules["home"], -2)
    other = factories.household(home.grid)
    due(other, rules["call"], 0)

    found = stops(worker)

    assert (found[home.pk].mode, found[home.pk].due_on, found[home.pk].priority) == (
        "home", day(-5), 3,
    )  # fmt: skip
    assert (found[other.pk].mode, found[other.pk].priority) == ("call", 3)
    assert (found[home.pk].is_late, found[other.pk].is_late) == (True, False)
    assert not any(one.is_of_campaign for one in found.values())
    assert found[home.pk].is_first
    assert found[home.pk].is_only_of_campaign is False
    the_round = rounds.todays_round(worker, TODAY)
    assert (the_round.homes, the_round.calls, the_round.late, the_round.first) == (1, 1, 1, 2)
    assert (the_round.grids, the_round.number, the_round.has_more) == (1, 1, False)


@pytest.mark.parametrize(
    ("grace", "on", "is_late"), [(0, 0, False), (0, -1, True), (3, -3, False), (3, -4, True)]
)
def test_when_a_stop_is_late(home, worker, rules, grace, on, is_late):
    VisitRule.objects.update(grace_days=grace)
    due(home, rules["home"], on)

    assert stops(worker)[home.pk].is_late is is_late


@pytest.mark.parametrize(("priority", "is_first"), [(1, True), (3, True), (4, False)])
def test_what_comes_first(home, worker, rules, priority, is_first):
    VisitRule.objects.filter(mode="home").update(priority=priority)
    due(home, rules["home"])

    assert stops(worker)[home.pk].is_first is is_first


@pytest.mark.parametrize(
    ("only", "found"),
    [("", "abc"), ("home", "ac"), ("call", "b"), ("late", "c"), ("first", "b")],
)
def test_the_round_by_kind(worker, rules, only, found):
    homes = [factories.household(head_name=name) for name in "abc"]
    due(homes[0], rules["home"])
    due(homes[1], rules["call"])
    due(homes[2], rules["home"], -1)

    assert {stop.household.head_name for stop in stops(worker, only=only).values()} == set(found)


def test_pages_of_a_round(worker, rules, monkeypatch):
    monkeypatch.setattr(rounds, "PAGE", 2)
    for _number in range(4):
        due(factories.household(), rules["home"])

    pages = [rounds.todays_round(worker, TODAY, number) for number in (1, 2, 3)]

    assert [page.has_more for page in pages] == [True, False, False]
    assert [sum(len(one.stops) for one in page.entrances) for page in pages] == [2, 2, 0]
    assert {page.homes for page in pages} == {4}


@pytest.mark.parametrize(
    ("place", "mode", "on", "is_offered"),
    [
        ({}, "home", 1, True),
        ({}, "home", 30, True),
        ({}, "home", 31, False),
        ({}, "call", 5, False),
        ({"entrance": "2单元"}, "home", 5, False),
        ({"building_name": "2号楼"}, "home", 5, False),
    ],
)
def test_who_is_offered_on_the_same_trip(worker, rules, place, mode, on, is_offered):
    here = factories.household(home=factories.dwelling(room="101"))
    near = factories.household(home=factories.dwelling(room="102", **place))
    due(here, rules["home"])
    due(here, rules["call"], 5)
    due(near, rules[mode], on)

    [entrance] = rounds.todays_round(worker, TODAY).entrances

    assert [stop.key for stop in entrance.coming] == ([near.pk] if is_offered else [])
    if is_offered:
        assert (entrance.coming[0].due_on, entrance.coming[0].household.pk) == (day(on), near.pk)


def test_houses_without_a_building_are_no_one_entrance_of_neighbours(worker, rules):
    for number, on in ((1, 0), (2, 5)):
        home = factories.household(home=factories.dwelling(room=str(number)))
        type(home.dwelling).objects.filter(pk=home.dwelling_id).update(
            building=None, address=f"光明路{number}号"
        )
        due(home, rules["home"], on)

    [entrance] = rounds.todays_round(worker, TODAY).entrances

    assert (entrance.title, entrance.coming) == ("", [])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("10号楼", [(0, 10, ""), (1, 0, "号楼")]),
        ("A2b3", [(1, 0, "A"), (0, 2, ""), (1, 0, "b"), (0, 3, "")]),
        ("", []),
        (None, []),
    ],
)
def test_numbers_sort_as_numbers(text, key):
    assert rounds.natural(text) == key


# Searching


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("李建", True), ("建国", False), ("HH1", True), ("H1", False), ("30", True), ("01单", False),
        ("楼1单", True), ("王小", True), ("小宝", False), ("wx", True), ("WX", True), ("赵", False),
        ("没有", False),
    ],
)  # fmt: skip
def test_by_what_a_household_is_found(words, is_found):
    worker = factories.staff("grid_worker")
    home = factories.household(
        home=factories.dwelling(room="301"), head_name="李建国", number="HH12"
    )
    factories.resident(home, name="王小宝", initials="wxb")
    factories.resident(home, name="赵走", initials="zz", ended_on=day(-1))
    other = factories.household(
        home=factories.dwelling(building_name="x", entrance="", room="y"), head_name="z", number="n"
    )
    gone = factories.household(
        home=factories.dwelling(room="302"), head_name="李建军", number="HH13"
    )
    Household.objects.filter(pk=gone.pk).update(ended_on=day(-1), end_reason="moved")
    there = factories.unit("370402001028002")
    factories.household(
        there, home=factories.dwelling(there, room="303"), head_name="李建民", number="HH14"
    )

    found = rounds.find(worker, words, TODAY)

    assert [stop.key for stop in found] == ([home.pk] if is_found else [])
    assert other.pk not in [stop.key for stop in found]


def test_what_is_found_says_when_it_is_due_and_whom_to_call(worker, rules):
    home = factories.household(head_name="李建国")
    due(home, rules["home"], 9)
    due(home, rules["call"], 4)
    factories.resident(home, name="甲", relation="20", phone="2")
    factories.resident(home, name="乙", relation="02", phone="1")
    factories.resident(home, name="丙", relation="01", phone="")
    factories.resident(home, name="丁", relation="01", phone="9", ended_on=day(-1))
    care = factories.resident(home, name="戊")
    factories.care_record(care, factories.care_category("高龄"))
    factories.care_record(care, factories.care_category("低保"))
    factories.care_record(care, factories.care_category("孤儿"), until=day(-1))
    for on in (-3, -1, -2):
        log(home, worker, on=on, outcome="refused")

    [stop] = rounds.find(worker, "李建国", TODAY)

    assert stop.due_on == day(4)
    assert (stop.phone, stop.can_read_phone, stop.mode) == ("1", True, "home")
    assert stop.care == sorted(["高龄", "低保"])
    assert stop.last_visit.happened_on == day(-1)
    Household.objects.filter(pk=home.pk).update(phone="0632")
    [stop] = rounds.find(worker, "李建国", TODAY)
    assert stop.phone == "0632"
    [stop] = rounds.find(factories.staff("building_steward", home.grid), "李建国", TODAY)
    assert stop.care == []
    new = factories.household(head_name="新来")
    [stop] = rounds.find(worker, "新来", TODAY)
    assert (stop.key, stop.due_on, stop.last_visit, stop.phone) == (new.pk, TODAY, None, "")


# Who was not seen


@pytest.fixture
def late(rules):
    """By grid: 1 has a (late), b (never seen), c (tried three times); 2 has d; e is not late."""
    found = {}
    for name, unit, on, fields in (
        ("a", "370402001028001", -5, {"last_done_on": day(-99)}),
        ("b", "370402001028001", -9, {}),
        ("c", "370402001028001", -2, {"last_done_on": day(-99), "attempts": 3}),
        ("d", "370402001028002", -1, {"last_done_on": day(-99), "attempts": 2}),
        ("e", "370402001028001", 0, {}),
    ):
        found[name] = factories.household(factories.unit(unit), head_name=name)
        due(found[name], rules["home"], on, **fields)
        due(found[name], rules["call"], -50)
    poor, alone = factories.care_category("低保"), factories.care_category("独居")
    factories.care_record(factories.resident(found["a"], name="甲"), poor)
    factories.care_record(factories.resident(found["b"], name="乙"), alone)
    factories.care_record(factories.resident(found["c"], name="丙"), poor, until=day(-1))
    gone = factories.resident(found["d"], name="丁")
    factories.care_record(gone, poor)
    Resident.objects.filter(pk=gone.pk).update(ended_on=day(-1), end_reason="moved")
    return found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "cd"), ({"why": "late"}, "cd"), ({"why": "never"}, ""), ({"why": "attempts"}, "c"),
        ({"why": "else"}, "cd"), ({"under": "370402001028001"}, "c"), ({"grid": "370402001028001"}, "c"),
        ({"grid": "370402001028002"}, "d"), ({"grid": "370402001028"}, "cd"),
        ({"under": "370402001028", "grid": "370402001028002"}, "d"),
    ],
)  # fmt: skip
def test_which_households_were_not_seen(late, asked, found):
    """a and b are under care: the rule of ordinary households does not mean them."""
    leader = factories.staff("grid_leader", factories.community())
    places = {
        name: Grid.objects.get(code=value) if name != "why" else value
        for name, value in asked.items()
    }

    rows = unseen.narrow(unseen.missing(leader, TODAY), leader, TODAY, **places)

    assert {row.household.head_name for row in rows} == set(found)
    assert not unseen.missing(
        factories.staff("grid_leader", factories.unit("520602003003001")), TODAY
    )


def test_the_figures_of_the_unseen(late):
    leader = factories.staff("grid_leader", factories.community())
    VisitRule.objects.update(target="care")

    rows = list(unseen.by_grid(leader, TODAY))

    assert [(row["code"], row["households"], row["never"], row["attempts"], row["oldest"]) for row in rows] == [
        ("370402001028001", 2, 1, 0, day(-9)),
    ]  # fmt: skip
    by_category = unseen.by_category(leader, TODAY)
    assert {row["name"]: (row["households"], row["never"]) for row in by_category} == {
        "低保": (1, 0), "独居": (1, 1),
    }  # fmt: skip
    counted = unseen.households(leader, under=factories.community())
    assert sorted(counted.values()) == [1, 4]
