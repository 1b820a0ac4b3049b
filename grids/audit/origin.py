"""Where what happens now comes from: the person and the address of the request."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address


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
    """The address that the request comes from; None when it is none (a unix socket)."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
