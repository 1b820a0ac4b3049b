"""A workbook that somebody uploaded to change the catalogue."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule


class CatalogueUpload(models.Model):
    """A workbook of the catalogue: what it would change, and who confirmed it."""

    scope = ScopeRule(area="dictionary", grid=None)

    class State(models.TextChoices):
        CHECKED = "checked", _("Checked, not yet confirmed")
        DONE = "done", _("Taken over")
        DROPPED = "dropped", _("Dropped")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("uploaded at"))
    file_name = models.CharField(_("file"), max_length=120)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CHECKED)
    content = models.JSONField(
        default=dict, help_text=_("The rows of its sheets; emptied when it is settled.")
    )
    findings = models.JSONField(
        default=dict, help_text=_("What was to be written, as it was shown.")
    )
    settled_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("workbook of the catalogue")
        verbose_name_plural = _("workbooks of the catalogue")
        ordering = ["-at", "-id"]

    def __str__(self):
        return self.file_name
