"""What was done here, by whom, from where, to what and what for; and the chain that holds it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.models.grid import Grid
from grids.scope import ScopedQuerySet, ScopeRule


class AuditEntry(models.Model):
    """One thing that was done or refused. Written by `audit.record` alone, never changed.

    No secret stands in it: no number, phone, password or sealed fact, also not in `detail`.
    """

    class Kind(models.TextChoices):
        LOGIN = "login", _("Log-in")
        LOGIN_FAILED = "login_failed", _("Failed log-in")
        LOCKED = "locked", _("Locked out")
        LOGOUT = "logout", _("Log-out")
        ACCOUNT = "account", _("Password or second factor")
        SESSION = "session", _("Session ended")
        REVEAL = "reveal", _("Sensitive fact revealed")
        LOOK_UP = "look_up", _("Looked up by a secret")
        EXPORT = "export", _("Export")
        PRINT = "print", _("Print")
        DOWNLOAD = "download", _("File fetched")
        IMPORT = "import", _("Import")
        REQUEST = "request", _("Data request")
        RIGHTS = "rights", _("Staff or posting changed")
        DICTIONARY = "dictionary", _("Dictionary or rule changed")
        ADMIN = "admin", _("Administration")
        PROPOSAL = "proposal", _("Change for a second person")
        LIMIT = "limit", _("Limit reached")
        ALARM = "alarm", _("Security alarm")
        ERASURE = "erasure", _("Erasure")
        CHECK = "check", _("Check of the record")

    class Result(models.TextChoices):
        DONE = "done", _("Was done")
        REFUSED = "refused", _("Was refused")
        HIT = "hit", _("Was found")
        MISS = "miss", _("Was not found")

    scope = ScopeRule(area="access")
    is_append_only = True

    # The chain covers every column that is not null: one that joins later must be nullable.
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    result = models.CharField(_("result"), max_length=8, choices=Result, default=Result.DONE)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("acting person"),
    )
    postings = ArrayField(
        models.CharField(max_length=60),
        default=list,
        help_text="Role and place of each posting of that day: grid_worker@370402001028001.",
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    district = models.ForeignKey(
        Grid, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    object_type = models.CharField(max_length=60, blank=True, help_text="residents.resident")
    object_key = models.CharField(max_length=40, blank=True)
    words = models.CharField(_("object"), max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["district", "-at", "-id"], name="audit_latest"),
            models.Index(fields=["district", "kind", "-at", "-id"], name="audit_of_kind"),
            models.Index(fields=["by", "-at", "-id"], name="audit_of_person"),
            models.Index(fields=["grid", "-at", "-id"], name="audit_of_grid"),
            models.Index(
                fields=["object_type", "object_key", "-at"],
                condition=~models.Q(object_type=""),
                name="audit_of_object",
            ),
            models.Index(
                fields=["kind", "-id"],
                condition=models.Q(kind__in=["check", "erasure", "alarm"]),
                name="audit_of_itself",
            ),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"


class AuditLink(models.Model):
    """One link of the chain over all entries, written by the database when one is committed.

    `digest` covers the entry and the digest before it; `number` has no gap.
    """

    is_append_only = True

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(
        AuditEntry, models.DO_NOTHING, related_name="link", db_constraint=False
    )
    day = models.DateField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["day", "number"], name="audit_chain_of_day")]

    def __str__(self):
        return f"{self.number} {self.digest[:8]}"
