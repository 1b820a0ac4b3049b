"""Leases of dwellings: entered by one person, approved by another."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.history import track
from grids.scope import ScopeRule
from residents.models.households import Dwelling, Household
from residents.models.lasting import LiveQuerySet, OnTheGround

SOON = timedelta(days=30)


class LeaseQuerySet(LiveQuerySet):
    def waiting(self):
        return self.live().filter(state="waiting")

    def returned(self):
        return self.live().filter(state="returned")

    def approved(self):
        return self.live().filter(state="approved")

    def running_out(self, today):
        """In force and neither ended nor renewed, though it ends soon or has run out."""
        rows = self.approved().filter(until__lte=today + SOON)
        return rows.exclude(Exists(_renewals()))

    def run_out(self, today):
        """In force by what is written, though the last day is past."""
        return self.approved().filter(until__lt=today)

    def lapsed(self):
        """Ended with their last day and not renewed."""
        later = Lease.objects.filter(
            Q(ended_on=None) | Q(state="approved"),
            dwelling=OuterRef("dwelling"),
            tenant_name=OuterRef("tenant_name"),
            since__gt=OuterRef("since"),
        )
        return self.filter(state="approved", ended_on=F("until")).exclude(Exists(later))

    def unanswered(self):
        """Lapsed, and nobody has said yet whether the tenants have left."""
        use = Dwelling.Use
        are_there = Q(
            household__ended_on=None,
            household__dwelling=F("dwelling"),
            dwelling__use__in=[use.LAPSED, use.RENTED],
        )
        not_known = Q(household=None, dwelling__use=use.LAPSED)
        return self.lapsed().filter(are_there | not_known)

    def over(self, today):
        """Ended, or run out and renewed."""
        return self.filter(Q(ended_on__isnull=False) | Q(Exists(_renewals()), until__lt=today))


def _renewals():
    """Later live leases of the same dwelling and tenant."""
    return Lease.objects.live().filter(
        dwelling=OuterRef("dwelling"),
        tenant_name=OuterRef("tenant_name"),
        since__gt=OuterRef("since"),
    )


@track()
class Lease(OnTheGround):
    """`special_edits` counts the changes of an approved lease; each needs approval again.

    Without `until` it has an open end: it runs until somebody ends it. A list may leave `since`
    and the landlord open too.
    """

    scope = ScopeRule(area="register", building="dwelling__building")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("lease", "To be approved")
        APPROVED = "approved", pgettext_lazy("lease", "Approved")
        RETURNED = "returned", pgettext_lazy("lease", "Returned")

    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="leases")
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="leases"
    )
    landlord_name = models.CharField(_("landlord"), max_length=60, blank=True)
    landlord_phone = models.CharField(_("phone of the landlord"), max_length=30, blank=True)
    landlord_present = models.BooleanField(
        _("The landlord was present"), default=False, db_default=False
    )
    tenant_name = models.CharField(_("tenant"), max_length=60)
    tenant_phone = models.CharField(_("phone of the tenant"), max_length=30, blank=True)
    area = models.DecimalField(
        _("area in m²"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    rent = models.DecimalField(
        _("rent in yuan per month"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
    )
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(pgettext_lazy("lease", "to"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    special_edits = models.PositiveSmallIntegerField(_("special edits"), default=0, db_default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    return_reason = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    entered_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = LeaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="lease_period",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("entered_by")),
                name="lease_approved_by_another_person",
            ),
            models.UniqueConstraint(
                fields=["dwelling", "tenant_name", "since"],
                condition=Q(ended_on=None),
                name="lease_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "until"], name="lease_grid_until"),
            models.Index(
                fields=["district", "id"],
                condition=Q(state="waiting", ended_on=None),
                name="lease_to_be_approved",
            ),
        ]

    def __str__(self):
        return f"{self.tenant_name} · {self.dwelling}"
