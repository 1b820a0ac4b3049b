"""Guessing passwords is slow for whoever guesses, and keeps nobody else out.

Counted by (name, address): eight wrong passwords stop one address for one name. A name that is
tried from many addresses gets fewer tries from each; an address that tries many names gets one
try in ten seconds for names that never came from there. A device on which the person has logged
in before is counted apart, so none of this keeps it out.
"""

import datetime as dt
import ipaddress
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from grids import audit
from grids.fields import blind_index
from grids.models import LogInTry, Staff

COOKIE = "known_device"
SALT = "grids.accounts.device"
MOST_NAMES = 5  # people who share a device
KEPT_DAYS = 30


@dataclass(frozen=True)
class Device:
    """A browser on which people have logged in before."""

    key: uuid.UUID
    names: tuple[str, ...] = ()

    def knows(self, name):
        return _index(name).hex()[:16] in self.names

    def and_of(self, name):
        mine = _index(name).hex()[:16]
        return Device(self.key, (mine, *(one for one in self.names if one != mine))[:MOST_NAMES])

    def sealed(self):
        return signing.dumps({"key": str(self.key), "names": self.names}, salt=SALT)


def device_of(request):
    """What the cookie says; a new device when there is none or it was made up."""
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT)
        return Device(uuid.UUID(said["key"]), tuple(said["names"]))
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        return Device(uuid.uuid4())


def begin(name, address, device, now=None):
    """(the try, None), or (None, the moment from which it may be tried again).

    Written before the password is looked at, so that tries at the same moment count each other.
    """
    now = now or timezone.now()
    is_known = device.knows(name)
    attempt = LogInTry.objects.create(
        name_index=_index(name),
        address=_network(address),
        device=device.key if is_known else None,
        at=now,
    )
    again_at = _device_waits(attempt, now) if is_known else _waits(attempt, now)
    if again_at:
        attempt.delete()
        return None, again_at
    return attempt, None


def succeeded(attempt):
    attempt.is_success = True
    attempt.save(update_fields=["is_success"])


def tell_once(name, address):
    """The auditor hears of a lock once in its time."""
    key = f"locked:{_index(name).hex()}:{address}"
    if cache.add(key, 1, timeout=settings.LOGIN_TRIES["minutes"] * 60):
        staff = Staff.objects.filter(username=name.strip()).first()
        audit.record(audit.Kind.LOCKED, of=staff, by=None, result=audit.Result.REFUSED)


def forget(now):
    """Tries of more than a month ago; returns how many."""
    old = LogInTry.objects.filter(at__lt=now - dt.timedelta(days=KEPT_DAYS))
    return old.delete()[0]


def _device_waits(attempt, now):
    own = LogInTry.objects.filter(name_index=attempt.name_index, device=attempt.device)
    return _full(_failed(own, now, minutes=settings.LOGIN_TRIES["minutes"]), "pair", now)


def _waits(attempt, now):
    rules, strangers = settings.LOGIN_TRIES, LogInTry.objects.filter(device=None)
    of_name = strangers.filter(name_index=attempt.name_index)
    here = strangers.filter(address=attempt.address)
    pair = _failed(here.filter(name_index=attempt.name_index), now, minutes=rules["minutes"])
    attacked = of_name.filter(at__gt=now - dt.timedelta(hours=1), is_success=False)
    limit = "attacked" if attacked.count() > rules["name"] else "pair"
    if again_at := _full(pair, limit, now):
        return again_at
    return _sprayed(attempt, here, now)


def _sprayed(attempt, here, now):
    """One try in some seconds, where many names failed and this one never came from."""
    rules = settings.LOGIN_TRIES
    recent = here.filter(at__gt=now - dt.timedelta(minutes=rules["minutes"]), is_success=False)
    if recent.count() <= rules["address"]:
        return None
    same = LogInTry.objects.filter(address=attempt.address, name_index=attempt.name_index)
    if same.filter(is_success=True).exists():
        return None
    last = here.exclude(pk=attempt.pk).aggregate(at=Max("at"))["at"]
    again_at = last + dt.timedelta(seconds=rules["pause"])
    return again_at if again_at > now else None


def _failed(tries, now, *, minutes):
    """Moments of the failures in these minutes since the last success, newest first."""
    since = now - dt.timedelta(minutes=minutes)
    success = tries.filter(is_success=True, at__gt=since).aggregate(at=Max("at"))["at"]
    failed = tries.filter(is_success=False, at__gt=success or since)
    return list(failed.order_by("-at").values_list("at", flat=True)[:100])


def _full(failed, limit, now):
    """When there is room again; the try of now is among them."""
    most = settings.LOGIN_TRIES[limit]
    if len(failed) <= most:
        return None
    return failed[most] + dt.timedelta(minutes=settings.LOGIN_TRIES["minutes"])


def _index(name):
    return blind_index(f"log-in:{name.strip().casefold()}")


def _network(address):
    """The address; of an IPv6 address its /64, which one household holds."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if found.version == 6 and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False).network_address)
    return str(found)
