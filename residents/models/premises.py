"""Businesses and institutions (企业户籍)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.models import Building
from grids.scope import ScopeRule
from residents.models.households import Dwelling
from residents.models.lasting import Lasting, LiveQuerySet, OnTheGround, facts_of


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

    class Holding(models.TextChoices):
        OWN = "own", _("Own rooms")
        RENTED = "rented", _("Rented rooms")

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
    owner_or_tenant = models.CharField(
        _("owns or rents"),
        max_length=10,
        choices=Holding,
        blank=True,
        default="",
        db_default="",
    )
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    business = models.CharField(
        _("line of business"), max_length=120, blank=True, default="", db_default=""
    )
    area = models.DecimalField(
        _("area in m²"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    employees = models.PositiveIntegerField(_("of these employed"), null=True, blank=True)
    employees_from_elsewhere = models.PositiveIntegerField(
        _("of these from elsewhere"), null=True, blank=True
    )
    party_members = models.PositiveIntegerField(_("party members"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, default="", db_default="")
    facts = facts_of("premises")
    head_count = models.PositiveIntegerField(_("head count"), default=0)
    responsible_person = models.CharField(_("responsible person"), max_length=60, blank=True)
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
        indexes = [
            models.Index(fields=["grid", "kind"], name="premises_grid"),
            models.Index(
                fields=["district", "name", "id"],
                condition=Q(ended_on=None),
                name="premises_live_name",
            ),
            models.Index(
                fields=["district", "credit_code"],
                condition=Q(ended_on=None) & ~Q(credit_code=""),
                name="premises_live_credit_code",
            ),
        ]

    def __str__(self):
        return self.name


@track()
class Licence(models.Model):
    """A licence or permit of premises, with the day on which it ends."""

    scope = ScopeRule(
        area="register",
        grid="premises__grid",
        district="premises__district",
        building="premises__building",
    )

    premises = models.ForeignKey(Premises, models.PROTECT, related_name="licences")
    kind = models.CharField(_("licence"), max_length=60)
    number = models.CharField(_("number"), max_length=60, blank=True)
    authority = models.CharField(_("issued by"), max_length=80, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    ended_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = LiveQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            models.UniqueConstraint(
                fields=["premises", "kind", "number"],
                condition=Q(ended_on=None),
                name="licence_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                condition=Q(ended_on=None),
                name="licence_running_out",
            )
        ]
        ordering = ["expires_on", "id"]

    def __str__(self):
        return self.kind
