"""Import batches. The batch row is the queue: a worker leases it and writes progress on it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.fields import EncryptedTextField
from grids.models import Grid, Job, JobQuerySet
from grids.scope import Scope, ScopedQuerySet, ScopeRule


class ImportBatchQuerySet(JobQuerySet):
    def visible_to(self, staff, right="view"):
        """Who may not administer staff sees no workbook about them."""
        rows = super().visible_to(staff, right)
        if Scope.of(staff).has("staff.edit"):
            return rows
        return rows.exclude(register=ImportBatch.Register.STAFF)


class ImportBatch(Job):
    scope = ScopeRule(area="register", grid=None, owner="by")

    class State(models.TextChoices):
        MAPPING = "mapping", pgettext_lazy("import", "Columns to be named")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", pgettext_lazy("import", "Waiting for confirmation")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed, nothing written")
        CANCELLED = "cancelled", _("Cancelled, nothing written")
        DECIDING = "deciding", pgettext_lazy("import", "Differences being decided")
        UNDOING = "undoing", pgettext_lazy("import", "Being undone")
        UNDONE = "undone", pgettext_lazy("import", "Undone")

    class Register(models.TextChoices):
        RESIDENTS = "residents", _("Residents")
        PREMISES = "premises", _("Premises")
        LEASES = "leases", _("Leases")
        BUILDINGS = "buildings", _("Buildings")
        CARE = "care", _("Care records")
        STAFF = "staff", _("Staff")

    class OnConflict(models.TextChoices):
        """When the workbook says something else than the register."""

        THEIRS = "theirs", _("Take what the workbook says")
        OURS = "ours", _("Keep what the register says")
        ASK = "ask", _("Ask me, row by row")

    WORKING = [State.CHECKING, State.IMPORTING, State.DECIDING, State.UNDOING]

    district = models.ForeignKey(
        Grid, models.PROTECT, null=True, related_name="+", verbose_name=_("district")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="import_batches",
    )
    register = models.CharField(
        _("register"),
        max_length=10,
        choices=Register,
        default=Register.RESIDENTS,
        db_default=Register.RESIDENTS,
    )
    on_conflict = models.CharField(
        _("when a fact differs"),
        max_length=6,
        choices=OnConflict,
        default=OnConflict.THEIRS,
        db_default=OnConflict.THEIRS,
    )
    # Keys of the places for which its sender imported then: who has lost one reads it no more.
    covers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    group = models.UUIDField(null=True, blank=True, help_text=_("Uploaded together."))
    state = models.CharField(_("state"), max_length=10, choices=State)
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=200)
    file_name = models.CharField(_("file"), max_length=200)
    file_hash = models.CharField(max_length=64)
    sheet = models.CharField(_("sheet"), max_length=60, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("uploaded at"))
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    default_grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("grid of the whole list"),
        help_text=_("Of rows that name none."),
    )
    taken_in = models.JSONField(
        default=list, blank=True, help_text=_("Rows that do not look like data and are; or “all”.")
    )
    places = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Which known ones compounds and buildings are that look new."),
    )
    answers = models.JSONField(
        default=dict, blank=True, help_text=_("What was decided at once of the facts that differ.")
    )
    error = models.TextField(blank=True)
    result_file = models.FileField(upload_to="imports/%Y/%m/", max_length=200, blank=True)
    files_expire_at = models.DateTimeField(null=True, blank=True)
    # Nothing fills or reads it any more: buildings and compounds have a history of their own.
    created_places = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["district", "-created_at"], name="import_batch_latest"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["checking", "importing", "deciding", "undoing"]),
                name="import_batch_working",
            ),
        ]

    def __str__(self):
        return self.file_name

    @staticmethod
    def telling(progress):
        return {"progress": progress}


class ImportMapping(models.Model):
    """What somebody said the columns of a sender's form mean; used for the next such file.

    `columns` is {position: field or "" for left out}.
    """

    district = models.ForeignKey(Grid, models.CASCADE, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_mappings")
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("import mapping")
        verbose_name_plural = _("import mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["by", "fingerprint", "district"],
                nulls_distinct=False,
                name="import_mapping_once",
            )
        ]

    def __str__(self):
        return self.fingerprint[:12]


class ImportConflict(models.Model):
    """A fact that differs and that somebody decides. Values are sealed: they may be sensitive."""

    class Decision(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("conflict", "To be decided")
        OURS = "ours", pgettext_lazy("conflict", "Ours kept")
        THEIRS = "theirs", pgettext_lazy("conflict", "Theirs taken")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="conflicts")
    row = models.PositiveIntegerField(_("row"))
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="+", db_index=False
    )
    field = models.CharField(_("field"), max_length=40)
    ours_sealed = EncryptedTextField()
    theirs_sealed = EncryptedTextField()
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import conflict")
        verbose_name_plural = _("import conflicts")
        constraints = [
            models.UniqueConstraint(fields=["batch", "row", "field"], name="import_conflict_once")
        ]
        ordering = ["row", "id"]

    def __str__(self):
        return f"{self.row}: {self.field}"


class ImportAbsent(models.Model):
    """Keys of residents in force who are not in the list of an import: of its households, of the
    grids that it covers. Read only through `Resident.objects.live().visible_to`.
    """

    batch = models.OneToOneField(ImportBatch, models.CASCADE, related_name="absent")
    households = ArrayField(models.BigIntegerField(), default=list)
    grids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        verbose_name = _("who is not in the list")
        verbose_name_plural = _("who is not in the list")

    def __str__(self):
        return str(self.batch_id)


class ImportProblem(models.Model):
    """Why a row was not imported. Values are masked; the full row stays in the sender's file."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    reason = models.CharField(_("reason"), max_length=40)
    field = models.CharField(_("field"), max_length=40, blank=True)
    value = models.CharField(_("value"), max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="import_problem_once")]
        ordering = ["row"]

    def __str__(self):
        return f"{self.row}: {self.reason}"


class MoveInRequestQuerySet(ScopedQuerySet):
    def to_answer_by(self, staff):
        """Requests that `staff` may answer: of the grid lived in, or of the grid offered to."""
        reach = Scope.of(staff).reach("register.edit")
        asked = self.filter(is_offer=False).visible_to(staff, right="edit")
        offered = Q(district__in=reach.districts) | Q(to_grid__in=reach.grids)
        return self.filter(Q(pk__in=asked.values("pk")) | Q(is_offer=True) & offered)


class MoveInRequest(models.Model):
    """A person who moves between grids of the district: the other grid answers first.

    The grid lived in answers a request; the grid moved to answers an offer.
    """

    scope = ScopeRule(area="register", grid="from_grid")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for confirmation")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", pgettext_lazy("move-in", "Refused")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", db_index=False)
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="move_in_requests"
    )
    from_grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    to_grid = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, related_name="move_in_requests"
    )
    row_sealed = EncryptedTextField(help_text=_("The row that was asked for, as JSON."))
    is_offer = models.BooleanField(default=False, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = MoveInRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("move-in request")
        verbose_name_plural = _("move-in requests")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "to_grid"],
                condition=Q(state="waiting"),
                name="move_in_request_once",
            )
        ]

    def __str__(self):
        return f"{self.from_grid} → {self.to_grid}"
