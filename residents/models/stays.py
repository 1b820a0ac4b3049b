"""Where floating people and people from abroad come from, and until when they may stay."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.history import track
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.households import Resident


@track()
class Stay(models.Model):
    """At most one of a resident; what GB/T 31000 adds for 流动人口 and 境外人员.

    It ends (`ended_on`) when the resident leaves the register, by the forms of life.
    """

    scope = ScopeRule(
        area="register",
        grid="resident__grid",
        district="resident__district",
        building="resident__household__dwelling__building",
    )

    class Reason(models.TextChoices):
        WORK = "work", _("Work")
        BUSINESS = "business", _("Business")
        STUDY = "study", _("Study")
        FAMILY = "family", _("With the family")
        MARRIAGE = "marriage", _("Marriage")
        HEALTH = "health", _("Medical treatment")
        OTHER = "other", pgettext_lazy("reason of coming", "Other")

    class Permit(models.TextChoices):
        NONE = "none", pgettext_lazy("permit", "None")
        REGISTRATION = "registration", _("Residence registration")
        RESIDENCE = "residence", _("Residence permit")
        VISA = "visa", _("Visa")
        PERMANENT = "permanent", _("Permanent residence permit")

    resident = models.OneToOneField(Resident, models.PROTECT, related_name="stay")
    came_from = models.CharField(_("came from"), max_length=200, blank=True)
    reason = models.CharField(_("reason of coming"), max_length=10, choices=Reason, blank=True)
    came_on = models.DateField(_("came on"), null=True, blank=True)
    leaves_on = models.DateField(_("means to leave on"), null=True, blank=True)
    ended_on = models.DateField(_("left on"), null=True, blank=True, editable=False)
    permit = models.CharField(_("permit"), max_length=12, choices=Permit, blank=True)
    permit_on = models.DateField(_("permit issued on"), null=True, blank=True)
    permit_until = models.DateField(_("permit valid until"), null=True, blank=True)
    nationality = models.CharField(_("nationality"), max_length=40, blank=True)
    latin_surname = models.CharField(_("surname abroad"), max_length=60, blank=True)
    latin_given = models.CharField(_("given name abroad"), max_length=60, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        indexes = [models.Index(fields=["permit_until"], name="stay_permit_until")]

    def __str__(self):
        return f"{self.resident} · {self.came_from}"
