"""What a list of cases can be narrowed by. Values that nobody offers are ignored, never an error page."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Category, Stage
from grids.models import Department

LIGHTS = [
    ("red", pgettext_lazy("light", "Overdue")),
    ("yellow", pgettext_lazy("light", "Near limit")),
    ("green", pgettext_lazy("light", "On time")),
]


class CaseFilter(forms.Form):
    q = forms.CharField(
        label=_("Number or words"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    light = forms.ChoiceField(label=_("Light"), required=False, choices=[("", _("All")), *LIGHTS])
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All")), *Stage.choices])
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("All")
    )
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, empty_label=_("All")
    )

    def __init__(self, data, *, rows):
        super().__init__(data)
        self.fields["category"].queryset = Category.objects.filter(pk__in=rows.values("category"))
        self.fields["department"].queryset = Department.objects.filter(pk__in=rows.values("department"))
        self.is_valid()
        self.chosen = {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}
