"""A workbook that waits for a worker: of the catalogue, or the days of a calendar; to be read, or
to be written as it was shown."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.calendar import CalendarChange, WorkCalendar
from cases.models.catalogue_upload import CatalogueUpload
from grids.models import Grid, Job, JobQuerySet
from grids.scope import ScopeRule


class Upload(Job):
    """What was read stands in `catalogue` or `change`; why not, in `problems`.

    A takeover has no file: it writes the `catalogue` that was read before, for `by` who confirmed.
    """

    scope = ScopeRule(area="dictionary", grid=None)

    class Kind(models.TextChoices):
        CATALOGUE = "catalogue", _("Catalogue")
        CALENDAR = "calendar", _("Work calendar")
        TAKEOVER = "takeover", _("Catalogue, taken over")

    class State(models.TextChoices):
        READING = "reading", pgettext_lazy("upload", "Being read")
        READ = "read", pgettext_lazy("upload", "Read")
        FAILED = "failed", pgettext_lazy("upload", "Cannot be read")

    WORKING = [State.READING]

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("uploaded at"))
    kind = models.CharField(max_length=10, choices=Kind)
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, null=True, related_name="+")
    is_whole_year = models.BooleanField(default=False)
    language = models.CharField(max_length=10, help_text=_("In which it says what it found."))
    file = models.FileField(upload_to="uploads/%Y/%m/", max_length=200, blank=True)
    file_name = models.CharField(_("file"), max_length=120)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.READING)
    problems = models.JSONField(default=list, blank=True)
    catalogue = models.ForeignKey(CatalogueUpload, models.PROTECT, null=True, related_name="+")
    change = models.ForeignKey(CalendarChange, models.PROTECT, null=True, related_name="+")

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index(fields=["id"], condition=Q(state="reading"), name="upload_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["catalogue"],
                condition=Q(kind="takeover", state="reading"),
                name="upload_takes_over_once",
            )
        ]

    def __str__(self):
        return self.file_name

    @staticmethod
    def telling(progress):
        return {}
