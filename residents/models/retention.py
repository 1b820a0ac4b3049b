"""How long what is about persons is kept, and each erasure that was asked for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid, Job, JobQuerySet
from grids.scope import ScopedQuerySet, ScopeRule


class RetentionRule(models.Model):
    """What a district decided of one kind of rows; without a row the product's period holds."""

    scope = ScopeRule(area="retention", grid=None)
    is_recorded_by_its_rules = True

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=24)
    months = models.PositiveSmallIntegerField(_("kept for (months)"))
    basis = models.CharField(_("legal ground"), max_length=200)
    is_on = models.BooleanField(_("every night by itself"), default=False, db_default=False)
    # Asked for where it takes two; on when somebody else confirms it.
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(fields=["district", "kind"], name="retention_rule_once"),
            models.CheckConstraint(condition=Q(months__gt=0), name="retention_rule_period"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(wanted_by=None), name="retention_rule_on_or_wanted"
            ),
        ]

    def __str__(self):
        return self.kind


class RetentionRun(Job):
    """One erasure: the row is the queue and the record. It names nobody who was erased."""

    scope = ScopeRule(area="retention", grid=None)
    is_recorded_by_its_rules = True

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("erasure", "Waits for a second person")
        RUNNING = "running", pgettext_lazy("erasure", "Being erased")
        DONE = "done", pgettext_lazy("erasure", "Erased")
        REFUSED = "refused", pgettext_lazy("erasure", "Not confirmed")
        FAILED = "failed", pgettext_lazy("erasure", "Failed")

    WORKING = [State.RUNNING]

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=24)
    before = models.DateField(_("ended before"))
    basis = models.CharField(_("legal ground"), max_length=200)
    # One row alone, where a person asked for it; else all that are due.
    only = models.BigIntegerField(null=True, blank=True)
    takes_two = models.BooleanField(default=False, db_default=False)
    state = models.CharField(_("state"), max_length=8, choices=State)
    expected = models.PositiveIntegerField(_("rows"), default=0)
    held = models.PositiveIntegerField(_("held back"), default=0)
    done = models.PositiveIntegerField(_("erased"), default=0)
    counts = models.JSONField(default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Empty: the system."),
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.CheckConstraint(
                condition=Q(takes_two=False)
                | Q(state="waiting")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="retention_run_takes_two",
            ),
            models.UniqueConstraint(
                fields=["district", "kind"],
                condition=Q(state__in=["waiting", "running"], only=None),
                name="retention_run_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["district", "-id"], name="retention_run_latest")]

    def __str__(self):
        return f"{self.kind} {self.before}"

    @staticmethod
    def telling(progress):
        """What was done stands on the row with each batch: a second worker goes on from there."""
        return {}
