"""The form in which a document that was taken down wrong is put right."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.forms.members import SecretInput
from residents.models import Resident


class DocumentForm(forms.Form):
    document = forms.ChoiceField(label=_("Document"), choices=Resident.Document)
    number = forms.CharField(
        label=_("Document number"),
        required=False,
        max_length=40,
        help_text=_("Empty: the number stays. Birth date and sex follow from an ID number."),
        widget=SecretInput(attrs={"autocomplete": "off", "data-no-draft": True}),
    )
    birth_on = forms.DateField(
        label=_("Birth date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", "—"), ("1", _("male")), ("2", _("female"))],
    )
    reason = forms.CharField(
        label=_("Reason of the change"),
        max_length=100,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )

    def __init__(self, *args, readable, **kwargs):
        super().__init__(*args, **kwargs)
        if "birth_on" not in readable:
            del self.fields["birth_on"]


class OnePersonForm(forms.Form):
    """Two entries of one person become one: which number stays, and why that is known."""

    number_of = forms.TypedChoiceField(
        label=_("Which number is right"), coerce=int, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("How it is known that this is one person"),
        max_length=100,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )

    def __init__(self, *args, pair, **kwargs):
        super().__init__(*args, **kwargs)
        numbered = [one for one in pair if one.id_mask]
        self.fields["number_of"].choices = [
            (one.pk, f"{one.get_document_display()} {one.id_mask}") for one in numbered
        ]
        if len(numbered) == 1:
            self.fields["number_of"].initial = numbered[0].pk
        elif not numbered:
            del self.fields["number_of"]
