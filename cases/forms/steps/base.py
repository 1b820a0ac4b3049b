"""What the forms of all steps have in common."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import CasePhoto

# Not "files": a form has those already.
ATTACHED = ("photos", "attachments")


def words(label, *, required=True, help_text="", rows=3, max_length=500):
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=max_length,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def yes_or_no(label, yes, no, *, required=True):
    return forms.TypedChoiceField(
        label=label,
        required=required,
        choices=[("yes", yes), ("no", no)],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )


class StepForm(forms.Form):
    """Knows the case and the person; its cleaned data are the keyword arguments of the verb."""

    step = ""  # whose form it is
    moment = CasePhoto.Moment.AFTER  # of the photos that come with the step
    unsure = None  # what is to be confirmed before the step is taken

    def __init__(self, *args, case, staff=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.staff = case, staff
        self.prepare()

    def prepare(self):
        pass

    def main_words(self):
        """The name of the first field for free words: where a ready text goes."""
        return next(
            name for name, field in self.fields.items() if isinstance(field.widget, forms.Textarea)
        )

    def about(self):
        """What the verb is about: the case, or a row of it; None when that is gone."""
        return self.case

    def calls(self):
        """(what it is about, keyword arguments) of each call of the verb."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ATTACHED}
        return [(self.about(), given)]

    def clean(self):
        cleaned = super().clean()
        if self.about() is None:
            raise forms.ValidationError(_("This has been done already."))
        return cleaned

    def demand_note(self, message, *, name="note"):
        """An error at the note when it is empty (and not wrong already)."""
        if name not in self.errors and not self.cleaned_data.get(name, "").strip():
            self.add_error(name, forms.ValidationError(message))
