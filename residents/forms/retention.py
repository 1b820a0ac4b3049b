"""How long a kind is kept, and the number that is typed before anything is erased."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.models import RetentionRule


class RuleForm(forms.ModelForm):
    is_on = forms.BooleanField(
        label=_("every night by itself"),
        required=False,
        help_text=_("Else only by hand, on this page."),
    )

    class Meta:
        model = RetentionRule
        fields = ["months", "basis", "is_on"]


class NumberForm(forms.Form):
    number = forms.IntegerField(
        label=_("Type the number of rows that are erased"),
        min_value=0,
        max_value=2_000_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
