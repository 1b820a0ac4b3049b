"""How often somebody goes, and when next."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models import CareCategory, Household, Premises


class Mode(models.TextChoices):
    HOME = "home", _("Home visit")
    CALL = "call", _("Phone call")


class VisitRule(models.Model):
    """Who is visited how often: ordinary or care households, one category, or premises."""

    scope = ScopeRule(area="dictionary", grid=None)

    class Target(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary households")
        CARE = "care", _("Care households")
        CATEGORY = "category", _("A care category")
        PREMISES = "premises", _("Premises of a category")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="visit_rules")
    target = models.CharField(_("who"), max_length=10, choices=Target)
    care_category = models.ForeignKey(
        CareCategory, models.PROTECT, null=True, blank=True, related_name="visit_rules"
    )
    premises_category = models.CharField(
        _("premises category"), max_length=40, blank=True
    )
    mode = models.CharField(_("how"), max_length=4, choices=Mode)
    every_months = models.PositiveSmallIntegerField(_("every (months)"))
    window_days = models.PositiveSmallIntegerField(
        _("announced before (days)"), default=7
    )
    grace_days = models.PositiveSmallIntegerField(_("grace (days)"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit rule")
        verbose_name_plural = _("visit rules")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "district",
                    "target",
                    "care_category",
                    "premises_category",
                    "mode",
                ],
                nulls_distinct=False,
                name="visit_rule_once",
            ),
            models.CheckConstraint(
                condition=Q(every_months__gt=0), name="visit_rule_period"
            ),
        ]

    def __str__(self):
        return f"{self.get_target_display()} · {self.get_mode_display()}"


class Schedule(models.Model):
    """One row per target and rule, moved by what is done. Due only while the target is live."""

    scope = ScopeRule(
        area="visit", grid="household__grid", building="household__dwelling__building"
    )

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    rule = models.ForeignKey(VisitRule, models.PROTECT, related_name="schedules")
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, related_name="schedules", db_index=False
    )
    premises = models.ForeignKey(
        Premises, models.PROTECT, null=True, related_name="schedules"
    )
    next_due_on = models.DateField(_("next due on"))
    last_done_on = models.DateField(_("last done on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "rule"],
                condition=Q(household__isnull=False),
                name="schedule_once_for_household",
            ),
            models.UniqueConstraint(
                fields=["premises", "rule"],
                condition=Q(premises__isnull=False),
                name="schedule_once_for_premises",
            ),
            models.CheckConstraint(
                condition=Q(household__isnull=False, premises=None)
                | Q(household=None, premises__isnull=False),
                name="schedule_has_one_target",
            ),
        ]
        indexes = [models.Index(fields=["next_due_on"], name="schedule_due")]

    def __str__(self):
        return f"{self.household or self.premises} · {self.next_due_on}"


class Reminder(models.Model):
    """That a due date was announced: once as coming, once on the day, once as overdue."""

    class Stage(models.TextChoices):
        COMING = "coming", _("Coming")
        DUE = "due", _("Due")
        OVERDUE = "overdue", _("Overdue")

    schedule = models.ForeignKey(
        Schedule, models.CASCADE, related_name="reminders", db_index=False
    )
    due_on = models.DateField()
    stage = models.CharField(max_length=8, choices=Stage)
    announced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_on", "stage"], name="reminder_once"
            )
        ]

    def __str__(self):
        return f"{self.schedule_id} {self.stage} {self.due_on}"
