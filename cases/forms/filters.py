"""What a list of cases can be narrowed by. A value that nobody offers finds no case."""

import functools

from django import forms
from django.db.models import Q
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.lists.narrowing import DAYS, LATE, NO_DEPARTMENT, ON_TIME
from cases.models import Category, Loop, Source, Stage
from grids.models import Department

LIGHTS = [
    ("red", pgettext_lazy("light", "Overdue")),
    ("yellow", pgettext_lazy("light", "Near limit")),
    ("green", pgettext_lazy("light", "On time")),
]


class LongSelect(forms.Select):
    """A select of up to hundreds of choices; Django would draw each by a template of its own."""

    choices = ()

    def render(self, name, value, attrs=None, renderer=None):
        more = flatatt(self.build_attrs(self.attrs, attrs))
        choices = tuple((str(key), str(label)) for key, label in self.choices)
        options = _options(choices, *self.format_value(value))
        return format_html('<select name="{}"{}>{}</select>', name, more, options)


@functools.lru_cache(maxsize=64)
def _options(choices, chosen):
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((key, flatatt({"selected": key == chosen}), label) for key, label in choices),
    )


class Offered(forms.Field):
    """One of many keys; a ChoiceField would look at each choice several times."""

    widget = LongSelect
    default_error_messages = forms.ChoiceField.default_error_messages
    choices: list = []

    def offer(self, choices):
        self.choices = self.widget.choices = choices

    def validate(self, value):
        if value and value not in dict(self.choices):
            raise forms.ValidationError(
                self.error_messages["invalid_choice"],
                "invalid_choice",
                {"value": value},
            )


def _choice(label, choices, **more):
    choices = [("", _("All")), *choices]
    return forms.ChoiceField(label=label, required=False, choices=choices, **more)


def _day(label):
    return forms.DateField(label=label, required=False, widget=forms.HiddenInput)


class CaseFilter(forms.Form):
    """`chosen` is what narrows the list; `is_valid()` is False when something unknown was asked for."""

    q = forms.CharField(
        label=_("Number or words"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    light = forms.ChoiceField(
        label=_("Light"),
        required=False,
        choices=[("", _("All")), *LIGHTS],
        widget=LongSelect,
    )
    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[("", _("All")), *Stage.choices],
        widget=LongSelect,
    )
    category = Offered(label=_("Category"), required=False)
    department = Offered(label=_("Department"), required=False)
    # What a number of the board or of the trends counts; taken away by its chip.
    loop = _choice(_("Solved in"), Loop.choices, widget=forms.HiddenInput)
    source = _choice(_("Source"), Source.choices, widget=forms.HiddenInput)
    urgent = _choice(_("Urgency"), [("1", _("Urgent"))], widget=forms.HiddenInput)
    closing = _choice(
        _("Closed in time"),
        [(ON_TIME, _("Closed on time")), (LATE, _("Closed late"))],
        widget=forms.HiddenInput,
    )
    reported_since = _day(_("Reported since"))
    reported_until = _day(_("Reported until"))
    closed_since = _day(_("Closed since"))
    closed_until = _day(_("Closed until"))
    due_since = _day(_("Due since"))
    due_until = _day(_("Due until"))

    def __init__(self, data, *, tally, districts):
        """Offers the categories and departments that occur in the list, and those that are asked for.

        `tally` is the list's; without one (all cases there ever were: too many to look through)
        it offers every one.
        """
        super().__init__(data)
        categories, departments = (
            Category.objects.all(),
            Department.objects.filter(district__in=districts),
        )
        if tally is None:
            categories = categories.filter(is_active=True)
        else:
            occurs = Q(pk__in={category for category, __ in tally})
            categories = categories.filter(occurs | _asked(data, "category"))
            occurs = Q(pk__in={department for __, department in tally} - {None})
            departments = departments.filter(occurs | _asked(data, "department"))
        self.fields["category"].offer(_offer(categories))
        nobody = (NO_DEPARTMENT, _("Not dispatched"))
        self.fields["department"].offer([*_offer(departments), nobody])
        self.is_valid()
        self.chosen = {
            name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)
        }

    def words(self):
        """Name -> what is chosen, in words."""
        return {
            name: f"{self.fields[name].label} {value}"
            if name in DAYS
            else dict(getattr(self.fields[name], "choices", [])).get(value, value)
            for name, value in self.chosen.items()
        }


def _asked(data, name):
    key = data.get(name, "")
    return Q(pk=int(key)) if key.isdecimal() and len(key) < 10 else Q(pk=None)


def _offer(rows):
    return [
        ("", _("All")),
        *((str(key), name) for key, name in rows.values_list("pk", "name")),
    ]
