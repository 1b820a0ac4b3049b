"""Which districts the database shows to this thread, and telling each connection so.

The database listens only to a role that row-level security binds. An owner of the tables and a
superuser (migrations, tests) see all, and are told nothing.
"""

import contextlib
from contextvars import ContextVar

from django.conf import settings
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

NOWHERE, SIGNING_IN, EVERYWHERE = "", "sign-in", "all"
_now = ContextVar("districts", default=NOWHERE)


@contextlib.contextmanager
def confined(districts):
    """Inside it only these districts (keys), or one of the three words above, are there."""
    token = _now.set(_written(districts))
    _tell_all()
    try:
        yield
    finally:
        _now.reset(token)
        # Back to nowhere needs no word: whoever comes next begins with one of his own, and what
        # is left of an answer may still be read and sent.
        if _now.get() != NOWHERE:
            _tell_all()


def start(districts):
    """From now on, until the next start: a page after its person is known, a task, a command."""
    _now.set(_written(districts))
    _tell_all()


def is_bound(connection):
    """Whether the connection is open and row-level security may bind its role."""
    raw = connection.connection
    return raw is not None and not raw.closed and _superuser(raw) == b"off"


def _superuser(raw):
    return raw.pgconn.parameter_status(b"is_superuser")


def _written(districts):
    if isinstance(districts, str):
        return districts
    return "{" + ",".join(map(str, sorted(districts))) + "}"


def _tell_all():
    if not settings.configured:  # a command that has not begun
        return
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql" and is_bound(connection):
            _tell(connection)


def _tell(connection):
    pgconn = connection.connection.pgconn
    if pgconn.transaction_status == TransactionStatus.INERROR:
        return  # its rollback brings back what was said before it
    # Straight to the server, twice for each page; what is written here are digits or our words.
    told = pgconn.exec_(f"SET gridmgmt.districts = '{_now.get()}'".encode())
    if pgconn.status != ConnStatus.OK:  # the server went away; a new connection is told anew
        return connection.close()
    if told.status != ExecStatus.COMMAND_OK:
        raise OperationalError(told.error_message.decode(errors="replace"))


def _tell_new(connection, **kwargs):
    if connection.vendor == "postgresql" and is_bound(connection):
        _tell(connection)


connection_created.connect(_tell_new, dispatch_uid="second lock")
