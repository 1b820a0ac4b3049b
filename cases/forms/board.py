"""What a board and its trends can be narrowed by; what is not offered narrows nothing."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.filters import LongSelect, Offered
from cases.lists import narrowing
from cases.models import Category, Loop, Source
from grids.models import Department

URGENT = [("", _("All")), ("1", _("Urgent"))]


def choice(label, choices):
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", _("All")), *choices],
        widget=LongSelect,
    )


class BoardFilter(forms.Form):
    """`chosen`: words of `narrowing.condition`; values that nobody offers are left out."""

    department = Offered(label=_("Department"), required=False)
    category = Offered(label=_("Category"), required=False)
    loop = choice(_("Solved in"), Loop.choices)
    source = choice(_("Source"), Source.choices)
    urgent = choice(_("Urgency"), URGENT[1:])

    def __init__(self, data, *, districts):
        super().__init__(data)
        departments = Department.objects.filter(district__in=districts)
        nobody = (narrowing.NO_DEPARTMENT, _("Not dispatched"))
        self.fields["department"].offer([*_named(departments), nobody])
        self.fields["category"].offer(_named(Category.objects.filter(is_active=True)))
        self.is_valid()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value}

    def words(self):
        """Name -> what is chosen, in words."""
        return {name: dict(self.fields[name].choices)[value] for name, value in self.chosen.items()}


def _named(rows):
    return [
        ("", _("All")),
        *((str(key), name) for key, name in rows.values_list("pk", "name")),
    ]
