"""Appointments: agreed on by phone first; the round holds the household until that day."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.refusal import Refused
from inspections.models import Appointment

AHEAD = timedelta(days=60)


def open_of(rows):
    """Of these appointments the ones that were neither kept nor cancelled."""
    return rows.filter(kept_by=None, cancelled_at=None)


def waiting(staff):
    """Open appointments at the doors where the person may log visits."""
    return open_of(Appointment.objects.visible_to(staff, right="log"))


@transaction.atomic
def make(household, *, by, on, part, note="", mode="home", now=None):
    """A new appointment; one that stood before is cancelled by it."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    if on < today:
        raise Refused(_("The date lies in the past."))
    if on > today + AHEAD:
        raise Refused(_("The date is more than 60 days ahead."))
    open_of(Appointment.objects.filter(household=household)).update(cancelled_at=now)
    return Appointment.objects.create(
        household=household, by=by, on=on, part=part, note=note, mode=mode, made_at=now
    )


def cancel(household, *, now=None):
    """How many there were (none or one)."""
    rows = open_of(Appointment.objects.filter(household=household))
    return rows.update(cancelled_at=now or timezone.now())


def keep(visit):
    """Somebody went: an appointment of that day or before is done with."""
    rows = open_of(Appointment.objects.filter(household=visit.household_id))
    rows.filter(on__lte=visit.happened_on, mode=visit.mode).update(kept_by=visit)
