"""The rungs of a ladder, in per cent of the limit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.lateness import percents
from cases.models import Category, LadderHearer
from cases.telling import hearers
from grids.refusal import Refused


class LadderForm(forms.Form):
    category = forms.ModelChoiceField(
        Category.objects.filter(is_active=True).order_by("kind", "code"),
        label=_("For"),
        required=False,
        empty_label=_("All categories without a ladder of their own"),
    )
    warn_percent = forms.IntegerField(label=_("Yellow from (% of the limit)"))
    half_percent = forms.IntegerField(label=_("Yellow slip from (% of the limit)"))
    full_percent = forms.IntegerField(label=_("Orange slip from (% of the limit)"))
    double_percent = forms.IntegerField(label=_("Red slip from (% of the limit)"))

    def clean(self):
        facts = super().clean()
        if not self.errors:
            try:
                percents.check(facts)
            except Refused as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return facts

    @property
    def percents(self):
        return {name: self.cleaned_data[name] for name in percents.NAMES.values()}


class HearerForm(forms.ModelForm):
    class Meta:
        model = LadderHearer
        fields = ["level", "role", "place", "only_at_desk"]

    def clean(self):
        facts = super().clean()
        if facts.get("role") and facts.get("place"):
            try:
                hearers.check_hearer(facts["role"], facts["place"])
            except Refused as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return facts
