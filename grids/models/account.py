"""What stands beside a person's password: slips, passwords of before, tries, the district's policy."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.models.grid import Grid
from grids.models.staff import Staff
from grids.roles import Role
from grids.scope import ScopedQuerySet, ScopeRule


class Account(models.Model):
    """The moments of a person's log-in; made when the first of them comes."""

    staff = models.OneToOneField(Staff, models.CASCADE, primary_key=True, related_name="account")
    password_at = models.DateTimeField(null=True, help_text="When the person chose the password.")
    asked_at = models.DateTimeField(
        null=True, help_text="Since when a second factor is demanded and missing."
    )
    mail = models.EmailField(
        blank=True,
        db_default="",
        help_text="The address on file when the person chose the password; slips go to no other.",
    )

    def __str__(self):
        return str(self.staff)


class PasswordBefore(models.Model):
    """The hash of a password that somebody had before; it may not come back at once."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="passwords_before")
    password = models.CharField(max_length=128)
    until = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.staff}, {self.until:%Y-%m-%d}"


class SlipQuerySet(ScopedQuerySet):
    def open(self, now):
        """Slips that can be used at `now`."""
        return self.filter(used_at=None, void_at=None, expires_at__gt=now)


class Slip(models.Model):
    """A code that lets one person choose a password, once. Only its hash is kept."""

    class Kind(models.TextChoices):
        FIRST = "first", _("first log-in")
        FORGOTTEN = "forgotten", _("forgotten password")
        MAIL = "mail", _("asked for by mail")

    scope = ScopeRule(area="staff", grid=None, district="staff__district")

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="slips")
    kind = models.CharField(max_length=10, choices=Kind)
    code_hash = models.BinaryField(unique=True)
    by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True, help_text="When another one took its place.")

    objects = SlipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff"],
                condition=Q(used_at=None, void_at=None),
                name="slip_one_open_for_each",
            )
        ]

    def __str__(self):
        return f"{self.staff}, {self.get_kind_display()}"


class LogInTry(models.Model):
    """One try to log in: counted against guessing, forgotten after a month."""

    name_index = models.BinaryField()
    address = models.GenericIPAddressField(null=True)
    device = models.UUIDField(null=True, help_text="One on which the person has been before.")
    at = models.DateTimeField()
    is_success = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["name_index", "-at"], name="try_of_name"),
            models.Index(fields=["address", "-at"], name="try_of_address"),
            models.Index(fields=["at"], name="try_by_age"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"


@track()
class AccountPolicy(models.Model):
    """What a district asks of the accounts of its staff."""

    scope = ScopeRule(area="staff", grid=None)

    district = models.OneToOneField(
        Grid, models.PROTECT, related_name="account_policy", verbose_name=_("district")
    )
    factor_roles = ArrayField(
        models.CharField(max_length=30, choices=Role),
        default=list,
        blank=True,
        verbose_name=_("second factor demanded of"),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days to set the second factor up"), default=14, db_default=14
    )
    password_days = models.PositiveSmallIntegerField(
        _("a password is changed after (days; 0: never)"), default=0, db_default=0
    )
    passwords_before = models.PositiveSmallIntegerField(
        _("passwords of before that may not come back"), default=5, db_default=5
    )
    is_one_session = models.BooleanField(_("one device at a time"), default=False, db_default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules of the accounts")
        verbose_name_plural = _("rules of the accounts")

    def __str__(self):
        return str(self.district)
