"""A visit as it happened, and the diary items (民情日记) that it brought up."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule
from inspections.models.cadence import Mode
from residents.models import Household, Resident


class Visit(models.Model):
    """Keeps the grid of its day. Belongs to the day it happened, also when it arrives late."""

    scope = ScopeRule(area="visit", building="household__dwelling__building", owner="visitor")

    class Outcome(models.TextChoices):
        MET = "met", _("Met")
        NOBODY = "nobody", _("Nobody home")
        REFUSED = "refused", _("Refused")
        MOVED = "moved", _("Moved away")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    client_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="visits", db_index=False)
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", db_index=False
    )
    mode = models.CharField(_("how"), max_length=4, choices=Mode, default=Mode.HOME)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    is_unchanged = models.BooleanField(_("all as it was"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    happened_on = models.DateField(_("on"))
    logged_at = models.DateTimeField(_("logged at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [models.UniqueConstraint(fields=["client_uuid"], name="visit_logged_once")]
        indexes = [
            models.Index(fields=["household", "-happened_on"], name="visit_of_household"),
            models.Index(fields=["visitor", "-happened_on"], name="visit_of_visitor"),
            models.Index(fields=["grid", "-happened_on"], name="visit_in_grid"),
            models.Index(fields=["district", "-happened_on", "-id"], name="visit_latest"),
        ]

    def __str__(self):
        return f"{self.household} · {self.happened_on}"


class DiaryItemQuerySet(ScopedQuerySet):
    def open(self):
        """Neither struck off nor a case that was closed."""
        return self.filter(solved_on=None).filter(Q(case=None) | Q(case__closed_at=None))


class DiaryItem(models.Model):
    """One matter that a visit brought up; struck off when it is solved."""

    scope = ScopeRule(
        area="visit",
        grid="visit__grid",
        district="visit__district",
        building="visit__household__dwelling__building",
        owner="visit__visitor",
    )

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="diary_items")
    text = models.CharField(_("matter"), max_length=300)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="diary_items"
    )
    solved_on = models.DateField(_("solved on"), null=True, blank=True)
    remind_on = models.DateField(
        _("remind me on"), null=True, blank=True, help_text=_("Only the visitor.")
    )

    objects = DiaryItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("diary item")
        verbose_name_plural = _("diary items")
        indexes = [
            models.Index(fields=["visit"], condition=Q(solved_on=None), name="diary_item_open"),
            models.Index(
                fields=["remind_on"],
                condition=Q(remind_on__isnull=False, solved_on=None),
                name="diary_item_to_remind",
            ),
        ]

    def __str__(self):
        return self.text


class FactConflict(models.Model):
    """A fact that a visitor put right and somebody else had changed meanwhile: which holds?

    Without a resident it is a fact of the household. `mine` is forgotten with the decision.
    """

    scope = DiaryItem.scope

    class Fact(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMPLOYER = "employer", _("Employer")
        NOTE = "note", _("Note")

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="fact_conflicts", db_index=False)
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="fact_conflicts")
    fact = models.CharField(_("fact"), max_length=8, choices=Fact)
    mine = models.CharField(_("what the visitor wrote"), max_length=300, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    took_mine = models.BooleanField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact to decide")
        verbose_name_plural = _("facts to decide")
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "resident", "fact"],
                name="fact_asked_once_of_a_visit",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(mine=""),
                name="fact_decided_is_forgotten",
            ),
        ]
        indexes = [
            models.Index(
                fields=["visit"],
                condition=Q(decided_at=None),
                name="fact_undecided",
            )
        ]

    def __str__(self):
        return f"{self.visit_id} {self.fact}"


class VisitPhoto(models.Model):
    """Only if wanted; re-encoded, without EXIF; served through the visit's scope."""

    scope = DiaryItem.scope

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos")
    client_uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to="visits/%Y/%m/", max_length=200)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.UniqueConstraint(fields=["client_uuid"], name="visit_photo_kept_once")
        ]

    def __str__(self):
        return f"{self.visit_id}"


class Appointment(models.Model):
    """A visit that was agreed on by phone: the day and the part of the day."""

    scope = ScopeRule(
        area="visit",
        grid="household__grid",
        district="household__district",
        building="household__dwelling__building",
        owner="by",
    )

    class Part(models.TextChoices):
        MORNING = "morning", _("Morning")
        AFTERNOON = "afternoon", _("Afternoon")
        EVENING = "evening", _("Evening")

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="appointments", db_index=False
    )
    mode = models.CharField(_("how"), max_length=4, choices=Mode, default=Mode.HOME)
    on = models.DateField(_("on"))
    part = models.CharField(_("when"), max_length=9, choices=Part)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    made_at = models.DateTimeField()
    kept_by = models.OneToOneField(Visit, models.PROTECT, null=True, related_name="appointment")
    cancelled_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(kept_by=None, cancelled_at=None),
                name="appointment_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["household", "-on"], name="appointment_of_household")]

    def __str__(self):
        return f"{self.household_id} {self.on}"


class MorningDigest(models.Model):
    """At what hour a person wants the digest of the day's visits."""

    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="morning_digest"
    )
    at = models.TimeField(_("morning digest at"))

    def __str__(self):
        return f"{self.staff_id} {self.at}"


class DigestDay(models.Model):
    """How far the digests of a day have been written: a run goes on where the last one ended."""

    day = models.DateField(unique=True)
    told_until = models.TimeField(null=True)

    def __str__(self):
        return f"{self.day} {self.told_until}"
