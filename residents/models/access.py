"""Every look at a sensitive fact is on record."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.households import Resident
from residents.models.lasting import OnTheGround
from residents.models.premises import Premises

SEARCH = "search:"  # and what was looked up: the field of a look-up by a secret


class AccessRecord(OnTheGround):
    """Append-only: who saw which field of whom, when and for what purpose.

    A look-up by a secret that found nobody has no resident. Of what was typed stay two keyed
    hashes: `asked` of all of it, `near` of what the numbers of one guess have in common.
    """

    scope = ScopeRule(area="access")
    is_append_only = True

    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="access_records")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    field = models.CharField(_("field"), max_length=30)
    purpose = models.CharField(_("purpose"), max_length=200)
    at = models.DateTimeField(_("at"))
    asked = models.BinaryField(null=True, editable=False)
    near = models.BinaryField(null=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(purpose=""), name="access_record_has_a_purpose"
            ),
            models.CheckConstraint(
                condition=models.Q(resident__isnull=False) | models.Q(field__startswith=SEARCH),
                name="access_record_of_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "-at"], name="access_record_latest"),
            models.Index(
                fields=["by", "-at"],
                condition=models.Q(asked__isnull=False),
                name="access_record_look_ups",
            ),
        ]

    def __str__(self):
        return f"{self.by} · {self.resident} · {self.field}"


class LookUpStop(OnTheGround):
    """Somebody looks nobody up by a secret, until the hours are over or an auditor lets go."""

    class Why(models.TextChoices):
        IN_A_ROW = "in_a_row", _("Several look-ups in a row found nobody")
        IN_A_DAY = "in_a_day", _("Many look-ups of one day found nobody")
        ONE_BIRTH = "one_birth", _("Several numbers of one birth date were tried")

    scope = ScopeRule(area="access")

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="look_up_stops"
    )
    why = models.CharField(_("reason"), max_length=10, choices=Why)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop of look-ups")
        verbose_name_plural = _("stops of look-ups")
        indexes = [models.Index(fields=["district", "-since"], name="look_up_stop_latest")]

    def __str__(self):
        return f"{self.staff} · {self.since:%Y-%m-%d}"


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
