"""What one step on many cases asks for."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.workflow import bulk


class UrgeForm(forms.Form):
    note = forms.CharField(
        label=_("What you want to say"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    since = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, cases):
        super().__init__(data, initial={"since": timezone.now().isoformat()})

    def take(self, cases, *, by):
        return bulk.urge(cases, by=by, **self.cleaned_data)


class DispatchForm(forms.Form):
    to = forms.TypedChoiceField(
        label=_("To department"), required=False, coerce=int, empty_value=None
    )
    note = forms.CharField(
        label=_("What is asked for"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data=None, *, cases):
        super().__init__(data)
        offered = bulk.departments_for(cases)
        self.departments = {one.pk: one for one, __ in offered}
        self.fields["to"].choices = [
            ("", _("To each the department that answers for it")),
            *((one.pk, f"{one} ({number})") for one, number in offered),
        ]

    def take(self, cases, *, by):
        to = self.departments.get(self.cleaned_data["to"])
        return bulk.dispatch(cases, by=by, to=to, note=self.cleaned_data["note"])


FORMS = {"dispatch": DispatchForm, "urge": UrgeForm}
