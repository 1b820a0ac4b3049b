"""What auditors are told at once: too much in a short time, and a record that was tampered with."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.audit.recording import record
from grids.models import AuditEntry, Notification, Posting, Staff
from grids.roles import RIGHTS, Role

log = logging.getLogger(__name__)
Kind, Result = AuditEntry.Kind, AuditEntry.Result
LEAVING = (Kind.EXPORT, Kind.PRINT, Kind.DOWNLOAD)
AUDITING = sorted(role for role in Role if "access.view" in RIGHTS[role])


@dataclass(frozen=True)
class Rule:
    """So many entries of these kinds in so many minutes (settings.AUDIT_ALARMS), counted by
    person, by person and purpose, by the account that was tried, or by address."""

    name: str
    words: Any
    kinds: tuple
    each: tuple = ("by",)
    results: tuple = ()

    @property
    def most(self):
        return settings.AUDIT_ALARMS[self.name]

    def found(self, now):
        """[{the columns of `each`, district, number}] of what was too much before `now`."""
        most, minutes = self.most
        rows = AuditEntry.objects.filter(
            kind__in=self.kinds, at__gt=now - timedelta(minutes=minutes), at__lte=now
        ).exclude(**{f"{self.each[0]}__isnull": True})
        if self.results:
            rows = rows.filter(result__in=self.results)
        counted = rows.values(*self.each, "district").annotate(number=Count("pk"))
        return counted.filter(number__gte=most)


RULES = [
    Rule("reveals", gettext_lazy("Looks at sensitive facts"), (Kind.REVEAL,)),
    Rule(
        "same_purpose",
        gettext_lazy("Looks at sensitive facts with the same purpose"),
        (Kind.REVEAL,),
        each=("by", "purpose"),
    ),
    Rule("misses", gettext_lazy("Looked up in vain"), (Kind.LOOK_UP,), results=(Result.MISS,)),
    Rule("leaving", gettext_lazy("Exports, prints and files fetched"), LEAVING),
    Rule("limits", gettext_lazy("Limits reached"), (Kind.LIMIT,)),
    Rule(
        "account",
        gettext_lazy("Failed log-ins to one account"),
        (Kind.LOGIN_FAILED,),
        each=("object_key",),
    ),
    Rule(
        "address",
        gettext_lazy("Failed log-ins from one address"),
        (Kind.LOGIN_FAILED,),
        each=("address",),
    ),
]


def watch(now):
    """How many alarms were raised: each rule, person and hour once."""
    return sum(_raise(rule, found, now) for rule in RULES for found in rule.found(now))


def _raise(rule, found, now):
    whom = "/".join(str(found[name]) for name in rule.each)
    minutes = rule.most[1]
    words = _("%(what)s: %(number)d in %(minutes)d minutes") % {
        "what": rule.words,
        "number": found["number"],
        "minutes": minutes,
    }
    detail = {"rule": rule.name, "number": found["number"], "minutes": minutes}
    return tell(
        words,
        key=f"{rule.name}:{whom}:{now:%Y%m%d%H}",
        district=found["district"],
        body=_who(rule, found),
        by=Staff.objects.filter(pk=found.get("by")).first(),
        detail=detail,
    )


def _who(rule, found):
    """Of whom the alarm speaks, in words."""
    if "by" in rule.each:
        return str(Staff.objects.filter(pk=found["by"]).first())
    if rule.each == ("object_key",):
        key = found["object_key"]
        return str((key and Staff.objects.filter(pk=key).first()) or "")
    return str(found["address"])


def tell(words, *, key, district=None, body="", by=None, detail=None):
    """An entry and a message to each auditor on duty there; once for each `key`."""
    if AuditEntry.objects.filter(kind=Kind.ALARM, detail__key=key).exists():
        return False
    log.error("audit alarm: %s", key)
    record(
        Kind.ALARM,
        of=by,
        words=f"{words} {body}",
        district=district,
        detail=(detail or {}) | {"key": key},
    )
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=auditor,
                kind="alarm",
                title=words[:200],
                body=body,
                url=f"{reverse('grids:audit')}?kind={Kind.ALARM}",
                is_urgent=True,
                key=f"audit:{key}"[:120],
                created_at=timezone.now(),
            )
            for auditor in _auditors(district)
        ],
        ignore_conflicts=True,
    )
    return True


def _auditors(district):
    """Those of the district, or of every district when it concerns the installation."""
    postings = Posting.objects.on(timezone.localdate()).filter(
        role__in=AUDITING, staff__is_active=True
    )
    if district:
        postings = postings.filter(grid__district=district)
    return set(postings.values_list("staff", flat=True))
