"""The forms of steps that bring cases together or take them apart."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.photos import PhotosField
from cases.forms.report import CategoryField
from cases.forms.steps.base import StepForm, words
from cases.models import Case, CasePhoto, Category


class OtherCaseField(forms.CharField):
    """The number of another case that the person may see; cleans to the case."""

    def __init__(self, **kwargs):
        attrs = {"autocomplete": "off", "placeholder": "370402-2611-00001"}
        super().__init__(**{"max_length": 20, "widget": forms.TextInput(attrs=attrs)} | kwargs)

    def find(self, text, case, staff):
        rows = Case.objects.visible_to(staff).exclude(pk=case.pk)
        found = rows.select_related("grid", "department", "handler", "category")
        return found.defer("grid__boundary").filter(number=text).first()


class OtherCaseForm(StepForm):
    def _find(self, name):
        text = self.cleaned_data[name]
        if text == self.case.number:
            raise forms.ValidationError(_("That is this case itself."))
        found = self.fields[name].find(text, self.case, self.staff)
        if found is None:
            raise forms.ValidationError(_("You see no case with this number."))
        return found


class MergeForm(OtherCaseForm):
    """Asks for the number first, shows that case, and merges when it is sent once more."""

    step = "merge"
    into = OtherCaseField(
        label=_("Number of the case that goes on"),
        help_text=_("This case ends; who reported it follows the other one."),
    )
    note = words(_("Note"), required=False, rows=2)
    sure = forms.CharField(required=False, widget=forms.HiddenInput)

    def prepare(self):
        number = self.initial.get("into")
        if number and not self.is_bound:
            self._ask(self.fields["into"].find(number, self.case, self.staff))

    def clean_into(self):
        found = self._find("into")
        if not found.is_open:
            raise forms.ValidationError(_("That case is closed."))
        return found

    def clean(self):
        cleaned = super().clean()
        into = cleaned.get("into")
        if into and not self.errors and cleaned.pop("sure", "") != into.number:
            self._ask(into)
        cleaned.pop("sure", None)
        return cleaned

    def _ask(self, other):
        self.unsure = other
        if other is None:
            return
        if self.is_bound:
            self.data = self.data.copy()
            self.data["sure"] = other.number
        self.initial["sure"] = other.number


class LinkForm(OtherCaseForm):
    step = "link"
    other = OtherCaseField(label=_("Number of the other case"))
    note = words(
        _("What they have to do with each other"),
        required=False,
        rows=2,
        max_length=200,
    )

    def clean_other(self):
        return self._find("other")


class SplitForm(StepForm):
    step = "split"
    category = CategoryField(
        Category.objects.filter(is_active=True),
        label=_("Category of the new case"),
    )
    title = forms.CharField(label=_("Title of the new case"), max_length=80)
    description = words(_("What happened"), required=False, max_length=1000)

    def prepare(self):
        self.fields["category"].offer(self.staff)
        self.initial["category"] = self.case.category_id


class SupportForm(StepForm):
    """Add yourself; also sent by the report form, with what was typed there."""

    step = "support"
    moment = CasePhoto.Moment.BEFORE

    note = words(
        _("What you saw"),
        required=False,
        rows=2,
        max_length=300,
        help_text=_("You follow the case from now on."),
    )
    photos = PhotosField()
    description = forms.CharField(
        required=False, max_length=1000, widget=forms.HiddenInput
    )  # of a report that was begun

    def calls(self):
        given = self.cleaned_data
        return [(self.case, {"note": given["note"] or given["description"]})]
