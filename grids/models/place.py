"""Compounds and buildings: what stands on the ground of a grid."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.models.grid import Grid
from grids.scope import ScopedQuerySet, ScopeRule


@track()
class Compound(models.Model):
    """小区: a walled or named group of buildings, with its property company or none."""

    scope = ScopeRule(area="grid", grid="community")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    community = models.ForeignKey(
        Grid, models.PROTECT, related_name="compounds", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=60)
    property_company = models.CharField(_("property company"), max_length=80, blank=True)
    property_phone = models.CharField(
        _("phone of the property company"),
        max_length=30,
        blank=True,
        default="",
        db_default="",
    )
    address = models.CharField(_("address"), max_length=200, blank=True, default="", db_default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("compound")
        verbose_name_plural = _("compounds")
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="compound_once_in_community")
        ]

    def __str__(self):
        return self.name


@track()
class Building(models.Model):
    scope = ScopeRule(area="grid", building="pk")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        related_name="buildings",
        db_index=False,
        db_constraint=False,
    )
    compound = models.ForeignKey(
        Compound, models.PROTECT, null=True, blank=True, related_name="buildings"
    )
    name = models.CharField(_("name"), max_length=60)
    entrances = models.PositiveSmallIntegerField(_("entrances"), null=True, blank=True)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    built_in = models.PositiveSmallIntegerField(_("year of building"), null=True, blank=True)
    has_lift = models.BooleanField(_("lift"), null=True, blank=True)
    risk_note = models.CharField(_("risks"), max_length=300, blank=True, default="", db_default="")
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "name", "compound"],
                name="building_once_in_grid",
                nulls_distinct=False,
            )
        ]

    def __str__(self):
        return self.name
