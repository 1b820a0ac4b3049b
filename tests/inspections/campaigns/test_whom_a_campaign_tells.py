"""A campaign, a rule, a card and a list of looks tell of care only those who may read it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.cadence import schedules
from inspections.campaigns import campaigns
from inspections.models import Campaign
from residents.people import looks
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def street():
    """Two grids of a community; in each two households, in the first one under care."""
    grids = [make.unit("370402001028001", "杏花网格"), make.unit("370402001028002", "桃花网格")]
    homes = [make.household(grid, head_name=f"韦{n}") for grid in grids for n in "甲乙"]
    people = [make.resident(home) for home in homes]
    make.care_record(people[0])
    return homes


@pytest.fixture
def enter(client):
    def log_in(role, grid=None, **fields):
        person = make.staff(role, grid or make.community(), **fields)
        client.force_login(person)
        return person

    return log_in


def asked(**facts):
    today = timezone.localdate().isoformat()
    return {
        "name": "走访",
        "grid": make.community().pk,
        "mode": "home",
        "since": today,
        "until": today,
        "goal_percent": 90,
    } | facts


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
@pytest.mark.parametrize("who", ["care", "category"])
def test_whoever_does_not_read_care_begins_no_campaign_by_it(street, enter, client, role, who):
    enter(role, make.district() if role == "administrator" else None)
    category = make.care_category().pk

    answer = client.post(
        reverse("inspections:new_campaign"), asked(who=who, care_category=category)
    )

    assert answer.status_code == 422
    assert not Campaign.objects.exists()
    assert (
        client.post(reverse("inspections:new_campaign"), asked(who="everyone")).status_code == 302
    )


@pytest.mark.parametrize("who", ["care", "category"])
def test_a_leader_begins_one_and_sees_whom_it_means(street, enter, client, who):
    enter("grid_leader")

    begun = client.post(
        reverse("inspections:new_campaign"), asked(who=who, care_category=make.care_category().pk)
    )
    targets = client.get(reverse("inspections:campaign_targets", args=[Campaign.objects.get().pk]))

    assert begun.status_code == 302
    assert "韦甲" in targets.content.decode()
    assert "韦乙" not in targets.content.decode()


def begin(by, **fields):
    today = timezone.localdate()
    campaign = Campaign.objects.create(
        district=make.district(),
        grid=make.community(),
        made_by=by,
        made_at=timezone.now(),
        name="冬季走访",
        since=today,
        until=today,
        mode="home",
        **fields,
    )
    campaigns.start(campaign)
    return campaign


@pytest.mark.parametrize("close", [{"readers": ["community_staff"]}, {"is_guarded": True}])
def test_a_campaign_by_care_means_nobody_for_what_only_some_may_know(street, close):
    closed = make.care_category("社区矫正对象", **close)
    make.care_record(make.resident(street[2], name="陈大川"), closed)
    leader = make.staff("grid_leader", make.community())
    clerk = make.staff("community_staff", make.community())

    by_care = [begin(one, who="care") for one in (leader, clerk)]
    by_category = begin(clerk, who="category", care_category=closed)

    for campaign in by_care:
        assert [one.household for one in campaign.targets.all()] == [street[0]]
    assert [one.household for one in by_category.targets.all()] == [street[2]]
    assert campaigns.tells(clerk, by_category)
    assert not campaigns.tells(leader, by_category)


def pages_of(campaign, grid):
    yield reverse("inspections:campaign_targets", args=[campaign.pk])
    yield f"{reverse('inspections:campaign', args=[campaign.pk])}?grid={grid.pk}"
    yield reverse("inspections:campaign_hand_over", args=[campaign.pk, grid.pk])


def test_a_supervisor_sees_how_far_it_has_come_and_not_whom_it_means(street, enter, client):
    campaign = begin(
        make.staff("grid_leader", make.community()),
        who="category",
        care_category=make.care_category(),
    )
    enter("supervisor")

    page = client.get(reverse("inspections:campaign", args=[campaign.pk])).content.decode()
    listed = client.get(reverse("inspections:campaigns")).content.decode()

    for address in pages_of(campaign, street[0].grid):
        assert client.get(address).status_code == 404, address
    assert "冬季走访" in page
    assert "冬季走访" in listed
    assert "独居老人" not in page
    assert "杏花网格" not in page


def test_a_leader_sees_both(street, enter, client):
    leader = enter("grid_leader")
    campaign = begin(leader, who="category", care_category=make.care_category())

    page = client.get(reverse("inspections:campaign", args=[campaign.pk])).content.decode()

    for address in pages_of(campaign, street[0].grid):
        assert client.get(address).status_code == 200, address
    assert "独居老人" in page
    assert "杏花网格" in page


@pytest.fixture
def due(street):
    district = make.district()
    schedules.ensure_rules(district)
    schedules.plan(district, timezone.localdate())
    return street[0]


@pytest.mark.parametrize("page", ["inspections:card", "inspections:log_visit"])
@pytest.mark.parametrize(
    ("role", "tells"), [("grid_worker", True), ("assistant", False), ("building_steward", False)]
)
def test_the_card_says_why_somebody_is_due_to_those_only_who_read_care(
    due, enter, client, page, role, tells
):
    enter(role, due.grid)

    address = reverse(page, args=[due.pk])
    is_card = page == "inspections:card"
    answer = client.post(address, {"purpose": "上门走访"}) if is_card else client.get(address)
    said = answer.content.decode()

    assert "韦甲" in said
    why = "关爱家庭" if is_card else "每3个月"
    assert (why in said) is tells


@pytest.fixture
def preview(client):
    def do(category):
        facts = {
            "target": "category",
            "care_category": category.pk,
            "mode": "home",
            "every_months": 1,
            "window_days": 7,
            "grace_days": 0,
            "priority": 5,
            "new_days": 90,
            "is_active": "on",
        }
        return client.post(reverse("inspections:new_rule"), facts).content.decode()

    return do


def test_a_preview_of_a_rule_counts_nobody_grid_by_grid(due, enter, preview):
    enter("administrator", make.district())

    said = preview(make.care_category())

    assert "杏花网格" not in said
    assert "中心街街道" in said


def test_a_preview_counts_by_grid_for_an_administrator_who_reads_care(due, enter, preview):
    person = enter("administrator", make.district())
    make.posting(person, "community_staff", make.district())

    assert "杏花网格" in preview(make.care_category())


@pytest.mark.parametrize(("role", "tells"), [("information_officer", False), ("grid_leader", True)])
def test_who_looked_at_care_is_told_to_those_only_who_read_care(street, enter, client, role, tells):
    resident = street[0].residents.get()
    looks.note_cared([resident], by=make.staff("grid_worker", street[0].grid, full_name="钱看护"))
    looks.reveal_id(resident, by=make.staff("grid_leader", street[0].grid), purpose="核对")
    enter(role)

    said = client.get(reverse("residents:household", args=[street[0].pk]), {"tab": "looks"})

    assert ("钱看护" in said.content.decode()) is tells
    assert "核对" in said.content.decode()
