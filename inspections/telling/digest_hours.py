"""When a person gets the digest of the morning (早报): half past seven or a chosen hour, none on days off."""

from datetime import time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases.calendar import working_days
from grids.models import Grid, Tier
from inspections.models import DigestDay, MorningDigest, Reminder

USUAL = time(7, 30)
HOURS = [time(number // 2, number % 2 * 30) for number in range(10, 21)]  # 5:00 to 10:00
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


def since_last(day) -> dict:
    """{district that works on `day`: first day after its last digest}: three queries.

    A day on which nothing was running is made up for, as days off are.
    """
    rows = Grid.objects.filter(tier=Tier.DISTRICT)
    districts = list(rows.values_list("pk", flat=True))
    before = [day - timedelta(days=number) for number in range(1, LONGEST_REST + 1)]
    off = working_days.days_off(districts, before[-1], day)
    written = DigestDay.objects.filter(day__in=before, told_until__gte=USUAL)
    told = set(written.values_list("day", flat=True))
    return {
        district: _last_digest(district, before, off, told) + timedelta(days=1)
        for district in districts
        if (district, day) not in off
    }


def _last_digest(district, before, off, told):
    """The last working day on which digests were written; without any, the last working day."""
    worked = [day for day in before if (district, day) not in off]
    return next((day for day in worked if day in told), (worked or before[-1:])[0])


def any_of(firsts, condition):
    """Rows of one of the districts for which `condition(first day since its digest)` holds."""
    return reduce(
        or_,
        (condition(first) & Q(district=district) for district, first in firsts.items()),
    )


def announced_since(firsts, stage):
    """Announced as `stage` since the district last had a digest: what the days off brought is told too."""

    def announced(first):
        known = Reminder.objects.filter(
            schedule=OuterRef("pk"), due_on=OuterRef("next_due_on"), stage=stage
        )
        return Q(Exists(known.filter(announced_at__date__gte=first)))

    return any_of(firsts, announced)
