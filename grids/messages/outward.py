"""Sending out of the building: a mail or a signed webhook. What is said names no person.

A receiver sees what kind of matter it is, its number and a link; the words of the case stay inside.
"""

import hashlib
import hmac
import json
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.messages import calling
from grids.models import Channel
from grids.scope import Scope

WEBHOOK_RIGHT = "message.webhook"
# "Limit passed 370402-2611-00001 a title": the words before the number are ours, those after it are not.
BEGINNING = re.compile(r"\D{0,40}\b\d{6}-[A-Z]?\d{4}-\d{4,}\b")
COUNTS_ONLY = {"visits_due", "visits_overdue"}  # titles in which only numbers stand


class NotSent(Exception):
    """Why a sending failed, in words for the person whose channel it is."""


def line_of(message):
    """What may be said outside of a message: the kind of matter and its number; numbers of visits."""
    if message.kind in COUNTS_ONLY:
        return message.title
    found = BEGINNING.match(message.title) if message.kind.startswith("case_") else None
    return found[0] if found else _("Message")


def link_to(message):
    return settings.SITE_URL.rstrip("/") + (message.url or "/inbox/")


def send(channel, key, found, now):
    """Send these messages by the channel; NotSent if that fails. `key` lets a receiver drop a double."""
    if channel.kind == Channel.Kind.EMAIL:
        _mail(channel, key, found)
    else:
        _post(channel, key, found, now)


def subject_of(found):
    if not found:
        return _("Test message")
    if len(found) == 1:
        return line_of(found[0])
    number = len(found)
    return ngettext("%(number)d message", "%(number)d messages", number) % {"number": number}


def _mail(channel, key, found):
    lines = [f"{line_of(message)}\n{link_to(message)}" for message in found]
    body = "\n\n".join(lines) or _("This way of sending works.")
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = EmailMessage(
        f"{_('Grid management')}: {subject_of(found)}",
        body,
        to=[channel.address],
        # Mail programs show a second copy with the same number once.
        headers={"Message-ID": f"<{_key(channel, key)}@{host}>"},
    )
    try:
        mail.send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        raise NotSent(str(error)[:200] or type(error).__name__) from error


def _post(channel, key, found, now):
    if not Scope.of(channel.staff).has(WEBHOOK_RIGHT):
        raise NotSent(_("None of your posts has webhooks."))
    body = json.dumps(
        {
            "key": _key(channel, key),
            "subject": subject_of(found),
            "messages": [
                {
                    "text": line_of(message),
                    "url": link_to(message),
                    "is_urgent": message.is_urgent,
                    "at": message.created_at.isoformat(),
                }
                for message in found
            ],
        },
        ensure_ascii=False,
    ).encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "gridmgmt",
        "Idempotency-Key": _key(channel, key),
        "X-Gridmgmt-Timestamp": stamp,
        "X-Gridmgmt-Signature": sign(channel.secret, stamp, body),
    }
    try:
        status = calling.post(channel.address, body, headers)
    except calling.NotCalled as error:
        # One answer for all: nobody looks into our network by what it says.
        raise NotSent(
            _("No answer, or an address that may not be called; the operator can allow it.")
        ) from error
    if not 200 <= status < 300:
        raise NotSent(f"HTTP {status}")


def sign(secret, stamp, body):
    """HMAC-SHA256 over "<timestamp>.<body>", so that an old posting cannot be played again."""
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _key(channel, key):
    return f"{channel.pk}.{key.replace(':', '.')}"
