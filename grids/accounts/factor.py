"""The second factor: of whom it is demanded, since when, and what stands in its place."""

import datetime as dt

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids import audit
from grids.accounts import sessions
from grids.accounts.policy import policy_of
from grids.fields import decrypt, encrypt
from grids.models import Account

CONTEXT = "mfa.authenticator"  # what the sealed secrets are bound to
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class StaffFactors(DefaultMFAAdapter):
    """Secrets are sealed at rest; the app on the phone shows the user name, never a mail address."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not right, or is too old."),
    }

    def get_totp_label(self, user):
        return user.username

    def get_totp_issuer(self):
        return _("Grid management")

    def encrypt(self, text):
        return encrypt(text, CONTEXT).hex()

    def decrypt(self, encrypted_text):
        return decrypt(bytes.fromhex(encrypted_text), CONTEXT)

    def generate_authenticator_name(self, user, type):
        """A passkey is called after the device on which it is made."""
        return sessions.device(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_user_entity(self, user):
        entity = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.username, "display_name": user.full_name}

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": _("Grid management")}


def has_one(staff):
    return Authenticator.objects.filter(user=staff, type__in=FACTORS).exists()


def due_at(staff, now):
    """When the person must have one at the latest; None when it is not demanded or is there."""
    policy = policy_of(staff)
    if (settings.DEMO and staff.is_demo) or not policy.needs_factor or has_one(staff):
        return None
    account, _made = Account.objects.get_or_create(staff=staff)
    if account.asked_at is None:
        account.asked_at = now
        account.save(update_fields=["asked_at"])
    return account.asked_at + dt.timedelta(days=policy.grace_days)


@transaction.atomic
def take_away(staff, *, by):
    """Phone and codes are lost: all factors go, and every session ends."""
    Authenticator.objects.filter(user=staff).delete()
    Account.objects.filter(staff=staff).update(asked_at=None)
    sessions.end_all(staff)
    audit.record(audit.Kind.ACCOUNT, of=staff, by=by, detail={"what": "second factor taken away"})
