"""The form of a custom field: what it is, what for, who asked, on which ground."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.workbooks import spelling
from residents.forms.blanks import name_blanks
from residents.models import CustomField

MOST_CHOICES = 60


class LinesField(forms.CharField):
    """A list, one item on each line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = [spelling.text(line) for line in super().to_python(value).splitlines()]
        return list(dict.fromkeys(line for line in lines if line))


class FieldForm(forms.ModelForm):
    choices = LinesField(
        label=_("The list, one on each line"),
        required=False,
        help_text=_("Only for the type “One of a list”."),
    )
    other_words = LinesField(
        label=_("Other words in workbooks, one on each line"),
        required=False,
        help_text=_("So that an import finds the column under these heads too."),
    )

    class Meta:
        model = CustomField
        fields = [
            "register",
            "label",
            "kind",
            "choices",
            "purpose",
            "asked_by",
            "legal_basis",
            "is_sensitive",
            "other_words",
        ]
        labels = {"is_sensitive": pgettext_lazy("field", "Sensitive")}
        help_texts = {
            "purpose": _("What it is needed for; whoever fills it in reads this."),
            "asked_by": _("The office or person that asked for it."),
            "legal_basis": _("Needed for a sensitive field."),
            "is_sensitive": _(
                "Is kept sealed and shown only with a purpose, on record; not in lists and files."
            ),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["register"]
        name_blanks(self)

    def clean_label(self):
        return spelling.text(self.cleaned_data["label"])

    def clean(self):
        facts = super().clean()
        choices = facts.get("choices") or []
        if facts.get("kind") == CustomField.Kind.CHOICE and not choices:
            self.add_error("choices", _("Write the list."))
        if len(choices) > MOST_CHOICES or any(len(one) > 60 for one in choices):
            self.add_error("choices", _("At most 60 lines of at most 60 characters."))
        if facts.get("is_sensitive") and not facts.get("legal_basis"):
            self.add_error("legal_basis", _("A sensitive field needs its legal basis."))
        if any(len(one) > 60 for one in facts.get("other_words") or []):
            self.add_error("other_words", _("At most 60 lines of at most 60 characters."))
        return facts
