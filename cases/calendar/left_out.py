"""The stretches that a limit leaves out, by name: lunch, night, weekend, 国庆节."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import CalendarDay

DAY = dt.timedelta(days=1)


@dataclass
class Skip:
    """A stretch that the clock leaves out: kind is lunch, night or day_off."""

    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    name: str = ""


def between(hours, begin, end):
    """The `Skip`s between two moments, days off without their names yet."""
    return [_skip(hours, *gap) for gap in hours.gaps(begin, end)]


def _skip(hours, begin, end):
    first, last = hours.day_of(begin), hours.day_of(end)
    days = (last - first).days + 1
    if hours.working_days_between(first - DAY, last) < days:
        return Skip("day_off", begin, end)
    return Skip("lunch" if hours.is_between_hours(begin, end) else "night", begin, end)


def name_days_off(skips, **calendar):
    """The names of the holidays inside the days off; `calendar`: a filter of the days, e.g. its key."""
    skips = [skip for skip in skips if skip.kind == "day_off"]
    if not skips:
        return
    days = CalendarDay.objects.filter(
        **calendar,
        hours=[],
        day__range=(_day(skips[0].starts_at), _day(skips[-1].ends_at)),
    )
    off = list(days.order_by("day").values_list("day", "note"))
    for skip in skips:
        first, last = _day(skip.starts_at), _day(skip.ends_at)
        inside = [row for row in off if first <= row[0] <= last]
        names = dict.fromkeys(note for _day_off, note in inside if note)
        if names:
            skip.name = "、".join(names)
        elif all(day.weekday() >= 5 for day, _note in inside):
            skip.name = _("weekend")


def _day(moment):
    return timezone.localdate(moment)
