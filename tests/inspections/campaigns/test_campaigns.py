"""Campaigns: who is meant, what counts by itself, who sees and plans them."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.models import StandIn
from grids.refusal import Refused
from grids.scope import Scope
from inspections import wording
from inspections.cadence import schedules
from inspections.campaigns import campaigns, progress
from inspections.models import Campaign, CampaignTarget, Schedule
from inspections.visits import visit_log
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def begin(today):
    """begin(who="care") -> a running campaign of the community."""

    def begin_one(numbers=(), **fields):
        grid = fields.pop("grid", None) or factories.community()
        leader = factories.staff("grid_leader", factories.community())
        fields = {
            "who": "everyone",
            "mode": "home",
            "name": "冬季大走访",
            "since": today,
            "until": today + dt.timedelta(days=6),
        } | fields
        campaign = Campaign.objects.create(
            district=factories.district(),
            grid=grid,
            made_by=leader,
            made_at=timezone.now(),
            **fields,
        )
        campaigns.start(campaign, numbers=numbers)
        campaign.refresh_from_db()
        return campaign

    return begin_one


@pytest.fixture
def homes():
    unit = factories.unit()
    return [factories.household(unit) for _ in range(4)]


def visit(home, outcome="met", mode="home", day=None, by=None):
    by = by or factories.staff("grid_worker", home.grid)
    day = day or timezone.localdate()
    return visit_log.log_visit(home, by=by, outcome=outcome, mode=mode, happened_on=day)


def states(campaign):
    return sorted(campaign.targets.values_list("state", flat=True))


def test_everybody_of_the_place_is_meant_and_nobody_else(begin, homes):
    factories.household(factories.unit("370402001029001"))
    gone = factories.household(ended_on=timezone.localdate(), end_reason="moved")

    campaign = begin()

    meant = set(campaign.targets.values_list("household", flat=True))
    assert meant == {home.pk for home in homes}
    assert gone.pk not in meant


def test_a_category_or_a_list_is_meant(begin, homes):
    category, today = factories.care_category(), timezone.localdate()
    factories.care_record(factories.resident(homes[0]), category, until=today)
    over = {"until": today - dt.timedelta(days=1)}
    factories.care_record(factories.resident(homes[3]), category, **over)

    care = begin(who="category", care_category=category)
    listed = begin(who="list", numbers=[homes[1].number, homes[2].number])

    assert [t.household for t in care.targets.all()] == [homes[0]]
    assert {t.household for t in listed.targets.all()} == set(homes[1:3])


def test_visits_count_by_themselves_and_a_second_attempt_may_reach(begin, homes):
    campaign = begin()

    for home, outcome in zip(homes, ("met", "nobody", "refused", "moved"), strict=True):
        visit(home, outcome)

    assert states(campaign) == ["attempted", "gone", "reached", "refused"]
    visit(homes[1], "met")
    target = campaign.targets.get(household=homes[1])
    assert (target.state, target.attempts) == ("reached", 2)
    visit(homes[1], "nobody")
    target.refresh_from_db()
    assert target.state == "reached"


def test_a_visit_of_a_campaign_also_does_the_schedule(begin, homes, today):
    schedules.ensure_rules(factories.district())
    schedules.plan(factories.district(), today)
    begin()

    visit(homes[0])

    done = Schedule.objects.filter(household=homes[0], last_done_on=today)
    assert done.count() == 2


def test_a_visit_outside_the_days_or_by_phone_does_not_count(begin, homes, today):
    campaign = begin(since=today, until=today)

    visit(homes[0], day=today - dt.timedelta(days=1))
    visit(homes[1], mode="call")

    assert states(campaign) == ["open"] * 4


def test_what_was_visited_before_it_was_begun_counts_on_its_days(begin, homes, today):
    for days, outcome in [(9, "met"), (2, "nobody"), (1, "refused"), (0, "met")]:
        visit(homes[0], outcome, day=today - dt.timedelta(days=days))
    for days in (2, 1):
        visit(homes[1], "nobody", day=today - dt.timedelta(days=days))
    visit(homes[2], "met", mode="call")

    campaign = begin(since=today - dt.timedelta(days=3))

    rows = campaign.targets.order_by("household")
    assert list(rows.values_list("state", "attempts", "done_on")) == [
        ("refused", 2, today - dt.timedelta(days=1)),
        ("attempted", 2, today - dt.timedelta(days=1)),
        ("open", 0, None),
        ("open", 0, None),
    ]
    visit(homes[1], "met")
    assert campaign.targets.get(household=homes[1]).attempts == 3


def test_a_visit_that_arrives_late_counts_on_its_day(begin, homes, today):
    campaign = begin(since=today - dt.timedelta(days=3), until=today)
    first, second = today - dt.timedelta(days=3), today - dt.timedelta(days=2)
    visit(homes[0], "met", day=second)
    visit(homes[0], "nobody", day=first)
    visit(homes[1], "nobody", day=second)
    visit(homes[1], "nobody", day=first)

    rows = campaign.targets.order_by("household")[:2]

    assert list(rows.values_list("state", "attempts", "done_on")) == [
        ("reached", 2, second),
        ("attempted", 2, second),
    ]


def test_a_visit_of_before_the_hand_over_that_arrives_after_it_counts(begin, homes, today):
    unit = homes[0].grid
    first, second = (factories.staff("grid_worker", unit) for _ in range(2))
    campaign = begin(since=today - dt.timedelta(days=3))
    campaigns.hand_over(campaign, unit, to=second)

    visit(homes[0], day=today - dt.timedelta(days=1), by=first)

    target = campaign.targets.get(household=homes[0])
    assert (target.state, target.visitor, target.visit.visitor) == (
        "reached",
        second,
        first,
    )
    assert campaigns.open_for(second, today).count() == 3


def apart(verb, *args, **fields):
    """The same in a connection of its own."""
    try:
        return verb(*args, **fields)
    finally:
        connection.close()


def test_two_visits_at_once_are_two_attempts(transactional_db, begin):
    home = factories.household()
    workers = [factories.staff("grid_worker", home.grid) for _ in range(2)]
    campaign = begin()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            visit(home, "nobody", by=workers[0])
            second = pool.submit(apart, visit, home, "nobody", by=workers[1])
            wait([second], timeout=1)
            assert not second.done()
        second.result(timeout=60)

    target = campaign.targets.get()
    assert (target.state, target.attempts) == ("attempted", 2)


def test_visits_while_a_campaign_begins_are_not_lost(transactional_db, today):
    home = factories.household()
    workers = [factories.staff("grid_worker", home.grid) for _ in range(2)]
    campaign = Campaign.objects.create(
        district=factories.district(),
        grid=factories.unit(),
        who="everyone",
        name="走访",
        since=today,
        until=today,
        made_by=workers[0],
        made_at=timezone.now(),
    )

    with ThreadPoolExecutor(3) as pool:
        with transaction.atomic():
            visit(home, "nobody", by=workers[0])
            waiting = [
                pool.submit(apart, campaigns.start, campaign),
                pool.submit(apart, visit, home, "nobody", by=workers[1]),
            ]
            wait(waiting, timeout=1)
            assert not waiting[0].done()
        [one.result(timeout=60) for one in waiting]

    target = campaign.targets.get()
    assert (target.state, target.attempts) == ("attempted", 2)


def test_progress_adds_up_and_those_who_moved_are_not_missed(begin, homes):
    campaign = begin()
    visit(homes[0], "met")
    visit(homes[1], "moved")

    [line] = progress.progress(campaign)

    assert (line.total, line.reached, line.gone, line.open) == (4, 1, 1, 2)
    assert line.percent == 33


def test_of_many_grids_the_areas_are_shown_and_open_down_to_the_grid(
    client, begin, homes, monkeypatch
):
    monkeypatch.setattr(progress, "MANY", 2)
    for code in ("370402001028002", "370402001029001", "370402002001001"):
        factories.household(factories.unit(code))
    client.force_login(factories.staff("administrator", factories.district()))
    visit(homes[0])
    campaign = begin(grid=factories.district())
    address = reverse("inspections:campaign", args=[campaign.pk])

    def shown(**query):
        context = client.get(address, query).context
        return [(line.grid, line.total, line.reached) for line in context["lines"]]

    street, community = factories.street(), factories.community()
    other = factories.street("370402002")
    assert shown() == [(street, 6, 1), (other, 1, 0)]
    assert shown(grid=street.pk) == [
        (community, 5, 1),
        (factories.community("370402001029"), 1, 0),
    ]
    units = [factories.unit(), factories.unit("370402001028002")]
    assert shown(grid=community.pk) == [(units[0], 4, 1), (units[1], 1, 0)]
    rows = client.get(
        reverse("inspections:campaign_targets", args=[campaign.pk]), {"grid": street.pk}
    )
    assert len(rows.context["page"].rows) == 6
    for page in (rows, client.get(address)):
        assert "place__crumbs" in page.content.decode()  # the reader's own place
    elsewhere = factories.district("520602", "碧江区")
    for query in ("x", elsewhere.pk, "9" * 30):
        assert client.get(address, {"grid": query}).status_code == 404


def test_the_round_of_the_day_holds_the_campaign(begin, homes, client, today):
    worker = factories.staff("grid_worker", homes[0].grid)
    client.force_login(worker)
    begin()

    page = client.get(reverse("inspections:today"))

    stops = [stop for e in page.context["round"].entrances for stop in e.stops]
    assert {stop.key for stop in stops} == {home.pk for home in homes}
    assert all(stop.is_of_campaign for stop in stops)


def test_the_page_says_who_has_what_is_open_and_when_it_was_closed(client, begin, homes):
    unit, second = homes[0].grid, factories.staff("grid_worker", full_name="李接手")
    client.force_login(factories.staff("grid_leader", factories.community()))
    campaign = begin()
    visit(homes[0], "met")
    visit(homes[1], "moved")
    campaigns.hand_over(campaign, unit, to=second)
    address = reverse("inspections:campaign", args=[campaign.pk])

    [line] = client.get(address).context["lines"]
    asked = client.get(
        reverse("inspections:campaign_hand_over", args=[campaign.pk, unit.pk])
    ).content.decode()

    assert (line.handed, line.left, line.gone) == ([("李接手", 2)], 2, 1)
    assert "尚有 2 户未完成" in asked
    assert "李接手 手上 2 户" in asked
    campaigns.close(campaign)
    page = client.get(address).content.decode()
    assert f"{wording.day(timezone.localdate())}结束" in page
    assert "移交" not in page


def test_what_is_handed_over_leaves_one_round_and_enters_the_other(begin, homes, today):
    unit = homes[0].grid
    first, second = (factories.staff("grid_worker", unit) for _ in range(2))
    campaign = begin()

    campaigns.hand_over(campaign, unit, to=second)

    assert not campaigns.open_for(first, today).exists()
    assert campaigns.open_for(second, today).count() == 4
    stranger = factories.staff("grid_worker", factories.unit("370402001029001"))
    with pytest.raises(Refused):
        campaigns.hand_over(campaign, unit, to=stranger)


def test_it_is_handed_to_whoever_may_visit_the_grid_today(homes, today):
    unit, community = homes[0].grid, factories.community()
    worker = factories.staff("grid_worker", unit)
    leader = factories.staff("grid_leader", community)
    away = factories.staff("grid_worker", unit)
    stands_in = factories.staff("grid_worker", factories.unit("370402001029001"))
    StandIn.objects.create(
        district=factories.district(),
        staff=away,
        stand_in=stands_in,
        by=leader,
        since=today,
        until=today,
    )
    # Not: who only looks on, is there for one building, was posted once, has left, is elsewhere.
    factories.staff("auditor", community)
    house = factories.building(unit)
    factories.staff("building_steward", unit, building=house)
    factories.staff("grid_worker", unit).postings.update(until=dt.date(2024, 1, 1))
    factories.staff("grid_worker", unit, is_active=False)
    factories.staff("grid_worker", factories.unit("370402001028002"))

    found = campaigns.workers_of(unit)

    assert set(found) == {worker, leader, away, stands_in}
    for one in found:
        target = CampaignTarget(grid=unit, district_id=unit.district_id, household=homes[0])
        assert Scope.of(one).grants("visit.log", target)


def test_who_may_take_over_is_one_question(homes, django_assert_num_queries):
    for _ in range(5):
        factories.staff("grid_worker", homes[0].grid)

    with django_assert_num_queries(1):
        assert campaigns.workers_of(homes[0].grid).count() == 5


def test_the_list_of_campaigns_asks_as_often_for_one_as_for_many(client, begin, homes):
    client.force_login(factories.staff("grid_leader", factories.community()))
    address = reverse("inspections:campaigns")
    begin()
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(4):
        begin()
    visit(homes[0])

    with CaptureQueriesContext(connection) as many:
        page = client.get(address)

    assert [row.sum.percent for row in page.context["page"].rows] == [25] * 5
    assert len(many) == len(one)


def test_after_the_end_nothing_counts(begin, homes):
    campaign = begin()
    campaigns.close(campaign, words="全部完成")

    visit(homes[0])

    campaign.refresh_from_db()
    assert states(campaign) == ["open"] * 4
    assert (campaign.state, campaign.report) == ("closed", "全部完成")
    with pytest.raises(Refused):
        campaigns.close(campaign)


def test_a_leader_plans_one_from_the_page(client, homes, today):
    client.force_login(factories.staff("grid_leader", factories.community()))
    fields = {
        "name": "冬季大走访",
        "grid": factories.community().pk,
        "who": "everyone",
        "mode": "home",
        "since": today.isoformat(),
        "until": today.isoformat(),
        "goal_percent": 90,
    }

    answer = client.post(reverse("inspections:new_campaign"), fields)

    campaign = Campaign.objects.get()
    assert answer.url == reverse("inspections:campaign", args=[campaign.pk])
    page = client.get(answer.url)
    assert page.context["sum"].total == 4
    rows = client.get(
        reverse("inspections:campaign_targets", args=[campaign.pk]), {"state": "open"}
    )
    assert len(rows.context["page"].rows) == 4


def test_one_that_is_entered_late_begins_on_its_first_day(client, homes, today):
    leader = factories.staff("grid_leader", factories.community())
    client.force_login(leader)
    visit(homes[0], day=today - dt.timedelta(days=1))
    fields = {
        "name": "冬季大走访",
        "grid": factories.community().pk,
        "who": "everyone",
        "mode": "home",
        "since": (today - dt.timedelta(days=2)).isoformat(),
        "until": today.isoformat(),
        "goal_percent": 90,
    }

    client.post(reverse("inspections:new_campaign"), fields)

    assert states(Campaign.objects.get()) == ["open"] * 3 + ["reached"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"who": "category"}, "care_category"),
        ({"who": "list"}, "numbers"),
        ({"who": "list", "numbers": "没有这户"}, "numbers"),
        ({"until": "2001-01-01"}, "until"),
        ({"since": "2001-01-01"}, "since"),
        ({"goal_percent": 101}, "goal_percent"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_the_field(client, homes, today, fields, field):
    client.force_login(factories.staff("grid_leader", factories.community()))
    fields = {
        "name": "冬季大走访",
        "grid": factories.community().pk,
        "who": "everyone",
        "mode": "home",
        "since": today.isoformat(),
        "until": today.isoformat(),
        "goal_percent": 90,
    } | fields

    answer = client.post(reverse("inspections:new_campaign"), fields)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Campaign.objects.exists()


def test_a_leader_plans_nothing_in_another_community(client, homes, today):
    other = factories.unit("370402001029001").parent.parent
    client.force_login(factories.staff("grid_leader", other))
    campaign_here = Campaign.objects.create(
        district=factories.district(),
        grid=factories.community(),
        who="everyone",
        name="别处",
        since=today,
        until=today,
        made_at=timezone.now(),
        made_by=factories.staff("grid_leader", factories.community()),
    )

    address = reverse("inspections:campaign", args=[campaign_here.pk])
    assert client.get(address).status_code == 404


def test_each_household_stands_once_in_a_campaign(begin, homes):
    campaign = begin()

    with pytest.raises(Refused):
        campaigns.start(campaign)

    assert CampaignTarget.objects.count() == 4
