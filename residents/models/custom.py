"""Fields that an administrator adds without code: each says what it is for and who asked for it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid
from grids.scope import ScopedQuerySet, ScopeRule


class CustomField(models.Model):
    """One more column of a register; its values are in `facts` of the row, under `key`.

    Values are text in one form: numbers without grouping, dates as ISO, yes/no as "1"/"0".
    Those of a sensitive field are sealed. Nothing sensitive exists until somebody adds it here
    with its purpose and legal basis.
    """

    scope = ScopeRule(area="dictionary", grid=None)

    class Register(models.TextChoices):
        RESIDENT = "resident", _("Resident")
        HOUSEHOLD = "household", _("Household")
        DWELLING = "dwelling", _("Dwelling")
        PREMISES = "premises", _("Premises")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")

    district = models.ForeignKey(Grid, models.PROTECT, related_name="+", verbose_name=_("district"))
    register = models.CharField(_("register"), max_length=10, choices=Register)
    key = models.SlugField(_("key"), max_length=30, db_index=False)
    label = models.CharField(_("label"), max_length=40)
    kind = models.CharField(_("type"), max_length=8, choices=Kind)
    choices = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("list"),
        default=list,
        blank=True,
    )
    other_words = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("other words"),
        default=list,
        blank=True,
        help_text=_("Other spellings that workbooks use for it."),
    )
    purpose = models.CharField(_("purpose"), max_length=200)
    asked_by = models.CharField(_("asked for by"), max_length=80)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    is_sensitive = models.BooleanField(pgettext_lazy("field", "sensitive"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_on = models.DateField(_("last used on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [
            models.UniqueConstraint(
                fields=["district", "register", "key"], name="custom_field_once"
            ),
            models.UniqueConstraint(
                fields=["district", "register", "label"],
                condition=Q(is_active=True),
                name="custom_field_label_once",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="") & ~Q(asked_by=""),
                name="custom_field_has_a_purpose",
            ),
            models.CheckConstraint(
                condition=Q(is_sensitive=False) | ~Q(legal_basis=""),
                name="custom_field_sensitive_has_a_basis",
            ),
        ]
        ordering = ["register", "id"]

    def __str__(self):
        return self.label
