"""Office hours as rows: one `WorkSpan` per unbroken office interval."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grids.models import Department, Grid
from grids.scope import ScopedQuerySet, ScopeRule


def usual_hours():
    return [["08:30", "12:00"], ["13:30", "17:30"]]


class WorkCalendar(models.Model):
    """The calendar of a district, or of one of its departments that wants its own."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    department = models.OneToOneField(
        Department, models.PROTECT, null=True, blank=True, related_name="calendar"
    )
    name = models.CharField(_("name"), max_length=60)
    hours = models.JSONField(_("office hours"), default=usual_hours)
    first_day = models.DateField(null=True, editable=False)
    last_day = models.DateField(null=True, editable=False)
    rebuilt_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When its intervals were last laid out.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("work calendar")
        verbose_name_plural = _("work calendars")
        constraints = [
            models.UniqueConstraint(
                fields=["district"],
                condition=Q(department=None),
                name="work_calendar_one_for_district",
            )
        ]

    def __str__(self):
        return self.name


class CalendarDay(models.Model):
    """One day of a calendar: its office intervals, none on a day off."""

    scope = ScopeRule(area="dictionary", grid=None, district="calendar__district")

    calendar = models.ForeignKey(
        WorkCalendar,
        models.CASCADE,
        related_name="days",
        db_index=False,
        verbose_name=_("work calendar"),
    )
    day = models.DateField(_("day"))
    hours = models.JSONField(_("office hours"), default=list, blank=True)
    is_provisional = models.BooleanField(_("provisional"), default=False)
    note = models.CharField(_("note"), max_length=60, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of the calendar")
        verbose_name_plural = _("days of the calendar")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once")
        ]
        ordering = ["day"]

    def __str__(self):
        return str(self.day)


class CalendarChange(models.Model):
    """An edit of days, looked at before it is made: what it moves, and that it was made."""

    scope = ScopeRule(area="dictionary", grid=None)

    class State(models.TextChoices):
        PREVIEW = "preview", _("To be confirmed")
        QUEUED = "queued", _("Waiting")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    calendar = models.ForeignKey(
        WorkCalendar,
        models.PROTECT,
        related_name="changes",
        verbose_name=_("work calendar"),
    )
    days = models.JSONField(
        _("days"), help_text=_('[{"day", "hours", "note"}, ...] as they are to be.')
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.PREVIEW)
    applied_at = models.DateTimeField(null=True)
    cases_moved = models.PositiveIntegerField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the calendar")
        verbose_name_plural = _("changes of the calendar")
        ordering = ["-at"]

    def __str__(self):
        return f"{self.calendar} {self.at:%Y-%m-%d %H:%M}"


class WorkSpan(models.Model):
    """An office interval, and how many office minutes of its calendar lie before it.

    Adding N working minutes is one index look-up: the last span whose `minutes_before` is
    less than (minutes worked until now) + N. Adding N working days is one too: the span that
    closes day (days closed until tonight) + N.
    """

    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="spans", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    minutes_before = models.PositiveIntegerField()
    closes_day = models.PositiveIntegerField(
        null=True,
        help_text=_("The running number of the working day that ends with it."),
    )
    is_provisional = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "starts_at"], name="work_span_start"),
            models.UniqueConstraint(
                fields=["calendar", "minutes_before"], name="work_span_minutes"
            ),
            models.UniqueConstraint(
                fields=["calendar", "closes_day"],
                condition=Q(closes_day__isnull=False),
                name="work_span_closing",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="work_span_has_length"
            ),
        ]

    def __str__(self):
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
