"""Where what happens now comes from: the person and the address of the request."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings


@dataclass(frozen=True)
class Origin:
    """The request that is being answered; empty in the worker and in commands."""

    request: object = None
    address: str | None = None

    @property
    def by(self):
        user = getattr(self.request, "user", None)
        return user if getattr(user, "is_authenticated", False) else None


_nowhere = Origin()
_now: ContextVar[Origin] = ContextVar("origin", default=_nowhere)


def now():
    return _now.get()


@contextmanager
def of(request):
    """While it lasts, entries carry the person and the address of `request`."""
    mark = _now.set(Origin(request, address_of(request)))
    try:
        yield
    finally:
        _now.reset(mark)


def address_of(request):
    """The client's address, as the outermost proxy of ours saw it; None on a unix socket."""
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    chain = [one.strip() for one in (*said, request.META.get("REMOTE_ADDR", "")) if one.strip()]
    try:
        return str(ip_address(chain[max(-len(chain), -1 - settings.TRUSTED_HOPS)]))
    except (ValueError, IndexError):
        return None
