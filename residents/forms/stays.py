"""The stay in the forms of `life`: its days in their order, what is not asked of a kind is left out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.forms.blanks import name_blanks
from residents.models import Stay
from residents.people import stays

IN_ORDER = (("came_on", "leaves_on"), ("permit_on", "permit_until"))
DAYS = [name for pair in IN_ORDER for name in pair]
DAY = {"type": "date"}


def check(form, names, kind=None):
    """The days in their order; with `kind`, nothing of what was not asked of it, mistakes too."""
    for name in names:
        if kind is not None and not stays.belongs(name, kind):
            form.errors.pop(name, None)
            form.cleaned_data[name] = None
    for first, last in IN_ORDER:
        begins, ends = (form.cleaned_data.get(name) for name in (first, last))
        if begins and ends and ends < begins:
            form.add_error(last, _("This is before the day above."))


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
        check(self, self.of_stay, kind)

    def stay_facts(self):
        known = {name: self.cleaned_data.get(name) for name in self.of_stay}
        return {name: value for name, value in known.items() if value}
