"""What an auditor looks for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import AuditEntry

DAY = {"type": "date"}


class AuditFilter(forms.Form):
    person = forms.CharField(label=_("Person"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("Kind of entry"), required=False, choices=[("", _("All")), *AuditEntry.Kind.choices]
    )
    result = forms.ChoiceField(
        label=_("Result"), required=False, choices=[("", _("All")), *AuditEntry.Result.choices]
    )
    since = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    words = forms.CharField(label=_("Object"), required=False, max_length=60)
    address = forms.GenericIPAddressField(label=_("Network address"), required=False)
    of = forms.CharField(required=False, max_length=101, widget=forms.HiddenInput)

    @property
    def wanted(self):
        """What was understood; a field that was not is left out, and says so on the page."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
