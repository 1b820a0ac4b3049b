"""The forms of licences: what runs out, a licence on the file, its withdrawal."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from residents.forms.premises import day_input, listed
from residents.housing import running_out
from residents.models import Licence


class LicenceFilter(forms.Form):
    due = forms.ChoiceField(
        label=_("Valid until"), required=False, choices=list(running_out.WORDS.items())
    )


class LicenceForm(forms.ModelForm):
    class Meta:
        model = Licence
        fields = ["kind", "number", "authority", "issued_on", "expires_on"]
        widgets = {
            "kind": listed("licence_kinds"),
            "issued_on": day_input(),
            "expires_on": day_input(),
        }
        help_texts = {
            "kind": _("Such as business licence, food licence, fire check."),
            "expires_on": _("Empty if it has no end."),
        }

    def clean(self):
        facts = super().clean()
        first, last = facts.get("issued_on"), facts.get("expires_on")
        if first and last and last < first:
            self.add_error("expires_on", _("The end is before the issue."))
        return facts

    def _post_clean(self):
        """The instance stays as it is: the verbs write, and compare with what is stored."""

    def facts(self):
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class WithdrawForm(forms.Form):
    on = forms.DateField(label=_("Withdrawn on"), widget=day_input())
    note = forms.CharField(label=_("Basis or note"), max_length=100, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
