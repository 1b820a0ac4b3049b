"""Help (帮扶) and benefits: who helps whom with what, and who is entitled to more."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.history import track
from grids.models import Department
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.care import CareCategory, closed_to
from residents.models.households import Resident

OF_A_RESIDENT = ScopeRule(
    area="register",
    grid="resident__grid",
    district="resident__district",
    building="resident__household__dwelling__building",
)


class HelpQuerySet(ScopedQuerySet):
    """Help is read by those who read care categories."""

    def on(self, day):
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))

    def readable_by(self, staff):
        return self.visible_to(staff, right="read_care")


class BenefitRecordQuerySet(HelpQuerySet):
    def readable_by(self, staff):
        """Not those of a benefit that tells of a category which is closed to this reader."""
        hidden, partly = closed_to(staff)
        rows = super().readable_by(staff)
        closed = hidden | partly.keys()
        return rows.exclude(benefit__categories__in=closed) if closed else rows


@track()
class SupportPlan(models.Model):
    """Who helps whom with what, until when, and when it is looked at again."""

    scope = OF_A_RESIDENT

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="support_plans")
    what = models.CharField(_("help"), max_length=200)
    helper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="support_plans",
        verbose_name=_("helper"),
    )
    helper_name = models.CharField(_("helper outside the staff"), max_length=60, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    review_on = models.DateField(_("next review"), null=True, blank=True)
    reviewed_on = models.DateField(_("last review"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    objects = HelpQuerySet.as_manager()

    class Meta:
        verbose_name = _("support plan")
        verbose_name_plural = _("support plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="support_plan_period",
            ),
            models.CheckConstraint(
                condition=Q(helper__isnull=False) | ~Q(helper_name=""),
                name="support_plan_has_a_helper",
            ),
        ]
        indexes = [
            models.Index(
                fields=["review_on"],
                condition=Q(until=None),
                name="support_plan_review",
            )
        ]

    def __str__(self):
        return f"{self.resident} · {self.what}"


@track()
class SupportAid(models.Model):
    """One thing that was given: a visit with rice, a subsidy, a repaired tap."""

    scope = ScopeRule(
        area="register",
        grid="plan__resident__grid",
        district="plan__resident__district",
        building="plan__resident__household__dwelling__building",
    )

    plan = models.ForeignKey(SupportPlan, models.PROTECT, related_name="aids")
    given_on = models.DateField(_("on"))
    what = models.CharField(_("what was given"), max_length=200)
    worth = models.DecimalField(
        _("worth in yuan"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = HelpQuerySet.as_manager()

    class Meta:
        verbose_name = _("aid given")
        verbose_name_plural = _("aid given")
        ordering = ["-given_on", "-id"]

    def __str__(self):
        return self.what


class Benefit(models.Model):
    """A benefit of the district and whom it is for: care categories, or an age, or both."""

    scope = ScopeRule(area="dictionary", grid=None)

    district = models.ForeignKey(
        "grids.Grid", models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    categories = models.ManyToManyField(
        CareCategory,
        blank=True,
        related_name="benefits",
        verbose_name=_("care categories"),
    )
    needs_all = models.BooleanField(
        _("all of the categories at once"), default=False, db_default=False
    )
    min_age = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in force"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "code"], name="benefit_once", nulls_distinct=False
            )
        ]
        ordering = ["code"]

    def __str__(self):
        return self.name


@track()
class BenefitRecord(models.Model):
    """A person receives a benefit, from a date to a date."""

    scope = OF_A_RESIDENT

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="benefit_records")
    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="records")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    amount = models.DecimalField(
        _("yuan per month"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(pgettext_lazy("benefit", "source"), max_length=60, blank=True)

    objects = BenefitRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("benefit received")
        verbose_name_plural = _("benefits received")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "benefit"],
                condition=Q(until=None),
                name="benefit_record_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="benefit_record_period",
            ),
        ]

    def __str__(self):
        return f"{self.resident} · {self.benefit}"
