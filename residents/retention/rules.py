"""What a district decided of each kind: how long, on which ground, by itself or by hand; which of
that takes two people."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.people import separation
from grids.refusal import Refused
from residents.models import RetentionRule
from residents.retention.kinds import KINDS

LONGEST = 1200


def of(district):
    """{code: RetentionRule} of every kind; one that nobody changed is not stored."""
    stored = {rule.kind: rule for rule in RetentionRule.objects.filter(district=district)}
    return {code: stored.get(code) or _shipped(kind, district) for code, kind in KINDS.items()}


def _shipped(kind, district):
    return RetentionRule(
        district_id=district, kind=kind.code, months=kind.months, basis=str(kind.basis)
    )


def rule_of(district, kind):
    return of(district)[kind.code]


def check(kind, months):
    """Refuse a period that the law or the work does not allow."""
    if months < kind.least:
        why = kind.why_least or _("What ended a few days ago is still undone and corrected.")
        raise Refused(_("At least %(months)s months. %(why)s") % {"months": kind.least, "why": why})
    if months > LONGEST:
        raise Refused(_("At most %(months)s months.") % {"months": LONGEST})


@transaction.atomic
def change(kind, *, district, months, basis, is_on, by):
    """Keep another period or ground, or let it run by itself; where the district has three
    administrators a second person turns it on, also again after the period was made shorter. Returns the rule."""
    check(kind, months)
    rule = _locked(district, kind)
    before = {"months": rule.months, "basis": rule.basis, "is_on": rule.is_on}
    is_new = is_on and not rule.is_on
    is_shorter = rule.is_on and is_on and months < rule.months
    if separation.is_on(district) and (is_new or is_shorter):
        rule.is_on, rule.wanted_by = False, by
    else:
        rule.is_on, rule.wanted_by = is_on, None
    rule.months, rule.basis = months, basis
    _save(rule, by, before | {"now": months, "is_wanted": rule.wanted_by is not None})
    return rule


@transaction.atomic
def turn_on(kind, *, district, by):
    """The second person says yes."""
    rule = _locked(district, kind)
    if rule.wanted_by is None:
        raise Refused(_("Somebody decided it meanwhile."))
    if rule.wanted_by == by:
        raise Refused(_("Another person must confirm it: not who asked."))
    asked_by = rule.wanted_by_id
    rule.is_on, rule.wanted_by = True, None
    _save(rule, by, {"is_on": True, "asked_by": asked_by})
    return rule


def _locked(district, kind):
    stored = RetentionRule.objects.select_for_update(of=["self"])
    found = stored.filter(district=district, kind=kind.code).first()
    return found or _shipped(kind, district)


def _save(rule, by, detail):
    rule.changed_by, rule.changed_at = by, timezone.now()
    rule.save()
    audit.record(
        audit.Kind.DICTIONARY,
        of=rule,
        words=KINDS[rule.kind].label,
        by=by,
        district=rule.district_id,
        detail=detail,
    )
