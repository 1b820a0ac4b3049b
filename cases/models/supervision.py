"""Alarms that fire by themselves, the slips that they issue, the thresholds of a district."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.record import CaseEvent
from grids.models import Department, Grid
from grids.scope import ScopedQuerySet, ScopeRule


class Alarm(models.Model):
    """A rung of lateness of a case. Written at registration, fired by the sweep."""

    class Level(models.IntegerChoices):
        WARN = 0, _("Near its limit")
        DUE = 1, _("Limit passed")
        HALF = 2, _("Half the limit over")
        FULL = 3, _("Twice the limit")
        DOUBLE = 4, _("Three times the limit")

    case = models.ForeignKey(
        Case, models.CASCADE, related_name="alarms", db_index=False
    )
    run = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level)
    fires_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "run", "level"], name="alarm_once")
        ]
        indexes = [
            models.Index(
                fields=["fires_at"],
                include=["case", "run", "level"],
                condition=Q(fired_at=None),
                name="alarm_unfired",
            )
        ]

    def __str__(self):
        return f"{self.case_id} {self.get_level_display()}"


class SupervisionSlip(models.Model):
    """四色督办单: the formal urge that goes with each further step of lateness."""

    scope = CaseEvent.scope

    class Colour(models.TextChoices):
        BLUE = "blue", _("Blue")
        YELLOW = "yellow", _("Yellow")
        ORANGE = "orange", _("Orange")
        RED = "red", _("Red")

    case = models.ForeignKey(Case, models.PROTECT, related_name="slips")
    run = models.PositiveSmallIntegerField(default=1)
    colour = models.CharField(_("colour"), max_length=6, choices=Colour)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        related_name="slips",
        verbose_name=_("to"),
    )
    text = models.CharField(max_length=500, blank=True)
    answer = models.CharField(_("explanation"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("supervision slip")
        verbose_name_plural = _("supervision slips")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "run", "colour"],
                condition=Q(issued_by=None),
                name="slip_by_the_system_once",
            )
        ]

    def __str__(self):
        return f"{self.get_colour_display()} {self.case_id}"


class LightPolicy(models.Model):
    """When a case of this district turns yellow: the share of its limit that is used up."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.OneToOneField(
        Grid, models.PROTECT, related_name="light_policy", verbose_name=_("district")
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("yellow from, percent"), default=75
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("thresholds of the lights")
        verbose_name_plural = _("thresholds of the lights")
        constraints = [
            models.CheckConstraint(
                condition=Q(warn_percent__range=(1, 100)), name="light_policy_percent"
            )
        ]

    def __str__(self):
        return str(self.district)
