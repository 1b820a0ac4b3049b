"""Looks before, after and beside the loop: checks before filing, re-checks, call-backs."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.record import CaseEvent
from grids.scope import ScopedQuerySet


class CaseCheck(models.Model):
    """Before filing: a worker is sent to look whether it is so (核实)."""

    scope = CaseEvent.scope

    case = models.ForeignKey(Case, models.PROTECT, related_name="checks")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="case_checks")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    question = models.CharField(_("what to look at"), max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)
    is_so = models.BooleanField(_("It is as reported"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("check before filing")
        verbose_name_plural = _("checks before filing")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(answered_at=None),
                name="case_check_one_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["worker"],
                condition=Q(answered_at=None),
                name="case_check_waiting",
            )
        ]

    def __str__(self):
        return f"{self.case_id} {self.worker_id}"


class Sample(models.Model):
    """A case drawn by lot, once of each kind: a re-check on the ground, or a call-back."""

    scope = CaseEvent.scope

    class Kind(models.TextChoices):
        RECHECK = "recheck", _("Re-check")
        CALL_BACK = "call_back", _("Call-back")

    class Finding(models.TextChoices):
        GOOD = "good", _("As reported")
        BAD = "bad", _("Not solved")
        UNREACHED = "unreached", _("Nobody reached")

    case = models.ForeignKey(Case, models.PROTECT, related_name="samples")
    kind = models.CharField(max_length=10, choices=Kind)
    drawn_on = models.DateField()
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    finding = models.CharField(_("finding"), max_length=10, choices=Finding, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("sampled case")
        verbose_name_plural = _("sampled cases")
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="case_sample_once")]
        indexes = [
            models.Index(
                fields=["kind", "drawn_on"],
                condition=Q(done_at=None),
                name="case_sample_waiting",
            )
        ]

    def __str__(self):
        return f"{self.case_id} {self.kind}"


class Extension(models.Model):
    """More time, asked for by the department and decided by somebody over it."""

    scope = CaseEvent.scope

    class State(models.TextChoices):
        WAITING = "waiting", _("To be decided")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Not granted")

    case = models.ForeignKey(Case, models.PROTECT, related_name="extensions")
    run = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(_("how much"))
    unit = models.CharField(_("unit"), max_length=14)
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=300, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state="waiting"),
                name="extension_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("asked_by")),
                name="extension_decided_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.number} {self.unit}"
