"""Cases that belong together, and people and departments who join one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.record import CaseEvent
from grids.models import Department
from grids.scope import ScopedQuerySet


class CaseLink(models.Model):
    """Two cases that have to do with each other; written once, the smaller key first."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="links")
    other = models.ForeignKey(Case, models.CASCADE, related_name="linked_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other"], name="case_link_once"),
            models.CheckConstraint(condition=Q(case__lt=F("other")), name="case_link_in_order"),
        ]

    def __str__(self):
        return f"{self.case_id} – {self.other_id}"


class CaseSupporter(models.Model):
    """Somebody who reported the same and was added to the case that was there."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="supporters")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="supported_cases"
    )
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "staff"], name="case_supporter_once")
        ]

    def __str__(self):
        return f"{self.case_id} {self.staff_id}"


class CaseHelp(models.Model):
    """A department that helps the one that leads (协办); it sees the case while it helps."""

    scope = CaseEvent.scope

    case = models.ForeignKey(Case, models.PROTECT, related_name="helps")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="helps",
        db_index=False,
        verbose_name=_("helping department"),
    )
    task = models.CharField(_("what is asked for"), max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    answer = models.CharField(_("what was done"), max_length=500, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("help of a department")
        verbose_name_plural = _("help of departments")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "department"],
                condition=Q(done_at=None),
                name="case_help_once_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["department", "case"], name="case_help_of")]

    def __str__(self):
        return f"{self.case_id} {self.department_id}"
