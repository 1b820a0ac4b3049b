"""Monthly flows of residents, read from the history: entered, changed, signed off."""

from datetime import date, datetime

from django.apps import apps
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from residents.models.lasting import EndReason

FLOWS = {
    "new": _("Newly collected"),
    "changed": _("Facts changed"),
    "signed_off": _("Signed off"),
}
MONTHS_SHOWN = 13


def month_of(text):
    """The first day of "2026-11"; None for anything else."""
    year, __, month = text.partition("-")
    if not (year.isdecimal() and month.isdecimal() and len(text) == 7):
        return None
    is_possible = 2000 <= int(year) <= 2200 and 1 <= int(month) <= 12
    return date(int(year), int(month), 1) if is_possible else None


def months(today):
    """First days of this month and the ones before it, newest first."""
    first = today.year * 12 + today.month - 1
    return [
        date(number // 12, number % 12 + 1, 1) for number in range(first, first - MONTHS_SHOWN, -1)
    ]


def events(flow, month):
    """Events by which a resident (`pgh_obj`) counts in a flow, in the event's own grid.

    Who entered in the month is new and not changed, and is nothing at all when it was a mistake that
    was taken out within the month; an ending that was taken back within the
    month is none, and what happens to an ended row later is no second ending.
    """
    model = apps.get_model("residents", "ResidentEvent")
    begins, ends = (_moment(month.year, month.month), _moment(*_next(month)))
    rows = model.objects.filter(pgh_created_at__gte=begins, pgh_created_at__lt=ends)
    same = model.objects.filter(pgh_obj=OuterRef("pgh_obj"))
    taken_back = same.filter(pgh_id__gt=OuterRef("pgh_id"), pgh_created_at__lt=ends, ended_on=None)
    entered = same.filter(pgh_label="insert", pgh_created_at__gte=begins, pgh_created_at__lt=ends)
    if flow == "new":
        mistaken = rows.filter(~Exists(taken_back), end_reason=EndReason.MISTAKE)
        return rows.filter(pgh_label="insert").exclude(pgh_obj__in=mistaken.values("pgh_obj"))
    if flow == "signed_off":
        before = same.filter(pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
        ended = rows.filter(pgh_label="update", ended_on__isnull=False)
        ended = ended.alias(ended_before=Subquery(before.values("ended_on")[:1]))
        ended = ended.filter(~Exists(taken_back), ended_before=None)
        return ended.exclude(Exists(entered), end_reason=EndReason.MISTAKE)
    return rows.filter(~Exists(entered), pgh_label="update", ended_on=None)


def _next(month):
    return (month.year + month.month // 12, month.month % 12 + 1)


def _moment(year, month):
    return timezone.make_aware(datetime(year, month, 1))  # noqa: DTZ001
