"""How often one person may do what could be misused in bulk, and what the auditors are told of."""

from django.core.exceptions import ImproperlyConfigured


def throttles(env):
    """{what: [(how often, in how many seconds)]}."""
    return {
        "search": _throttle(env, "GRIDMGMT_THROTTLE_SEARCH", "60/minute 600/hour"),
        "reveal": _throttle(env, "GRIDMGMT_THROTTLE_REVEAL", "10/minute 60/hour"),
        "export": _throttle(env, "GRIDMGMT_THROTTLE_EXPORT", "20/minute 120/hour"),
        "upload": _throttle(env, "GRIDMGMT_THROTTLE_UPLOAD", "20/minute 100/hour"),
        "report": _throttle(env, "GRIDMGMT_THROTTLE_REPORT", "30/minute 200/hour"),
        "slip": _throttle(env, "GRIDMGMT_THROTTLE_SLIP", "10/minute 60/hour"),  # by address
    }


def alarms(env):
    """{alarm: (how many, in how many minutes)}."""
    return {
        "reveals": _alarm(env, "GRIDMGMT_ALARM_REVEALS", "20/10"),
        "same_purpose": _alarm(env, "GRIDMGMT_ALARM_SAME_PURPOSE", "10/60"),
        "misses": _alarm(env, "GRIDMGMT_ALARM_MISSES", "5/30"),
        "leaving": _alarm(env, "GRIDMGMT_ALARM_LEAVING", "30/60"),
        "limits": _alarm(env, "GRIDMGMT_ALARM_LIMITS", "3/60"),
        "account": _alarm(env, "GRIDMGMT_ALARM_ACCOUNT", "10/30"),
        "address": _alarm(env, "GRIDMGMT_ALARM_ADDRESS", "30/30"),
    }


def _throttle(env, name, usual):
    """[(how often, in how many seconds)] of "60/minute 600/hour"; empty: as often as one likes."""
    seconds = {"minute": 60, "hour": 3600, "day": 86400}
    text = env(name, default=usual)
    parts = [part.partition("/") for part in text.split()]
    if not all(most.isdecimal() and int(most) and each in seconds for most, _, each in parts):
        raise ImproperlyConfigured(f"{name} is like {usual!r}, or empty; not {text!r}.")
    return [(int(most), seconds[each]) for most, _, each in parts]


def _alarm(env, name, usual):
    """(how many, in how many minutes) of "20/10"."""
    most, _, minutes = env(name, default=usual).partition("/")
    if not (most.isdecimal() and minutes.isdecimal() and int(most) and int(minutes)):
        raise ImproperlyConfigured(f"{name} is like {usual!r}.")
    return int(most), int(minutes)
