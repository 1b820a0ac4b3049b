"""What the digests of a morning say: the whole day to visitors, only exceptions to leaders."""

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command

from grids.models import Notification, StandIn
from inspections import tasks
from inspections.cadence import schedules
from inspections.campaigns import campaigns
from inspections.models import Campaign, DigestDay, Reminder, Schedule
from inspections.telling import digest_hours, reminders
from inspections.visits import appointments, rounds, visit_log
from tests import factories

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
ONE = timedelta(days=1)


def at(day=MONDAY, hour=8, minute=0):
    return datetime.combine(day, time(hour, minute), ZoneInfo("Asia/Shanghai"))


def remind(day=MONDAY, hour=8, minute=0):
    return reminders.remind(at(day, hour, minute))["digests"]


def plan(days=300, *, grid=None, on=MONDAY):
    """A household whose home visit is due so many days after `on`; its call is far away."""
    home = factories.household(grid)
    schedules.plan_all(on)
    home.schedules.update(next_due_on=on + timedelta(days=300))
    due = on + timedelta(days=days)
    home.schedules.filter(rule__mode="home").update(next_due_on=due)
    return home


def begin(since=MONDAY, days=7, *, name="冬季大走访", numbers=(), **fields):
    fields = {"who": "everyone", "mode": "home", "grid": factories.district()} | fields
    campaign = Campaign.objects.create(
        district=factories.district(),
        name=name,
        made_by=factories.staff(),
        made_at=at(since),
        since=since,
        until=since + (days - 1) * ONE,
        **fields,
    )
    campaigns.start(campaign, numbers=numbers, now=at(since))
    return campaign


def log(home, outcome, day, *, mode="home"):
    return visit_log.log_visit(
        home,
        by=factories.staff(),
        outcome=outcome,
        happened_on=day,
        mode=mode,
        now=at(day, 15),
    )[0]


def agree(home, on, *, by, mode="home"):
    return appointments.make(
        home, by=by, on=on, part="evening", mode=mode, now=at(MONDAY - 3 * ONE)
    )


def told(person):
    return Notification.objects.filter(recipient=person).latest("pk")


@pytest.fixture
def worker():
    return factories.staff("grid_worker", factories.unit())


@pytest.fixture
def leader():
    return factories.staff("grid_leader", factories.community())


# --- visitors ------------------------------------------------------------------------


def test_a_worker_hears_of_the_campaign_with_its_last_day(worker):
    homes = [plan() for _ in range(3)]
    begin(days=5)
    log(homes[0], "met", MONDAY)

    assert remind() == 1

    assert told(worker).title.startswith("今日走访 2 户，电话 0 户")
    assert told(worker).body == "集中走访“冬季大走访”：还有 2 户，最后一天 11月27日"
    assert remind(MONDAY + 7 * ONE) == 0


def test_what_is_handed_over_is_told_to_whoever_got_it(worker):
    plan(), plan()
    other = factories.staff("grid_worker", factories.unit())
    campaign = begin()
    campaign.refresh_from_db()
    campaigns.hand_over(campaign, factories.unit(), to=other)

    assert remind() == 1
    assert told(other).body.startswith("集中走访“冬季大走访”：还有 2 户")


def test_a_worker_hears_of_the_appointments_of_today_and_tomorrow(worker):
    homes = [plan() for _ in range(4)]
    agree(homes[0], MONDAY, by=worker)
    agree(homes[1], MONDAY + ONE, by=worker)
    agree(homes[2], MONDAY + ONE, by=worker)
    agree(homes[3], MONDAY + 2 * ONE, by=worker)

    assert remind() == 1

    assert told(worker).title.startswith("今日走访 1 户，")
    assert told(worker).body == "预约走访：今天 1 户，明天 2 户"


def test_a_campaign_alone_on_a_quiet_day_is_a_reason_for_a_digest_and_nothing_is_not(
    worker,
):
    plan()

    assert remind() == 0
    begin(since=MONDAY + ONE)
    assert [remind(MONDAY, 9), remind(MONDAY + ONE)] == [0, 1]


def test_the_digest_counts_what_the_day_shows(worker):
    homes = [plan(days) for days in (0, -3, -9, 0, 300, 300)]
    numbers = [homes[5].number]
    begin(who="list", since=MONDAY - ONE, numbers=numbers)
    agree(homes[0], MONDAY + ONE, by=worker)  # waits for its day
    agree(homes[4], MONDAY, by=worker)  # nothing is due, but it was agreed on
    homes[1].schedules.update(retry_on=MONDAY + ONE)

    remind()

    shown = rounds.todays_round(worker, MONDAY)
    words = {"homes": shown.homes, "calls": shown.calls, "late": shown.late}
    assert words == {"homes": 4, "calls": 0, "late": 1}
    title = "今日走访 {homes} 户，电话 {calls} 户；其中逾期 {late} 户；近期到期 0 户"
    assert told(worker).title == title.format(**words)


def test_who_is_not_posted_there_hears_of_neither_campaign_nor_appointment(worker):
    stranger = factories.staff("grid_worker", factories.unit("370402001028002"))
    steward = factories.staff("building_steward", building=factories.building(name="9号楼"))
    home = plan()
    begin()
    agree(home, MONDAY, by=worker)

    assert remind() == 1
    assert not Notification.objects.filter(recipient__in=[stranger, steward]).exists()


def test_who_stands_in_hears_of_the_campaign_too(worker):
    stand_in = factories.staff("grid_worker", factories.unit("370402001028002"))
    StandIn.objects.create(
        district=factories.district(),
        staff=worker,
        stand_in=stand_in,
        since=MONDAY,
        until=MONDAY,
        by=worker,
    )
    plan()
    begin()

    assert remind() == 1
    assert "还有 1 户" in told(stand_in).body


# --- leaders -------------------------------------------------------------------------


def test_without_an_exception_a_leader_gets_nothing(leader):
    plan(0), plan(3), plan(300)
    log(plan(0), "met", MONDAY - ONE)
    log(plan(0), "nobody", MONDAY - ONE)
    campaign = begin(since=MONDAY - ONE)
    campaign.targets.update(state="reached")

    assert [remind(MONDAY, 8), remind(MONDAY, 9)] == [0, 0]


@pytest.mark.parametrize(
    ("role", "place"),
    [("grid_leader", "base"), ("community_staff", "community"), ("supervisor", "district")],
)
def test_what_became_overdue_is_told_by_grid_the_fullest_first(role, place):
    person = factories.staff(role, getattr(factories, place)())
    plan(-1)
    for _ in range(2):
        plan(-1, grid=factories.unit("370402001028002"))

    assert remind() == 1

    assert told(person).title == "新增逾期走访 3 户"
    assert told(person).body == "第2网格 2 户、第1网格 1 户"
    assert told(person).url == "/visits/overdue/"


def test_many_grids_are_named_up_to_five(leader):
    for number in range(1, 8):
        plan(-1, grid=factories.unit(f"37040200102800{number}"))

    remind()

    assert told(leader).body.endswith("第5网格 1 户，另有 2 个网格")


def test_grace_is_not_an_exception(leader):
    home = plan(-2)
    home.schedules.get(rule__mode="home").rule.__class__.objects.update(grace_days=5)

    assert remind() == 0
    assert remind(MONDAY + 4 * ONE) == 1


def test_who_becomes_long_unseen_is_told_once(leader):
    plan(-30)
    remind()
    before = Notification.objects.count()

    days = [remind(MONDAY + number * ONE) for number in (1, 2, 3)]

    assert (before, days) == (1, [1, 0, 0])
    assert told(leader).title == "逾期超过30天 1 户"


def test_the_days_without_a_running_server_are_made_up_for(leader):
    plan(-29)
    log(plan(), "refused", MONDAY)
    remind(MONDAY)
    assert Notification.objects.count() == 1

    assert remind(MONDAY + 3 * ONE) == 1
    assert told(leader).title == "逾期超过30天 1 户；拒访 1 户"


def test_the_third_attempt_in_vain_is_told_and_the_second_is_not(leader):
    home = plan(0)
    for day in (3, 2):
        log(home, "nobody", MONDAY - day * ONE)
    assert remind() == 0

    log(home, "nobody", MONDAY)

    remind(MONDAY + ONE)
    assert "三次以上未见到 1 户" in told(leader).title
    assert [remind(MONDAY + 2 * ONE), remind(MONDAY + 3 * ONE)] == [0, 0]


def test_a_refused_visit_is_told_the_next_working_day_once(leader):
    friday = MONDAY - 3 * ONE
    remind(friday)
    log(plan(), "refused", friday)
    log(plan(), "refused", friday + ONE)

    assert [remind(friday + number * ONE) for number in (1, 2)] == [0, 0]  # days off
    assert remind(MONDAY) == 1
    assert told(leader).title == "拒访 2 户"
    assert told(leader).url == "/visits/?who=all&outcome=refused"
    assert remind(MONDAY + ONE) == 0


def test_a_campaign_behind_its_plan_is_told_and_one_on_time_is_not(leader):
    homes = [plan() for _ in range(10)]
    begin(name="落后", goal_percent=100, days=10)
    begin(name="按时", goal_percent=50, days=10)
    log(homes[0], "met", MONDAY)

    assert remind(MONDAY) == 0  # the first day has only begun
    assert remind(MONDAY + ONE) == 0  # 10 % planned, 10 % reached
    assert remind(MONDAY + 2 * ONE) == 1

    line = "集中走访“落后”：已走访 10%，按计划应达 20%，最后一天 12月2日"
    assert told(leader).body == line
    assert told(leader).title == "集中走访进度落后 1 项"
    assert told(leader).url == "/campaigns/"


def test_a_campaign_is_judged_by_the_part_that_one_answers_for(leader):
    ahead, behind = factories.unit(), factories.unit("370402001027001")
    for grid in (ahead, behind):
        plan(grid=grid)
    campaign = begin(days=2)
    campaign.targets.filter(grid=ahead).update(state="reached")
    other = factories.staff("grid_leader", factories.community("370402001027"))

    remind(MONDAY + ONE)

    assert told(other).body.startswith("集中走访“冬季大走访”：已走访 0%")
    assert not Notification.objects.filter(recipient=leader).exists()


def test_who_answers_for_a_grid_twice_counts_its_campaign_once(leader):
    factories.posting(leader, "community_staff", factories.unit())
    homes = [plan() for _ in range(2)] + [plan(grid=factories.unit("370402001028002"))]
    begin(days=2, goal_percent=90)
    log(homes[2], "met", MONDAY)

    remind(MONDAY + ONE)

    assert "已走访 33%" in told(leader).body


def test_a_campaign_that_is_over_is_told_until_the_digest_after_its_last_day(leader):
    plan()
    begin(days=2)
    days = [remind(MONDAY + number * ONE) for number in (1, 2, 3)]

    assert days == [1, 1, 0]


def test_a_city_hears_of_no_household(leader):
    plan(-1)
    city = factories.district().__class__.objects.create(
        tier="city",
        code="3704",
        name="枣庄市",
        valid_from=factories.LONG_AGO,
        path="3704/",
    )
    above = factories.staff("supervisor", city, district=factories.district())
    for grid in factories.district().__class__.objects.exclude(pk=city.pk):
        grid.__class__.objects.filter(pk=grid.pk).update(path=f"3704/{grid.path}")

    assert remind() == 1
    assert not Notification.objects.filter(recipient=above).exists()


# --- once ----------------------------------------------------------------------------


def a_day_with_everything():
    home = plan(-1)
    worker = factories.staff("grid_worker", home.grid)
    factories.staff("grid_leader", factories.community())
    begin(since=MONDAY - ONE)
    log(plan(), "refused", MONDAY - ONE)
    agree(plan(), MONDAY, by=worker)


def test_a_second_run_says_zeros():
    a_day_with_everything()

    names = ("coming", "due", "overdue", "digests")
    first, second = (reminders.remind(at(MONDAY, 8, minute)) for minute in (0, 0))

    assert [first[name] for name in names] == [0, 0, 1, 2]
    assert [second[name] for name in names] == [0, 0, 0, 0]
    assert Notification.objects.count() == 2


@time_machine.travel(at(), tick=False)
def test_the_command_and_the_task_of_beat_do_the_same(capsys):
    a_day_with_everything()

    call_command("remind", json=True)
    report = json.loads(capsys.readouterr().out)
    by_command = _written()
    for model in (Notification, Reminder, DigestDay):
        model.objects.all().delete()
    tasks.remind()

    assert _written() == by_command
    assert report["digests"] == len(by_command[0]) == 2


def _written():
    notes = Notification.objects.order_by("recipient", "key")
    rows = Reminder.objects.order_by("schedule", "stage")
    return (
        list(notes.values_list("recipient", "kind", "title", "body", "url", "key")),
        list(rows.values_list("schedule", "due_on", "stage")),
    )


# --- the hour that is moved ----------------------------------------------------------


def test_an_hour_that_is_moved_to_one_that_has_passed_brings_the_digest_at_once(worker):
    plan(0)
    other = factories.staff("grid_worker", factories.unit())
    for person in (worker, other):
        digest_hours.choose(person, time(9, 30))
    neighbour = factories.staff("grid_worker", factories.unit("370402001028002"))
    assert remind(MONDAY, 8) == 0
    plan(0, grid=factories.unit("370402001028002"))

    reminders.choose_hour(worker, time(6), now=at(MONDAY, 8, 0))

    assert told(worker).title.startswith("今日走访 1 户")
    assert not Notification.objects.filter(recipient=neighbour).exists()
    assert [remind(MONDAY, 8, 1), remind(MONDAY, 9, 30)] == [1, 1]
    assert Notification.objects.filter(recipient=worker).count() == 1


@pytest.mark.parametrize(("before", "after"), [((9, 30), (8, 30)), ((7, 30), (6, 0))])
def test_an_hour_that_is_still_to_come_or_was_told_brings_nothing_at_once(worker, before, after):
    plan(0)
    digest_hours.choose(worker, time(*before))
    remind(MONDAY, 8)
    earlier = Notification.objects.count()

    reminders.choose_hour(worker, time(*after), now=at(MONDAY, 8, 1))

    assert Notification.objects.count() == earlier
    remind(MONDAY, 10)
    assert Notification.objects.filter(recipient=worker).count() == 1


def test_before_the_first_run_of_the_day_the_next_run_tells(worker):
    plan(0)
    digest_hours.choose(worker, time(9, 30))

    reminders.choose_hour(worker, time(6), now=at(MONDAY, 8))

    assert Notification.objects.count() == 0
    assert remind(MONDAY, 8, 1) == 1


def test_on_a_day_off_a_moved_hour_brings_nothing(worker):
    plan(-3)
    sunday = MONDAY - ONE
    digest_hours.choose(worker, time(9, 30))
    remind(sunday, 8)

    reminders.choose_hour(worker, time(6), now=at(sunday, 8))

    assert Notification.objects.count() == 0
    assert Schedule.objects.exists()


@pytest.mark.parametrize(
    ("role", "place", "has_link"),
    [("grid_worker", "unit", 1), ("supervisor", "street", 1), ("auditor", "district", 0)],
)
def test_whoever_gets_a_digest_finds_the_way_to_its_hour(client, role, place, has_link):
    client.force_login(factories.staff(role, getattr(factories, place)()))

    page = client.get("/visits/overdue/").content.decode()
    hour = client.get("/today/digest/").content.decode()

    assert page.count('href="/today/digest/"') == has_link
    assert hour.count('name="at"') == has_link
