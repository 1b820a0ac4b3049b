"""Code tables of the registers (sex, marital status, ...), from the national standards."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

# The relation of the head of a household to itself, GB/T 4761.
HEAD_OF_HOUSEHOLD = "02"


class Code(models.Model):
    """One row of a code table; installation-wide, no personal data."""

    class Table(models.TextChoices):
        SEX = "sex", _("Sex")
        MARITAL = "marital", _("Marital status")
        ETHNICITY = "ethnicity", _("Ethnic group")
        EDUCATION = "education", _("Education")
        RELATION = "relation", _("Relation to head")
        POLITICAL = "political", _("Political status")

    table = models.CharField(_("table"), max_length=20, choices=Table)
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=60)
    other_words = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("other words"),
        default=list,
        blank=True,
        help_text=_("Other spellings that workbooks use for it."),
    )

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        constraints = [models.UniqueConstraint(fields=["table", "code"], name="code_once")]
        ordering = ["table", "code"]

    def __str__(self):
        return self.name
