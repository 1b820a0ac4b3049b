"""The password of a person: chosen by nobody else, and not one of before."""

import datetime as dt

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from grids import audit
from grids.accounts import sessions
from grids.accounts.policy import policy_of
from grids.models import Account, PasswordBefore

KEPT = 24  # as many as a district can ask for


def choose(staff, password, *, here=None, now=None):
    """The person's new password; it ends every session but that of the request `here`."""
    now = now or timezone.now()
    with transaction.atomic():
        if staff.has_usable_password():
            PasswordBefore.objects.create(staff=staff, password=staff.password, until=now)
            _forget(staff)
        staff.set_password(password)
        staff.save(update_fields=["password"])
        known = {"password_at": now, "mail": staff.email}
        Account.objects.update_or_create(staff=staff, defaults=known)
        audit.record(audit.Kind.ACCOUNT, of=staff, by=staff, detail={"what": "password"})
        sessions.end_all(staff, but=here)


def was_before(staff, password):
    """Whether it is the password of now or one of the last that the district remembers."""
    if not staff or not staff.pk:
        return False
    remembered = policy_of(staff).passwords_before
    before = staff.passwords_before.order_by("-until").values_list("password", flat=True)
    hashes = [staff.password, *before[:remembered]] if remembered else []
    return any(check_password(password, one) for one in hashes)


def is_too_old(staff, now):
    days = policy_of(staff).password_days
    chosen_at = Account.objects.filter(staff=staff).values_list("password_at", flat=True).first()
    if not days or staff.is_demo:
        return False
    return chosen_at is None or now - chosen_at > dt.timedelta(days=days)


def _forget(staff):
    kept = staff.passwords_before.order_by("-until").values("pk")[:KEPT]
    staff.passwords_before.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
