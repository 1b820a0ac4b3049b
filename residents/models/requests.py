"""A department asks for named facts of named persons; the street approves part or all."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.fields import EncryptedTextField
from grids.models import Department, Grid
from grids.scope import ScopedQuerySet, ScopeRule
from residents.models.households import Resident


class DataRequest(models.Model):
    """Asked for by a department in `grid` (the street or district that answers)."""

    scope = ScopeRule(area="request", department="department")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("data request", "To be answered")
        NOTICE = "notice", pgettext_lazy("data request", "Public notice")
        ANSWERED = "answered", pgettext_lazy("data request", "Answered")
        REFUSED = "refused", pgettext_lazy("data request", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("data request", "Withdrawn")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="data_requests")
    department = models.ForeignKey(Department, models.PROTECT, related_name="data_requests")
    number = models.CharField(_("number"), max_length=30)
    purpose = models.CharField(_("purpose"), max_length=200)
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    facts = ArrayField(models.CharField(max_length=30), verbose_name=_("facts"))
    use_until = models.DateField(_("needed until"))
    notice_days = models.PositiveSmallIntegerField(
        _("days of public notice"), default=0, db_default=0
    )
    notice_text = models.TextField(_("text of the notice"), blank=True)
    notice_since = models.DateField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer_note = models.CharField(_("note"), max_length=300, blank=True)
    expires_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="data_request_number_once"),
            models.CheckConstraint(
                condition=~Q(purpose="") & ~Q(legal_basis=""),
                name="data_request_has_a_purpose",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "-id"], name="data_request_latest"),
        ]

    def __str__(self):
        return self.number


class DataRequestLine(models.Model):
    """One named person of a request. The answer is kept sealed and is deleted when it expires."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("line", "To be answered")
        APPROVED = "approved", pgettext_lazy("line", "Approved")
        REFUSED = "refused", pgettext_lazy("line", "Refused")
        UNKNOWN = "unknown", pgettext_lazy("line", "Not in the register")

    request = models.ForeignKey(DataRequest, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=60)
    id_sealed = EncryptedTextField(null=True)
    id_index = models.BinaryField(null=True, editable=False)
    id_mask = models.CharField(_("ID number"), max_length=20, blank=True)
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    facts = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    answer_sealed = EncryptedTextField(null=True)

    class Meta:
        verbose_name = _("line of a data request")
        verbose_name_plural = _("lines of data requests")
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="data_request_line_once")
        ]
        ordering = ["position"]

    def __str__(self):
        return self.name
