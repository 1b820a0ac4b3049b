"""Care categories (特殊群体类别): they bring help, and only those who visit may read them."""

from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grids.history import track
from grids.roles import Role
from grids.scope import Scope, ScopedQuerySet, ScopeRule, branches
from residents.models.households import Resident


class CareCategoryQuerySet(models.QuerySet):
    def kept_close(self):
        """Not read by everybody who reads care: guarded ones, and those with named readers."""
        return self.filter(Q(is_guarded=True) | ~Q(readers=[]))


class CareCategory(models.Model):
    class Level(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        CARE = "care", _("Care")

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    other_words = models.JSONField(_("other words"), default=list, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.CARE)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    is_guarded = models.BooleanField(
        _("guarded"),
        default=False,
        db_default=False,
        help_text=_("Read only with a right of its own (register.read_guarded)."),
    )
    readers = ArrayField(
        models.CharField(max_length=24, choices=Role),
        verbose_name=_("who may read it"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Nobody chosen: every role that reads care categories."),
    )

    objects = CareCategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("care category")
        verbose_name_plural = _("care categories")
        constraints = [models.UniqueConstraint(fields=["code"], name="care_category_once")]
        ordering = ["code"]

    def __str__(self):
        return self.name


class CareRecordQuerySet(ScopedQuerySet):
    def on(self, day):
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))

    def readable_by(self, staff):
        """The ONE rule of who reads care: the right `read_care` at the person, by a posting
        whose role the category names (a category without `readers` is open to each such role);
        of a guarded category, a posting that has `read_guarded` as well.

        Lists, files, tables, filters, exports and visits all come here.
        """
        hidden, partly = closed_to(staff)
        mine = self.visible_to(staff, right="read_care")
        if hidden:
            mine = mine.exclude(category__in=hidden)
        for key, roles in partly.items():
            where = branches(CareRecord, staff, "read_care", frozenset(roles))
            mine = mine.filter(~Q(category=key) | reduce(or_, where, Q(pk=None)))
        return mine


def closed_to(staff):
    """(keys of the categories that no posting of this person reads, {key: readers} of those
    that only some of the person's care-reading postings read). One query for a request."""
    memo = Scope.of(staff).memo
    if "care" not in memo:
        roles = Scope.of(staff).roles_with("register.read_care")
        named = _readers_of_the_close(Scope.of(staff), roles) if roles else {}
        memo["care"] = (
            {key for key, readers in named.items() if not readers},
            {key: readers for key, readers in named.items() if readers and readers != roles},
        )
    return memo["care"]


def _readers_of_the_close(scope, roles):
    """{category: which of these care-reading roles read it}, of those not open to each of them."""
    trusted = roles & scope.roles_with("register.read_guarded")
    rows = CareCategory.objects.kept_close().values_list("pk", "readers", "is_guarded")
    return {
        key: (trusted if is_guarded else roles) & (set(readers) or roles)
        for key, readers, is_guarded in rows
    }


def reads_all(staff):
    """Whether no care category is closed to this reader of care: then the absence of one tells."""
    hidden, partly = closed_to(staff)
    return not hidden and not partly


def open_to(staff):
    """The categories of which this person may know anything at all, somewhere."""
    if not Scope.of(staff).has("register.read_care"):
        return CareCategory.objects.none()
    return CareCategory.objects.exclude(pk__in=closed_to(staff)[0])


@track()
class CareRecord(models.Model):
    scope = ScopeRule(
        area="register",
        grid="resident__grid",
        district="resident__district",
        building="resident__household__dwelling__building",
    )

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="care_records")
    category = models.ForeignKey(CareCategory, models.PROTECT, related_name="records")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = CareRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("care record")
        verbose_name_plural = _("care records")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "category"],
                condition=Q(until=None),
                name="care_record_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="care_record_period",
            ),
        ]

    def __str__(self):
        return f"{self.resident} · {self.category}"
