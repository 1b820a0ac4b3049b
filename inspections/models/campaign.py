"""Everybody visited within some days: who is meant, and how far it has come."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule
from inspections.models.cadence import Mode
from inspections.models.visit import Visit
from residents.models import CareCategory, Household


class Campaign(models.Model):
    """集中走访: everyone, a care category or a list, from a day to a day."""

    scope = ScopeRule(area="visit")

    class Who(models.TextChoices):
        EVERYONE = "everyone", _("Every household")
        CARE = "care", _("Care households")
        CATEGORY = "category", _("A care category")
        LIST = "list", _("A list of household numbers")

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        RUNNING = "running", _("Running")
        CLOSED = "closed", pgettext_lazy("campaign", "Closed")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        related_name="campaigns",
        verbose_name=_("place"),
        help_text=_("The grid in which, and below which, households are meant."),
    )
    name = models.CharField(_("name"), max_length=60)
    purpose = models.CharField(pgettext_lazy("campaign", "purpose"), max_length=200, blank=True)
    who = models.CharField(_("who"), max_length=10, choices=Who)
    care_category = models.ForeignKey(
        CareCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("care category"),
    )
    mode = models.CharField(_("how"), max_length=4, choices=Mode, default=Mode.HOME)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"))
    goal_percent = models.PositiveSmallIntegerField(_("goal (percent)"), default=90)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    report = models.TextField(_("closing report"), blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="campaign_period"),
            models.CheckConstraint(condition=Q(goal_percent__range=(1, 100)), name="campaign_goal"),
            models.CheckConstraint(
                condition=Q(who="category", care_category__isnull=False)
                | (~Q(who="category") & Q(care_category=None)),
                name="campaign_category_goes_with_who",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "-since"], name="campaign_latest"),
        ]

    def __str__(self):
        return self.name


class CampaignTarget(models.Model):
    """One household of a campaign; it keeps the grid in which it was when it began."""

    scope = ScopeRule(area="visit", building="household__dwelling__building")

    class State(models.TextChoices):
        OPEN = "open", _("Not yet")
        ATTEMPTED = "attempted", _("Nobody met so far")
        REACHED = "reached", _("Reached")
        REFUSED = "refused", _("Refused")
        GONE = "gone", _("Moved away")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets", db_index=False)
    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="campaign_targets", db_index=False
    )
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="campaign_targets",
        db_index=False,
        verbose_name=_("handed to"),
        help_text=_("Empty: whoever is posted to the grid."),
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+", db_index=False)
    done_on = models.DateField(_("on"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("household of a campaign")
        verbose_name_plural = _("households of a campaign")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "household"], name="campaign_target_once")
        ]
        indexes = [
            models.Index(fields=["campaign", "grid", "state"], name="campaign_target_in_grid"),
            models.Index(
                fields=["household"],
                condition=Q(state__in=["open", "attempted"]),
                name="campaign_target_open",
            ),
            models.Index(
                fields=["visitor"],
                condition=Q(visitor__isnull=False, state__in=["open", "attempted"]),
                name="campaign_target_handed",
            ),
        ]

    def __str__(self):
        return f"{self.campaign_id} {self.household_id}"
