"""Writing the digests of a morning: one statement for visitors and one for leaders, however many
people there are."""

from django.conf import settings
from django.utils import translation

from grids.scope import Scope
from inspections.telling import digest_hours, leaders, visitors
from inspections.telling.readers import Readers


def tell(day, now, since, until, only=None):
    """Write the digests of those whose hour lies after `since`, up to `until` (of one person:
    `only`); how many. None to those who have had theirs, none on a day off."""
    firsts = digest_hours.since_last(day)
    if not firsts:
        return 0
    readers = Readers(day, since, until, only and only.pk)
    with translation.override(settings.LANGUAGE_CODE):
        return sum(one.tell(day, now, firsts, readers) for one in (visitors, leaders))


def kinds(staff):
    """{"visits": hears of the day's visits, "oddities": hears of exceptions}, by today's roles."""
    roles = Scope.of(staff).roles
    return {
        "visits": not roles.isdisjoint(visitors.VISITORS),
        "oddities": not roles.isdisjoint(leaders.LEADERS),
    }
