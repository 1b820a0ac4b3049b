"""The case (案卷). Only `cases.workflow` writes the stage."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models.catalogue import CaseStandard, Category, Loop
from cases.models.stages import FINISHED, SOLVED, Stage
from grids.models import Department, Grid
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models import Household


class Result(models.TextChoices):
    FIXED = "fixed", _("Fixed")
    ANSWERED = "answered", _("Answered")
    NOT_FIXED = "closed_not_fixed", _("Closed without a fix")
    PASSED_ON = "passed_on", _("Passed on")


class Source(models.TextChoices):
    PATROL = "patrol", _("Patrol")
    VISIT = "visit", _("Visit")
    RESIDENT = "resident", _("Resident")
    HOTLINE = "hotline", _("Hotline or mail")
    DEPARTMENT = "department", _("Department")
    CHECK = "check", _("Check")


def red_at(now):
    """The limit has passed at `now`. With yellow_at, the one SQL definition of the lights."""
    return Q(due_at__lte=now)


def yellow_at(now):
    """Near the limit, or late at a step, at `now`, and not red."""
    return Q(warn_at__lte=now) & (Q(due_at=None) | Q(due_at__gt=now))


class CaseQuerySet(ScopedQuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def red(self, *, now):
        return self.open().filter(red_at(now))

    def yellow(self, *, now):
        return self.open().filter(yellow_at(now))

    def green(self, *, now):
        return self.open().filter(
            Q(due_at=None) | Q(due_at__gt=now), Q(warn_at=None) | Q(warn_at__gt=now)
        )

    def with_light(self, now):
        """Annotates `light`; of closed cases the light that they closed with."""
        return self.annotate(
            light=models.Case(
                models.When(closed_at__isnull=False, then=F("closing_light")),
                models.When(red_at(now), then=models.Value("red")),
                models.When(yellow_at(now), then=models.Value("yellow")),
                default=models.Value("green"),
            )
        )


class Case(models.Model):
    """Something that somebody must do something about, from report to evaluation."""

    scope = ScopeRule(
        area="case",
        department="department",
        helpers="helps__department",
        owner="reporter",
        joined="supporters__staff",
    )

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.CharField(_("number"), max_length=20, editable=False)
    client_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="cases", verbose_name=_("category")
    )
    standard = models.ForeignKey(
        CaseStandard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        db_index=False,
        verbose_name=_("filing condition"),
    )
    title = models.CharField(_("title"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    address = models.CharField(_("place"), max_length=200, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source)
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="cases"
    )
    loop = models.CharField(_("loop"), max_length=10, choices=Loop, default=Loop.STREET)
    is_urgent = models.BooleanField(_("urgent"), default=False)

    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.REPORTED)
    result = models.CharField(_("result"), max_length=20, choices=Result, blank=True)
    result_note = models.CharField(_("reason"), max_length=300, blank=True)

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_cases",
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        db_index=False,
        verbose_name=_("department"),
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="handled_cases",
        db_index=False,
        verbose_name=_("handler"),
    )

    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases_to_decide",
        db_index=False,
        verbose_name=_("decides"),
        help_text=_("After the second return between departments."),
    )
    companion = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accompanied_cases",
        db_index=False,
        verbose_name=_("stays with it"),
        help_text=_("The grid worker who stays with an urgent case to its end."),
    )
    returns = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("Returns by departments in this run.")
    )
    passed_to = models.CharField(
        _("passed on to"), max_length=120, blank=True, default="", db_default=""
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        db_index=False,
        help_text=_("The case that goes on for both."),
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        db_index=False,
    )

    reported_at = models.DateTimeField(_("reported at"))
    registered_at = models.DateTimeField(_("registered at"), null=True, blank=True)
    stage_since = models.DateTimeField(help_text=_("When the case came to this stage."))
    step_due_at = models.DateTimeField(null=True, blank=True)
    limit_warn_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the share of the whole limit is used up."),
    )
    warn_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("The earlier of limit_warn_at and step_due_at."),
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    limit_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("The whole limit, in the minutes that its unit counts."),
    )
    run = models.PositiveSmallIntegerField(
        default=1, help_text=_("Raised by reopening and extension.")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closing_light = models.CharField(max_length=6, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    rating_note = models.CharField(max_length=300, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="case_number_once"),
            models.UniqueConstraint(fields=["client_uuid"], name="case_reported_once"),
            models.CheckConstraint(
                condition=Q(
                    stage__in=sorted(FINISHED),
                    closed_at__isnull=False,
                )
                | (~Q(stage__in=sorted(FINISHED)) & Q(closed_at=None)),
                name="case_closed_at_goes_with_stage",
            ),
            models.CheckConstraint(
                condition=Q(registered_at=None) | Q(registered_at__gte=F("reported_at")),
                name="case_registered_after_report",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=sorted(SOLVED)) ^ Q(result=""),
                name="case_result_goes_with_closing",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)),
                name="case_rating_1_to_5",
            ),
        ]
        indexes = [
            models.Index(
                fields=["district", "due_at", "id"],
                include=["warn_at", "department", "grid", "category", "stage", "loop"],
                condition=Q(closed_at=None),
                name="case_open_by_district",
            ),
            models.Index(
                fields=["grid", "due_at", "id"],
                include=["warn_at", "department", "category", "stage", "loop", "district"],
                condition=Q(closed_at=None),
                name="case_open_by_grid",
            ),
            models.Index(
                fields=["department", "due_at", "id"],
                include=["warn_at", "grid", "category", "stage", "loop", "district"],
                condition=Q(closed_at=None),
                name="case_open_by_department",
            ),
            models.Index(fields=["grid", "-reported_at", "-id"], name="case_grid_latest"),
            models.Index(fields=["department", "-reported_at"], name="case_department_latest"),
            models.Index(fields=["district", "-reported_at", "-id"], name="case_latest"),
            # What somebody has in hands, or reported, among all that was ever theirs.
            models.Index(
                fields=["handler", "due_at", "id"],
                condition=Q(closed_at=None, handler__isnull=False),
                name="case_open_in_hands",
            ),
            models.Index(
                fields=["reporter", "due_at", "id"],
                condition=Q(closed_at=None, reporter__isnull=False),
                name="case_open_by_reporter",
            ),
            models.Index(
                fields=["decider"],
                condition=Q(decider__isnull=False, closed_at=None),
                name="case_to_decide",
            ),
            models.Index(
                fields=["companion"],
                condition=Q(companion__isnull=False, closed_at=None),
                name="case_accompanied",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="case_merged_into",
            ),
            models.Index(
                fields=["split_from"],
                condition=Q(split_from__isnull=False),
                name="case_split_from",
            ),
            models.Index(
                fields=["district", "closed_at"],
                include=[
                    "grid",
                    "department",
                    "category",
                    "loop",
                    "closing_light",
                    "stage",
                    "reported_at",
                    "registered_at",
                ],
                condition=Q(closed_at__isnull=False),
                name="case_closed_by_district",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def get_absolute_url(self):
        return reverse("cases:detail", args=[self.number])

    @property
    def is_open(self):
        return self.closed_at is None
