"""The stay of floating people and people from abroad in the forms of `life`."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.forms.blanks import name_blanks
from residents.models import Stay
from residents.people import stays

DAYS = {"came_on", "leaves_on"}
DAY = {"type": "date"}


class StayFields:
    """`ask_stay` adds the fields; `stay_facts` are what the verbs take as `stay`."""

    of_stay: list = []

    def ask_stay(self, names, kind=None):
        """With `kind`, that of the person: only the fields of that kind are shown, none is needed."""
        widgets = dict.fromkeys(DAYS, forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
        found = forms.fields_for_model(Stay, fields=list(names), widgets=widgets)
        self.of_stay = list(names)
        for name in names:
            field = self.fields[name] = found[name]
            if kind is not None:
                field.kinds = " ".join(sorted(stays.stay_fields()[name]))
                field.is_asked = stays.belongs(name, kind)
        name_blanks(self)

    def check_stay(self, kind=None):
        """The days in their order; nothing of what was not asked."""
        for name in self.of_stay:
            if kind is not None and not stays.belongs(name, kind):
                self.errors.pop(name, None)
                self.cleaned_data[name] = None
        came, leaves = (self.cleaned_data.get(name) for name in ("came_on", "leaves_on"))
        if came and leaves and leaves < came:
            self.add_error("leaves_on", _("This is before the day above."))

    def stay_facts(self):
        known = {name: self.cleaned_data.get(name) for name in self.of_stay}
        return {name: value for name, value in known.items() if value}
