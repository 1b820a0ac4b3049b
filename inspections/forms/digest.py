"""The hour of the morning digest."""

from django import forms
from django.utils.dateparse import parse_time
from django.utils.translation import gettext_lazy as _

from inspections.telling.digest_hours import HOURS


class DigestForm(forms.Form):
    at = forms.TypedChoiceField(
        label=_("Morning digest at"),
        choices=[(f"{hour:%H:%M}", f"{hour:%H:%M}") for hour in HOURS],
        coerce=parse_time,
        help_text=_("Not on days off: the next working day covers them."),
    )
