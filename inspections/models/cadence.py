"""How often somebody goes, and when next."""

from dataclasses import replace
from datetime import timedelta

from django.db import models
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models import CareCategory, CareRecord, Household, Premises

# Nothing is announced earlier; keeps the scan for what is coming short.
LONGEST_WINDOW = timedelta(days=31)


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
        NEW = "new", _("Newly arrived households")
        PREMISES = "premises", _("Premises of a category")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="visit_rules", verbose_name=_("district")
    )
    target = models.CharField(_("who"), max_length=10, choices=Target)
    care_category = models.ForeignKey(
        CareCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visit_rules",
        verbose_name=_("care category"),
    )
    premises_category = models.CharField(_("premises category"), max_length=40, blank=True)
    mode = models.CharField(_("how"), max_length=4, choices=Mode)
    every_months = models.PositiveSmallIntegerField(_("every (months)"))
    window_days = models.PositiveSmallIntegerField(_("announced before (days)"), default=7)
    grace_days = models.PositiveSmallIntegerField(_("grace (days)"), default=0)
    new_days = models.PositiveSmallIntegerField(
        _("new for (days)"),
        default=90,
        db_default=90,
        help_text=_("How long after moving in a household counts as new."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=5, db_default=5, help_text=_("1 comes first.")
    )
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
            models.CheckConstraint(condition=Q(every_months__gt=0), name="visit_rule_period"),
            models.CheckConstraint(condition=Q(window_days__lte=31), name="visit_rule_window"),
        ]

    def __str__(self):
        return f"{self.get_target_display()} · {self.get_mode_display()}"


class HouseholdToVisit(Household):
    """A household as seen by those who visit: `visible_to(staff, right="log")` asks "visit.log"."""

    scope = replace(Household.scope, area="visit")

    class Meta:
        proxy = True
        verbose_name = _("household")
        verbose_name_plural = _("households")


def _applies(day):
    """The target is live and the rule is meant for it: care status decides which rules hold.

    `cadence/whom_a_rule_means.py` says the same in SQL, for targets without a schedule.
    """
    care = CareRecord.objects.on(day).filter(
        resident__household=OuterRef("household"), resident__ended_on=None
    )
    under_care = Exists(care.filter(category__level=CareCategory.Level.CARE))
    in_category = Exists(care.filter(category=OuterRef("rule__care_category")))
    who = VisitRule.Target
    # One comparison: the database gathers who is under care once, not once for each target.
    is_meant = Case(
        When(rule__target=who.CARE, then=True),
        When(rule__target=who.ORDINARY, then=False),
    )
    return Q(household__isnull=False, household__ended_on=None) & (
        Exact(under_care, is_meant)
        | (Q(rule__target=who.CATEGORY) & in_category)
        | (
            Q(rule__target=who.NEW)
            & Q(
                household__arrived_on__gt=ExpressionWrapper(
                    Value(day, models.DateField()) - F("rule__new_days"),
                    output_field=models.DateField(),
                )
            )
        )
    ) | Q(premises__isnull=False, premises__ended_on=None, rule__target=who.PREMISES) & (
        Q(rule__premises_category="") | Q(rule__premises_category=F("premises__category"))
    )


LAST_DAY = ExpressionWrapper(
    F("next_due_on") + F("rule__grace_days"), output_field=models.DateField()
)
ANNOUNCED_FROM = ExpressionWrapper(
    F("next_due_on") - F("rule__window_days"), output_field=models.DateField()
)


class ScheduleQuerySet(ScopedQuerySet):
    def applying(self, day):
        """Schedules of live targets whose rule is active and meant for them on `day`."""
        return self.filter(_applies(day), rule__is_active=True)

    def of_households(self):
        """Of live ones: said beside `applying`, it opens the indexes of live households."""
        return self.filter(household__isnull=False, household__ended_on=None)

    def open(self, day):
        """Due or overdue on `day`."""
        return self.filter(next_due_on__lte=day)

    def due(self, day):
        """Due on `day` or before, still within grace."""
        return self.open(day).with_last_day().filter(last_day__gte=day)

    def overdue(self, day):
        """Past the due date and its grace."""
        return self.filter(next_due_on__lt=day).with_last_day().filter(last_day__lt=day)

    def coming(self, day):
        """Not due yet, but within the rule's window."""
        return self.standing(day).filter(next_due_on__gt=day)

    def standing(self, day):
        """Coming, due or overdue on `day`: `stage` says which."""
        return (
            self.filter(next_due_on__lte=day + LONGEST_WINDOW)
            .alias(announced_from=ANNOUNCED_FROM)
            .filter(announced_from__lte=day)
            .with_last_day()
            .annotate(
                stage=Case(
                    When(next_due_on__gt=day, then=Value("coming")),
                    When(last_day__lt=day, then=Value("overdue")),
                    default=Value("due"),
                    output_field=models.CharField(),
                )
            )
        )

    def with_last_day(self):
        """`last_day`: the last day on which the visit is not overdue."""
        return self.annotate(last_day=LAST_DAY)


class Schedule(models.Model):
    """One row per target and rule, moved by what is done. Due only while the target is live."""

    scope = ScopeRule(
        area="visit", grid="household__grid", building="household__dwelling__building"
    )

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    rule = models.ForeignKey(VisitRule, models.PROTECT, related_name="schedules", db_index=False)
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, related_name="schedules", db_index=False
    )
    premises = models.ForeignKey(Premises, models.PROTECT, null=True, related_name="schedules")
    next_due_on = models.DateField(_("next due on"))
    last_done_on = models.DateField(_("last done on"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, db_default=0, help_text=_("Since somebody was met.")
    )
    retry_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("Nobody was home: not again before this day."),
    )

    objects = ScheduleQuerySet.as_manager()

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
        indexes = [models.Index(fields=["rule", "next_due_on"], name="schedule_of_rule_due")]

    def __str__(self):
        return f"{self.household or self.premises} · {self.next_due_on}"


class Reminder(models.Model):
    """That a due date was announced: once as coming, once on the day, once as overdue."""

    class Stage(models.TextChoices):
        COMING = "coming", _("Coming")
        DUE = "due", _("Due")
        OVERDUE = "overdue", _("Overdue")

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="reminders", db_index=False)
    due_on = models.DateField()
    stage = models.CharField(max_length=8, choices=Stage)
    announced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_on", "stage"], name="reminder_once")
        ]

    def __str__(self):
        return f"{self.schedule_id} {self.stage} {self.due_on}"
