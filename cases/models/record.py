"""What hangs on a case: its number, events, photos and pauses."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule


class CaseNumber(models.Model):
    """The last number given out in a district and month; locked while one is taken.

    Cases count by "2611", supervision slips by "D2611".
    """

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    month = models.CharField(max_length=6)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "month"], name="case_number_row")
        ]

    def __str__(self):
        return f"{self.district_id} {self.month} {self.last}"


class CaseEvent(models.Model):
    """Append-only: what happened to a case, and (notified_at) what is still to be announced."""

    scope = ScopeRule(
        area="case",
        grid="case__grid",
        district="case__district",
        department="case__department",
        helpers="case__helps__department",
        owner="case__reporter",
        joined="case__supporters__staff",
    )

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=20, help_text=_("The step, or alarm, slip, urge, note."))
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text=_("Empty: the system."),
    )
    from_stage = models.CharField(max_length=12, blank=True)
    to_stage = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("case event")
        verbose_name_plural = _("case events")
        indexes = [
            models.Index(fields=["case", "at", "id"], name="case_event_in_order"),
            models.Index(
                fields=["id"],
                condition=Q(notified_at=None),
                name="case_event_unannounced",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class CasePhoto(models.Model):
    """A photo of before or after; re-encoded, without EXIF; served through the case's scope."""

    scope = CaseEvent.scope

    class Moment(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")

    case = models.ForeignKey(Case, models.PROTECT, related_name="photos")
    moment = models.CharField(max_length=6, choices=Moment)
    file = models.FileField(upload_to="cases/%Y/%m/", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["at", "id"]

    def __str__(self):
        return f"{self.case_id} {self.moment}"


class CaseFile(models.Model):
    """Anything but a photo that belongs to the case; private, served through its scope."""

    scope = CaseEvent.scope

    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    file = models.FileField(upload_to="cases/%Y/%m/", max_length=200)
    name = models.CharField(_("file"), max_length=120)
    size = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["at", "id"]

    def __str__(self):
        return self.name


class SavedView(models.Model):
    """A filter of the board or of the list that somebody keeps under a name."""

    scope = ScopeRule(area="case", grid=None, owner="by")

    class Page(models.TextChoices):
        BOARD = "board", _("Board")
        LIST = "list", _("Cases")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=5, choices=Page)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=500)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["by", "page", "name"], name="saved_view_once")
        ]
        ordering = ["name"]

    def __str__(self):
        return self.name


class Pause(models.Model):
    """The clock stands still, with a reason, an approver and a cap."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=300)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    until_at = models.DateTimeField(_("at most until"))
    ended_at = models.DateTimeField(null=True, blank=True)
    due_before = models.DateTimeField(help_text=_("due_at before the pause."))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("started_at")), name="pause_has_length"
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.started_at:%Y-%m-%d %H:%M}"
