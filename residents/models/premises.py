"""Businesses and institutions (企业户籍)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.models import Building
from grids.scope import ScopeRule
from residents.models.households import Dwelling, Lasting, LiveQuerySet, OnTheGround


@track()
class Premises(OnTheGround, Lasting):
    scope = ScopeRule(area="register", building="building")

    class Kind(models.TextChoices):
        INSTITUTION = "institution", _("Institution")
        STATE = "state", _("State firm")
        COLLECTIVE = "collective", _("Collective firm")
        PRIVATE = "private", _("Private firm")
        SELF_EMPLOYED = "self_employed", _("Self-employed")
        OTHER = "other", _("Other")

    building = models.ForeignKey(
        Building, models.PROTECT, null=True, blank=True, related_name="premises"
    )
    dwelling = models.ForeignKey(
        Dwelling, models.PROTECT, null=True, blank=True, related_name="premises"
    )
    code = models.CharField(_("code"), max_length=30, blank=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("type"), max_length=16, choices=Kind)
    category = models.CharField(_("category"), max_length=40, blank=True)
    credit_code = models.CharField(_("social credit code"), max_length=18, blank=True)
    head_count = models.PositiveIntegerField(_("head count"), default=0)
    responsible_person = models.CharField(
        _("responsible person"), max_length=60, blank=True
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)

    objects = LiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("premises")
        verbose_name_plural = _("premises")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "code"],
                condition=Q(ended_on=None) & ~Q(code=""),
                name="premises_code_once",
            )
        ]
        indexes = [models.Index(fields=["grid", "kind"], name="premises_grid")]

    def __str__(self):
        return self.name
