"""What a sensitive fact is needed for: one of the district's purposes, and words that say something."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grids.models import DistrictProfile

EMPTY_WORDS = {
    "测试",
    "看看",
    "看一下",
    "查看",
    "查一下",
    "工作",
    "工作需要",
    "其他",
    "没有",
    "test",
}
_HAN, _LETTER = re.compile(r"[一-鿿]"), re.compile(r"[^\W\d_]")


def says_something(text):
    """Two different characters or three different letters at least, and not a mere filler."""
    words = text.strip()
    han, letters = set(_HAN.findall(words)), set(_LETTER.findall(words.lower()))
    if words.lower() in EMPTY_WORDS or not (len(han) > 1 or len(letters) > 2):
        raise ValidationError(
            _("Say in words what it is needed for, e.g. application for aid of this household.")
        )


def purpose_field(help_text):
    return forms.CharField(
        label=_("Purpose"),
        max_length=160,
        min_length=2,
        help_text=help_text,
        validators=[says_something],
        widget=forms.TextInput(attrs={"list": "purposes", "autocomplete": "off"}),
    )


class PurposeForm(forms.Form):
    """For one look: a purpose of the list, and for whom or what in words; both are recorded."""

    about = forms.ChoiceField(label=_("Kind of purpose"))
    purpose = purpose_field(_("Is recorded with your name, e.g. application for aid."))

    def __init__(self, *args, district, **kwargs):
        super().__init__(*args, **kwargs)
        listed = DistrictProfile.purposes_of(district)
        self.fields["about"].choices = [("", _("Choose")), *((name, name) for name in listed)]

    @property
    def said(self):
        """One line for the record."""
        return f"{self.cleaned_data['about']}：{self.cleaned_data['purpose']}"
