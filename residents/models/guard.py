"""A care category that is to be guarded no longer: one asks, a second person confirms."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from residents.models.care import CareCategory


class GuardChange(models.Model):
    """Waits while nobody has decided; the dictionary is one for all districts."""

    is_recorded_by_its_rules = True

    category = models.ForeignKey(CareCategory, models.PROTECT, related_name="guard_changes")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    is_confirmed = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("guard to be taken off")
        verbose_name_plural = _("guards to be taken off")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="guard_change_takes_two",
            ),
            models.UniqueConstraint(
                fields=["category"],
                condition=Q(decided_by=None),
                name="guard_change_one_at_a_time",
            ),
        ]

    def __str__(self):
        return str(self.category)
