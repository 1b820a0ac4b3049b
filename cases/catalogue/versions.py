"""Standards in versions: what cases were filed under stays as it was on that day."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import CaseStandard

DAY = dt.timedelta(days=1)

# What a version says. An edit of one of these makes the next version once cases use this one.
SAID = (
    "condition",
    "limit_number",
    "limit_unit",
    "step_limits",
    "closing_condition",
    "evidence",
    "default_line",
    "loop",
    "is_urgent",
    "is_admitted",
)


@transaction.atomic
def keep(edited, *, today=None):
    """Store an edited (or new) standard and return the row that holds what was entered.

    The ONE way to change a standard. Under one that no case uses the row itself changes; else the
    next version begins today (or on the later day that was entered as its first) and the old one
    ends the day before. A version that begins today and is in use already is followed tomorrow.
    ValidationError: what was entered cannot be stored.
    """
    today = today or timezone.localdate()
    if edited.pk is None:
        return _checked(edited)
    stored = CaseStandard.objects.select_for_update().get(pk=edited.pk)
    if text := obstacle(edited, stored):
        raise ValidationError(text)
    if _differs(edited, stored) and is_used(stored):
        return _next(stored, edited, today)
    return _checked(edited)


def obstacle(edited, stored=None):
    """Why what was entered cannot be kept, in words; None if nothing is in the way."""
    stored = stored or CaseStandard.objects.get(pk=edited.pk)
    if stored.category_id != edited.category_id:
        return _("A standard stays with its category.")
    if _differs(edited, stored):
        if CaseStandard.objects.filter(replaces=stored).exists():
            return _("A later version has replaced this one: edit that one.")
    elif edited.valid_from != stored.valid_from and is_used(stored):
        return _("Cases were filed under this standard: its first day stays.")
    return None


def _differs(edited, stored):
    return any(getattr(edited, name) != getattr(stored, name) for name in SAID)


def is_used(standard):
    """Whether a case was ever filed under it."""
    return standard.cases.exists()


def current(day=None):
    """The version of each standard that holds on a day (default: today), or will hold later."""
    day = day or timezone.localdate()
    # Not replaced_by=None: that joins the table with itself, row by row where nothing was analysed.
    replaced = CaseStandard.objects.exclude(replaces=None).values("replaces")
    return CaseStandard.objects.exclude(pk__in=replaced).exclude(valid_to__lt=day)


def in_force(day=None):
    """Standards under which a case can be filed on a day."""
    return CaseStandard.objects.in_force(day or timezone.localdate())


def history(standard):
    """The versions before, the latest first."""
    while standard.replaces_id:
        standard = standard.replaces
        yield standard


def _next(stored, edited, today):
    entered = edited.valid_from if edited.valid_from > stored.valid_from else today
    begins = max(entered, today, stored.valid_from + DAY)
    ends = edited.valid_to if edited.valid_to and edited.valid_to >= begins else None
    new = CaseStandard(
        category_id=stored.category_id,
        replaces=stored,
        valid_from=begins,
        valid_to=ends,
        **{name: getattr(edited, name) for name in SAID},
    )
    last = begins - DAY
    stored.valid_to = min(stored.valid_to, last) if stored.valid_to else last
    stored.save(update_fields=["valid_to"])
    return _checked(new)


def _checked(standard):
    """Saved, or ValidationError with the database untouched."""
    standard.full_clean()
    standard.save()
    return standard
