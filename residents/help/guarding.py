"""Which care categories are guarded (受保护): set by one, taken off by two."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.models import DistrictProfile
from grids.refusal import Refused
from residents.models import CareCategory, GuardChange


def takes_two():
    """The dictionary is one for all: as soon as one district has three administrators."""
    return DistrictProfile.objects.filter(has_three_administrators=True).exists()


def waiting():
    rows = GuardChange.objects.filter(decided_by=None)
    return rows.select_related("category", "asked_by").order_by("pk")


@transaction.atomic
def guard(category, *, by):
    """From now on it takes a right of its own; one person is enough to be careful."""
    _set(category, is_guarded=True, by=by)
    GuardChange.objects.filter(category=category, decided_by=None).delete()


@transaction.atomic
def take_off(category, *, by):
    """Open it to everybody who reads care, or ask for it where that takes two: the GuardChange."""
    if not takes_two():
        _set(category, is_guarded=False, by=by)
        return None
    try:
        with transaction.atomic():
            asked = GuardChange.objects.create(
                category=category, asked_by=by, asked_at=timezone.now()
            )
    except IntegrityError as error:
        raise Refused(_("It is asked for already.")) from error
    audit.record(audit.Kind.PROPOSAL, of=category, words=category, by=by)
    return asked


@transaction.atomic
def decide(asked, *, is_confirmed, by):
    """The second person says yes or no."""
    asked = GuardChange.objects.select_for_update(of=["self"]).get(pk=asked.pk)
    if asked.decided_by_id is not None:
        raise Refused(_("Somebody decided it meanwhile."))
    if asked.asked_by_id == by.pk:
        raise Refused(_("Another person must confirm it: not who asked."))
    asked.decided_by, asked.decided_at, asked.is_confirmed = by, timezone.now(), is_confirmed
    asked.save(update_fields=["decided_by", "decided_at", "is_confirmed"])
    if is_confirmed:
        _set(asked.category, is_guarded=False, by=by, asked_by=asked.asked_by_id)
    else:
        result = audit.Result.REFUSED
        audit.record(
            audit.Kind.PROPOSAL, of=asked.category, words=asked.category, by=by, result=result
        )


def _set(category, *, is_guarded, by, **more):
    CareCategory.objects.filter(pk=category.pk).update(is_guarded=is_guarded)
    detail = {"is_guarded": is_guarded} | more
    audit.record(audit.Kind.DICTIONARY, of=category, words=category, by=by, detail=detail)
