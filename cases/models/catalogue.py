"""What a case can be about, its limits, and who answers for it where."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from cases.models.stages import OPEN, Stage
from grids.models import Department, Grid
from grids.scope import ScopedQuerySet, ScopeRule


class LimitUnit(models.TextChoices):
    URGENT_HOURS = "urgent_hours", _("urgent hours (nights and holidays count)")
    WORKING_HOURS = "working_hours", _("working hours")
    WORKING_DAYS = "working_days", _("working days")
    CALENDAR_DAYS = "calendar_days", _("calendar days")


class ServiceModule(models.Model):
    """One of the district's lines of service (服务模块); editable, seventeen are shipped."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("service module")
        verbose_name_plural = _("service modules")
        constraints = [models.UniqueConstraint(fields=["code"], name="service_module_once")]
        ordering = ["code"]

    def __str__(self):
        return self.name


class Category(models.Model):
    class Kind(models.TextChoices):
        COMPONENT = "component", _("Component")
        MATTER = "matter", _("Matter")
        REQUEST = "request", _("Request")
        INQUIRY = "inquiry", _("Inquiry")
        SUGGESTION = "suggestion", _("Suggestion")
        COMPLAINT = "complaint", _("Complaint")
        DISPUTE = "dispute", _("Dispute")
        ERRAND = "errand", _("Errand")
        TASK = "task", _("Task")
        VERIFICATION = "verification", _("Verification")
        OWN_DATA = "own_data", _("Request about own data")

    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    code = models.CharField(_("code"), max_length=10, help_text=_("Major 2 + minor 3 digits."))
    name = models.CharField(_("name"), max_length=60)
    major_name = models.CharField(_("major class"), max_length=60, blank=True)
    module = models.ForeignKey(
        ServiceModule,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="categories",
        verbose_name=_("service module"),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="category_once")]
        ordering = ["kind", "code"]

    def __str__(self):
        return self.name


class Loop(models.TextChoices):
    GRID = "grid", _("Grid (micro loop)")
    COMMUNITY = "community", _("Community (small loop)")
    STREET = "street", _("Street (large loop)")
    DISTRICT = "district", _("District")


# The stages whose own limits a standard may name, and the units of such a limit.
STAGES_WITH_LIMIT = tuple(stage.value for stage in Stage if stage in OPEN)
STEP_UNITS = ("minutes", *LimitUnit.values)


def check_step_limits(value):
    """Refuse anything but {stage: [number, unit]}."""
    for stage, limit in value.items() if isinstance(value, dict) else [("", None)]:
        is_right = (
            stage in STAGES_WITH_LIMIT
            and isinstance(limit, list | tuple)
            and len(limit) == 2
            and type(limit[0]) is int
            and 0 < limit[0] < 10_000
            and limit[1] in STEP_UNITS
        )
        if not is_right:
            raise ValidationError(
                _("Write each step as a stage and its number and unit, e.g. %(example)s.")
                % {"example": '{"dispatched": [4, "working_hours"]}'}
            )


class _Days(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class CaseStandardQuerySet(models.QuerySet):
    def in_force(self, day):
        """Standards under which a case can be filed on this day."""
        return self.filter(valid_from__lte=day).exclude(valid_to__lt=day)


class CaseStandard(models.Model):
    """A filing condition of a category and the limit that goes with it.

    One that cases were filed under is never changed: `cases.catalogue.versions` writes the next one.
    """

    category = models.ForeignKey(
        Category, models.PROTECT, related_name="standards", verbose_name=_("category")
    )
    condition = models.CharField(_("filing condition"), max_length=120)
    limit_number = models.PositiveSmallIntegerField(_("limit"))
    limit_unit = models.CharField(_("unit"), max_length=14, choices=LimitUnit)
    step_limits = models.JSONField(
        _("limits of the steps"),
        default=dict,
        blank=True,
        validators=[check_step_limits],
        help_text=_('Stage to [number, unit], e.g. {"reported": [30, "minutes"]}.'),
    )
    closing_condition = models.CharField(_("closing condition"), max_length=200, blank=True)
    evidence = models.CharField(_("evidence"), max_length=120, blank=True)
    default_line = models.CharField(
        _("line of work"),
        max_length=30,
        blank=True,
        help_text=_("The department's key."),
    )
    loop = models.CharField(_("loop"), max_length=10, choices=Loop, default=Loop.STREET)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    is_admitted = models.BooleanField(_("admitted for grid workers"), default=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced_by",
        help_text=_("The version before; a case keeps the one it was filed under."),
    )

    objects = CaseStandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("case standard")
        verbose_name_plural = _("case standards")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "condition", "valid_from"],
                name="case_standard_once",
            ),
            models.CheckConstraint(condition=Q(limit_number__gt=0), name="case_standard_limit"),
            ExclusionConstraint(
                name="case_standard_in_force_once",
                expressions=[
                    ("category", RangeOperators.EQUAL),
                    ("condition", RangeOperators.EQUAL),
                    (
                        _Days(F("valid_from"), F("valid_to"), Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_(
                    "This category has this filing condition already on these days."
                ),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="case_standard_ends_after_it_begins",
                violation_error_message=_("It ends before it begins."),
            ),
        ]
        ordering = ["category", "condition"]

    def __str__(self):
        return f"{self.category} · {self.condition}"

    def clean(self):
        """Said before the constraints are tried: such a range is no range to the database."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("It ends before it begins.")})


class Responsibility(models.Model):
    """Who answers for a category in a grid and below; the most specific row routes."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        related_name="responsibilities",
        db_constraint=False,
        verbose_name=_("grid"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        related_name="responsibilities",
        verbose_name=_("category"),
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="responsibilities",
        verbose_name=_("department"),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        constraints = [
            models.UniqueConstraint(fields=["category", "grid"], name="responsibility_once")
        ]

    def __str__(self):
        return f"{self.category} · {self.grid}"


class AnswerTemplate(models.Model):
    """A ready text for a step, of one category or of all."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answer_templates",
        verbose_name=_("category"),
    )
    step = models.CharField(_("step"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    text = models.TextField(_("text"), max_length=500)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ready answer")
        verbose_name_plural = _("ready answers")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "category", "step", "name"],
                name="answer_template_once",
                nulls_distinct=False,
            )
        ]
        ordering = ["step", "name"]

    def __str__(self):
        return self.name
