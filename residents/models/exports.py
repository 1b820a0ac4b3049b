"""Exports. The row is the queue and the record: who took which columns of how many rows, and why."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid, Job, JobQuerySet
from grids.scope import ScopedQuerySet, ScopeRule


class Subject(models.TextChoices):
    RESIDENTS = "residents", _("Residents")
    HOUSEHOLDS = "households", _("Households")
    PREMISES = "premises", _("Premises")
    LICENCES = "licences", _("Licences")
    LEASES = "leases", _("Leases")


class Elsewhere(models.TextChoices):
    """Lists of other floors that leave by the same desk; they are handed out, not kept."""

    UNSEEN = "unseen", _("Not seen")
    CASES = "cases", pgettext_lazy("export", "Cases")
    BENEFITS = "benefits", pgettext_lazy("export", "Benefits")
    OWN_DATA = "own_data", pgettext_lazy("export", "Copy of own data")


class Export(Job):
    """Auditors see that it was made (`access.view`); only its maker fetches it (`access.fetch`)."""

    scope = ScopeRule(area="access", owner="by")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("export", "Being written")
        DONE = "done", pgettext_lazy("export", "Ready")
        FAILED = "failed", pgettext_lazy("export", "Failed")

    class Format(models.TextChoices):
        EXCEL = "excel", "Excel"
        PAPER = "paper", _("Paper")
        BOOK = "book", _("Printed book")
        FILLED = "filled", _("Filled workbook")

    WORKING = [State.WAITING]

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports")
    subject = models.CharField(
        _("register"), max_length=12, choices=[*Subject.choices, *Elsewhere.choices]
    )
    format = models.CharField(max_length=6, choices=Format, default=Format.EXCEL)
    title = models.CharField(_("list"), max_length=60)
    # Keys of the grids whose rows are in it: it is read only while its maker's postings cover them.
    covers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    # {right: keys of the grids} of the sensitive facts that stand open in it.
    opened = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    columns = ArrayField(models.CharField(max_length=30))
    wanted = models.JSONField(default=dict, blank=True)
    purpose = models.CharField(_("purpose"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    expected = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    file = models.FileField(upload_to="exports/%Y/%m/", max_length=200, blank=True)
    # A workbook of somebody else's form that is to be filled, and how it was understood.
    template = models.FileField(upload_to="exports/%Y/%m/", max_length=200, blank=True, default="")
    layout = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    created_at = models.DateTimeField(_("at"))
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(condition=~Q(purpose=""), name="export_has_a_purpose")
        ]
        indexes = [
            models.Index(fields=["district", "-id"], name="export_latest"),
            models.Index(fields=["id"], condition=Q(state="waiting"), name="export_waiting"),
        ]

    def __str__(self):
        return self.title

    @property
    def register(self):
        """The Subject; None for a list of another floor."""
        return Subject(self.subject) if self.subject in Subject.values else None

    @staticmethod
    def telling(progress):
        return {"rows": progress.get("rows", 0)}


class ExportList(models.Model):
    """Columns in an order, under a name; each person keeps his or her own."""

    scope = ScopeRule(area="access", grid=None, owner="by")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="export_lists")
    subject = models.CharField(_("register"), max_length=12, choices=Subject)
    name = models.CharField(_("name"), max_length=60)
    columns = ArrayField(models.CharField(max_length=30))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved list")
        verbose_name_plural = _("saved lists")
        constraints = [
            models.UniqueConstraint(fields=["by", "subject", "name"], name="export_list_name_once")
        ]

    def __str__(self):
        return self.name
