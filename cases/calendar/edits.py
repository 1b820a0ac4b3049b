"""Days of a work calendar as somebody wants them: checked, and drawn up from a few words. Pure.

A day is {"day": "2027-02-06", "hours": [["08:30", "12:00"], ...], "note": "春节"}; no hours: a day off.
"""

import datetime as dt
import re
from itertools import pairwise

from django.utils.translation import gettext as _

from grids.refusal import Refused

TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
INTERVAL = re.compile(r"\s*(\S+?)\s*[-–—~～至到]\s*(\S+)\s*")
NOTE = 60
DAY = dt.timedelta(days=1)


def check(days):
    """The days in order, with hours like "08:30"; Refused names the first day that is wrong."""
    checked = {}
    for row in days:
        day = _day(row["day"])
        try:
            hours = check_hours(row["hours"])
        except Refused as error:
            raise Refused(_("%(day)s: %(why)s") % {"day": day.isoformat(), "why": error}) from None
        if day in checked:
            raise Refused(_("%(day)s is named twice.") % {"day": day.isoformat()})
        note = str(row.get("note") or "").strip()[:NOTE]
        checked[day] = {"day": day.isoformat(), "hours": hours, "note": note}
    return [checked[day] for day in sorted(checked)]


def check_hours(hours):
    """Intervals in order, each ending after it begins, none overlapping another."""
    found = sorted(_interval(*pair) for pair in hours)
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise Refused(
                _("%(one)s and %(other)s overlap.")
                % {"one": "-".join(one), "other": "-".join(other)}
            )
    return found


def hours_of_text(text):
    """[["08:30", "12:00"], ["13:30", "17:30"]] of "08:30-12:00 13:30-17:30"."""
    text = text.translate(str.maketrans("：，；、", ":,;,"))
    text = re.sub(r"\s*([-–—~～至到])\s*", r"\1", text.strip())
    found = []
    for part in filter(None, re.split(r"[,;\s]+", text)):
        match = INTERVAL.fullmatch(part)
        if match is None:
            raise Refused(_("“%(text)s” is not an interval like 08:30-12:00.") % {"text": part})
        found.append(list(match.groups()))
    return check_hours(found)


def text_of_hours(hours):
    return " ".join("-".join(pair) for pair in hours)


def spread(first, last, weekdays, hours, note):
    """The same hours for each of these weekdays (0 is Monday; none: all) from first to last."""
    return [
        {"day": day.isoformat(), "hours": hours, "note": note}
        for number in range((last - first).days + 1)
        if (day := first + number * DAY).weekday() in (weekdays or range(7))
    ]


def _interval(begin, end):
    begin, end = _time(begin), _time(end)
    if begin >= end:
        raise Refused(_("%(interval)s ends before it begins.") % {"interval": f"{begin}-{end}"})
    return [begin, end]


def _time(text):
    match = TIME.fullmatch(str(text).strip())
    if match is None:
        raise Refused(_("%(time)s is not a time of day.") % {"time": text})
    return match[0].zfill(5)


def _day(text):
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        raise Refused(_("%(day)s is not a day.") % {"day": text}) from None
