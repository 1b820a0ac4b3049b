"""What a person's request about the own data comes to: a copy, an erasure, an answer in words."""

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import OwnDataRequest
from cases.own_data.asking import record
from grids.refusal import Refused
from residents.exports import own_copy
from residents.models.lasting import EndReason
from residents.retention import runs
from residents.retention.forgetting import ERASED
from residents.retention.kinds import KINDS

Wish = OwnDataRequest.Wish
KIND_OF_ENDED = {EndReason.DIED: "died", EndReason.MOVED: "moved"}


@transaction.atomic
def copy(asked, file, *, by):
    """Write the workbook of all that is stored about the person, on record."""
    _open(asked)
    if asked.resident is None:
        raise Refused(_("Nobody of this name is in the register: say so in the answer."))
    purpose = _("Request about own data, case %(number)s") % {"number": asked.case.number}
    asked.copy = own_copy.write(asked.resident, file, by=by, purpose=purpose)
    asked.save(update_fields=["copy"])
    record(asked, by, "copy")


@transaction.atomic
def erase(asked, *, by):
    """Erase the one person, where the law allows it; else Refused says why not."""
    _open(asked)
    person = asked.resident
    if asked.wish != Wish.DELETE or person is None:
        raise Refused(_("Nothing of this person is to be erased."))
    if person.ended_on is None:
        raise Refused(
            _(
                "The person lives here: the register is kept by law. Refuse it in the answer and say so,"
                " or put right what is wrong."
            )
        )
    kind = KINDS[KIND_OF_ENDED.get(person.end_reason, "mistaken")]
    basis = _("Request of the person, case %(number)s") % {"number": asked.case.number}
    asked.erasure = runs.ask_for_one(kind, person, basis=basis, by=by)
    asked.save(update_fields=["erasure"])
    record(asked, by, "erasure")
    return asked.erasure


def obstacle(case, staff, now):
    """Why the person cannot be answered now; None when nothing is in the way."""
    if case.category.kind != case.category.Kind.OWN_DATA:
        return _("This case is no request about own data.")
    if not hasattr(case, "own_data_request"):
        return _("Put on record first who asks and how it was checked.")


def keep_answer(asked, *, is_granted, answer, by, at):
    """Called by the step that closes the case; what was promised must have been done."""
    _open(asked)
    if is_granted and asked.wish == Wish.COPY and asked.copy_id is None:
        raise Refused(_("Make the copy first, or refuse the request."))
    if is_granted and asked.wish == Wish.DELETE and not _is_erased(asked):
        raise Refused(_("Erase first, or refuse the request."))
    if is_granted and asked.wish == Wish.CORRECT and not _is_corrected(asked):
        raise Refused(_("Put the register right first, or refuse the request."))
    asked.is_granted, asked.answer = is_granted, answer
    asked.answered_by, asked.answered_at = by, at
    fields = ["is_granted", "answer", "answered_by", "answered_at"]
    if is_granted and asked.erasure_id:  # who was erased is not kept here either
        asked.resident, asked.name, asked.checked_note = None, ERASED, ""
        fields += ["resident", "name", "checked_note"]
    asked.save(update_fields=fields)
    record(asked, by, "answered", granted=is_granted)


def _is_erased(asked):
    run = asked.erasure
    return asked.resident is None or (run is not None and run.state == run.State.DONE)


def _is_corrected(asked):
    """Whether the person or the household was changed since it was checked who asks."""
    if asked.resident is None:
        return True
    since = {"pgh_created_at__gte": asked.checked_at, "pgh_label": "update"}
    person, home = asked.resident_id, asked.resident.household_id
    events = apps.get_model("residents", "ResidentEvent").objects
    of_home = apps.get_model("residents", "HouseholdEvent").objects
    return (
        events.filter(pgh_obj=person, **since).exists()
        or of_home.filter(pgh_obj=home, **since).exists()
    )


def _open(asked):
    if asked.answered_at is not None:
        raise Refused(_("The person was answered already."))
