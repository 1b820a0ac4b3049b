"""A part that fell silent is reported by a part that is alive: once, and once more when it is back.

The web process looks when /healthz or a board asks, beat looks at the worker. What was told stands
in the database, so that several processes tell it once.
"""

import json
import logging
import smtplib
import time
import urllib.request

from django.conf import settings
from django.core.mail import mail_admins
from django.db import Error as DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from gridmgmt.models import Heartbeat
from gridmgmt.running import heartbeats

log = logging.getLogger(__name__)

SILENT_SECONDS = 300
EVERY_SECONDS = 30  # in one process
TOLD = "told:"
PARTS = ("worker", "beat", "lights")

_started = time.monotonic()
_looked_at = float("-inf")


def look(parts=PARTS):
    """What is due to be told now; never an error of whoever asks, and cheap to call often.

    A process that has just started waits as long as a silence lasts: the others start too.
    """
    global _looked_at
    now = time.monotonic()
    if now - _started < SILENT_SECONDS or now - _looked_at < EVERY_SECONDS:
        return
    _looked_at = now
    try:
        check(parts)
    except DatabaseError as error:
        log.warning("database unavailable: %s", error)


def check(parts=PARTS):
    """Tell of each of these parts that fell silent or is back; the names of those told."""
    ages, told = heartbeats.ages(), []
    for part in parts:
        if part not in ages:
            continue  # not installed here, or not yet
        is_silent = ages[part] > SILENT_SECONDS
        if (_begin if is_silent else _end)(part):
            if tell(part, is_silent, ages[part]):
                told.append(part)
            else:
                (_end if is_silent else _begin)(part)  # tried again at the next look
    return told


def _begin(part):
    """Note an outage as told; False if somebody did already."""
    made = Heartbeat.objects.bulk_create(
        [Heartbeat(name=TOLD + part, at=timezone.now())], ignore_conflicts=True
    )
    return bool(made) and _is_mine(made[0])


def _is_mine(row):
    return Heartbeat.objects.filter(name=row.name, at=row.at).exists()


def _end(part):
    return Heartbeat.objects.filter(name=TOLD + part).delete()[0] > 0


def tell(part, is_silent, age):
    """Mail the operator and call the webhook; whether one of them worked, or none is set up."""
    if is_silent:
        text = _("%(part)s: no sign of life for %(minutes)d minutes")
    else:
        text = _("%(part)s: alive again")
    text %= {"part": part, "minutes": age // 60}
    log.error(text) if is_silent else log.warning(text)
    ways = [_mail] * bool(settings.ADMINS) + [_call] * bool(settings.OPERATOR_WEBHOOK)
    worked = [way(part, is_silent, text) for way in ways]  # both, not the first
    return not ways or any(worked)


def _mail(part, is_silent, text):
    try:
        mail_admins(text, f"{text}\n{settings.SITE_URL}/healthz")
    except (OSError, smtplib.SMTPException) as error:
        log.warning("no mail to the operator: %s", error)
        return False
    return True


def _call(part, is_silent, text):
    facts = {"part": part, "state": "down" if is_silent else "ok", "text": text}
    request = urllib.request.Request(
        settings.OPERATOR_WEBHOOK,
        json.dumps(facts, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8", "User-Agent": "gridmgmt"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            answer.read(1024)
    except (OSError, ValueError) as error:
        log.warning("the operator's webhook did not answer: %s", error)
        return False
    return True
