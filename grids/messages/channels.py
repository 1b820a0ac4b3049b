"""A person's own ways of being told outside the portal."""

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.messages import delivery
from grids.messages.outward import WEBHOOK_RIGHT
from grids.models import Channel, Delivery
from grids.refusal import Refused
from grids.scope import Scope

MOST = 5


def channels_of(staff):
    return Channel.objects.filter(staff=staff).order_by("pk")


def may_have_webhooks(staff):
    """A machine is told only for whoever leads, dispatches or administers something."""
    return Scope.of(staff).has(WEBHOOK_RIGHT)


def check_address(kind, address):
    """Refuse what cannot be sent to, or should not."""
    if kind == Channel.Kind.EMAIL:
        if not settings.HAS_MAIL:
            raise Refused(_("This installation sends no e-mail."))
        try:
            validate_email(address)
        except ValidationError as error:
            raise Refused(_("This is not an e-mail address.")) from error
        return
    parts = urlsplit(address)
    allowed = {"https", "http"} if settings.DEBUG else {"https"}
    if parts.scheme not in allowed or not parts.hostname:
        raise Refused(_("A webhook begins with https://"))
    if parts.username or parts.password:
        raise Refused(_("No user name and no password in the address."))


@transaction.atomic
def add(staff, *, kind, address, quiet_from=None, quiet_until=None, at=None):
    """A new way; only messages from now on are sent by it."""
    if kind == Channel.Kind.WEBHOOK and not may_have_webhooks(staff):
        raise Refused(_("None of your posts has webhooks."))
    check_address(kind, address)
    if channels_of(staff).count() >= MOST:
        raise Refused(_("At most %(most)d ways of sending.") % {"most": MOST})
    if channels_of(staff).filter(kind=kind, address=address).exists():
        raise Refused(_("You have this one already."))
    is_webhook = kind == Channel.Kind.WEBHOOK
    return Channel.objects.create(
        staff=staff,
        kind=kind,
        address=address,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        secret=secrets.token_hex(24) if is_webhook else "",
        since=at or timezone.now(),
    )


def change(channel, *, is_active, quiet_from, quiet_until, at=None):
    """Quiet hours, or switched off; what came while it was off stays in the inbox."""
    if is_active and not channel.is_active:
        channel.since = at or timezone.now()
    channel.is_active = is_active
    channel.quiet_from, channel.quiet_until = quiet_from, quiet_until
    channel.save(update_fields=["is_active", "quiet_from", "quiet_until", "since"])


def send_test(channel, *, at=None):
    """Send a test message now, once a minute at most; None if it went out, else why not."""
    at = at or timezone.now()
    one, is_new = Delivery.objects.get_or_create(
        channel=channel,
        key=f"test:{at:%Y%m%d%H%M}",
        # Not for the task: whoever asks waits for the answer.
        defaults={
            "created_at": at,
            "next_try_at": at,
            "given_up_at": at,
            "attempts": 1,
        },
    )
    if not is_new:
        raise Refused(_("Wait a minute before the next test."))
    return None if delivery.attempt(one, at) else one.error
