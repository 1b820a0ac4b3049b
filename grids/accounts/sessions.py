"""Where somebody is logged in, and what ends it."""

import re

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext as _

SYSTEMS = ["HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]
BROWSERS = {
    "MicroMessenger": "WeChat",
    "DingTalk": "DingTalk",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


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


def end_one(staff, pk):
    """End the session; False when it is none of this person's."""
    session = sessions_of(staff).filter(pk=pk).first()
    if session:
        session.end()
    return session is not None


def end_all(staff, *, but=None):
    """End all sessions of a person; that of the request `but` goes on."""
    kept = but.session.session_key if but is not None else None
    for session in sessions_of(staff).exclude(session_key=kept or ""):
        session.end()


def device(user_agent):
    """What a person would call it: "Android · WeChat"."""
    system = next((name for name in SYSTEMS if name in user_agent), "")
    browser = next((BROWSERS[name] for name in BROWSERS if re.search(name, user_agent)), "")
    return " · ".join(filter(None, [system, browser])) or _("Unknown device")
