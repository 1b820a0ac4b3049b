"""What a person asks about the own data (个人信息请求): it hangs on a case of that kind."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.case import Case
from cases.models.record import CaseEvent
from residents.models import Export, Resident, RetentionRun


class OwnDataRequest(models.Model):
    """Who asks for what, how that was checked, and what was done; the limit is the case's."""

    scope = CaseEvent.scope

    class Wish(models.TextChoices):
        COPY = "copy", _("To see and copy the own data")
        CORRECT = "correct", _("To have the own data put right")
        DELETE = "delete", _("To have the own data deleted")
        EXPLAIN = "explain", _("To have the rules explained")

    class Check(models.TextChoices):
        ID_CARD = "id_card", _("The ID card was seen")
        KNOWN = "known", _("Known to the staff in person")
        AGENT = "agent", _("Somebody else, with an ID card and a written authority")

    case = models.OneToOneField(Case, models.PROTECT, related_name="own_data_request")
    wish = models.CharField(_("what is asked"), max_length=8, choices=Wish)
    name = models.CharField(_("who asks"), max_length=60)
    # None: not found in the register.
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, related_name="own_data_requests"
    )
    checked_how = models.CharField(_("how it was checked who asks"), max_length=8, choices=Check)
    checked_note = models.CharField(_("note"), max_length=200, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    copy = models.ForeignKey(Export, models.PROTECT, null=True, related_name="+")
    erasure = models.ForeignKey(RetentionRun, models.PROTECT, null=True, related_name="+")
    is_granted = models.BooleanField(null=True)
    answer = models.CharField(_("answer to the person"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = pgettext_lazy("own data", "request about own data")
        verbose_name_plural = pgettext_lazy("own data", "requests about own data")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, is_granted=None)
                | (Q(answered_at__isnull=False, is_granted__isnull=False) & ~Q(answer="")),
                name="own_data_answered_in_words",
            )
        ]

    def __str__(self):
        return self.name
