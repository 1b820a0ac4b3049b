"""One POST to a machine outside: looked up once, and never a machine of our own network.

The operator names in settings.WEBHOOK_HOSTS which machines of the own network may be called.
"""

import contextlib
import http.client
import ipaddress
import logging
import socket
import ssl
import threading
from urllib.parse import urlsplit

from django.conf import settings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5  # without a sign,
LONGEST_SECONDS = 15  # and altogether
# Addresses in which another one is hidden: mapped, compatible, NAT64, Teredo, 6to4.
DISGUISED = [
    ipaddress.ip_network(net)
    for net in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    )
]


class NotCalled(Exception):
    """There was no answer, or it may not be asked; why stands in the log only."""


def post(address, body, headers):
    """The status of the answer. Redirects are not followed; of the answer nothing else is read."""
    parts = urlsplit(address)
    try:
        place = place_of(parts.hostname or "", parts.port or _usual_port(parts))
        connection = _connection(parts, place)
        with _at_most(connection):
            path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        log.warning("webhook at %s: %s", parts.hostname, error)
        raise NotCalled from error


def place_of(host, port):
    """(address, port) to connect to; ValueError when one of the addresses of `host` is ours."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    places = [place for *_, place in found]
    if not settings.DEBUG and host.lower() not in settings.WEBHOOK_HOSTS:
        inside = [place[0] for place in places if not is_outside(place[0])]
        if inside:
            raise ValueError(f"not an address outside: {inside[0]}")
    return places[0][:2]


def is_outside(address):
    """Whether an address belongs to the internet, and is what it looks like."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and any(ip in net for net in DISGUISED):
        return False
    is_ours = ip.is_private or ip.is_multicast or ip.is_reserved or not ip.is_global
    return not (is_ours or getattr(ip, "is_site_local", False))


def _usual_port(parts):
    return 443 if parts.scheme == "https" else 80


def _connection(parts, place):
    if parts.scheme != "https":
        return _Plain(parts.hostname, place)
    return _Secure(parts.hostname, place)


class _Plain(http.client.HTTPConnection):
    """To a place that was looked up before, whatever the name says by now."""

    def __init__(self, host, place):
        super().__init__(host, place[1], timeout=TIMEOUT_SECONDS)
        self.place = place

    def connect(self):
        self.sock = socket.create_connection(self.place, TIMEOUT_SECONDS)


class _Secure(_Plain):
    """The certificate has to be that of the name."""

    default_port = http.client.HTTPS_PORT

    def connect(self):
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


class _at_most:
    """Hangs up after LONGEST_SECONDS, also on somebody who answers a letter at a time."""

    def __init__(self, connection):
        self.connection, self.is_over = connection, False
        self.timer = threading.Timer(LONGEST_SECONDS, self.hang_up)
        self.timer.daemon = True

    def __enter__(self):
        self.timer.start()

    def __exit__(self, *_error):
        self.timer.cancel()
        self.connection.close()
        if self.is_over:
            raise TimeoutError("no answer in time")

    def hang_up(self):
        self.is_over = True
        if self.connection.sock:
            with contextlib.suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)
