"""The people who work here, and where each is posted (定人定岗)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.models.grid import DistrictProfile, Grid
from grids.models.place import Building
from grids.roles import DEPARTMENT_ROLES, Role
from grids.scope import Scope, ScopedQuerySet, ScopeRule


class DepartmentQuerySet(ScopedQuerySet):
    def serving(self, grid):
        """Departments of the grid's street and district."""
        return self.filter(grid__in=Grid.objects.above(grid), is_active=True)


class Department(models.Model):
    """职能部门: belongs to the street or district that it serves."""

    scope = ScopeRule(area="staff", department="pk")

    district = models.ForeignKey(
        Grid, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        Grid,
        models.PROTECT,
        related_name="departments",
        db_constraint=False,
        verbose_name=_("serves"),
    )
    name = models.CharField(_("name"), max_length=60)
    line = models.CharField(
        _("line of work"),
        max_length=30,
        blank=True,
        help_text=_("Key by which case standards find it, e.g. city_management."),
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(fields=["grid", "name"], name="department_once_in_grid")
        ]

    def __str__(self):
        return self.name


class StaffQuerySet(ScopedQuerySet):
    def posted(self, day, **conditions):
        """Staff with a posting on `day` that meets the conditions (lookups of Posting)."""
        postings = Posting.objects.on(day).filter(**conditions)
        return self.filter(pk__in=postings.values("staff"), is_active=True)


_ScopedManager = models.Manager.from_queryset(StaffQuerySet)


class StaffManager(BaseUserManager["Staff"], _ScopedManager):
    def create_user(self, username, password=None, **fields):
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


@track(exclude=["password", "last_login"])
class Staff(AbstractBaseUser):
    """A person who logs in. What the person may do is in the postings, nowhere else."""

    scope = ScopeRule(area="staff", grid=None)

    username = models.CharField(
        _("user name"), max_length=60, validators=[UnicodeUsernameValidator()]
    )
    full_name = models.CharField(_("full name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    district = models.ForeignKey(
        Grid,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff",
        verbose_name=_("district"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    objects = StaffManager()

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [models.UniqueConstraint(fields=["username"], name="staff_username")]

    def __str__(self):
        return self.full_name or self.username

    def postings_on(self, day):
        """Own postings of the day, and those of people whom this person stands in for."""
        absent = StandIn.objects.on(day).filter(stand_in=self).values("staff")
        held = Posting.objects.on(day).filter(Q(staff=self) | Q(staff__in=absent))
        held = held.with_three()
        return held.select_related("grid").defer("grid__boundary")

    def has(self, right):
        """Whether any posting of today grants `right` ("case.dispatch")."""
        return Scope.of(self).has(right)

    @property
    def is_staff(self):
        """Django's word for "may open the admin pages"."""
        return self.has("dictionary.edit") or self.has("staff.secure")

    def has_perm(self, perm, obj=None):
        return False

    def has_module_perms(self, app_label):
        return self.is_staff

    def get_full_name(self):
        return self.full_name

    def get_short_name(self):
        return self.full_name


class _Days(Func):
    """daterange(since, until, '[]'): both days are part of the posting."""

    function = "daterange"
    output_field = DateRangeField()


class PostingQuerySet(ScopedQuerySet):
    def on(self, day):
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))

    def with_three(self):
        """Annotates `has_three`: its district has three administrators."""
        profiles = DistrictProfile.objects.filter(
            district=OuterRef("grid__district"), has_three_administrators=True
        )
        return self.annotate(has_three=Exists(profiles))


@track()
class Posting(models.Model):
    """One person, one role, one place, from a day to a day (both included)."""

    scope = ScopeRule(area="staff", district="grid__district", department="department")

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="postings")
    role = models.CharField(_("role"), max_length=30, choices=Role)
    duty = models.CharField(_("professional duty"), max_length=20, blank=True)
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="postings", verbose_name=_("grid"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name=_("department"),
    )
    building = models.ForeignKey(
        Building,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name=_("building"),
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="posting_period",
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(DEPARTMENT_ROLES), department__isnull=False)
                | (~Q(role__in=sorted(DEPARTMENT_ROLES)) & Q(department=None)),
                name="posting_department_goes_with_role",
            ),
            ExclusionConstraint(
                name="posting_no_overlap",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("duty", RangeOperators.EQUAL),
                    ("grid", RangeOperators.EQUAL),
                    (Coalesce("department", Value(0)), RangeOperators.EQUAL),
                    (Coalesce("building", Value(0)), RangeOperators.EQUAL),
                    (_Days("since", "until", Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.staff} · {self.get_role_display()} · {self.department or self.grid}"


class PostingChange(models.Model):
    """A posting that one person asks for and a second one confirms; till then nobody holds it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Not confirmed")

    scope = ScopeRule(area="staff", district="grid__district", department="department")
    is_recorded_by_its_rules = True

    staff = models.ForeignKey(
        Staff, models.PROTECT, related_name="posting_changes", verbose_name=_("staff member")
    )
    posting = models.ForeignKey(
        Posting, models.PROTECT, null=True, related_name="+", help_text=_("The one to change.")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    duty = models.CharField(_("professional duty"), max_length=20, blank=True)
    grid = models.ForeignKey(Grid, models.PROTECT, related_name="+", verbose_name=_("grid"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department")
    )
    building = models.ForeignKey(
        Building, models.PROTECT, null=True, related_name="+", verbose_name=_("building")
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by_import = models.BigIntegerField(
        null=True, help_text=_("Key of the import that asked; its undo takes the question back.")
    )
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting to confirm")
        verbose_name_plural = _("postings to confirm")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="posting_change_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("staff")),
                name="posting_change_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False)),
                name="posting_change_decided",
            ),
        ]

    def __str__(self):
        return f"{self.staff} · {self.get_role_display()} · {self.department or self.grid}"


class SettingChange(models.Model):
    """三员分立 is to be switched off in a district: one person asks, a second one confirms."""

    State = PostingChange.State

    scope = ScopeRule(area="staff", grid=None)
    is_recorded_by_its_rules = True

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", verbose_name=_("district"))
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("setting to confirm")
        verbose_name_plural = _("settings to confirm")
        constraints = [
            models.UniqueConstraint(
                fields=["district"], condition=Q(state="waiting"), name="setting_change_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="setting_change_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None)
                | (~Q(state="waiting") & Q(decided_by__isnull=False)),
                name="setting_change_decided",
            ),
        ]

    def __str__(self):
        return _("%(district)s: switch three administrators off") % {"district": self.district}


class StandIn(models.Model):
    """顶岗: while somebody is away another person holds the postings; it ends by itself."""

    scope = ScopeRule(area="staff", grid=None)

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+")
    staff = models.ForeignKey(
        Staff, models.PROTECT, related_name="absences", verbose_name=_("away")
    )
    stand_in = models.ForeignKey(
        Staff, models.PROTECT, related_name="stands_in", verbose_name=_("stands in")
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", editable=False)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("stand-in")
        verbose_name_plural = _("stand-ins")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="stand_in_period"),
            models.CheckConstraint(condition=~Q(staff=F("stand_in")), name="stand_in_is_another"),
            ExclusionConstraint(
                name="stand_in_one_at_a_time",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    (_Days("since", "until", Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        ordering = ["-since"]

    def __str__(self):
        return f"{self.staff} → {self.stand_in}"
