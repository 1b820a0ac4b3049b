import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.models import Building, Compound
from grids.roles import RIGHTS
from inspections.cadence import schedules
from inspections.campaigns import campaigns
from inspections.models import Campaign, Schedule, Visit, VisitRule
from inspections.visits import rounds
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def worker():
    return factories.staff("grid_worker")


@pytest.fixture
def page(client, worker):
    """The text of /today/ for the worker of the first grid."""
    client.force_login(worker)

    def get(**query):
        response = client.get("/today/", query)
        assert response.status_code == 200
        return response.content.decode()

    return get


def due(home=None, mode="home", days=0, **fields):
    """A household whose home visit (or call) is due so many days from today, nothing else."""
    home = home or factories.household(**fields)
    schedules.plan_all(TODAY)
    home.schedules.filter(last_done_on=None).exclude(rule__mode=mode).update(
        next_due_on=TODAY + timedelta(days=300)
    )
    home.schedules.filter(rule__mode=mode).update(next_due_on=TODAY + timedelta(days=days))
    return home


def door(building, entrance, room, **fields):
    return factories.household(
        home=factories.dwelling(building_name=building, entrance=entrance, room=room),
        **fields,
    )


def test_due_and_overdue_households_are_listed_and_others_are_not(page):
    due(head_name="今天到期", days=0)
    due(head_name="过期三天", days=-3)
    due(head_name="下月到期", days=40)

    text = page()

    assert "今天到期" in text
    assert "过期三天" in text
    assert "逾期3天" in text
    assert "下月到期" not in text


def test_the_round_follows_the_feet(worker):
    for building, entrance, room in [
        ("10号楼", "1单元", "101"),
        ("2号楼", "2单元", "301"),
        ("2号楼", "1单元", "1001"),
        ("2号楼", "1单元", "402"),
    ]:
        due(door(building, entrance, room))
    lane = factories.dwelling(building_name="没有楼", room="1")
    lane.building, lane.address = None, "光明路7号"
    lane.save()
    due(factories.household(home=lane))
    compound = Compound.objects.create(
        district=factories.district(), community=factories.community(), name="幸福小区"
    )
    Building.objects.filter(name="10号楼").update(compound=compound)

    entrances = rounds.todays_round(worker, TODAY).entrances

    assert [entrance.title for entrance in entrances] == [
        "2号楼 1单元",
        "2号楼 2单元",
        "幸福小区 10号楼 1单元",
        "",
    ]
    assert [stop.household.dwelling.room for stop in entrances[0].stops] == [
        "402",
        "1001",
    ]


def test_a_home_visit_and_a_call_at_one_door_are_one_stop(worker):
    home = due(days=0)
    home.schedules.filter(rule__mode="call").update(next_due_on=TODAY - timedelta(days=2))
    due(mode="call")

    todays = rounds.todays_round(worker, TODAY)

    assert (todays.homes, todays.calls, todays.late) == (1, 1, 1)
    stop = next(
        stop for entrance in todays.entrances for stop in entrance.stops if stop.key == home.pk
    )
    assert (stop.mode, stop.due_on) == ("home", TODAY - timedelta(days=2))


def test_neighbours_who_are_due_soon_are_offered_on_the_same_trip(page):
    due(door("2号楼", "1单元", "301"))
    due(door("2号楼", "1单元", "302", head_name="近期邻居"), days=20)
    due(door("2号楼", "1单元", "303", head_name="远期邻居"), days=60)
    due(door("2号楼", "2单元", "301", head_name="隔壁单元"), days=20)

    text = page()

    assert "同单元近期到期 1 户" in text
    assert "近期邻居" in text
    assert "远期邻居" not in text
    assert "隔壁单元" not in text


def test_care_words_are_only_for_those_who_may_read_care(client, page):
    home = factories.household()
    factories.care_record(factories.resident(home), factories.care_category("独居老人"))
    due(home)
    assert "独居老人" in page()

    client.force_login(factories.staff("assistant"))

    assert "独居老人" not in page()


def test_a_call_has_a_link_only_where_the_phone_may_be_read(client, page, monkeypatch):
    home = due(mode="call", phone="13800001234")
    assert 'href="tel:13800001234"' in page()

    less = RIGHTS["assistant"] - {"register.read_phone"}
    monkeypatch.setitem(RIGHTS, "assistant", less)
    client.force_login(factories.staff("assistant"))

    assert home.head_name in page()
    assert "13800001234" not in page()
    form = client.get(reverse("inspections:log_visit", args=[home.pk])).content.decode()
    assert "13800001234" not in form
    assert "*1234" in form


def test_households_of_other_grids_and_districts_are_not_listed(page):
    due(factories.household(factories.unit("370402001028002"), head_name="邻格"))
    due(factories.household(factories.unit("520602003003001"), head_name="外区"))

    text = page()

    assert "邻格" not in text
    assert "外区" not in text
    assert "今天没有到期的走访" in text


def test_a_household_that_moved_away_disappears(page):
    home = due(head_name="搬走了")
    home.ended_on, home.end_reason = TODAY, "moved"
    home.save()

    assert "搬走了" not in page()


def test_a_building_steward_sees_his_building(client, page):
    due(door("1号楼", "1单元", "101", head_name="本楼"))
    due(door("2号楼", "1单元", "101", head_name="别楼"))
    client.force_login(
        factories.staff("building_steward", building=factories.building(name="1号楼"))
    )

    text = page()

    assert "本楼" in text
    assert "别楼" not in text


def test_only_calls_or_only_what_is_late_can_be_shown(page):
    due(head_name="入户户")
    due(head_name="电话户", mode="call")
    due(head_name="逾期户甲", days=-5)

    assert "电话户" in page(only="call")
    assert "入户户" not in page(only="call")
    assert "电话户" not in page(only="home")
    assert "入户户" not in page(only="late")
    assert "逾期户甲" in page(only="late")
    assert "入户户" in page(only="nonsense")


def test_a_long_round_comes_in_pages(worker, monkeypatch, page):
    monkeypatch.setattr(rounds, "PAGE", 2)
    for room in ("101", "102", "103"):
        due(door("1号楼", "1单元", room))

    assert "page=2" in page()
    second = rounds.todays_round(worker, TODAY, 2)

    assert [stop.household.dwelling.room for e in second.entrances for stop in e.stops] == ["103"]
    assert second.homes == 3
    assert not second.has_more


def test_an_attempt_is_shown_with_its_outcome(page, worker):
    home = due()
    Visit.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        visitor=worker,
        outcome="nobody",
        happened_on=TODAY,
        logged_at=timezone.now(),
    )

    assert "无人" in page()


@pytest.mark.parametrize("words", ["王秀", "301", "光明路", "儿媳", "ex"])
def test_search_finds_a_household_to_visit_by_head_room_address_or_member(page, words):
    home = door("2号楼", "1单元", "301", head_name="王秀兰")
    home.dwelling.address = "光明路64号2号楼1单元301"
    home.dwelling.save()
    factories.resident(home, name="儿媳", initials="ex")
    factories.household(factories.unit("370402001028002"), head_name="王秀英")

    text = page(q=words)

    assert "王秀兰" in text
    assert reverse("inspections:log_visit", args=[home.pk]) in text
    assert "王秀英" not in text


def test_a_search_without_a_find_says_what_to_do(page):
    assert "没有找到" in page(q="没有此人")


def test_the_page_costs_the_same_for_few_and_many(client, worker, django_assert_num_queries):
    client.force_login(worker)

    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert client.get("/today/").status_code == 200
        return len(captured)

    for number in range(2):
        due(door("1号楼", "1单元", f"10{number}"))
        due(door("1号楼", "1单元", f"20{number}"), days=20)
    count()
    few = count()
    for number in range(12):
        home = due(door(f"{number}号楼", "1单元", "301"))
        factories.care_record(factories.resident(home), factories.care_category())
        due(door(f"{number}号楼", "1单元", "401"), mode="call")
        due(door(f"{number}号楼", "1单元", "501"), days=20)

    assert count() == few
    assert few <= 22


@pytest.mark.parametrize(
    "role",
    ["supervisor", "auditor", "administrator", "operator", "information_officer"],
)
def test_who_does_not_visit_has_no_round(client, role):
    client.force_login(factories.staff(role))

    assert client.get("/today/").status_code == 403


def test_a_visitor_must_log_in(client):
    assert client.get("/today/").status_code == 302


def test_nothing_is_due_twice_and_nobody_is_forgotten(worker):
    homes = {due().pk for _ in range(5)}

    stops = [
        stop.key
        for entrance in rounds.todays_round(worker, TODAY).entrances
        for stop in entrance.stops
    ]

    assert sorted(stops) == sorted(homes)
    assert Schedule.objects.applying(TODAY).open(TODAY).count() == 5


def urgent(home, number=1, mode="home", **fields):
    """The household is also due by a rule of this priority, for a category of its own."""
    category = factories.care_category(f"类别{home.pk}", level="ordinary")
    factories.care_record(factories.resident(home), category)
    rule = VisitRule.objects.create(
        district=home.district,
        target="category",
        care_category=category,
        mode=mode,
        every_months=1,
        priority=number,
    )
    day = TODAY - timedelta(days=fields.pop("late", 0))
    Schedule.objects.create(district=home.district, household=home, rule=rule, next_due_on=day)
    return home


def walked(found):
    return [stop.door.room for entrance in found.entrances for stop in entrance.stops]


def test_what_is_important_is_marked_and_the_walking_order_stays(worker):
    for room in ("101", "201", "301"):
        due(door("2号楼", "1单元", room))
    home = Schedule.objects.filter(household__dwelling__room="301").first().household
    urgent(home, rounds.FIRST)
    home = Schedule.objects.filter(household__dwelling__room="201").first().household
    urgent(home, rounds.FIRST + 1, mode="call")

    todays = rounds.todays_round(worker, TODAY)

    assert walked(todays) == ["101", "201", "301"]
    stops = todays.entrances[0].stops
    assert [stop.is_first for stop in stops] == [False, False, True]
    assert (todays.first, todays.homes) == (1, 3)


def test_the_important_ones_are_listed_by_themselves(page):
    due(door("2号楼", "1单元", "101", head_name="平常的人家"))
    assert "优先" not in page()
    urgent(due(door("2号楼", "1单元", "102", head_name="要紧的人家")))

    text = page()
    first = page(only="first")

    assert "平常的人家" in text
    assert 'href="?only=first"' in text
    assert text.count("tag--strong") == 1
    assert "要紧的人家" in first
    assert "平常的人家" not in first


def test_important_ones_come_first_among_the_overdue(worker):
    for building, room in [("1号楼", "101"), ("1号楼", "102"), ("2号楼", "201")]:
        due(door(building, "1单元", room), days=-2)
    for room in ("102", "201"):
        home = Schedule.objects.filter(household__dwelling__room=room).first().household
        urgent(home, late=1)
    due(door("3号楼", "1单元", "301"))

    late = rounds.todays_round(worker, TODAY, only="late")

    assert walked(late) == ["102", "201", "101"]
    assert [entrance.title for entrance in late.entrances] == [
        "1号楼 1单元",
        "2号楼 1单元",
        "1号楼 1单元",
    ]


def test_a_household_of_a_campaign_is_no_more_important_than_due(worker):
    home = due(days=40)
    campaign = Campaign.objects.create(
        district=home.district,
        grid=home.grid,
        name="走访",
        who="everyone",
        since=TODAY,
        until=TODAY,
        made_by=worker,
        made_at=timezone.now(),
    )
    campaigns.start(campaign)

    [entrance] = rounds.todays_round(worker, TODAY).entrances

    assert not entrance.stops[0].is_first


def test_a_campaign_gives_its_last_day_and_a_due_visit_its_own(page, worker):
    home, other = due(days=40), due(days=0)
    until = TODAY + timedelta(days=5)
    campaign = Campaign.objects.create(
        district=home.district,
        grid=home.grid,
        name="走访",
        who="everyone",
        since=TODAY,
        until=until,
        made_by=worker,
        made_at=timezone.now(),
    )
    campaigns.start(campaign)
    assert other.grid == home.grid

    text = page()

    assert text.count(f"{until.month}月{until.day}日前") == 1
    assert re.search(r"今日\s*</span>", text)
