"""How often one person may do what could be misused in bulk; settings.THROTTLES says how often.

    @counted("export", on="GET")            before a view: each request of this kind is counted
    throttle.demand(request, "search")      in a view: TooOften when it was done too often
    throttle.spend("search", who)           elsewhere: the moment when it works again, or None

Counted in the cache, in whole minutes, hours and days of the wall clock. A cache that is away
counts nothing, so it keeps nobody out.
"""

import datetime as dt
import logging

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

LABELS = {
    "search": _("Searches"),
    "reveal": _("Looks at full numbers"),
    "export": _("Exports and prints"),
    "upload": _("Uploads of workbooks"),
    "report": _("Reports"),
    "slip": _("Requests for a link"),
}


class TooOften(Exception):
    """Not now, but again from `again_at`. Answered by gridmgmt.gate for every page."""

    def __init__(self, name, again_at):
        super().__init__(f"{name} until {again_at:%H:%M:%S}")
        self.name, self.again_at = name, again_at

    @property
    def label(self):
        return LABELS.get(self.name, self.name)

    def seconds(self, now=None):
        """Whole seconds to wait, at least one."""
        return max(1, round((self.again_at - (now or timezone.now())).total_seconds()))


def counted(name, *, on="POST"):
    """Marks a view: whoever sends it by this method does one more `name`; gridmgmt.gate counts."""

    def mark(view):
        view.counted = getattr(view, "counted", {}) | {on: name}
        return view

    return mark


def demand(request, name):
    """Counts one more `name` of whoever is logged in."""
    again_at = spend(name, request.user.pk)
    if again_at:
        log.warning("too often: %s by person %s", name, request.user.pk)
        raise TooOften(name, again_at)


def spend(name, who, now=None):
    """Counts one more; when that is too many, the moment from which it works again."""
    now = timezone.localtime(now)
    for most, seconds in settings.THROTTLES[name]:
        begun, again_at = _window(now, seconds)
        if _counted(f"throttle:{name}:{who}:{seconds}:{begun}", seconds) > most:
            return again_at
    return None


def _window(now, seconds):
    """(number of the period of `seconds` in which `now` lies, when the next begins)."""
    local = int(now.timestamp() + now.utcoffset().total_seconds())
    begun, gone = divmod(local, seconds)
    return begun, now.replace(microsecond=0) + dt.timedelta(seconds=seconds - gone)


def _counted(key, seconds):
    """How often with this one; 1 is the first, or a cache that is away."""
    return 1 if cache.add(key, 1, timeout=seconds) else cache.incr(key)
