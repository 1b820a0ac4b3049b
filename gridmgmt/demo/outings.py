"""Patrols of the last week, the way of each grid, and a campaign of last month, from what is there."""

import random
import uuid
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from gridmgmt.demo import places
from gridmgmt.demo.ground import Ground
from grids.models import Grid, Posting
from grids.roles import Role
from inspections.campaigns import campaigns, progress
from inspections.models import Campaign, Mode, Patrol, PatrolPoint, VisitRule

WAY = [
    ("东门", "道闸、消防通道"),
    ("配电房", "门锁、警示牌"),
    ("电动车充电棚", "飞线、灭火器"),
    ("垃圾分类点", "满溢、异味"),
]
SKIPPED = 0.12  # of the patrols
NOTES = ["", "", "", "提醒住户挪走楼道杂物", "路面积水已扫"]


def go_out(ground: Ground, seed: int, today: date) -> dict[str, int]:
    """How many rows of each kind."""
    grids = _walked(ground)
    points = [
        PatrolPoint(
            district_id=grid.district_id, grid=grid, position=place, name=name, look_at=what
        )
        for grid in grids
        for place, (name, what) in enumerate(WAY, start=1)
    ]
    PatrolPoint.objects.bulk_create(points)
    walked = list(_patrols(grids, random.Random(f"patrols {seed}"), today))
    Patrol.objects.bulk_create(walked)
    # Whoever needs care is seen first.
    rules = VisitRule.objects.filter(district=ground.district)
    rules.filter(target=VisitRule.Target.CARE, mode=Mode.HOME).update(priority=2)
    meant = _campaign(today)
    return {
        "patrolpoint": len(points),
        "patrol": len(walked),
        "campaigntarget": meant,
    }


def _walked(ground):
    """Unit grids with households in which a worker is posted (`walker`)."""
    worker = Posting.objects.filter(grid=OuterRef("pk"), role=Role.GRID_WORKER)
    rows = Grid.objects.units().filter(
        district=ground.district,
        code__regex="^(" + "|".join(places.REGISTERED_COMMUNITIES) + ")",
    )
    first = Subquery(worker.order_by("pk").values("staff")[:1])
    rows = rows.annotate(walker=first).exclude(walker=None)
    return list(rows.defer("boundary").order_by("code"))


def _patrols(grids, chance, today):
    zone = timezone.get_current_timezone()
    for grid in grids:
        for days in range(1, 8):
            day, number = today - timedelta(days=days), 0
            for hour in (9, 15):
                if chance.random() < SKIPPED:
                    continue
                number += 1
                at = time(hour, chance.randrange(60))
                yield Patrol(
                    district_id=grid.district_id,
                    grid=grid,
                    day=day,
                    number=number,
                    by_id=grid.walker,
                    found_nothing=True,
                    note=chance.choice(NOTES),
                    client_uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
                    logged_at=datetime.combine(day, at, zone),
                )


def _campaign(today):
    """Care households of one community in a week of last month; the visits of then count."""
    place = Grid.objects.filter(code=places.REGISTERED_COMMUNITIES[0]).first()
    leader = place and place.postings.filter(role=Role.COMMUNITY_STAFF).first()
    if leader is None:
        return 0
    since = today - timedelta(days=45)
    began = timezone.make_aware(datetime.combine(since, time(8)))
    campaign = Campaign.objects.create(
        district_id=place.district_id,
        grid=place,
        name="冬季关爱走访",
        who=Campaign.Who.CARE,
        purpose="入冬前看望关爱家庭，查看取暖和用气安全",
        since=since,
        until=since + timedelta(days=20),
        made_by_id=leader.staff_id,
        made_at=began,
    )
    meant = campaigns.start(campaign, now=began)
    end = timezone.make_aware(datetime.combine(campaign.until + timedelta(days=1), time(17)))
    reached = progress.totals([campaign])[campaign.pk].reached
    words = f"看望关爱家庭{reached}户，其余由网格员按周期继续走访。"
    campaigns.close(campaign, words=words, now=end)
    return meant
