"""A slip by mail, for somebody who forgot the password and has an address on file.

Only to the address that was on file when the person chose the password: whoever changes it later,
by hand or in a workbook, opens no account. To no guarded role: see grids/accounts/slips.py.
"""

from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.accounts import slips
from grids.models import Slip, Staff
from grids.people import separation

AGAIN_AFTER = 300  # seconds between two mails to one person


def send_slip(name):
    """At most one in five minutes; nothing at all for a name without a mail address, and nothing
    where grave rights take two people: there the security administrator makes a slip."""
    person = _helped_by_mail().filter(username=name.strip()).first()
    if not person or (person.is_demo and not settings.DEMO) or _has_slip(person):
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


def _helped_by_mail():
    own = Staff.objects.filter(is_active=True, account__mail=F("email")).exclude(email="")
    return own.exclude(pk__in=slips.guarded().values("staff"))


def _has_slip(person):
    """One that was just sent, or an open one on paper: anybody may type a name, and void neither."""
    now = timezone.now()
    sent = Slip.objects.filter(staff=person, kind=Slip.Kind.MAIL)
    printed = Slip.objects.open(now).filter(staff=person).exclude(kind=Slip.Kind.MAIL)
    return (
        sent.filter(made_at__gt=now - timedelta(seconds=AGAIN_AFTER)).exists() or printed.exists()
    )
