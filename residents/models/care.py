"""Care categories (特殊群体类别): they bring help, and only those who visit may read them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.roles import Role
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.households import Resident


class CareCategory(models.Model):
    class Level(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        CARE = "care", _("Care")

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    other_words = models.JSONField(_("other words"), default=list, blank=True)
    level = models.CharField(
        _("level"), max_length=10, choices=Level, default=Level.CARE
    )
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    readers = ArrayField(
        models.CharField(max_length=24, choices=Role),
        verbose_name=_("who may read it"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Nobody chosen: every role that reads care categories."),
    )

    class Meta:
        verbose_name = _("care category")
        verbose_name_plural = _("care categories")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="care_category_once")
        ]
        ordering = ["code"]

    def __str__(self):
        return self.name


class CareRecordQuerySet(ScopedQuerySet):
    def on(self, day):
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))


@track()
class CareRecord(models.Model):
    scope = ScopeRule(
        area="register",
        grid="resident__grid",
        district="resident__district",
        building="resident__household__dwelling__building",
    )

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="care_records")
    category = models.ForeignKey(CareCategory, models.PROTECT, related_name="records")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = CareRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("care record")
        verbose_name_plural = _("care records")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "category"],
                condition=Q(until=None),
                name="care_record_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="care_record_period",
            ),
        ]

    def __str__(self):
        return f"{self.resident} · {self.category}"
