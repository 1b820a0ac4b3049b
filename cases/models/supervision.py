"""Alarms that fire by themselves, the slips that they issue, the thresholds of a district."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.catalogue import Category
from cases.models.record import CaseEvent
from grids.models import Department, Grid
from grids.roles import Role
from grids.scope import ScopedQuerySet, ScopeRule


class Alarm(models.Model):
    """A rung of lateness of a case. Written at registration, fired by the sweep."""

    class Level(models.IntegerChoices):
        WARN = 0, _("Near its limit")
        DUE = 1, _("Limit passed")
        HALF = 2, _("Half the limit over")
        FULL = 3, _("Twice the limit")
        DOUBLE = 4, _("Three times the limit")

    case = models.ForeignKey(Case, models.CASCADE, related_name="alarms", db_index=False)
    run = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level)
    fires_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "run", "level"], name="alarm_once")]
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
    number = models.CharField(_("number"), max_length=30, blank=True, default="", db_default="")
    answer_due_at = models.DateTimeField(_("answer until"), null=True, blank=True)
    reminded_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it was told that the answer is overdue."),
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
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="slip_number_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["answer_due_at"],
                condition=Q(answered_at=None, reminded_at=None) & Q(answer_due_at__isnull=False),
                name="slip_answer_awaited",
            )
        ]

    def __str__(self):
        return self.number or f"{self.get_colour_display()} {self.case_id}"

    def get_absolute_url(self):
        return reverse("cases:slip", args=[self.pk])


class CasePolicy(models.Model):
    """How a district runs its cases: who decides, what is sampled, how long they may stand still."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.OneToOneField(
        Grid, models.PROTECT, related_name="case_policy", verbose_name=_("district")
    )
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decides after the second return"),
        help_text=_("Empty: a dispatcher of the district."),
    )
    recheck_percent = models.PositiveSmallIntegerField(
        _("re-checked of what was solved on the spot, percent"),
        default=10,
        db_default=10,
    )
    call_back_percent = models.PositiveSmallIntegerField(
        _("called back after closing, percent"), default=5, db_default=5
    )
    pause_days = models.PositiveSmallIntegerField(
        _("longest pause (days)"), default=15, db_default=15
    )
    extensions_at_most = models.PositiveSmallIntegerField(
        _("extensions of one case at most"), default=2, db_default=2
    )
    slip_answer_hours = models.PositiveSmallIntegerField(
        _("a slip is answered within (working hours)"), default=8, db_default=8
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules of the cases")
        verbose_name_plural = _("rules of the cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(recheck_percent__lte=100, call_back_percent__lte=100),
                name="case_policy_samples",
            ),
        ]

    def __str__(self):
        return str(self.district)


class LadderPolicy(models.Model):
    """How late is how loud: the rungs of a district, of all categories or of one."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="ladders", verbose_name=_("district")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ladders",
        verbose_name=_("category"),
    )
    warn_percent = models.PositiveSmallIntegerField(_("yellow from, percent"), default=75)
    half_percent = models.PositiveSmallIntegerField(_("yellow slip from, percent"), default=150)
    full_percent = models.PositiveSmallIntegerField(_("orange slip from, percent"), default=200)
    double_percent = models.PositiveSmallIntegerField(_("red slip from, percent"), default=300)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "category"],
                name="ladder_policy_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(warn_percent__range=(1, 100))
                & Q(half_percent__gt=100)
                & Q(full_percent__gt=models.F("half_percent"))
                & Q(double_percent__gt=models.F("full_percent")),
                name="ladder_policy_climbs",
            ),
        ]

    def __str__(self):
        return f"{self.district} · {self.category or ''}"


class LadderHearer(models.Model):
    """Who is told at a rung, where a district wants others than the shipped table says."""

    scope = ScopeRule(area="dictionary", grid=None)

    class Place(models.TextChoices):
        DEPARTMENT = "department", _("The department that holds the case")
        ANY = "any", _("Anywhere above the case")
        COMMUNITY = "community", _("Community")
        STREET = "street", _("Street")
        DISTRICT = "district", _("District")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", verbose_name=_("district"))
    level = models.PositiveSmallIntegerField(_("rung"), choices=Alarm.Level)
    role = models.CharField(_("role"), max_length=30, choices=Role)
    place = models.CharField(_("posted at"), max_length=10, choices=Place)
    only_at_desk = models.BooleanField(_("only while no department holds it"), default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("hearer of a rung")
        verbose_name_plural = _("hearers of the rungs")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "level", "role", "place"], name="ladder_hearer_once"
            )
        ]
        ordering = ["level", "role"]

    def __str__(self):
        return f"{self.get_level_display()} · {self.get_role_display()}"
