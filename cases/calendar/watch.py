"""A warning before the published days run out: a limit of 30 working days needs them long before."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.calendar import working_days
from cases.models import WorkCalendar
from grids.models import Notification, Posting
from grids.roles import RIGHTS


def warn(now):
    """Tell the administrators of each district once a year; number of messages written."""
    today = timezone.localdate(now)
    told = 0
    for calendar in WorkCalendar.objects.filter(department=None).exclude(last_day=None):
        calendar = working_days.reaching(calendar, now, ahead=2)
        last = working_days.runs_out(calendar, today)
        if last is not None:
            told += _tell(calendar, last, today, now)
    return told


def _tell(calendar, last, today, now):
    with translation.override(settings.LANGUAGE_CODE):
        title = _("The work calendar is published until %(day)s only") % {
            "day": date_format(last, "Y-m-d")
        }
        body = _(
            "Days after it are Monday to Friday without holidays. Import the schedule of the next year as soon as it is published."
        )
    row = {
        "kind": "calendar",
        "title": title,
        "body": body,
        "url": reverse("cases:calendar", args=[calendar.pk]),
        "key": f"calendar:{calendar.pk}:{last.isoformat()}",
        "created_at": now,
    }
    had = Notification.objects.filter(key=row["key"]).values("recipient")
    hearers = (
        Posting.objects.on(today)
        .filter(
            grid=calendar.district_id,
            role__in=[role for role in RIGHTS if "dictionary.edit" in RIGHTS[role]],
            staff__is_active=True,
        )
        .exclude(staff__in=had)
    )
    rows = [
        Notification(recipient_id=staff, **row)
        for staff in set(hearers.values_list("staff", flat=True))
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
