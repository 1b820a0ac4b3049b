"""Every look at a sensitive fact is on record."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.households import Resident
from residents.models.lasting import OnTheGround
from residents.models.premises import Premises


class AccessRecord(OnTheGround):
    """Append-only: who saw which field of whom, when and for what purpose."""

    scope = ScopeRule(area="access")
    is_append_only = True

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="access_records")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    field = models.CharField(_("field"), max_length=30)
    purpose = models.CharField(_("purpose"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(purpose=""), name="access_record_has_a_purpose"
            )
        ]
        indexes = [models.Index(fields=["district", "-at"], name="access_record_latest")]

    def __str__(self):
        return f"{self.by} · {self.resident} · {self.field}"


class PremisesLook(OnTheGround):
    """Append-only: who opened or printed the file of premises, and what for."""

    scope = ScopeRule(area="access")
    is_append_only = True

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at premises")
        verbose_name_plural = _("looks at premises")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(purpose=""), name="premises_look_has_a_purpose"
            )
        ]
        indexes = [models.Index(fields=["district", "-at"], name="premises_look_latest")]

    def __str__(self):
        return f"{self.by} · {self.premises}"
