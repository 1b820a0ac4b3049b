"""When a person gets the digest of the morning: the hour is a choice, days off have none."""

from datetime import time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases import calendars
from grids.models import Grid, Tier
from inspections.models import DigestDay, MorningDigest, Reminder

USUAL = time(7, 30)
HOURS = [
    time(number // 2, number % 2 * 30) for number in range(10, 21)
]  # 5:00 to 10:00
LONGEST_REST = 14  # days without work that the next digest looks back on


def hour_of(staff) -> time:
    chosen = MorningDigest.objects.filter(staff=staff).first()
    return chosen.at if chosen else USUAL


def choose(staff, at):
    MorningDigest.objects.update_or_create(staff=staff, defaults={"at": at})


def begin(day, now):
    """(the locked row of the day, hour up to which people were told, hour up to which they are
    to be told now). A second process waits here, and then finds nothing left."""
    DigestDay.objects.bulk_create([DigestDay(day=day)], ignore_conflicts=True)
    row = DigestDay.objects.select_for_update().get(day=day)
    until = timezone.localtime(now).time()
    return row, row.told_until, max(until, row.told_until or until)


def is_somebodys_hour(since, until) -> bool:
    """Whether an hour that somebody may have chosen lies after `since`, up to `until`."""
    if until >= USUAL and (since is None or since < USUAL):
        return True
    rows = MorningDigest.objects.filter(at__lte=until)
    return (rows if since is None else rows.filter(at__gt=since)).exists()


def working_since(day) -> dict:
    """{district that works on `day`: first day after its last working day}: two queries."""
    rows = Grid.objects.filter(tier=Tier.DISTRICT)
    districts = list(rows.values_list("pk", flat=True))
    earliest = day - timedelta(days=LONGEST_REST)
    off = calendars.days_off(districts, earliest, day)
    return {
        district: _after_last_work(district, day, off)
        for district in districts
        if (district, day) not in off
    }


def _after_last_work(district, day, off):
    while (district, day - timedelta(days=1)) in off:
        day -= timedelta(days=1)
    return day


def announced_since(firsts, stage):
    """Announced as `stage` since the district last had a digest: what the days off brought is told too."""
    return reduce(
        or_,
        (
            Q(
                Exists(
                    Reminder.objects.filter(
                        schedule=OuterRef("pk"),
                        due_on=OuterRef("next_due_on"),
                        stage=stage,
                        announced_at__date__gte=first,
                    )
                ),
                district=district,
            )
            for district, first in firsts.items()
        ),
    )
