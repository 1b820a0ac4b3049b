"""The answer to a supervision slip."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Explanation"),
        max_length=1000,
        help_text=_("Why it is late, and by when it is done."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
