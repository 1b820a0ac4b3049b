"""The hourly check of the audit: what does not agree is told, else a mark says how far it came."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.audit import alarms, chain

log = logging.getLogger(__name__)
WHOLE_EVERY = timedelta(hours=20)


@transaction.atomic
def check(now=None, *, whole=None):
    """[Fault]. Once a day from the first link on, else from the last mark that was good."""
    now = now or timezone.now()
    last = chain.last_mark()
    if whole is None:
        whole = _last_whole() is None or now - _last_whole() >= WHOLE_EVERY
    since = 1 if whole or last is None else last.detail["number"]
    faults = chain.check(since=since)
    if faults:
        _tell(faults, now)
    elif mark := chain.mark(whole=whole):
        log.info("audit: %(number)s %(digest)s", mark.detail)
    return faults


def _last_whole():
    whole = chain.marks().filter(detail__whole=True).order_by("-id").first()
    return whole.at if whole else None


def _tell(faults, now):
    alarms.tell(
        _("The record of the audit was changed: %(number)d places") % {"number": len(faults)},
        key=f"tampered:{now:%Y%m%d%H}",
        body="; ".join(map(str, faults[:5])),
        detail={"faults": [str(fault) for fault in faults]},
    )
