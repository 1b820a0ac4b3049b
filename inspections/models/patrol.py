"""Patrols: slots of a day in a grid, the points on the way, and what was found."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule


class PatrolRule(models.Model):
    """How many patrols a day a grid has: the row of the nearest grid above counts."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.OneToOneField(
        Grid, models.PROTECT, related_name="patrol_rule", verbose_name=_("grid")
    )
    per_day = models.PositiveSmallIntegerField(_("patrols a day"), default=2)
    on_days_off = models.BooleanField(_("on days off too"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of patrols")
        verbose_name_plural = _("rules of patrols")
        constraints = [
            models.CheckConstraint(condition=Q(per_day__lte=12), name="patrol_rule_per_day")
        ]

    def __str__(self):
        return f"{self.grid} · {self.per_day}"


class PatrolPoint(models.Model):
    """A place on the way of a grid's patrol, in walking order."""

    scope = ScopeRule(area="visit")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        related_name="patrol_points",
        db_index=False,
        db_constraint=False,
    )
    position = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("point"), max_length=60)
    look_at = models.CharField(_("what to look at"), max_length=200, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("point of the patrol")
        verbose_name_plural = _("points of the patrol")
        indexes = [models.Index(fields=["grid", "position"], name="patrol_point_in_order")]
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name


class Patrol(models.Model):
    """One slot that was walked. No track, no mileage: what was found, or nothing."""

    scope = ScopeRule(area="visit", owner="by")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(_("day"))
    number = models.PositiveSmallIntegerField(_("patrol of the day"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="patrols", db_index=False
    )
    client_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    found_nothing = models.BooleanField(_("nothing found"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    logged_at = models.DateTimeField(_("logged at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("patrol")
        verbose_name_plural = _("patrols")
        constraints = [
            models.UniqueConstraint(fields=["grid", "day", "number"], name="patrol_slot_once"),
            models.UniqueConstraint(fields=["client_uuid"], name="patrol_logged_once"),
        ]
        indexes = [
            models.Index(fields=["district", "-day"], name="patrol_latest"),
            models.Index(fields=["by", "-day"], name="patrol_of_walker"),
        ]

    def __str__(self):
        return f"{self.grid_id} {self.day} {self.number}"


class PatrolFinding(models.Model):
    """A case that a patrol brought up, and at which point."""

    patrol = models.ForeignKey(Patrol, models.CASCADE, related_name="findings")
    case = models.OneToOneField(Case, models.PROTECT, related_name="patrol_finding")
    point = models.ForeignKey(
        PatrolPoint, models.PROTECT, null=True, blank=True, related_name="findings"
    )

    class Meta:
        verbose_name = _("finding of a patrol")
        verbose_name_plural = _("findings of a patrol")

    def __str__(self):
        return f"{self.patrol_id} {self.case_id}"
