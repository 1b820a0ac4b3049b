"""Where somebody is logged in, how long it lasts, and what ends it."""

import re

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Posting, Staff, StandIn
from grids.scope import Scope

SYSTEMS = ["HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]
BROWSERS = {
    "MicroMessenger": "WeChat",
    "DingTalk": "DingTalk",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
KEY = "limits"  # in the session: {"idle": seconds, "until": moment, "seen": moment}


def sessions_of(staff):
    return UserSession.objects.filter(user=staff)


def running(staff, *, here):
    """The sessions that still run, the one with the key `here` first, then the newest."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    found = list(sessions_of(staff).filter(session_key__in=alive).order_by("-last_seen_at"))
    for session in found:
        session.is_here = session.session_key == here
        session.device = device(session.user_agent)
    return sorted(found, key=lambda session: not session.is_here)


def begin(session, staff, now):
    """Note how long the session of this person may last: the shortest of the roles."""
    kinds = settings.SESSION_HOURS
    hours = [kinds.get(role, kinds["others"]) for role in Scope.of(staff).roles]
    idle = min((one for one, _all in hours), default=kinds["others"][0])
    longest = min((one for _idle, one in hours), default=kinds["others"][1])
    session[KEY] = {
        "idle": idle * 3600,
        "until": now.timestamp() + longest * 3600,
        "seen": now.timestamp(),
    }


def is_over(session, now):
    """Whether nobody has used it for too long, or it has lasted long enough."""
    limits = session.get(KEY)
    if limits is None:
        return False
    moment = now.timestamp()
    return moment > limits["until"] or moment - limits["seen"] > limits["idle"]


def touch(session, now):
    """Note the use, not more often than it matters; True when it was noted."""
    limits = session.get(KEY)
    if limits is None or now.timestamp() - limits["seen"] < min(300, limits["idle"] / 10):
        return False
    session[KEY] = limits | {"seen": now.timestamp()}
    UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)
    return True


def end_one(staff, pk):
    """End the session; False when it is none of this person's."""
    session = sessions_of(staff).filter(pk=pk).first()
    if session:
        _end([session])
    return session is not None


def end_all(staff, *, but=None):
    """End all sessions of a person; that of the request `but` goes on."""
    kept = but.session.session_key if but is not None else None
    _end(sessions_of(staff).exclude(session_key=kept or ""))


def end_here(request):
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def end_of_the_unposted(today):
    """End the sessions of people whose account is closed or whose last posting is over."""
    posted = Posting.objects.on(today)
    away = StandIn.objects.on(today).filter(staff__in=posted.values("staff"))
    working = Staff.objects.filter(
        Q(pk__in=posted.values("staff")) | Q(pk__in=away.values("stand_in")), is_active=True
    )
    _end(UserSession.objects.exclude(user__in=working))


def forget(now):
    """Delete what is left of sessions that ran out."""
    Session.objects.filter(expire_date__lt=now).delete()
    alive = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=alive).delete()


def _end(sessions):
    keys = [session.session_key for session in sessions]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def device(user_agent):
    """What a person would call it: "Android · WeChat"."""
    system = next((name for name in SYSTEMS if name in user_agent), "")
    browser = next((BROWSERS[name] for name in BROWSERS if re.search(name, user_agent)), "")
    return " · ".join(filter(None, [system, browser])) or _("Unknown device")
