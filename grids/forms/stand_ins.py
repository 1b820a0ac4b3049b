"""The form of a stand-in: who is away, who holds the postings, from when until when."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Staff

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class StandInForm(forms.Form):
    staff = forms.ModelChoiceField(
        Staff.objects.none(),
        to_field_name="username",
        label=_("Who is away"),
        widget=forms.TextInput(attrs={"list": "staff-names", "autocomplete": "off"}),
        help_text=_("User name; type a name and choose."),
    )
    stand_in = forms.ModelChoiceField(
        Staff.objects.none(),
        to_field_name="username",
        label=_("Who stands in"),
        widget=forms.TextInput(attrs={"list": "staff-names", "autocomplete": "off"}),
    )
    since = forms.DateField(label=_("First day"), widget=DAY)
    until = forms.DateField(label=_("Last day"), widget=DAY)
    reason = forms.CharField(label=_("Why away"), required=False, max_length=60)

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("staff", "stand_in"):
            self.fields[name].queryset = staff
