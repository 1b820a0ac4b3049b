"""A slip by mail, for somebody who forgot the password and has an address on file."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.accounts import slips
from grids.models import Slip, Staff
from grids.people import separation

AGAIN_AFTER = 300  # seconds between two mails to one person


def send_slip(name):
    """At most one in five minutes; nothing at all for a name without a mail address, and nothing
    where grave rights take two people: there the security administrator makes a slip."""
    person = Staff.objects.filter(username=name.strip(), is_active=True).exclude(email="").first()
    if not person or (person.is_demo and not settings.DEMO) or _was_just_sent(person):
        return
    # Whoever writes the address into the account would hold what two people gave.
    if separation.held_by_two().filter(staff=person).exists():
        return
    [made] = slips.make([person], by=None, kind=Slip.Kind.MAIL)
    text = _(
        "With this link you choose a new password for the grid management system. It works for an"
        " hour, once:\n\n%(address)s\n\nIf you did not ask for it, do nothing: your password stays"
        " as it is.\n"
    ) % {"address": made.address}
    send_mail(_("Choose a new password"), text, None, [person.email], fail_silently=True)


def _was_just_sent(person):
    since = timezone.now() - timedelta(seconds=AGAIN_AFTER)
    return Slip.objects.filter(staff=person, kind=Slip.Kind.MAIL, made_at__gt=since).exists()
