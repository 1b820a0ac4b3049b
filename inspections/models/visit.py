"""A visit as it happened, and the diary items (民情日记) that it brought up."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule
from inspections.models.cadence import Mode
from residents.models import Household


class Visit(models.Model):
    """Keeps the grid of its day. Belongs to the day it happened, also when it arrives late."""

    scope = ScopeRule(
        area="visit", building="household__dwelling__building", owner="visitor"
    )

    class Outcome(models.TextChoices):
        MET = "met", _("Met")
        NOBODY = "nobody", _("Nobody home")
        REFUSED = "refused", _("Refused")
        MOVED = "moved", _("Moved away")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    client_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="visits", db_index=False
    )
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", db_index=False
    )
    mode = models.CharField(_("how"), max_length=4, choices=Mode, default=Mode.HOME)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    is_unchanged = models.BooleanField(_("all as it was"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    happened_on = models.DateField(_("on"))
    logged_at = models.DateTimeField(_("logged at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(fields=["client_uuid"], name="visit_logged_once")
        ]
        indexes = [
            models.Index(
                fields=["household", "-happened_on"], name="visit_of_household"
            ),
            models.Index(fields=["visitor", "-happened_on"], name="visit_of_visitor"),
            models.Index(fields=["grid", "-happened_on"], name="visit_in_grid"),
            models.Index(
                fields=["district", "-happened_on", "-id"], name="visit_latest"
            ),
        ]

    def __str__(self):
        return f"{self.household} · {self.happened_on}"


class DiaryItemQuerySet(ScopedQuerySet):
    def open(self):
        """Neither struck off nor a case that was closed."""
        return self.filter(solved_on=None).filter(
            Q(case=None) | Q(case__closed_at=None)
        )


class DiaryItem(models.Model):
    """One matter that a visit brought up; struck off when it is solved."""

    scope = ScopeRule(
        area="visit",
        grid="visit__grid",
        district="visit__district",
        building="visit__household__dwelling__building",
        owner="visit__visitor",
    )

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="diary_items")
    text = models.CharField(_("matter"), max_length=300)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="diary_items"
    )
    solved_on = models.DateField(_("solved on"), null=True, blank=True)

    objects = DiaryItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("diary item")
        verbose_name_plural = _("diary items")
        indexes = [
            models.Index(
                fields=["visit"], condition=Q(solved_on=None), name="diary_item_open"
            )
        ]

    def __str__(self):
        return self.text
