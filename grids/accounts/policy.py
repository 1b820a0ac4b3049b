"""What is asked of somebody's account: the strictest of what the districts of the postings ask."""

from dataclasses import dataclass

from django.conf import settings

from grids.models import AccountPolicy
from grids.scope import Scope


@dataclass(frozen=True)
class Policy:
    needs_factor: bool
    grace_days: int
    password_days: int
    passwords_before: int
    is_one_session: bool


def policy_of(staff):
    """A district without rules of its own asks what the installation asks."""
    postings = Scope.of(staff).postings
    ruled = {
        rules.district_id: rules
        for rules in AccountPolicy.objects.filter(
            district__in={posting.grid.district_id for posting in postings}
        )
    }
    shipped = AccountPolicy(factor_roles=settings.SECOND_FACTOR_ROLES, **settings.ACCOUNT_RULES)
    asked = [(ruled.get(one.grid.district_id, shipped), one.role) for one in postings]
    rules = [rule for rule, _ in asked] or [shipped]
    days = [rule.password_days for rule in rules if rule.password_days]
    return Policy(
        needs_factor=any(role in rule.factor_roles for rule, role in asked),
        grace_days=min(rule.grace_days for rule in rules),
        password_days=min(days, default=0),
        passwords_before=max(rule.passwords_before for rule in rules),
        is_one_session=any(rule.is_one_session for rule in rules),
    )
