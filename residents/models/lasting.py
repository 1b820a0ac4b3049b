"""What the rows of a register share: they lie in a grid, end and stay, and hold custom facts."""

from django.db import models
from django.db.models import JSONField, Value
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import ScopedQuerySet


class LiveQuerySet(ScopedQuerySet):
    def live(self):
        return self.filter(ended_on=None)


class OnTheGround(models.Model):
    """A row that lies in a grid of a district (held together by a composite foreign key)."""

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class EndReason(models.TextChoices):
    MOVED = "moved", _("Moved away")
    DIED = "died", _("Died")
    MERGED = "merged", _("Merged")
    MISTAKE = "mistake", _("Entered by mistake")
    CLOSED = "closed", _("Closed down")


class Lasting(models.Model):
    """A row that ends and stays."""

    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason"), max_length=10, choices=EndReason, blank=True)

    class Meta:
        abstract = True


def facts_of(register):
    """{key of a custom field: value}; which fields there are, `CustomField` says."""
    return models.JSONField(
        default=dict,
        db_default=Value({}, JSONField()),
        blank=True,
        editable=False,
        help_text=register,
    )
