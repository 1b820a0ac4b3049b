"""A change of the register: one transaction, its refusals in words, its reason in the history."""

import functools

import pghistory
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from grids import locks
from grids.refusal import Refused


class AlreadyAnswered(Refused):
    """Somebody else was faster."""

    def __init__(self):
        super().__init__(_("This request was answered already."))


def verb(function):
    """One transaction; what the database refuses becomes a sentence."""

    @functools.wraps(function)
    def run(*arguments, **options):
        try:
            with transaction.atomic():
                return function(*arguments, **options)
        except IntegrityError as error:
            raise Refused(sentence(error)) from error
        except OperationalError as error:
            if isinstance(error.__cause__, DeadlockDetected):
                raise Refused(sentence(error)) from error
            raise

    return run


def sentence(error):
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return {
        "household_number_once_in_grid": _(
            "Another household of the grid has this household number."
        ),
        "household_once_in_dwelling": _("A household with this head is in that dwelling already."),
        "resident_lives_once_in_district": _(
            "This person lives in another household now. Look there first."
        ),
        "resident_without_document_once": _(
            "Somebody with this name and birth date is a member already."
        ),
        "lease_once": _(
            "A lease of this dwelling with this tenant and first day is there already."
        ),
        "lease_period": _("The last day is before the first."),
    }.get(name, _("Somebody else changed this household just now. Please look again."))


def take_turns(district_id):
    """An import of the district holds this lock alone; forms share it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s)", [locks.REGISTERS, district_id]
        )


def check_day(on):
    if on > timezone.localdate():
        raise Refused(_("The day is in the future."))


def because(by, why, note, **facts):
    """`facts` stand in the history for the way back."""
    reason = " · ".join(part for part in (why, note) if part)
    return pghistory.context(user=by.pk, source="life", reason=reason, **facts)


def save(row, **changes):
    """Write these columns only; what others changed meanwhile stays."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
